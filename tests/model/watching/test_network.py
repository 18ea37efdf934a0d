from __future__ import annotations

from poros_tui.model.events import EventKind
from poros_tui.model.watching.network import NetworkWatch
from poros_tui.model.watching.told import Told
from tests.model.watching.made_rounds import Maker, Outcome


class Line:
    def __init__(self) -> None:
        self._watch = NetworkWatch()
        self._maker = Maker()
        self.told: list[Told] = []

    def go(self, count: int, *hops: Outcome | list[Outcome]) -> None:
        for one in self._maker.rounds(count, *hops):
            self.told += self._watch.see(one)


def test_a_machine_that_cannot_send_is_told_with_the_reason_and_when_it_can_again() -> None:
    line = Line()
    line.go(10, 1.0, 2.0)
    line.go(40, "-", "-")
    line.go(10, 1.0, 2.0)
    assert [(told.kind, told.sight.round, told.ttl, told.words) for told in line.told] == [
        (
            EventKind.NETWORK_DOWN,
            10,
            None,
            "network is unreachable: none of 4 probes could be sent",
        ),
        (EventKind.NETWORK_UP, 50, None, "after 40 s; 80 probes could not be sent"),
    ]


def test_one_probe_that_could_not_be_sent_is_no_event() -> None:
    line = Line()
    line.go(10, "-", 1.0)
    line.go(10, 1.0)
    line.go(2, "-")
    line.go(10, 1.0)
    assert line.told == []


def test_losses_left_this_machine() -> None:
    line = Line()
    line.go(5, "-", "-", "-")
    line.go(1, None, None, None)
    assert [told.kind for told in line.told] == [EventKind.NETWORK_DOWN, EventKind.NETWORK_UP]
