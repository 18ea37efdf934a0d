"""The last samples of one hop, in the order they were sent, with gaps for what never came."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import Enum
from typing import Final

from poros_tui.model.limiting.series import AnswerSeries

HISTORY_LENGTH: Final = 240
"""Samples kept for each hop: four minutes at one a second, and wider than any sparkline."""


class Gap(Enum):
    """A place in the history that holds no round-trip time."""

    PENDING = "pending"
    """Sent, not yet decided."""
    LOST = "lost"
    SEND_ERROR = "send error"
    """It never left this machine."""
    UNTIMED = "untimed"
    """Answered, but the clock was stepped in between."""


Sample = float | Gap
"""A round-trip time in seconds, or why there is none."""


class SampleHistory:
    """A bounded list of samples. Outcomes may come in any order; places are by sending."""

    def __init__(self, length: int = HISTORY_LENGTH) -> None:
        self._numbers: deque[int] = deque(maxlen=length)
        self._samples: deque[Sample] = deque(maxlen=length)
        self._times_s: deque[float] = deque(maxlen=length)
        self._flows: deque[int] = deque(maxlen=length)
        self._first: int | None = None

    @property
    def first(self) -> int | None:
        """The number of the first probe there ever was; None before that."""
        return self._first

    @property
    def oldest(self) -> int | None:
        """The number of the oldest probe that is kept; None for an empty history."""
        return self._numbers[0] if self._numbers else None

    def go_on_from(self, first: int | None) -> None:
        """`first` was the first probe there ever was: what is kept is filled in anew."""
        self._first = first

    def open(self, number: int, at_s: float = 0.0, flow: int = 0) -> None:
        """Make a place for probe `number`, the newest: sent at `at_s` seconds in that flow, or not
        sent at all."""
        if self._first is None:
            self._first = number
        self._numbers.append(number)
        self._samples.append(Gap.PENDING)
        self._times_s.append(at_s)
        self._flows.append(flow)

    def fill(self, number: int, sample: Sample) -> None:
        """Put the sample of probe `number` in its place; nothing if that has scrolled away."""
        # Outcomes are nearly always of a recent probe: look from the newest end.
        for back in range(1, len(self._numbers) + 1):
            if self._numbers[-back] == number:
                self._samples[-back] = sample
                return

    def newest(self, count: int) -> tuple[Sample, ...]:
        """At most `count` samples, oldest first."""
        samples = tuple(self._samples)
        return samples[-count:] if count < len(samples) else samples

    def series(self, since: int) -> AnswerSeries | None:
        """Who was answered, of probe `since` and those after it, up to the first that is not
        decided; None where that is nobody."""
        samples = list(self._samples)
        if Gap.PENDING in samples:
            del samples[samples.index(Gap.PENDING) :]
        numbers, times_s, flows = list(self._numbers), list(self._times_s), list(self._flows)
        kept: Sequence[int] = range(len(samples))
        if samples and (since > numbers[0] or Gap.SEND_ERROR in samples):
            kept = [
                place
                for place, sample in enumerate(samples)
                if numbers[place] >= since and sample is not Gap.SEND_ERROR
            ]
        if not kept:
            return None
        return AnswerSeries(
            [times_s[place] for place in kept],
            [samples[place] is not Gap.LOST for place in kept],
            numbers=[numbers[place] for place in kept],
            flows=[flows[place] for place in kept] if len(set(flows)) > 1 else (),
            is_from_start=since <= numbers[0] == self._first,
        )

    def __len__(self) -> int:
        return len(self._samples)
