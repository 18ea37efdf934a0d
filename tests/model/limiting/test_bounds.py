"""The bounds hold what is true: always where nothing else is lost, else nearly always."""

from __future__ import annotations

import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from poros_tui.model.limiting.bounds import burst_bounds, rate_bounds
from poros_tui.model.limiting.bucket import Bucket, forecast
from poros_tui.model.limiting.series import AnswerSeries
from poros_tui.model.limiting.watch import LimitWatch
from poros_tui.model.rate_limit import RateLimit
from tests.model.limiting import simulated


def limited_of(series: AnswerSeries, bucket: Bucket) -> list[float]:
    limited: list[float] = []
    forecast(series, bucket, limited=limited)
    return limited


def found(series: AnswerSeries) -> RateLimit | None:
    watch = LimitWatch()
    watch.look(series, decided=len(series), lost=len(series) - series.answers, routers=1)
    return watch.limit


def holds(limit: RateLimit, per_second: float, burst: int) -> tuple[bool, bool]:
    """Whether the rate and the burst lie within the bounds."""
    least_per_s, most_per_s = limit.per_second_interval
    assert limit.burst_interval is not None
    least, most = limit.burst_interval
    return (
        least_per_s <= per_second <= (most_per_s or per_second),
        least <= burst <= (most or burst),
    )


@given(
    per_second=st.floats(0.1, 20.0),
    burst=st.integers(1, 12),
    interval_s=st.floats(0.1, 2.0),
    queries=st.integers(1, 10),
    seed=st.integers(0, 10_000),
)
def test_the_true_rate_lies_within_the_bounds(
    per_second: float, burst: int, interval_s: float, queries: int, seed: int
) -> None:
    times_s = simulated.shaken(simulated.rounds(120, interval_s, queries), random.Random(seed))
    series = AnswerSeries(times_s, simulated.bucket(times_s, per_second, burst))
    assume(series.answers < len(series))
    limited = limited_of(series, Bucket(per_second, per_second, burst, is_full=True))
    least_per_s, most_per_s = bounds = rate_bounds(series, limited, burst)
    assert least_per_s <= per_second
    assert most_per_s is None or per_second <= most_per_s
    told = burst_bounds(series, limited, bounds)
    assert told.least <= told.likeliest <= (told.most or told.likeliest)


def test_the_true_burst_lies_within_its_bounds_as_often_as_they_say() -> None:
    """95 % of the time, whatever the pacing: a rare large burst looks like a usual one."""
    chance = random.Random(7)
    within = told_at_all = 0
    for _ in range(400):
        per_second, burst = chance.uniform(0.1, 20.0), chance.randint(1, 12)
        interval_s, queries = chance.uniform(0.1, 2.0), chance.randint(1, 10)
        times_s = simulated.shaken(simulated.rounds(120, interval_s, queries), chance)
        series = AnswerSeries(times_s, simulated.bucket(times_s, per_second, burst))
        if series.answers == len(series):
            continue
        limited = limited_of(series, Bucket(per_second, per_second, burst, is_full=True))
        told = burst_bounds(series, limited, rate_bounds(series, limited, burst))
        told_at_all += 1
        within += told.least <= burst <= (told.most or burst)
    assert told_at_all > 200
    assert within / told_at_all >= 0.95


@pytest.mark.parametrize(
    ("seconds", "within"), [(12, (0.9, 1.1)), (48, (0.96, 1.04)), (1000, (0.97, 1.03))]
)
def test_the_longer_it_lasts_the_closer_the_bounds(
    seconds: int, within: tuple[float, float]
) -> None:
    """Up to as many probes as are remembered: 240."""
    times_s = simulated.steady(min(240, 5 * seconds), 0.21)
    series = AnswerSeries(times_s, simulated.bucket(times_s, 1.0, 6))
    least_per_s, most_per_s = rate_bounds(
        series, limited_of(series, Bucket(1.0, 1.0, 6, is_full=True)), 6
    )
    assert most_per_s is not None
    assert within[0] < least_per_s < 1 < most_per_s < within[1]


def test_a_bucket_that_is_full_again_each_time_bounds_the_rate_on_one_side() -> None:
    times_s = simulated.rounds(60, 10.0, 10)
    series = AnswerSeries(times_s, simulated.bucket(times_s, 1.0, 6))
    limited = limited_of(series, Bucket(1.0, 1.0, 6, is_full=True))
    least_per_s, most_per_s = bounds = rate_bounds(series, limited, 6)
    assert 0.5 < least_per_s < 0.6
    assert most_per_s is None
    assert burst_bounds(series, limited, bounds)[::2] == (6, 6)


def test_one_burst_bounds_the_rate_from_above_alone() -> None:
    times_s = [0.005 * number for number in range(20)]
    series = AnswerSeries(times_s, [True] * 6 + [False] * 14)
    limited = limited_of(series, Bucket(0.1, 0.1, 6, is_full=True))
    least_per_s, most_per_s = rate_bounds(series, limited, 6)
    assert least_per_s == 0
    # Within 70 ms no token came back: fewer than 15.4 a second, the slack taken off.
    assert most_per_s == pytest.approx(1 / 0.065)


def test_without_a_refused_probe_nothing_is_known_of_the_rate() -> None:
    series = simulated.of_marks("..x..x...")
    assert rate_bounds(series, [0.0, 0.1], 6) == (0.0, None)


def test_a_bucket_that_was_not_full_may_be_larger_than_what_it_gave() -> None:
    times_s = simulated.rounds(60, 60.0, 60)
    series = AnswerSeries(times_s, [True] * 4 + [False] * 56)
    limited = limited_of(series, Bucket(0.1, 0.1, 4, is_full=True))
    told = burst_bounds(series, limited, rate_bounds(series, limited, 4))
    assert (told.least, told.most) == (4, 8)
    assert told.probability < 0.6


def test_of_a_series_without_its_beginning_only_the_least_burst_is_known() -> None:
    times_s = simulated.steady(120, 0.2)
    answered = simulated.bucket(times_s, 1.0, 6, tokens=0.5)
    series = AnswerSeries(times_s, answered, is_from_start=False)
    limited = limited_of(series, Bucket(1.0, 1.0, 6, is_full=False))
    told = burst_bounds(series, limited, rate_bounds(series, limited, 6))
    assert (told.likeliest, told.probability, told.least, told.most) == (1, 0.0, 1, None)


PACES = {
    "0.2 s": simulated.steady(240, 0.2),
    "1 s": simulated.steady(240, 1.0),
    "0.2 s, 5 at once": simulated.rounds(240, 0.2, 5),
    "1 s, 10 at once": simulated.rounds(240, 1.0, 10),
}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize(
    ("lost", "lost_back"), [(0.0, 0.0), (0.03, 0.0), (0.0, 0.03)], ids=["", "there", "back"]
)
def test_with_other_losses_too_the_bounds_hold_in_95_of_100_cases(
    pace: str, lost: float, lost_back: float
) -> None:
    held: list[tuple[bool, bool]] = []
    for seed in range(60):
        chance = random.Random(seed)
        times_s = simulated.shaken(PACES[pace], chance)
        mean_per_s = 240 / times_s[-1]
        per_second, burst = mean_per_s * chance.uniform(0.15, 0.7), chance.randint(1, 10)
        answered = simulated.bucket(
            times_s, per_second, burst, lost=lost, lost_back=lost_back, chance=chance
        )
        limit = found(AnswerSeries(times_s, answered))
        if limit is not None:
            held.append(holds(limit, per_second, burst))
    assert len(held) > 40
    rates, bursts = (sum(column) / len(held) for column in zip(*held, strict=True))
    assert rates >= 0.95
    assert bursts >= (0.9 if lost or lost_back else 0.95)
