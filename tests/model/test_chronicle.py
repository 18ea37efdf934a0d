from __future__ import annotations

import pytest

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event, EventKind
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import SessionState, Way
from tests.tui.made_path import MadePath


class Story:
    """A made path whose outcomes come at times that a test sets."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.chronicle = Chronicle()
        self.chronicle.begin(now_s=self.now_s, wall_s=1000.0)
        self.made = MadePath()
        self.made.on_message = lambda message: self.chronicle.record(message, self.now_s)
        self.made.status()

    @property
    def told(self) -> list[tuple[EventKind, float, str]]:
        return [(one.kind, one.at_s, one.words) for one in self.chronicle.events()]


def test_what_the_user_changes_is_told_with_its_time() -> None:
    story = Story()
    story.now_s = 101.0
    story.made.status(mode=Mode.SEQUENTIAL)
    story.now_s = 102.0
    story.made.status(interval_s=5.0)
    story.now_s = 103.0
    story.made.status(state=SessionState.PAUSED)
    story.now_s = 104.0
    story.made.status(state=SessionState.RUNNING)
    story.now_s = 105.0
    story.made.status(generation=1)
    story.now_s = 106.0
    way = Way(protocol=Protocol.UDP, privilege="user", rung="UDP error queue")
    story.made.status(generation=2, way=way)
    assert story.told == [
        (EventKind.MODE_CHANGED, 101.0, "from concurrent to sequential"),
        (EventKind.INTERVAL_CHANGED, 102.0, "a round every 5 s instead of 1 s"),
        (EventKind.PAUSED, 103.0, "nothing is sent"),
        (EventKind.RESUMED, 104.0, "sending again"),
        (EventKind.RESET, 105.0, "statistics forgotten"),
        (EventKind.PROTOCOL_CHANGED, 106.0, "probing with UDP by UDP error queue"),
    ]


def test_where_the_destination_answers_what_is_refused_is_a_loss_of_that_time() -> None:
    story = Story()
    for number in range(6):
        story.now_s = 100.0 + number
        if number in (0, 5):
            story.made.reached(3, 20.0)
        else:
            story.made.refused(3, 3000.0, "10.0.2.1")
        story.made.refused(2, 30.0, "10.0.2.1")
    barred, all_of_it = story.chronicle.bins(3, 101, 105, 1), story.chronicle.bins(3, 100, 106, 1)
    assert (barred[0].received, barred[0].lost) == (0, 4)
    assert (all_of_it[0].received, all_of_it[0].lost) == (2, 4)
    (elsewhere,) = story.chronicle.bins(2, 100, 106, 1)
    assert (elsewhere.received, elsewhere.lost) == (6, 0)


def test_samples_stand_at_the_time_of_sending() -> None:
    story = Story()
    first = story.made.send(3)
    story.now_s = 101.0
    second = story.made.send(3)
    story.now_s = 105.0
    story.made.lose(3, first)
    story.made.reply(3, 20.0, probe=second)
    story.made.send_failed(3)
    bins = story.chronicle.bins(3, 100.0, 103.0, 3)
    assert [(one.received, one.lost, one.median_s) for one in bins] == [
        (0, 1, None),
        (1, 0, pytest.approx(0.02, rel=2e-4)),
        (0, 0, None),
    ]


def test_times_of_day_and_of_the_session_belong_together() -> None:
    story = Story()
    assert story.chronicle.wall_s(107.5) == 1007.5
    assert story.chronicle.session_s(1007.5) == 107.5


def test_times_before_a_step_of_the_clock_stay_what_they_were() -> None:
    story = Story()
    story.chronicle.see_clock(now_s=101.0, wall_s=1001.02)
    story.chronicle.see_clock(now_s=102.0, wall_s=4602.0)
    chronicle = story.chronicle
    assert (chronicle.wall_s(101.5), chronicle.wall_s(102.5)) == (1001.5, 4602.5)
    assert chronicle.session_s(4603.0) == 103.0
    [(event, wall_s)] = chronicle.dated_events()
    assert (event.kind, event.at_s, wall_s) == (EventKind.CLOCK_STEP, 102.0, 4602.0)
    assert event.words.startswith("the wall clock went forward by 1 h")


def test_the_newest_events_of_a_hop_and_of_those_before_it_are_found() -> None:
    story = Story()
    for at_s, kind, ttl in (
        (101.0, EventKind.PATH_CHANGED, 3),
        (102.0, EventKind.RESPONDER_ADDED, 3),
        (103.0, EventKind.DELAY_SHIFTED, 6),
        (104.0, EventKind.RESPONDER_ADDED, 5),
        (105.0, EventKind.NETWORK_DOWN, None),
    ):
        story.chronicle.note(Event(kind=kind, at_s=at_s, words="", ttl=ttl))

    def times(ttl: int, count: int = 9) -> list[float]:
        return [event.at_s for event in story.chronicle.events_concerning(ttl, count)]

    assert (times(2), times(3), times(5), times(7)) == ([], [102, 101], [104, 101], [103, 101])
    assert times(7, 1) == [103]
