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
