"""Mean, spread, jitter and loss of a stream of round-trip times. Formulas with their sources."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Final

import msgspec

CONFIDENCE_95_Z: Final = 1.959963984540054
"""Two-sided 95 % quantile of the standard normal distribution."""


class RttStatistics(msgspec.Struct):
    """Running statistics of round-trip times, in constant memory.

    Variance is Welford's recurrence (Technometrics 4(3), 1962, p. 419). Jitter is |difference|
    of consecutive replies: its mean, its maximum, and smoothed as in RFC 3550 section 6.4.1,
    J += (|D| - J) / 16, started at 0.
    """

    count: int = 0
    last_s: float | None = None
    best_s: float | None = None
    worst_s: float | None = None
    mean_s: float | None = None
    """All None until the first reply."""
    jitter_mean_s: float | None = None
    jitter_max_s: float | None = None
    jitter_rfc3550_s: float | None = None
    """None until the second reply: one round-trip time has no variation."""
    _squares: float = 0.0

    @classmethod
    def told(
        cls,
        count: int,
        *,
        mean_s: float | None,
        stdev_s: float | None,
        last_s: float | None,
        best_s: float | None,
        worst_s: float | None,
        jitter_mean_s: float | None = None,
        jitter_max_s: float | None = None,
        jitter_rfc3550_s: float | None = None,
    ) -> RttStatistics:
        """The figures that another program computed of `count` round-trip times; None is what it
        does not tell. `stdev_s` is that of a sample, and means nothing of fewer than two."""
        squares = stdev_s**2 * (count - 1) if stdev_s is not None and count > 1 else 0.0
        return cls(
            count=count if stdev_s is not None else min(count, 1),
            last_s=last_s,
            best_s=best_s,
            worst_s=worst_s,
            mean_s=mean_s,
            jitter_mean_s=jitter_mean_s,
            jitter_max_s=jitter_max_s,
            jitter_rfc3550_s=jitter_rfc3550_s,
            _squares=squares,
        )

    def add(self, rtt_s: float) -> None:
        """Count one round-trip time, in seconds."""
        if self.last_s is None:
            self.mean_s = self.best_s = self.worst_s = rtt_s
        else:
            self._add_jitter(abs(rtt_s - self.last_s))
        self.last_s = rtt_s
        self.best_s = min(self.best_s, rtt_s) if self.best_s is not None else rtt_s
        self.worst_s = max(self.worst_s, rtt_s) if self.worst_s is not None else rtt_s
        self.count += 1
        mean_before = self.mean_s if self.mean_s is not None else rtt_s
        self.mean_s = mean_before + (rtt_s - mean_before) / self.count
        self._squares += (rtt_s - mean_before) * (rtt_s - self.mean_s)

    def _add_jitter(self, difference_s: float) -> None:
        differences = self.count  # n replies have n - 1 differences, and this is the next one
        mean_s = self.jitter_mean_s or 0.0
        self.jitter_mean_s = mean_s + (difference_s - mean_s) / differences
        self.jitter_max_s = max(self.jitter_max_s or 0.0, difference_s)
        smoothed_s = self.jitter_rfc3550_s or 0.0
        self.jitter_rfc3550_s = smoothed_s + (difference_s - smoothed_s) / 16

    @property
    def stdev_s(self) -> float | None:
        """Sample standard deviation (n - 1) in seconds; None below two replies."""
        if self.count < 2:
            return None
        return math.sqrt(max(0.0, self._squares) / (self.count - 1))


def loss_ratio(lost: int, received: int) -> float | None:
    """Lost over decided, 0 to 1. Probes in flight are in neither. None with nothing decided."""
    decided = lost + received
    return lost / decided if decided else None


def wilson_interval(
    lost: int, decided: int, z: float = CONFIDENCE_95_Z
) -> tuple[float, float] | None:
    """The interval of a loss ratio, 0 to 1 each; None with nothing decided. `z` is the two-sided
    quantile of the normal distribution for the confidence, by default 95 %.

    Wilson, J. Am. Stat. Assoc. 22(158), 1927, p. 209: unlike the normal approximation it is
    right for small samples and near 0 and 1, and 1 lost of 3 is not 33 % but 6 to 79 %.
    """
    if decided == 0:
        return None
    z_squared = z**2
    ratio = lost / decided
    centre = ratio + z_squared / (2 * decided)
    spread = z * math.sqrt(ratio * (1 - ratio) / decided + z_squared / (4 * decided**2))
    scale = 1 + z_squared / decided
    # At both ends the formula gives 0 and 1 but for rounding.
    least = (centre - spread) / scale if lost else 0.0
    most = (centre + spread) / scale if lost < decided else 1.0
    return least, most


def loses_alone(losses: Iterable[tuple[int, int]]) -> list[bool]:
    """For each hop of a path in its order, given what it lost and received: whether some later one
    loses clearly less, so that the 95 % intervals of both lie apart."""
    intervals = [wilson_interval(lost, lost + received) for lost, received in losses]
    result: list[bool] = []
    least_later = 1.0
    for interval in reversed(intervals):
        result.append(interval is not None and least_later < interval[0])
        if interval is not None:
            least_later = min(least_later, interval[1])
    result.reverse()
    return result


def percentile(values: Sequence[float], percent: float) -> float | None:
    """The value at `percent` (0 to 100), linear between neighbours; None for no values.

    Definition 7 of Hyndman and Fan, Am. Stat. 50(4), 1996, p. 363: what numpy and R do.
    """
    if not values:
        return None
    ordered = sorted(values)
    position = (len(ordered) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def median_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % interval of the median from the order of the samples; None below 6 of them.

    It supposes nothing of how they are distributed: between the k-th value from both ends lies the
    median unless k - 1 or fewer of n fall on one side, which has the probability of so many heads
    (Hahn and Meeker, Statistical Intervals, 1991, section 5.2).
    """
    number = len(values)
    tail, k = 0.0, 0
    while k < number // 2:
        tail += math.comb(number, k) / 2**number
        if tail > 0.025:
            break
        k += 1
    if k == 0:
        return None
    ordered = sorted(values)
    return ordered[k - 1], ordered[number - k]


def difference_interval(
    share: tuple[int, int], other: tuple[int, int], z: float = CONFIDENCE_95_Z
) -> tuple[float, float] | None:
    """The interval of a difference of two loss ratios, -1 to 1 each; None with nothing decided.

    Both are (lost, decided). Newcombe, Statistics in Medicine 17, 1998, p. 873, method 10: made of
    Wilson's intervals of the two.
    """
    interval, interval_other = wilson_interval(*share, z), wilson_interval(*other, z)
    if interval is None or interval_other is None:
        return None
    ratio, ratio_other = share[0] / share[1], other[0] / other[1]
    difference = ratio - ratio_other
    least = difference - math.hypot(ratio - interval[0], interval_other[1] - ratio_other)
    most = difference + math.hypot(interval[1] - ratio, ratio_other - interval_other[0])
    return least, most


def loss_likelihood(lost: int, decided: int) -> float:
    """Logarithm of the likelihood of so many lost, with the ratio that makes it most likely."""
    received = decided - lost
    if not lost or not received:
        return 0.0
    return lost * math.log(lost / decided) + received * math.log(received / decided)


def difference_statistic(share: tuple[int, int], other: tuple[int, int]) -> float:
    """How much likelier two loss ratios are than one for both (lost, decided): twice the
    difference of the logarithms, which is chi squared with one degree of freedom if there is only
    one (Wilks, Ann. Math. Stat. 9(1), 1938, p. 60). Compare it with `normal_quantile` squared."""
    together = share[0] + other[0], share[1] + other[1]
    apart = loss_likelihood(*share) + loss_likelihood(*other)
    return 2 * (apart - loss_likelihood(*together))


def normal_quantile(failure: float) -> float:
    """The two-sided quantile of the normal distribution: beyond it lies a share of `failure`."""
    return NormalDist().inv_cdf(1 - failure / 2)
