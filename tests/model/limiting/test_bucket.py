"""The forecast: a probability for everything that can happen, and a high one for what a bucket
does."""

from __future__ import annotations

import random
from itertools import product
from math import exp, inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.limiting.bucket import Bucket, forecast
from poros_tui.model.limiting.series import AnswerSeries
from tests.model.limiting import simulated

TIMES_S = [0.0, 0.0005, 0.2, 0.4, 0.401, 1.2, 1.21, 3.0, 3.01]

rates = st.floats(0.1, 20.0)
bursts = st.integers(1, 12)


@pytest.mark.parametrize(
    "bucket",
    [
        Bucket(1.0, 1.0, 2, is_full=True),
        Bucket(0.8, 1.25, 1, is_full=True),
        Bucket(2.0, 3.0, 3, is_full=False),
        Bucket(2.0, 2.0, 2, is_full=True, pays_for_lost=True),
        Bucket(0.01, 0.0125, 6, is_full=False),
        Bucket(200.0, 250.0, 1, is_full=True),
    ],
)
def test_the_probabilities_of_all_that_can_happen_make_one(bucket: Bucket) -> None:
    every = product((True, False), repeat=len(TIMES_S))
    total = sum(
        exp(forecast(AnswerSeries(TIMES_S, answered), bucket).log_likelihood) for answered in every
    )
    assert total == pytest.approx(1.0, abs=1e-9)


@given(per_second=rates, burst=bursts, interval_s=st.floats(0.1, 1.0), queries=st.integers(1, 8))
def test_what_a_bucket_does_holds_nothing_that_it_cannot_do(
    per_second: float, burst: int, interval_s: float, queries: int
) -> None:
    times_s = simulated.rounds(120, interval_s, queries)
    answered = simulated.bucket(times_s, per_second, burst)
    limited: list[float] = []
    bucket = Bucket(per_second, per_second, burst, is_full=True)
    told = forecast(AnswerSeries(times_s, answered), bucket, limited=limited)
    assert told.strays == 0
    assert len(limited) == answered.count(False)
    assert all(0.5 <= each <= 1 for each in limited)


def test_the_rate_that_is_there_is_likelier_than_others() -> None:
    times_s = simulated.steady(240, 0.23)
    series = AnswerSeries(times_s, simulated.bucket(times_s, 1.0, 6))

    def likelihood(per_second: float) -> float:
        return forecast(series, Bucket(per_second, per_second, 6, is_full=True)).log_likelihood

    true = likelihood(1.0)
    assert all(likelihood(other) < true - 10 for other in (0.5, 0.9, 0.97, 1.03, 1.1, 2.0))


def test_bounds_of_the_rate_cost_little_where_it_lies_within() -> None:
    times_s = simulated.steady(60, 0.23)
    series = AnswerSeries(times_s, simulated.bucket(times_s, 1.0, 6))
    exact = forecast(series, Bucket(1.0, 1.0, 6, is_full=True)).log_likelihood
    within = forecast(series, Bucket(0.9, 1.12, 6, is_full=True)).log_likelihood
    outside = forecast(series, Bucket(1.12, 1.4, 6, is_full=True)).log_likelihood
    assert outside < within - 10 < exact


def test_a_pace_that_meets_the_rate_is_learnt_whichever_side_it_falls_on() -> None:
    """At five probes a second and one token a second each fifth meets the edge of a token."""
    for late in (False, True):
        answered = [place % (6 if late else 5) == 0 for place in range(120)]
        series = AnswerSeries(simulated.steady(120, 0.2), answered)
        told = forecast(series, Bucket(1.0, 1.0, 1, is_full=True))
        # By chance: -60 at least.
        assert told.strays == 0
        assert told.log_likelihood > -7


def test_answers_that_are_lost_besides_are_strays_and_not_limited() -> None:
    times_s = simulated.rounds(60, 10.0, 10)
    answered = simulated.bucket(times_s, 1.0, 6)
    answered[22] = False  # the third of a round in which six are answered
    limited: list[float] = []
    told = forecast(
        AnswerSeries(times_s, answered),
        Bucket(1.0, 1.0, 6, is_full=True, pays_for_lost=True),
        limited=limited,
    )
    assert told.strays == 1
    chances = iter(limited)
    of_each = [None if each else next(chances) for each in answered]
    assert of_each[22] == pytest.approx(0.0, abs=0.01)
    assert all(each > 0.9 for place, each in enumerate(of_each) if each is not None and place != 22)


@pytest.mark.parametrize("lost_back", [False, True])
def test_where_answers_are_lost_shows_in_what_comes_after(lost_back: bool) -> None:
    """On their way back they took a token."""
    times_s = simulated.steady(240, 0.21)
    ratios = {"lost_back": 0.15} if lost_back else {"lost": 0.15}
    answered = simulated.bucket(times_s, 2.0, 6, chance=random.Random(1), **ratios)
    right, wrong = (
        forecast(
            AnswerSeries(times_s, answered),
            Bucket(2.0, 2.0, 6, is_full=True, pays_for_lost=pays),
        )
        for pays in (lost_back, not lost_back)
    )
    assert right.strays > 0
    assert right.log_likelihood > wrong.log_likelihood + 5


def test_a_bucket_that_is_not_full_may_begin_at_any_level() -> None:
    series = AnswerSeries(simulated.rounds(20, 60.0, 20), [True] * 4 + [False] * 16)
    full = forecast(series, Bucket(0.1, 0.1, 6, is_full=True)).log_likelihood
    any_level = forecast(series, Bucket(0.1, 0.1, 6, is_full=False)).log_likelihood
    assert any_level > full + 4
    assert any_level == pytest.approx(-log(6), abs=0.6)


def test_who_falls_far_behind_a_rival_is_given_up() -> None:
    times_s = simulated.steady(200, 0.2)
    series = AnswerSeries(times_s, [place % 2 == 0 for place in range(200)])
    bucket = Bucket(0.1, 0.1, 6, is_full=True)
    whole = forecast(series, bucket).log_likelihood
    assert whole > -inf
    assert forecast(series, bucket, rival=whole - 1).log_likelihood == whole
    assert forecast(series, bucket, rival=whole + 200).log_likelihood == -inf
