"""The search for a bucket, and what it takes for granted."""

from __future__ import annotations

import random
from itertools import accumulate
from math import exp, inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.limiting import chance
from poros_tui.model.limiting.search import burst_needed, burst_prior, log_sum, search
from poros_tui.model.limiting.series import AnswerSeries
from poros_tui.model.limiting.watch import FALSE_ALARMS, LimitWatch
from tests.model.limiting import simulated


def test_the_prior_of_the_bursts_is_one_in_all() -> None:
    several = sum(burst_prior(burst) for burst in range(1, 10_001))
    assert several + 0.75 / 10_001 == pytest.approx(1.0)
    assert burst_prior(6) > 0.25


@pytest.mark.parametrize(
    ("per_s", "burst", "interval_s"),
    [
        (1.0, 6, 0.37),
        (2.0, 5, 0.3),
        (2.0, 5, 0.2),
        (2.0, 5, 0.37),
        (5 / 3, 5, 0.37),
        (5 / 3, 5, 0.25),
    ],
)
@pytest.mark.parametrize("late_s", [0.0, 0.002])
def test_limits_of_any_size_have_their_figures(
    per_s: float, burst: int, interval_s: float, late_s: float
) -> None:
    chance_of_delay = random.Random(3)
    times_s = [interval_s * n + chance_of_delay.random() * late_s for n in range(90)]
    answered, tokens, at_s = [], float(burst), 0.0
    for time_s in times_s:
        tokens, at_s = min(burst, tokens + per_s * (time_s - at_s)), time_s
        answered.append(tokens >= 1.0)
        tokens -= answered[-1]
    watch = LimitWatch()
    series = AnswerSeries(times_s, answered)
    watch.look(series, decided=90, lost=90 - series.answers, routers=1)
    limit = watch.limit
    assert limit is not None
    assert limit.limited == 90 - series.answers
    least, most = limit.per_second_interval
    assert least <= per_s <= (most or 0.0) < 1.3 * least
    assert limit.burst_interval is not None
    least_burst, most_burst = limit.burst_interval
    assert least_burst <= burst <= (most_burst or burst)


def test_the_limit_of_linux_is_known_by_its_half_as_well() -> None:
    # Of probes that meet it at twice its rate every other is answered, as by two routers in turn.
    times_s = [0.5 * n + 0.0002 * (n % 3) for n in range(120)]
    answered = [n < 11 or n % 2 == 0 for n in range(120)]
    series = AnswerSeries(times_s, answered)
    found = search(series, rival=chance.log_likelihood(series))
    assert found is not None
    assert found.log_evidence - chance.log_likelihood(series) > -log(FALSE_ALARMS)
    assert found.bucket.burst == 6


@given(
    gaps_s=st.lists(st.floats(0.0, 2.0), min_size=1, max_size=25),
    answered=st.lists(st.booleans(), min_size=25, max_size=25),
    per_second=st.floats(0.1, 5),
)
def test_the_burst_that_is_needed_is_that_of_the_busiest_stretch(
    gaps_s: list[float], answered: list[bool], per_second: float
) -> None:
    times_s = list(accumulate(gaps_s))
    series = AnswerSeries(times_s, answered[: len(times_s)])
    taken_s = [time_s for time_s, each in zip(times_s, series.answered, strict=True) if each]
    needed = max(
        (
            last - first + 1 - per_second * (taken_s[last] - taken_s[first])
            for last in range(len(taken_s))
            for first in range(last + 1)
        ),
        default=0.0,
    )
    assert burst_needed(series, per_second) == pytest.approx(needed, abs=1e-9)
    assert burst_needed(series, per_second, end=0) == 0


@pytest.mark.parametrize(
    ("times_s", "per_second", "burst"),
    [
        (simulated.steady(80, 0.2), 1.0, 6),
        (simulated.steady(80, 0.2), 1.0, 1),
        (simulated.steady(240, 1.0), 0.6, 3),
        (simulated.rounds(200, 0.2, 5), 10.0, 6),
        (simulated.rounds(60, 10.0, 10), 1.0, 6),
    ],
)
def test_a_limit_is_likelier_than_chance_and_near_the_true_one(
    times_s: list[float], per_second: float, burst: int
) -> None:
    times_s = simulated.shaken(times_s, random.Random(1))
    series = AnswerSeries(times_s, simulated.bucket(times_s, per_second, burst))
    by_chance = chance.log_likelihood(series)
    found = search(series, rival=by_chance)
    assert found is not None
    assert found.log_evidence > by_chance + 12
    assert abs(found.bucket.burst - burst) <= 1
    assert found.bucket.least_per_s < 1.1 * per_second


def test_random_losses_are_likelier_by_chance() -> None:
    for seed in range(20):
        answered = simulated.by_chance(100, 0.3, random.Random(seed))
        series = AnswerSeries(simulated.steady(100, 0.2), answered)
        by_chance = chance.log_likelihood(series)
        found = search(series, rival=by_chance)
        assert found is None or found.log_evidence < by_chance


def test_what_no_bucket_comes_near_is_given_up() -> None:
    series = simulated.of_marks("x" * 100 + "." * 100, 0.2)
    assert search(series, rival=-5.0) is None


def test_a_bucket_of_which_nothing_came_back_may_be_as_slow_as_anything() -> None:
    times_s = simulated.rounds(20, 60.0, 20)
    series = AnswerSeries(times_s, [True] * 6 + [False] * 14)
    found = search(series, rival=-inf)
    assert found is not None
    assert found.bucket.burst == 6
    # The priors alone: a rate that does not show, a full bucket, Linux's burst.
    assert found.log_evidence > log(0.5 * 0.75 * 0.5) - 1.3


@given(st.lists(st.floats(-50, 50), min_size=1))
def test_sums_of_logarithms(values: list[float]) -> None:
    assert exp(log_sum(values)) == pytest.approx(sum(map(exp, values)))


def test_the_logarithm_of_nothing() -> None:
    assert log_sum([-inf, -inf]) == -inf
