from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.comparison import Comparison
from tests.tui.made_path import MadePath

rtts_ms = st.lists(st.floats(0.01, 1000), min_size=2, max_size=30)


def compared(before: list[float | None], since: list[float | None]) -> Comparison:
    """One hop: times in milliseconds, None lost."""
    made = MadePath()
    for baseline, samples in ((None, before), (1, since)):
        made.status(baseline=baseline)
        for rtt_ms in samples:
            if rtt_ms is None:
                made.lose(1)
            else:
                made.reply(1, rtt_ms)
    comparison = made.update().hops[0].comparison
    assert comparison is not None
    return comparison


@given(rtts_ms, rtts_ms)
def test_figures_since_the_mark_are_those_of_the_samples_since(
    before: list[float], since: list[float]
) -> None:
    comparison = compared([*before, None], [*since, None, None])
    for figures, samples, lost in (
        (comparison.before, before, 1),
        (comparison.since, since, 2),
    ):
        times_s = [sample / 1e3 for sample in samples]
        assert (figures.sent, figures.received, figures.lost) == (
            len(samples) + lost,
            len(samples),
            lost,
        )
        assert figures.rtt.mean_s == pytest.approx(statistics.fmean(times_s))
        assert figures.rtt.stdev_s == pytest.approx(statistics.stdev(times_s), abs=1e-9)
        assert figures.rtt.best_s == pytest.approx(min(times_s))
    assert comparison.difference(lambda it: it.rtt.mean_s) == pytest.approx(
        (statistics.fmean(since) - statistics.fmean(before)) / 1e3
    )


def test_what_is_not_known_on_both_sides_has_no_difference() -> None:
    comparison = compared([5.0], [None])
    assert comparison.difference(lambda it: it.rtt.mean_s) is None
    assert comparison.difference(lambda it: it.loss_ratio) == 1.0


def test_a_loss_from_before_that_is_taken_back_is_no_loss_of_either_side() -> None:
    made = MadePath()
    probe = made.send(1)
    made.lose(1, probe)
    made.status(baseline=1)
    made.late(probe, 4000.0)
    comparison = made.update().hops[0].comparison
    assert comparison is not None
    assert (comparison.since.lost, comparison.since.received) == (0, 1)


def test_without_a_mark_or_after_it_is_taken_away_nothing_is_compared() -> None:
    made = MadePath()
    made.reply(1, 5.0)
    assert made.update().hops[0].comparison is None
    made.status(baseline=1)
    assert made.update().hops[0].comparison is not None
    made.status(baseline=None)
    assert made.update().hops[0].comparison is None


def test_a_second_mark_begins_anew() -> None:
    made = MadePath()
    made.reply(1, 5.0)
    made.status(baseline=1)
    made.reply(1, 7.0)
    made.status(baseline=2)
    comparison = made.update().hops[0].comparison
    assert comparison is not None
    assert (comparison.before.sent, comparison.since.sent) == (2, 0)
