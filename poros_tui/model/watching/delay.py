"""When the delay has shifted: at which round, from which hop on.

Looked at is the delay to the destination, or to the farthest hop that answers where nothing is
heard of the destination: one sample a round, the median of its answers, and the newest 64 of them.
At every fourth sample the window is parted wherever that can be, and the parts are compared by rank
(see `rank_test`), as Hawkins and Deng do in their control chart (J. Quality Technology 42(2), 2010,
pp. 165-173): a spike is one rank, and no figure since the beginning of the session, which takes
notice slowly, has a part in it. The best parting is where the delay shifted (Pettitt, Appl.
Statist. 28(2), 1979, pp. 126-135, but with each parting's statistic in units of its own deviation,
so that a shift is seen while the newer part is still short).

It is told if

- both parts have 16 samples, and that much order has a chance below 1e-8: at one round a second
  there are 21600 windows of 33 such partings a day, so that independent samples give a false alarm
  in 140 days or more;
- the medians differ by 1 ms and by 10 %. Interfaces that save power and queues in passing make
  less of a difference all the time, and it matters to nobody;
- the hops before the destination say nothing against it. From the destination back, those belong
  to it whose own delay shifted in the same direction by at least half as much (chance below 1 in
  100: the place is asked for, not whether). A router that is slow to answer has no part in it, as
  the farther hops do not shift with it. Where the destination does not answer, two hops must shift.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from math import sqrt
from statistics import median
from typing import Final, NamedTuple

from poros_tui.model.events import EventKind
from poros_tui.model.rank_test import chance, overlap, overlaps
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.watching.rounds import Round, Sight
from poros_tui.model.watching.told import Told

WINDOW: Final = 64
PART_LEAST: Final = 16
PLACE_LEAST: Final = 4
"""Partings nearer to an end of the window are not looked at."""
EVERY: Final = 4
CHANCE: Final = 1e-8
DIFFERENCE_LEAST_S: Final = 0.001
RATIO_LEAST: Final = 0.1
DEVIATIONS_LEAST: Final = 4.5
"""The best parting is reckoned exactly only from here on: two parts of 16 that do not overlap at
all are 4.8 from the mean, and nothing that has a chance of 1e-8 is less."""
HOP_SAMPLES_LEAST: Final = 5
"""On both sides, for a nearer hop to have a say."""
HOP_CHANCE: Final = 0.01
HOP_SHARE: Final = 0.5


class _Sample(NamedTuple):
    sight: Sight
    rtt_s: float


class DelayWatch:
    """Folds rounds, in order."""

    def __init__(self) -> None:
        self._samples: deque[_Sample] = deque(maxlen=WINDOW)
        self._taken = 0
        self._is_destination = False
        self._farthest = 0

    def see(
        self, round_: Round, kept: Sequence[Round], end: int | None, farthest: int
    ) -> Iterator[Told]:
        """`kept` are the newest rounds, this one included; `end` is the destination's TTL where it
        is known, `farthest` the last hop that answers."""
        ttl = round_.reached
        if ttl is None:
            if end is not None:
                return  # it does not answer now: that is loss, and says nothing of the delay
            ttl = farthest
        hop = round_.hops.get(ttl)
        if hop is None or hop.median_s is None:
            return
        is_destination = round_.reached is not None
        if is_destination != self._is_destination or not (
            is_destination or farthest == self._farthest
        ):
            self._samples.clear()
        self._is_destination, self._farthest = is_destination, ttl
        self._samples.append(_Sample(Sight(round_.number, hop.at_s), hop.median_s))
        self._taken += 1
        if self._taken % EVERY == 0:
            yield from self._look(kept)

    def _look(self, kept: Sequence[Round]) -> Iterator[Told]:
        values = [sample.rtt_s for sample in self._samples]
        count = len(values)
        if count < 2 * PART_LEAST or not _is_large(
            median(values[:PART_LEAST]), median(values[-PART_LEAST:])
        ):
            return
        found = overlaps(values)
        place = max(
            range(PLACE_LEAST, count - PLACE_LEAST + 1),
            key=lambda number: _deviations(number, count - number, found[number]),
        )
        if not PART_LEAST <= place <= count - PART_LEAST:
            return  # it may be the place, but one part is still too short to be sure
        before_s, after_s = median(values[:place]), median(values[place:])
        is_far = _deviations(place, count - place, found[place]) >= DEVIATIONS_LEAST
        if not is_far or not _is_large(before_s, after_s):
            return
        probability = chance(place, count - place, found[place])
        if probability > CHANCE:
            return
        place = _place(values, before_s, after_s)
        from_round, since = self._samples[0].sight.round, self._samples[place].sight
        first = _first_shifted(kept, (from_round, since.round), self._farthest, after_s - before_s)
        for _ in range(place):
            self._samples.popleft()
        if first == self._farthest and not self._is_destination:
            return
        whose = "the destination" if self._is_destination else f"hop {self._farthest}"
        where = f"at {whose}" if first == self._farthest else f"from here to {whose}"
        yield Told(
            kind=EventKind.DELAY_SHIFTED,
            sight=since,
            ttl=first,
            shift_s=(before_s, after_s),
            words=(
                f"{TimeUnit.MS.shift(before_s, after_s)} {where} (medians of"
                f" {place} rounds before and {count - place} since, p = {probability:.0e})"
            ),
        )


def _is_large(before_s: float, after_s: float) -> bool:
    difference_s = abs(after_s - before_s)
    return difference_s >= DIFFERENCE_LEAST_S and difference_s >= RATIO_LEAST * before_s


def _deviations(first: int, second: int, overlapping: float) -> float:
    """How far from its mean the statistic is, in its own deviations."""
    mean = first * second / 2
    return (mean - overlapping) / sqrt(first * second * (first + second + 1) / 12)


def _place(values: Sequence[float], before_s: float, after_s: float) -> int:
    """Where the values are nearest to one level before and to the other after. By rank alone the
    last value before a fall is of either part if it happens to be the lowest."""
    cost = least = sum(abs(value - after_s) for value in values)
    best = 0
    for number, value in enumerate(values, 1):
        cost += abs(value - before_s) - abs(value - after_s)
        if cost < least:
            best, least = number, cost
    return best


def _first_shifted(
    kept: Sequence[Round], rounds: tuple[int, int], farthest: int, difference_s: float
) -> int:
    """The nearest hop of those, from the farthest back, that shift with it. Who has too little to
    say is passed over."""
    from_round, since_round = rounds
    first = farthest
    recent = [one for one in kept if one.number >= from_round]
    for ttl in range(farthest - 1, 0, -1):
        samples = [
            (one.number, hop.median_s)
            for one in recent
            if (hop := one.hops.get(ttl)) is not None and hop.median_s is not None
        ]
        older = [rtt_s for number, rtt_s in samples if number < since_round]
        newer = [rtt_s for number, rtt_s in samples if number >= since_round]
        if min(len(older), len(newer)) < HOP_SAMPLES_LEAST:
            continue
        if (median(newer) - median(older)) / difference_s < HOP_SHARE:
            break
        if chance(len(older), len(newer), overlap(older, newer)) > HOP_CHANCE:
            break
        first = ttl
    return first
