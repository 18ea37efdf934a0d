"""Every formula against an independent reference."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.statistics import (
    CONFIDENCE_95_Z,
    RttStatistics,
    difference_interval,
    difference_statistic,
    loses_alone,
    loss_ratio,
    median_interval,
    normal_quantile,
    percentile,
    wilson_interval,
)

rtts_s = st.lists(st.floats(1e-6, 10), min_size=1, max_size=200)
shares = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def running(samples_s: list[float]) -> RttStatistics:
    statistic = RttStatistics()
    for rtt_s in samples_s:
        statistic.add(rtt_s)
    return statistic


def test_before_the_first_reply_everything_is_unknown() -> None:
    nothing = RttStatistics()
    assert nothing.count == 0
    assert nothing.last_s is nothing.best_s is nothing.worst_s is nothing.mean_s is None
    assert nothing.stdev_s is None
    assert nothing.jitter_mean_s is nothing.jitter_max_s is nothing.jitter_rfc3550_s is None


def test_one_reply_has_a_mean_but_no_variation() -> None:
    one = running([0.02])
    assert (one.last_s, one.best_s, one.worst_s, one.mean_s) == (0.02, 0.02, 0.02, 0.02)
    assert one.stdev_s is None
    assert one.jitter_mean_s is one.jitter_max_s is one.jitter_rfc3550_s is None


def test_ten_and_a_hundred_and_one_deviate_by_64_3() -> None:
    # Squaring against the new mean, as others do, gives 45.5.
    assert running([10, 101]).stdev_s == pytest.approx(64.3467, abs=1e-4)


@given(rtts_s)
def test_mean_and_extremes_agree_with_the_standard_library(samples_s: list[float]) -> None:
    statistic = running(samples_s)
    assert statistic.count == len(samples_s)
    assert statistic.mean_s == pytest.approx(statistics.fmean(samples_s), rel=1e-9)
    assert statistic.best_s == min(samples_s)
    assert statistic.worst_s == max(samples_s)
    assert statistic.last_s == samples_s[-1]


@given(st.lists(st.floats(1e-6, 10), min_size=2, max_size=200))
def test_deviation_agrees_with_the_standard_library(samples_s: list[float]) -> None:
    expected_s = statistics.stdev(samples_s)
    assert running(samples_s).stdev_s == pytest.approx(expected_s, rel=1e-6, abs=1e-9)


def test_deviation_of_close_values_far_from_zero_keeps_its_digits() -> None:
    # Sum of squares less square of sums would lose all of them here.
    samples_s = [1e6 + step * 1e-3 for step in range(5)]
    assert running(samples_s).stdev_s == pytest.approx(statistics.stdev(samples_s), rel=1e-4)


@given(st.floats(1e-6, 10), st.integers(2, 50))
def test_equal_replies_do_not_vary(rtt_s: float, count: int) -> None:
    statistic = running([rtt_s] * count)
    assert statistic.stdev_s == pytest.approx(0, abs=1e-12)
    assert statistic.jitter_mean_s == statistic.jitter_max_s == statistic.jitter_rfc3550_s == 0


@given(st.lists(st.floats(1e-6, 10), min_size=2, max_size=200))
def test_jitter_mean_and_maximum_are_those_of_the_differences(samples_s: list[float]) -> None:
    differences_s = [abs(later - earlier) for earlier, later in pairwise(samples_s)]
    statistic = running(samples_s)
    assert statistic.jitter_mean_s == pytest.approx(
        statistics.fmean(differences_s), rel=1e-9, abs=1e-12
    )
    assert statistic.jitter_max_s == max(differences_s)


@given(st.lists(st.floats(1e-6, 10), min_size=2, max_size=100))
def test_smoothed_jitter_is_the_closed_form_of_rfc_3550(samples_s: list[float]) -> None:
    # J += (|D| - J) / 16 from 0 is a sum in which each difference weighs 15/16 of the next.
    differences_s = [abs(later - earlier) for earlier, later in pairwise(samples_s)]
    expected_s = sum(
        difference_s / 16 * (15 / 16) ** age
        for age, difference_s in enumerate(reversed(differences_s))
    )
    assert running(samples_s).jitter_rfc3550_s == pytest.approx(expected_s, rel=1e-9, abs=1e-12)


def test_the_second_reply_begins_the_smoothed_jitter_at_a_sixteenth() -> None:
    assert running([0.010, 0.026]).jitter_rfc3550_s == pytest.approx(0.001)


@pytest.mark.parametrize(
    ("lost", "received", "expected"), [(1, 3, 0.25), (0, 4, 0.0), (4, 0, 1.0), (0, 0, None)]
)
def test_loss_is_of_what_is_decided(lost: int, received: int, expected: float | None) -> None:
    assert loss_ratio(lost, received) == expected


@pytest.mark.parametrize(
    ("lost", "decided", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17(8), 1998, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
        # What the documentation promises.
        (1, 3, 0.0615, 0.7923),
    ],
)
def test_the_loss_interval_is_wilsons(lost: int, decided: int, low: float, high: float) -> None:
    interval = wilson_interval(lost, decided)
    assert interval == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_ends_of_the_interval_are_where_the_score_test_turns(counts: tuple[int, int]) -> None:
    lost, decided = counts
    interval = wilson_interval(lost, decided)
    assert interval is not None
    ratio = lost / decided
    assert 0 <= interval[0] <= ratio + 1e-12
    assert ratio - 1e-12 <= interval[1] <= 1
    z = statistics.NormalDist().inv_cdf(0.975)
    for bound in interval:
        # |ratio - p| = z sqrt(p (1 - p) / n), the definition, squared.
        assert (ratio - bound) ** 2 == pytest.approx(
            z**2 * bound * (1 - bound) / decided, rel=1e-6, abs=1e-9
        )


def test_nothing_decided_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None


@given(st.lists(st.floats(0, 10), min_size=2, max_size=100), st.integers(1, 99))
def test_percentiles_agree_with_the_standard_library(values: list[float], percent: int) -> None:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    assert percentile(values, percent) == pytest.approx(cuts[percent - 1], rel=1e-9, abs=1e-12)


def test_percentiles_of_little_are_what_is_there() -> None:
    assert percentile([], 50) is None
    assert percentile([0.3], 95) == 0.3
    assert percentile([0.3, 0.1], 0) == 0.1
    assert percentile([0.3, 0.1], 100) == 0.3
    assert percentile([0.3, 0.1], 50) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("share", "other", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(
    share: tuple[int, int], other: tuple[int, int], low: float, high: float
) -> None:
    assert difference_interval(share, other) == (
        pytest.approx(low, abs=5e-5),
        pytest.approx(high, abs=5e-5),
    )


def test_nothing_decided_has_no_difference() -> None:
    assert difference_interval((0, 0), (1, 2)) is None


@given(st.lists(st.floats(0, 1), min_size=6, max_size=60, unique=True))
def test_the_interval_of_the_median_has_95_percent_of_the_coin_tosses(
    values: list[float],
) -> None:
    interval = median_interval(values)
    assert interval is not None
    number, ordered = len(values), sorted(values)
    below = ordered.index(interval[0])
    assert ordered.index(interval[1]) == number - 1 - below

    def outside(k: int) -> float:
        """Both tails: at most k of n tosses are heads, or at most k are tails."""
        return 2 * sum(Fraction(math.comb(number, i), 2**number) for i in range(k + 1))

    assert outside(below) <= 0.05 < outside(below + 1)


def test_five_samples_are_too_few_for_an_interval_of_the_median() -> None:
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval([1, 2, 3, 4, 5, 6]) == (1, 6)


@given(shares, shares)
def test_the_statistic_of_a_difference_is_the_g_test(
    share: tuple[int, int], other: tuple[int, int]
) -> None:
    """G = 2 sum O ln(O / E) over the table of lost and received (Sokal and Rohlf, Biometry)."""
    table = [[share[0], share[1] - share[0]], [other[0], other[1] - other[0]]]
    total = sum(map(sum, table))
    g = 0.0
    for row in table:
        for column, observed in enumerate(row):
            expected = sum(row) * (table[0][column] + table[1][column]) / total
            g += 2 * observed * math.log(observed / expected) if observed else 0.0
    assert difference_statistic(share, other) == pytest.approx(g, rel=1e-6, abs=1e-6)


def test_the_normal_quantile_is_two_sided() -> None:
    assert normal_quantile(0.05) == pytest.approx(CONFIDENCE_95_Z)
    assert normal_quantile(0.01) == pytest.approx(2.5758293)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=12))
def test_a_hop_loses_alone_if_the_interval_of_a_later_one_lies_below_its_own(
    losses: list[tuple[int, int]],
) -> None:
    def is_below(later: tuple[int, int], own: tuple[int, int]) -> bool:
        intervals = [wilson_interval(lost, lost + received) for lost, received in (later, own)]
        return all(intervals) and intervals[0][1] < intervals[1][0]  # type: ignore[index]

    assert loses_alone(losses) == [
        any(is_below(later, own) for later in losses[place + 1 :])
        for place, own in enumerate(losses)
    ]


def test_who_is_not_answered_at_all_is_no_witness_and_the_last_has_none() -> None:
    assert loses_alone([(50, 10), (60, 0)]) == [False, False]
    assert loses_alone([(50, 10), (0, 0), (0, 60)]) == [True, False, False]
    assert loses_alone([]) == []
