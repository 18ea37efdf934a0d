from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event, EventKind
from poros_tui.model.probe import Protocol
from poros_tui.model.session import SessionState, Way
from tests.tui.made_path import MadePath


class Session:
    """A made path of two hops whose chronicle is looked at."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.chronicle = Chronicle()
        self.chronicle.begin(now_s=self.now_s, wall_s=5000.0)
        self.made = MadePath()
        self.made.on_message = lambda message: self.chronicle.record(message, self.now_s)
        self.number = 0
        self.made.status(round=0)

    def go(self, count: int, router: str = "10.0.1.1", end_ms: float | None = 20.0) -> None:
        for _ in range(count):
            self.made.status(round=self.number)
            self.made.reply(1, 5.0, router)
            if end_ms is None:
                self.made.lose(2)
            else:
                self.made.reached(2, end_ms)
            self.number += 1
            self.now_s += 1.0
        self.made.status(round=self.number)

    @property
    def told(self) -> list[tuple[EventKind, float]]:
        return [(event.kind, event.at_s) for event in self.chronicle.events()]

    def event(self, kind: EventKind) -> Event:
        (found,) = (event for event in self.chronicle.events() if event.kind is kind)
        return found


def test_an_event_stands_where_it_happened_and_says_when_it_was_noticed() -> None:
    session = Session()
    session.go(50)
    session.go(20, router="10.9.1.1")
    event = session.event(EventKind.PATH_CHANGED)
    assert (event.ttl, event.round, event.at_s) == (1, 50, 1050.0)
    assert event.noticed_at_s == 1062.0


def test_the_chronicle_knows_the_path_of_any_moment() -> None:
    session = Session()
    session.go(50)
    session.go(20, router="10.9.1.1")
    first, second = session.chronicle.paths()
    assert (first.from_s, first.to_s, second.from_s) == (1000.0, 1050.0, 1050.0)
    for at_s, router in ((1010.0, "10.0.1.1"), (1060.0, "10.9.1.1")):
        path = session.chronicle.path_at(at_s)
        assert path is not None
        assert path.hops[0].responders == (ip_address(router),)
        assert path.hops[1].figures.mean_s == pytest.approx(0.02)
    assert session.chronicle.path_at(999.0) is None


def test_a_reset_begins_a_path_and_no_event_of_the_network() -> None:
    session = Session()
    session.go(50)
    session.made.status(generation=1, round=0)
    session.number = 0
    session.go(50, router="10.9.1.1")
    assert [kind for kind, _ in session.told] == [EventKind.RESET]
    assert [path.words for path in session.chronicle.paths()] == [
        "the session began",
        "statistics forgotten",
    ]


def test_another_protocol_begins_a_path_of_its_own() -> None:
    session = Session()
    session.go(5)
    way = Way(protocol=Protocol.UDP, privilege="user", rung="UDP error queue")
    session.made.status(generation=1, round=0, way=way)
    session.number = 0
    session.go(2)
    assert [path.words for path in session.chronicle.paths()][1] == "probing with UDP"


def test_outcomes_from_before_a_reset_are_of_no_round() -> None:
    session = Session()
    old = session.made.send(1)
    session.made.status(generation=1, round=0)
    session.made.reply(1, 5.0, "10.7.7.7", probe=old)
    session.go(3)
    assert session.chronicle.paths()[-1].hops[0].responders == (ip_address("10.0.1.1"),)


def test_while_paused_nothing_is_lost_and_nothing_shifts() -> None:
    session = Session()
    session.go(100)
    session.made.status(state=SessionState.PAUSED)
    session.now_s += 3600
    session.made.status(state=SessionState.RUNNING)
    session.go(100)
    assert [kind for kind, _ in session.told] == [EventKind.PAUSED, EventKind.RESUMED]


def test_what_a_burst_says_is_in_the_log_at_its_round() -> None:
    session = Session()
    session.go(100)
    session.go(10, end_ms=None)
    session.go(60)
    assert session.told == [(EventKind.LOSS_BEGAN, 1100.0), (EventKind.LOSS_ENDED, 1110.0)]


def test_a_session_that_ends_tells_of_its_last_rounds() -> None:
    session = Session()
    session.go(50)
    session.go(11, router="10.9.1.1")
    assert session.told == []
    session.made.reply(1, 5.0, "10.9.1.1")
    session.made.status(state=SessionState.FINISHED)
    assert session.told == [(EventKind.PATH_CHANGED, 1050.0)]
