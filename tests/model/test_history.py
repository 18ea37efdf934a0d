"""Samples keep their place by sending, gaps included."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.history import HISTORY_LENGTH, Gap, SampleHistory


def test_a_sent_probe_is_pending_until_its_outcome_fills_its_place() -> None:
    history = SampleHistory()
    for number in (4, 7, 9):
        history.open(number)
    history.fill(9, 0.03)
    history.fill(4, Gap.LOST)
    assert history.newest(10) == (Gap.LOST, Gap.PENDING, 0.03)


def test_a_late_answer_replaces_the_gap_in_its_place() -> None:
    history = SampleHistory()
    for number in (1, 2):
        history.open(number)
    history.fill(1, Gap.LOST)
    history.fill(2, 0.02)
    history.fill(1, 3.5)
    assert history.newest(10) == (3.5, 0.02)


@given(st.permutations(range(20)))
def test_outcomes_in_any_order_stand_in_the_order_of_sending(order: list[int]) -> None:
    history = SampleHistory()
    for number in range(20):
        history.open(number)
    for number in order:
        history.fill(number, number / 10)
    assert history.newest(20) == tuple(number / 10 for number in range(20))


def test_the_history_is_bounded_and_keeps_the_newest() -> None:
    history = SampleHistory()
    for number in range(HISTORY_LENGTH + 10):
        history.open(number)
        history.fill(number, float(number))
    assert len(history) == HISTORY_LENGTH
    assert history.newest(2) == (HISTORY_LENGTH + 8.0, HISTORY_LENGTH + 9.0)
    assert history.newest(HISTORY_LENGTH)[0] == 10.0


def test_an_outcome_whose_place_has_scrolled_away_changes_nothing() -> None:
    history = SampleHistory(length=2)
    for number in range(3):
        history.open(number)
    history.fill(0, 0.5)
    assert history.newest(2) == (Gap.PENDING, Gap.PENDING)


def test_fewer_samples_can_be_asked_for() -> None:
    history = SampleHistory()
    for number in range(3):
        history.open(number)
    assert len(history.newest(2)) == 2
    assert len(history.newest(3)) == 3
    assert len(history.newest(5)) == 3


def marks(history: SampleHistory, since: int = 0) -> str:
    series = history.series(since)
    assert series is not None
    return "".join(".x"[not answered] for answered in series.answered)


def test_the_series_is_who_was_answered_up_to_the_first_that_is_not_decided() -> None:
    history = SampleHistory(8)
    for number, sample in enumerate((0.1, Gap.LOST, Gap.UNTIMED, 0.2, Gap.PENDING, 0.3)):
        history.open(number, 10.0 + number)
        history.fill(number, sample)
    series = history.series(0)
    assert series is not None
    assert marks(history) == ".x.."
    assert list(series.numbers) == [0, 1, 2, 3]
    assert list(series.times_s) == [10, 11, 12, 13]
    assert series.runs == [(True, 0, 1), (False, 1, 2), (True, 2, 4)]
    assert (series.answers, len(series), series.is_from_start) == (3, 4, True)


def test_probes_that_did_not_leave_are_not_in_the_series() -> None:
    history = SampleHistory(8)
    for number, sample in enumerate((Gap.SEND_ERROR, 0.1, Gap.SEND_ERROR, Gap.LOST)):
        history.open(number, 0.0 if sample is Gap.SEND_ERROR else 5.0)
        history.fill(number, sample)
    assert marks(history) == ".x"
    series = history.series(0)
    assert series is not None
    assert list(series.times_s) == [5.0, 5.0]


def test_a_series_knows_whether_it_has_the_first_probe() -> None:
    history = SampleHistory(3)
    for number in range(5, 8):
        history.open(number, float(number))
        history.fill(number, 0.1)
    for since, is_from_start in ((0, True), (5, True), (6, False)):
        series = history.series(since)
        assert series is not None
        assert series.is_from_start is is_from_start
    history.open(8, 8.0)
    history.fill(8, 0.1)
    series = history.series(0)
    assert series is not None
    assert not series.is_from_start


def test_a_series_names_flows_where_there_are_several() -> None:
    for flows, told in (((0, 0, 0), ()), ((0, 1, 0), (0, 1, 0))):
        history = SampleHistory(3)
        for number, flow in enumerate(flows):
            history.open(number, 0.0, flow)
            history.fill(number, 0.1)
        series = history.series(0)
        assert series is not None
        assert tuple(series.flows) == told


def test_there_is_no_series_of_nothing() -> None:
    history = SampleHistory(3)
    assert history.series(0) is None
    history.open(0, 1.0)
    assert history.series(0) is None
    history.fill(0, 0.1)
    assert history.series(1) is None
