"""Losses without a limit, against references that try all figures one by one."""

from __future__ import annotations

from math import exp, log

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.limiting import chance
from poros_tui.model.limiting.series import AnswerSeries
from tests.model.limiting import simulated

outcomes = st.lists(st.booleans(), min_size=1, max_size=40)


def bernoulli(answered: list[bool], share: float) -> float:
    return sum(log(share if each else 1 - share) for each in answered)


@given(answered=outcomes, share=st.floats(0.001, 0.999))
def test_no_share_of_losses_explains_more(answered: list[bool], share: float) -> None:
    series = AnswerSeries(simulated.steady(len(answered), 1.0), answered)
    assert chance.log_likelihood(series) >= bernoulli(answered, share) - 1e-9


def forward(series: AnswerSeries, *, begins_per_s: float, ends_per_s: float, lost: float) -> float:
    """The likelihood of a chain in continuous time with a good and a bad state (Gilbert, Bell Syst.
    Tech. J. 39(5), 1960), by the forward algorithm."""
    both_per_s = begins_per_s + ends_per_s
    share_bad = begins_per_s / both_per_s
    bad, total, at_s = share_bad, 0.0, series.times_s[0]
    for time_s, answered in zip(series.times_s, series.answered, strict=True):
        bad = share_bad + (bad - share_bad) * exp(-both_per_s * (time_s - at_s))
        at_s = time_s
        seen = (1 - bad) * (1 - lost) if answered else bad + (1 - bad) * lost
        total += log(seen)
        bad = 0.0 if answered else bad / seen
    return total


@given(
    answered=outcomes,
    interval_s=st.floats(0.01, 10),
    begins_per_s=st.floats(1e-5, 1 / 300),
    ends_per_s=st.floats(1e-3, 1.0),
    lost=st.sampled_from([0.001, 0.03, 0.3]),
)
def test_no_outages_that_are_rare_and_last_explain_more(
    answered: list[bool], interval_s: float, begins_per_s: float, ends_per_s: float, lost: float
) -> None:
    series = AnswerSeries(simulated.steady(len(answered), interval_s), answered)
    true = forward(series, begins_per_s=begins_per_s, ends_per_s=ends_per_s, lost=lost)
    # But for two outages in one run of losses, of which the bound knows nothing.
    assert chance.log_likelihood(series) >= true - 0.05


def test_each_flow_may_have_a_silent_router() -> None:
    flows = [place % 5 for place in range(60)]
    answered = [flow == 3 for flow in flows]
    times_s = simulated.steady(60, 0.2)
    assert chance.log_likelihood(AnswerSeries(times_s, answered)) < -20
    assert chance.log_likelihood(AnswerSeries(times_s, answered, flows=flows)) == 0


def test_routers_that_take_turns_may_be_silent() -> None:
    for marks in (".x", ".xx", "..x", ".xxx", "...x", ".x.x"):
        series = simulated.of_marks(marks * 20, 0.2)
        assert chance.log_likelihood(series) == 0, marks
        assert chance.irregular(series) < -25, marks
    of_five = simulated.of_marks(".x.xx" * 12, 0.2)
    assert chance.log_likelihood(of_five) == chance.irregular(of_five)


def test_an_outage_is_no_limit() -> None:
    series = simulated.of_marks("." * 60 + "x" * 30 + "." * 60)
    assert chance.log_likelihood(series) > -15
    assert bernoulli(list(series.answered), 0.8) < -70


def test_an_outage_that_begins_within_a_burst_is_a_rare_chance() -> None:
    times_s = simulated.rounds(20, 60.0, 20)
    series = AnswerSeries(times_s, [True] * 6 + [False] * 14)
    assert log(0.001 / 300) < chance.irregular(series) < log(0.002 / 300)


def test_what_never_or_always_answers_is_no_riddle() -> None:
    for mark in ".x":
        assert chance.log_likelihood(simulated.of_marks(mark * 50)) == 0
