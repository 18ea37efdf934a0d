from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.events import GROUPS, Event, EventKind, EventLog


def event(at_s: float) -> Event:
    return Event(kind=EventKind.LOSS_BEGAN, at_s=at_s, words="")


@given(st.lists(st.floats(0, 100)))
def test_events_stand_in_the_order_of_their_time_whenever_they_were_noticed(
    times_s: list[float],
) -> None:
    log = EventLog()
    for at_s in times_s:
        log.add(event(at_s))
    assert [one.at_s for one in log] == sorted(times_s)
    assert log.count == len(times_s)


def test_the_oldest_go_first() -> None:
    log = EventLog(length=3)
    for at_s in (1.0, 2.0, 3.0, 4.0):
        log.add(event(at_s))
    assert [one.at_s for one in log] == [2.0, 3.0, 4.0]
    assert log.count == 4


def test_an_event_older_than_all_that_are_kept_pushes_none_out() -> None:
    log = EventLog(length=2)
    for at_s in (5.0, 6.0, 1.0):
        log.add(event(at_s))
    assert [one.at_s for one in log] == [5.0, 6.0]


def test_a_span_ends_before_its_end() -> None:
    log = EventLog()
    for at_s in (1.0, 2.0, 3.0):
        log.add(event(at_s))
    assert [one.at_s for one in log.between(1.0, 3.0)] == [1.0, 2.0]


def test_every_kind_belongs_to_a_group() -> None:
    assert set(GROUPS) == set(EventKind)
