"""The samples of one hop by time, for charts. What is kept is bounded."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from poros_tui.model.history import Gap, Sample
from poros_tui.model.statistics import percentile

SAMPLES_MAX: Final = 7200


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """The probes that were sent in one span of time."""

    received: int = 0
    lost: int = 0
    least_s: float | None = None
    low_s: float | None = None
    """10th percentile."""
    median_s: float | None = None
    high_s: float | None = None
    """90th percentile."""
    most_s: float | None = None
    """All None where nothing was answered."""


EMPTY_BIN: Final = Bin()


class HopSeries:
    """Samples in the order of sending; outcomes may come in any order."""

    def __init__(self) -> None:
        self._numbers: deque[int] = deque(maxlen=SAMPLES_MAX)
        self._times_s: deque[float] = deque(maxlen=SAMPLES_MAX)
        self._samples: deque[Sample] = deque(maxlen=SAMPLES_MAX)

    def open(self, number: int, at_s: float) -> None:
        """Probe `number`, the newest, was sent at `at_s`."""
        self._numbers.append(number)
        self._times_s.append(at_s)
        self._samples.append(Gap.PENDING)

    def fill(self, number: int, sample: Sample) -> None:
        """What became of probe `number`; nothing where that is no longer kept."""
        for back in range(1, len(self._numbers) + 1):
            if self._numbers[-back] <= number:
                if self._numbers[-back] == number:
                    self._samples[-back] = sample
                return

    def bins(self, from_s: float, to_s: float, count: int) -> tuple[Bin, ...]:
        """The span in `count` equal parts, oldest first."""
        times_s = list(self._times_s)
        samples = list(self._samples)
        edges_s = [from_s + (to_s - from_s) * part / count for part in range(count + 1)]
        places = [bisect_left(times_s, edge_s) for edge_s in edges_s]
        return tuple(_bin(samples[start:end]) for start, end in pairwise(places))


def _bin(samples: Sequence[Sample]) -> Bin:
    times = sorted(sample for sample in samples if not isinstance(sample, Gap))
    lost = sum(sample is Gap.LOST for sample in samples)
    received = len(times) + sum(sample is Gap.UNTIMED for sample in samples)
    if not times:
        return Bin(received=received, lost=lost) if received or lost else EMPTY_BIN
    return Bin(
        received=received,
        lost=lost,
        least_s=times[0],
        low_s=percentile(times, 10),
        median_s=percentile(times, 50),
        high_s=percentile(times, 90),
        most_s=times[-1],
    )
