"""The newest samples of one hop with the time of each: 4 bytes a sample, found by time.

Times are ticks, whole numbers of 10 ms. They are kept in blocks, each with the tick of its first
sample, and the others counted from that.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from poros_tui.model.sample_code import PENDING

TICKS_PER_S: Final = 100
BLOCK_SAMPLES: Final = 1024
_BLOCK_TICKS: Final = 0xFFFF
"""11 minutes."""
_NUMBERS_KEPT_TICKS: Final = 100 * TICKS_PER_S
"""A probe waits 60 s at most, and 30 s later its answer is not known any more."""


class _Block:
    __slots__ = ("codes", "least_number", "numbers", "offsets", "start")

    def __init__(self, start: int, number: int) -> None:
        self.start = start
        self.offsets = array("H")
        self.codes = array("H")
        self.numbers: array[int] | None = array("Q")
        """None when nothing can come any more for any of them."""
        self.least_number = number

    @property
    def end(self) -> int:
        """The tick of the last sample."""
        return self.start + self.offsets[-1]

    def seal(self) -> None:
        """No more will be added: give back the room for it."""
        self.offsets = self.offsets[:]
        self.codes = self.codes[:]

    def index(self, number: int) -> int | None:
        """Where that probe stands; None: not here."""
        numbers = self.numbers
        if numbers is None or number < self.least_number:
            return None
        place = bisect_left(numbers, number)
        if place < len(numbers) and numbers[place] == number:
            return place
        try:
            # Probes that leave side by side may be told of in another order than their numbers'.
            return numbers.index(number)
        except ValueError:
            return None


class SampleStore:
    """Samples in the order of their ticks. Outcomes may come in any order."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._starts: list[int] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def oldest_end(self) -> int:
        """The tick of the last sample of the oldest block, which goes as a whole."""
        return self._blocks[0].end

    @property
    def newest_end(self) -> int:
        """The tick of the newest sample."""
        return self._blocks[-1].end

    def add(self, number: int, tick: int, code: int = PENDING) -> int:
        """Probe `number` was sent at `tick`, and `code` is what became of it. Returns the tick that
        is kept: time does not go back."""
        blocks = self._blocks
        last = blocks[-1] if blocks else None
        if last is not None:
            tick = max(tick, last.end)
        if last is None or len(last.codes) >= BLOCK_SAMPLES or tick - last.start > _BLOCK_TICKS:
            if last is not None:
                last.seal()
                self._forget_numbers(tick)
            last = _Block(tick, number)
            blocks.append(last)
            self._starts.append(tick)
        last.offsets.append(tick - last.start)
        last.codes.append(code)
        if last.numbers is not None:
            last.numbers.append(number)
        last.least_number = min(last.least_number, number)
        self._count += 1
        return tick

    def _forget_numbers(self, tick: int) -> None:
        for block in reversed(self._blocks):
            if block.numbers is None:
                return
            if block.end < tick - _NUMBERS_KEPT_TICKS:
                block.numbers = None

    def put(self, number: int, code: int) -> int | None:
        """What became of probe `number`. Returns the tick at which it was sent; None where the
        probe is not known any more."""
        for block in reversed(self._blocks):
            if block.numbers is None:
                return None
            index = block.index(number)
            if index is not None:
                block.codes[index] = code
                return block.start + block.offsets[index]
        return None

    def between(self, start: int, end: int) -> tuple[list[int], list[int]]:
        """The samples of a span of ticks, its end not included: when, and what."""
        ticks: list[int] = []
        codes: list[int] = []
        index = max(0, bisect_left(self._starts, start) - 1)
        while index < len(self._blocks) and self._starts[index] < end:
            block = self._blocks[index]
            first = bisect_left(block.offsets, start - block.start)
            stop = bisect_left(block.offsets, end - block.start)
            ticks += [block.start + offset for offset in block.offsets[first:stop]]
            codes += block.codes[first:stop]
            index += 1
        return ticks, codes

    def since(self, start: int) -> tuple[list[int], list[int], list[int]]:
        """The samples since a tick: the numbers of their probes (0 where these are not known any
        more), when, and what."""
        numbers: list[int] = []
        ticks: list[int] = []
        codes: list[int] = []
        for block in self._blocks[max(0, bisect_left(self._starts, start) - 1) :]:
            first = bisect_left(block.offsets, start - block.start)
            count = len(block.codes) - first
            numbers += block.numbers[first:] if block.numbers is not None else [0] * count
            ticks += [block.start + offset for offset in block.offsets[first:]]
            codes += block.codes[first:]
        return numbers, ticks, codes

    def extend(self, ticks: Sequence[int], codes: Sequence[int]) -> None:
        """Append samples of probes that nothing more can become of, as `add` and `put` would."""
        first = 0
        while first < len(ticks):
            last = self._blocks[-1] if self._blocks else None
            if (
                last is None
                or len(last.codes) >= BLOCK_SAMPLES
                or ticks[first] - last.start > _BLOCK_TICKS
            ):
                if last is not None:
                    last.seal()
                    last.numbers = None
                last = _Block(ticks[first], 0)
                self._blocks.append(last)
                self._starts.append(last.start)
            stop = bisect_right(
                ticks,
                last.start + _BLOCK_TICKS,
                first,
                min(len(ticks), first + BLOCK_SAMPLES - len(last.codes)),
            )
            begin = last.start
            last.offsets.extend(array("H", [tick - begin for tick in ticks[first:stop]]))
            last.codes.extend(codes[first:stop])
            if last.numbers is not None:
                last.numbers.extend([0] * (stop - first))
            self._count += stop - first
            first = stop

    def drop_oldest(self) -> None:
        """Forget the oldest block."""
        self._count -= len(self._blocks[0].codes)
        del self._blocks[0], self._starts[0]

    def codes(self, start: int, end: int) -> Sequence[int]:
        """The samples of a span of ticks, its end not included."""
        index = max(0, bisect_left(self._starts, start) - 1)
        found: array[int] | None = None
        while index < len(self._blocks) and self._starts[index] < end:
            block = self._blocks[index]
            first = bisect_left(block.offsets, start - block.start)
            part = block.codes[first : bisect_left(block.offsets, end - block.start)]
            found = part if found is None else found + part
            index += 1
        return found if found is not None else ()
