from __future__ import annotations

import random

import pytest

from poros_tui.model.events import EventKind
from poros_tui.model.watching.reach import ReachWatch
from poros_tui.model.watching.told import Told
from tests.model.watching.made_rounds import DESTINATION, Maker, Outcome

FINE: tuple[Outcome, ...] = (1.0, 2.0, DESTINATION)
SILENT: tuple[Outcome, ...] = (1.0, 2.0, None)
REFUSED: tuple[Outcome, ...] = (1.0, "!10.0.2.1")


class Line:
    def __init__(self) -> None:
        self.watch = ReachWatch()
        self._maker = Maker()
        self.told: list[Told] = []

    def go(self, count: int, *hops: Outcome) -> None:
        for one in self._maker.rounds(count, *hops):
            self.told += self.watch.see(one)

    def brief(self) -> list[tuple[EventKind, int, int | None, str]]:
        return [(told.kind, told.sight.round, told.ttl, told.words) for told in self.told]


def test_a_destination_that_is_silent_for_long_is_out_of_reach_and_back() -> None:
    line = Line()
    line.go(100, *FINE)
    line.go(45, *SILENT)
    line.go(10, *FINE)
    assert line.brief() == [
        (
            EventKind.UNREACHABLE,
            100,
            3,
            "the destination has not answered in 31 rounds in a row",
        ),
        (EventKind.REACHABLE_AGAIN, 145, 3, "after 45 s, 45 rounds without an answer"),
    ]


def test_an_answer_to_a_probe_that_goes_farther_does_not_move_it() -> None:
    """After silence hops beyond are asked too; the answer of its own hop may be the one missing."""
    line = Line()
    line.go(100, *FINE)
    line.go(45, *SILENT)
    line.go(1, 1.0, 2.0, None, DESTINATION)
    line.go(45, *SILENT)
    line.go(1, 1.0, 2.0, 2.5, DESTINATION)
    assert [(kind, ttl) for kind, _, ttl, _ in line.brief()] == [
        (EventKind.UNREACHABLE, 3),
        (EventKind.REACHABLE_AGAIN, 3),
        (EventKind.UNREACHABLE, 3),
        (EventKind.REACHABLE_AGAIN, 4),
    ]


def test_half_a_minute_is_not_long() -> None:
    line = Line()
    line.go(100, *FINE)
    line.go(30, *SILENT)
    line.go(10, *FINE)
    assert line.told == []


def test_a_destination_that_usually_loses_most_is_given_longer() -> None:
    line = Line()
    chance = random.Random(4)
    for _ in range(3000):
        line.go(1, *(SILENT if chance.random() < 0.8 else FINE))
    assert line.told == []


@pytest.mark.parametrize("rounds", [1, 2])
def test_a_word_or_two_that_the_path_ends_are_a_moment(rounds: int) -> None:
    line = Line()
    line.go(10, *FINE)
    line.go(rounds, *REFUSED)
    line.go(10, *FINE)
    assert line.told == []


def test_who_says_that_the_path_ends_is_told_with_his_words() -> None:
    line = Line()
    line.go(10, *FINE)
    line.go(20, *REFUSED)
    line.go(10, *FINE)
    assert line.brief() == [
        (EventKind.UNREACHABLE, 10, 2, "administratively prohibited, says 10.0.2.1"),
        (EventKind.REACHABLE_AGAIN, 30, 3, "after 20 s, 20 rounds without an answer"),
    ]


def test_a_path_that_is_barred_from_the_beginning_is_told_once() -> None:
    line = Line()
    line.go(100, *REFUSED)
    assert [told.sight.round for told in line.told] == [0]


def test_a_destination_that_never_answered_is_not_out_of_reach_all_at_once() -> None:
    line = Line()
    line.go(200, 1.0, 2.0, None)
    assert line.told == []
    line.go(1, *FINE)
    assert line.brief() == [
        (
            EventKind.REACHABLE_AGAIN,
            200,
            3,
            "answers for the first time, after 3 min 20 s",
        )
    ]


def test_rounds_that_did_not_ask_it_or_did_not_leave_do_not_count() -> None:
    line = Line()
    line.go(100, *FINE)
    line.go(200, 1.0, 2.0)
    line.go(200, "-", "-", "-")
    line.go(1, *SILENT)
    assert line.told == []


def test_silence_begins_anew_after_a_pause() -> None:
    line = Line()
    line.go(100, *FINE)
    line.go(25, *SILENT)
    line.watch.pause()
    line.go(25, *SILENT)
    assert line.told == []
    line.go(10, *SILENT)
    assert [told.sight.round for told in line.told] == [125]
    line.watch.pause()
    line.go(1, *FINE)
    assert line.told[1].kind is EventKind.REACHABLE_AGAIN


def test_it_is_asked_wherever_it_may_be_farther_away() -> None:
    line = Line()
    line.go(100, *FINE)
    line.go(40, 1.0, 2.0, "10.9.3.1", None, None)  # the path has grown, and ends nowhere
    assert [told.kind for told in line.told] == [EventKind.UNREACHABLE]
