"""The probes of one span of time in a few figures, and how such figures are put together.

Percentiles are samples: the least one that so many per cent do not exceed (definition 1 of Hyndman
and Fan, Am. Stat. 50(4), 1996, p. 363).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final, NamedTuple

import msgspec

from poros_tui.model.sample_code import LEAST_TIME, LOST, SEND_ERROR, UNTIMED, seconds

LOW_PERCENT: Final = 10
HIGH_PERCENT: Final = 90


class Bin(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The probes that were sent in one span of time."""

    received: int = 0
    lost: int = 0
    unsent: int = 0
    """They never left this machine."""
    least_s: float | None = None
    low_s: float | None = None
    """10th percentile."""
    median_s: float | None = None
    high_s: float | None = None
    """90th percentile."""
    most_s: float | None = None
    """All None where nothing was answered."""
    span_s: float | None = None
    """How much time these figures are of, where that is more than was asked for: what lies far
    back is not kept in finer pieces. None: as asked for."""

    @property
    def decided(self) -> int:
        """Answered or lost."""
        return self.received + self.lost


EMPTY_BIN: Final = Bin()


class Figures(NamedTuple):
    """A bin as it is kept: counts, and times as codes, 0 where there is none."""

    received: int
    lost: int
    unsent: int
    least: int
    low: int
    median: int
    high: int
    most: int

    def as_bin(self, span_s: float | None = None) -> Bin:
        """The same in seconds."""
        if not self.least:
            if not (self.received or self.lost or self.unsent):
                return EMPTY_BIN
            return Bin(received=self.received, lost=self.lost, unsent=self.unsent, span_s=span_s)
        return Bin(
            received=self.received,
            lost=self.lost,
            unsent=self.unsent,
            least_s=seconds(self.least),
            low_s=seconds(self.low),
            median_s=seconds(self.median),
            high_s=seconds(self.high),
            most_s=seconds(self.most),
            span_s=span_s,
        )


NO_FIGURES: Final = Figures(0, 0, 0, 0, 0, 0, 0, 0)


def figures_of(codes: Sequence[int]) -> Figures:
    """Of samples, exactly. Those that are not decided yet count as nothing."""
    if not codes:
        return NO_FIGURES
    ordered = sorted(codes)
    lost_from = bisect_left(ordered, LOST)
    unsent_from = bisect_left(ordered, SEND_ERROR, lost_from)
    received_from = bisect_left(ordered, UNTIMED, unsent_from)
    times_from = bisect_left(ordered, LEAST_TIME, received_from)
    received = len(ordered) - received_from
    lost, unsent = unsent_from - lost_from, received_from - unsent_from
    timed = len(ordered) - times_from
    if not timed:
        return Figures(received, lost, unsent, 0, 0, 0, 0, 0)
    return Figures(
        received,
        lost,
        unsent,
        ordered[times_from],
        ordered[times_from + _rank(timed, LOW_PERCENT)],
        ordered[times_from + _rank(timed, 50)],
        ordered[times_from + _rank(timed, HIGH_PERCENT)],
        ordered[-1],
    )


def _rank(count: int, percent: int) -> int:
    """The place of a percentile among so many in order, from 0."""
    return (count * percent + 99) // 100 - 1


# A bin stands for its answers with its three percentiles, as if 30 % of them were as long as the
# 10th, 40 % as the 50th and 30 % as the 90th. Where the share of a bin's answers up to some time is
# known to lie between 0 and 10, 10 and 50, 50 and 90, or 90 and 100 %, this takes it for 0, 30, 70
# and 100 %: it is off by a fifth at most, and so is the share of all of them.
_LOW_WEIGHT: Final = 3
_MEDIAN_WEIGHT: Final = 4
_HIGH_WEIGHT: Final = 3
_SAMPLE_WEIGHT: Final = _LOW_WEIGHT + _MEDIAN_WEIGHT + _HIGH_WEIGHT
_WEIGHT_BITS: Final = 40
_WEIGHT_MASK: Final = (1 << _WEIGHT_BITS) - 1
"""A code and its weight are sorted as one number: half the time of sorting pairs."""

Columns = Sequence[Sequence[int]]
"""Figures of several bins: first all of `received`, then all of `lost`, and so on."""


def merged(parts: Columns, codes: Sequence[int] = ()) -> Figures:
    """Finer bins, and single samples beside them, as one bin.

    Counts, the least and the most are exact. The share of the answers that do not exceed a
    percentile is off by 20 % at most; nothing is off where the bins are alike.
    """
    received, lost, unsent, least, low, median, high, most = parts
    if not received:
        return figures_of(codes)
    answered, lost_count, unsent_count = sum(received), sum(lost), sum(unsent)
    if codes:
        samples = figures_of(codes)
        answered += samples.received
        lost_count += samples.lost
        unsent_count += samples.unsent
    if not all(least):
        timed = [
            row for row in zip(received, least, low, median, high, most, strict=True) if row[1]
        ]
        if not timed:
            rest = figures_of(codes)[3:]
            return Figures(answered, lost_count, unsent_count, *rest)
        received, least, low, median, high, most = zip(*timed, strict=True)
    points = [_SAMPLE_WEIGHT | code << _WEIGHT_BITS for code in codes if code >= LEAST_TIME]
    for column, weight in ((low, _LOW_WEIGHT), (median, _MEDIAN_WEIGHT), (high, _HIGH_WEIGHT)):
        points += [
            count * weight | code << _WEIGHT_BITS
            for code, count in zip(column, received, strict=True)
        ]
    points.sort()
    weights = list(accumulate([point & _WEIGHT_MASK for point in points]))
    low_code, median_code, high_code = (
        points[bisect_left(weights, weights[-1] * percent / 100)] >> _WEIGHT_BITS
        for percent in (LOW_PERCENT, 50, HIGH_PERCENT)
    )
    least_code, most_code = min(least), max(most)
    if codes and samples.least:
        least_code, most_code = min(least_code, samples.least), max(most_code, samples.most)
    return Figures(
        answered,
        lost_count,
        unsent_count,
        least_code,
        low_code,
        median_code,
        high_code,
        most_code,
    )
