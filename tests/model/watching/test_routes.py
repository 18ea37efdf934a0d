from __future__ import annotations

import random

import pytest

from poros_tui.model.events import EventKind
from poros_tui.model.watching.rounds import Round
from poros_tui.model.watching.routes import Routes
from poros_tui.model.watching.told import Told
from tests.model.watching.made_rounds import DESTINATION, Maker, Outcome

OLD: tuple[Outcome, ...] = ("10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.4.1", DESTINATION)
NEW: tuple[Outcome, ...] = ("10.0.1.1", "10.9.2.1", "10.9.3.1", "10.0.4.1", DESTINATION)


class Walk:
    """Routes that are fed round by round."""

    def __init__(self) -> None:
        self.routes = Routes()
        self.maker = Maker()
        self.told: list[tuple[int, Told]] = []
        self.round = -1

    def go(self, count: int, *hops: Outcome | list[Outcome]) -> None:
        for _ in range(count):
            self.see(self.maker.round(*hops))

    def see(self, one: Round) -> None:
        self.round = one.number
        self.told += [(one.number, told) for told in self.routes.see(one)]

    def only(self) -> Told:
        ((_, told),) = self.told
        return told

    @property
    def path(self) -> list[str]:
        return [
            " ".join(str(address) for address in responders)
            for _, responders in sorted(self.routes.hops.items())
        ]


def test_the_path_is_known_after_the_first_round() -> None:
    walk = Walk()
    walk.go(1, *OLD)
    assert walk.path == list(OLD)
    assert walk.routes.end == 5
    assert walk.told == []


def test_hops_that_change_together_are_one_event_from_the_first_answer_on() -> None:
    walk = Walk()
    walk.go(50, *OLD)
    walk.go(20, *NEW)
    told = walk.only()
    assert (told.kind, told.ttl, told.sight.round, told.sight.at_s) == (
        EventKind.PATH_CHANGED,
        2,
        50,
        50.0,
    )
    assert told.words == "hops 2 to 3: 10.0.2.1, 10.0.3.1 → 10.9.2.1, 10.9.3.1"
    assert walk.told[0][0] == 55  # 12 answers, 2 each round
    assert walk.path == list(NEW)


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_a_moment_of_routing_is_no_path(rounds: int) -> None:
    walk = Walk()
    everywhere = ("10.9.1.1", "10.9.2.1", "10.9.3.1", "10.9.4.1", DESTINATION)
    walk.go(50, *OLD)
    walk.go(rounds, *everywhere)
    walk.go(50, *OLD)
    assert walk.told == []
    assert walk.path == list(OLD)


def test_one_hop_that_changes_alone_needs_twelve_answers() -> None:
    walk = Walk()
    walk.go(100, *OLD)
    walk.go(11, OLD[0], "10.9.2.1", *OLD[2:])
    assert walk.told == []
    walk.go(1, OLD[0], "10.9.2.1", *OLD[2:])
    assert walk.only().sight.round == 100


def test_a_path_that_is_new_after_three_rounds_is_a_change() -> None:
    walk = Walk()
    walk.go(3, *OLD)
    walk.go(10, *NEW)
    assert walk.only().sight.round == 3


def test_longer_and_shorter_ways_are_told_as_what_came_and_went() -> None:
    walk = Walk()
    longer = (*OLD[:2], "10.9.3.1", "10.9.4.1", *OLD[2:])
    walk.go(20, *OLD)
    walk.go(20, *longer)
    walk.go(20, *OLD)
    assert [(told.ttl, told.sight.round, told.words) for _, told in walk.told] == [
        (3, 20, "2 hops more: 10.9.3.1, 10.9.4.1; 5 hops → 7"),
        (3, 40, "2 hops less: 10.9.3.1, 10.9.4.1; 7 hops → 5"),
    ]
    assert walk.path == list(OLD)


def test_who_was_silent_then_belongs_to_the_change_without_a_word() -> None:
    walk = Walk()
    walk.go(30, *OLD)
    walk.go(20, OLD[0], "10.9.2.1", None, "10.9.4.1", DESTINATION)
    assert walk.path == ["10.0.1.1", "10.9.2.1", "", "10.9.4.1", DESTINATION]
    walk.go(3, OLD[0], "10.9.2.1", "10.9.3.1", "10.9.4.1", DESTINATION)
    assert walk.path[2] == "10.9.3.1"
    assert walk.only().words == (
        "hops 2 to 4: 10.0.2.1, 10.0.3.1, 10.0.4.1 → 10.9.2.1, no reply, 10.9.4.1"
    )


def test_a_hop_that_is_only_silent_keeps_its_place() -> None:
    walk = Walk()
    walk.go(30, *OLD)
    walk.go(200, OLD[0], None, *OLD[2:])
    walk.go(5, *OLD)
    assert walk.told == []
    assert walk.path == list(OLD)


def test_routers_that_take_turns_are_no_change_of_route() -> None:
    walk = Walk()
    chance = random.Random(1)
    for _ in range(1000):
        hops: list[Outcome] = [
            f"10.{chance.randrange(ways)}.{ttl}.1" for ttl, ways in ((1, 1), (2, 2), (3, 3), (4, 8))
        ]
        walk.go(1, *hops, DESTINATION)
    assert walk.told == []
    assert [len(one.split()) for one in walk.path] == [1, 2, 3, 8, 1]


def test_flows_that_meet_routers_of_their_own_are_no_change_of_route() -> None:
    walk = Walk()
    walk.go(60, [f"10.0.1.{flow}" for flow in range(4)], [DESTINATION] * 4)
    assert walk.told == []


def test_routers_that_take_turns_in_many_flows_are_no_change_of_route() -> None:
    walk = Walk()
    chance = random.Random(2)
    for _ in range(120):
        walk.go(1, [f"10.0.1.{chance.randrange(3)}" for _ in range(64)], [DESTINATION] * 64)
    assert walk.told == []


def test_a_flow_that_takes_the_way_of_another_is_told_as_that() -> None:
    walk = Walk()
    walk.go(30, ["10.0.1.1", "10.0.1.2", "10.0.1.1"], [DESTINATION] * 3)
    walk.go(30, ["10.0.1.2", "10.0.1.2", "10.0.1.1"], [DESTINATION] * 3)
    told = walk.only()
    assert (told.ttl, told.sight.round) == (1, 30)
    assert told.words == "flow 1: 10.0.1.1 → 10.0.1.2"


def test_the_destination_behind_a_silent_hop_is_a_longer_way() -> None:
    walk = Walk()
    walk.go(50, *OLD)
    walk.go(20, *OLD[:4], None, DESTINATION)
    told = walk.only()
    assert (told.ttl, told.sight.round) == (5, 50)
    assert told.words == "1 hop more: no reply; 5 hops → 6"
    assert (walk.routes.end, walk.path[4]) == (6, "")


def test_a_destination_that_loses_and_answers_from_beyond_has_not_moved() -> None:
    walk = Walk()
    chance = random.Random(3)
    walk.go(50, *OLD)
    for _ in range(2000):
        first, second = (None if chance.random() < 0.4 else DESTINATION for _ in range(2))
        walk.go(1, *OLD[:4], first, second)
    assert walk.told == []
    assert walk.routes.end == 5


def test_a_refusal_is_no_change_of_route_and_who_says_so_ends_the_path() -> None:
    walk = Walk()
    walk.go(5, *OLD[:2], "!10.0.3.1", "!10.0.3.1", "!10.0.3.1")
    assert walk.path == ["10.0.1.1", "10.0.2.1", "10.0.3.1"]
    later = Walk()
    later.go(50, *OLD)
    later.go(50, *OLD[:2], "!10.9.3.1")
    later.go(5, *OLD)
    assert (walk.told, later.told) == ([], [])
    assert later.path == list(OLD)


def test_one_who_joins_another_flow_s_router_is_no_news_for_the_hop() -> None:
    walk = Walk()
    walk.go(60, ["10.0.1.1", "10.0.1.2"], [DESTINATION] * 2)
    for number in range(60):
        walk.go(1, ["10.0.1.1" if number % 2 else "10.0.1.2", "10.0.1.2"], [DESTINATION] * 2)
    assert walk.told == []


def test_one_more_who_takes_turns_is_told_with_his_hop() -> None:
    walk = Walk()
    walk.go(100, *OLD)
    for number in range(20):
        walk.go(1, OLD[0], "10.9.2.1" if number % 2 else "10.0.2.1", *OLD[2:])
    told = walk.only()
    assert (told.kind, told.ttl, told.sight.round) == (EventKind.RESPONDER_ADDED, 2, 101)
    assert walk.path[1] == "10.0.2.1 10.9.2.1"


def test_a_destination_that_loses_while_the_path_changes_keeps_its_place() -> None:
    """Other hops, and at the same time the destination's own answers are lost now and then, while
    a probe that could go farther is answered."""
    walk = Walk()
    beyond = (*NEW[:-1], None, DESTINATION)
    walk.go(50, *OLD)
    walk.go(2, *NEW)
    walk.go(5, *beyond)
    walk.go(10, *NEW)
    assert walk.only().words == "hops 2 to 3: 10.0.2.1, 10.0.3.1 → 10.9.2.1, 10.9.3.1"
    assert walk.routes.end == 5
