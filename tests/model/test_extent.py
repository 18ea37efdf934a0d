"""Where the path ends, whatever the order in which the answers come."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from poros_tui.model.extent import DOUBT_EVERY, SILENT_ROUNDS_BEFORE_DOUBT, PathExtent
from poros_tui.model.probe import AnswerKind, Lost, Reply
from poros_tui.model.quote import Quote
from poros_tui.model.stop import StopKind
from tests.model.outcomes import probe, reply

ROUTER = AnswerKind.TIME_EXCEEDED
REACHED = AnswerKind.REACHED
REFUSED = AnswerKind.UNREACHABLE
TARGET = "203.0.113.10"


def answer(ttl: int, kind: AnswerKind = ROUTER, *, in_round: int = 0, code: int = 0) -> Reply:
    """The answer to the probe that asks `ttl` in round `in_round`."""
    responder = TARGET if kind is REACHED else f"10.0.{ttl}.1"
    return reply(
        probe(in_round * 100 + ttl, ttl=ttl, in_round=in_round), responder, kind=kind, code=code
    )


def answer_in(flow: int, ttl: int, kind: AnswerKind = ROUTER, *, in_round: int = 0) -> Reply:
    """The answer to the probe of this flow."""
    told = answer(ttl, kind, in_round=in_round, code=1)
    number = in_round * 1000 + flow * 100 + ttl
    asked = replace(told.probe, number=number, flow=flow, query=flow)
    return replace(told, probe=asked)


def silence(ttl: int, *, in_round: int, query: int = 0) -> Lost:
    return Lost(probe(in_round * 100 + ttl, ttl=ttl, in_round=in_round, query=query), waited_s=3.0)


def extent_of(*answers: Reply) -> PathExtent:
    extent = PathExtent(1)
    for each in answers:
        extent.add_reply(each)
    return extent


def twelve_hops(in_round: int = 0) -> list[Reply]:
    """A first burst to 30: eleven routers, and the destination at every TTL from 12 on."""
    return [answer(ttl, ROUTER if ttl < 12 else REACHED, in_round=in_round) for ttl in range(1, 31)]


@given(st.randoms(use_true_random=False))
def test_the_lowest_ttl_that_reached_is_the_distance_in_any_order(random: Random) -> None:
    answers = twelve_hops()
    random.shuffle(answers)
    extent = extent_of(*answers)
    assert extent.distance == 12
    assert extent.end == 12
    assert extent.last_answer == 11
    assert extent.unreachable_ttl is None


@given(st.randoms(use_true_random=False), st.integers(1, 29))
def test_the_lowest_refusal_ends_the_path_in_any_order(random: Random, refused: int) -> None:
    answers = [answer(ttl, ROUTER if ttl < refused else REFUSED, code=1) for ttl in range(1, 31)]
    random.shuffle(answers)
    extent = extent_of(*answers)
    assert extent.end == extent.unreachable_ttl == refused
    assert extent.distance is None


@given(st.randoms(use_true_random=False))
def test_a_path_that_is_barred_for_some_and_open_for_others_is_open(random: Random) -> None:
    answers = [answer(5, REFUSED, code=13), answer(12, REACHED), answer(4), answer(13, REACHED)]
    random.shuffle(answers)
    extent = extent_of(*answers)
    assert extent.end == extent.distance == 12
    assert extent.unreachable_ttl is None


def test_a_stale_answer_does_not_undo_a_newer_one() -> None:
    extent = extent_of(*twelve_hops())
    extent.add_reply(answer(12, ROUTER, in_round=4))
    extent.add_reply(answer(13, REACHED, in_round=4))
    extent.add_reply(answer(12, REACHED, in_round=3))
    assert extent.distance == 13


def test_a_longer_path_forgets_where_the_destination_was_long_ago() -> None:
    extent = extent_of(*twelve_hops())
    extent.add_reply(answer(12, ROUTER, in_round=9))
    assert extent.end is None
    assert extent.limit(max_hops=30, gap_limit=8) == 20
    extent.add_reply(answer(15, REACHED, in_round=9))
    assert extent.distance == 15


def test_a_path_whose_length_alternates_is_not_explored_again_each_time() -> None:
    extent = extent_of(*twelve_hops())
    extent.add_reply(answer(12, ROUTER, in_round=1))
    assert extent.limit(max_hops=30, gap_limit=8) == 13
    extent.add_reply(answer(12, REACHED, in_round=2))
    assert extent.limit(max_hops=30, gap_limit=8) == 12


def test_a_shorter_path_is_believed_at_once() -> None:
    extent = extent_of(*twelve_hops())
    extent.add_reply(answer(8, REACHED, in_round=1))
    assert extent.distance == 8
    assert extent.last_answer == 7


def flows_of_length(*lengths: int, in_round: int = 0) -> list[Reply]:
    """Of each flow every TTL up to 12."""
    return [
        answer_in(flow, ttl, ROUTER if ttl < length else REACHED, in_round=in_round)
        for flow, length in enumerate(lengths)
        for ttl in range(1, 13)
    ]


@given(st.randoms(use_true_random=False), st.permutations([8, 9, 10, 8]))
def test_a_path_goes_on_as_long_as_it_does_for_one_of_its_flows(
    random: Random, lengths: list[int]
) -> None:
    answers = flows_of_length(*lengths)
    random.shuffle(answers)
    extent = extent_of(*answers)
    assert extent.distance == extent.end == 10
    assert extent.last_answer == 9


def test_a_flow_that_is_not_answered_keeps_no_path_from_its_end() -> None:
    assert extent_of(*flows_of_length(8), answer_in(1, 7)).distance == 8


@given(st.permutations([ROUTER, REACHED, REFUSED]))
def test_one_flow_that_is_barred_ends_no_path_of_another(kinds: list[AnswerKind]) -> None:
    extent = extent_of(*(answer_in(flow, 5, kind) for flow, kind in enumerate(kinds)))
    assert extent.end is None
    extent = extent_of(
        *(answer_in(flow, 5, kind) for flow, kind in enumerate(kinds) if kind is not ROUTER)
    )
    assert (extent.end, extent.unreachable_ttl) == (5, None)


def test_a_path_that_is_shorter_for_all_flows_is_believed_when_all_have_said_so() -> None:
    extent = extent_of(*flows_of_length(9, 9, 9))
    extent.add_reply(answer_in(0, 8, REACHED, in_round=1))
    extent.add_reply(answer_in(1, 8, REACHED, in_round=1))
    assert extent.distance == 9
    extent.add_reply(answer_in(2, 8, REACHED, in_round=1))
    assert extent.distance == 8


def test_a_flow_that_says_nothing_any_more_is_not_waited_for_long() -> None:
    extent = extent_of(*flows_of_length(9, 9))
    for in_round in range(1, 4):
        assert extent.distance == 9
        extent.add_reply(answer_in(0, 8, REACHED, in_round=in_round))
    assert extent.distance == 8


def test_a_path_that_is_longer_for_one_flow_is_followed_there() -> None:
    extent = extent_of(*flows_of_length(8, 8))
    extent.add_reply(answer_in(1, 8, ROUTER, in_round=1))
    assert extent.distance == 9  # the first burst went beyond
    extent.add_reply(answer_in(1, 9, REACHED, in_round=1))
    assert extent.distance == 9


def silent_for(extent: PathExtent, ttl: int, rounds: range) -> None:
    for in_round in rounds:
        extent.add_lost(silence(ttl, in_round=in_round))


def test_a_silent_destination_is_doubted_after_three_rounds_and_every_fifth_then() -> None:
    extent = extent_of(*twelve_hops())
    doubted = []
    for in_round in range(1, 15):
        extent.add_lost(silence(12, in_round=in_round))
        if extent.is_doubted:
            doubted.append(in_round)
    first = SILENT_ROUNDS_BEFORE_DOUBT
    assert doubted == [first, first + DOUBT_EVERY, first + 2 * DOUBT_EVERY]


@pytest.mark.parametrize("queries", [1, 2, 3, 5, 10])
def test_many_silent_queries_of_one_round_are_one_silence(queries: int) -> None:
    extent = extent_of(*twelve_hops())
    for in_round in range(1, SILENT_ROUNDS_BEFORE_DOUBT + 1):
        assert not extent.is_doubted
        for query in range(queries):
            extent.add_lost(silence(12, in_round=in_round, query=query))
    assert extent.is_doubted


def test_while_the_destination_is_doubted_the_gap_beyond_it_is_explored() -> None:
    extent = extent_of(*twelve_hops())
    assert extent.limit(max_hops=30, gap_limit=8) == 12
    silent_for(extent, 12, range(1, 4))
    assert extent.limit(max_hops=30, gap_limit=8) == 20
    assert extent.limit(max_hops=15, gap_limit=8) == 15
    assert extent.limit(max_hops=30, gap_limit=0) == 30
    assert extent.end == 12


def test_an_answer_of_the_destination_ends_the_doubt() -> None:
    extent = extent_of(*twelve_hops())
    silent_for(extent, 12, range(1, 4))
    extent.add_reply(answer(12, REACHED, in_round=4))
    assert not extent.is_doubted
    silent_for(extent, 12, range(5, 7))
    assert not extent.is_doubted


def test_silence_older_than_the_newest_answer_is_no_reason_for_doubt() -> None:
    extent = extent_of(*twelve_hops())
    extent.add_reply(answer(12, REACHED, in_round=9))
    silent_for(extent, 12, range(1, 9))
    assert not extent.is_doubted


def test_silence_of_other_hops_is_no_reason_for_doubt() -> None:
    extent = extent_of(*twelve_hops())
    silent_for(extent, 11, range(1, 9))
    assert not extent.is_doubted


@given(st.randoms(use_true_random=False))
def test_a_destination_that_moved_behind_a_silent_hop_is_found_again(random: Random) -> None:
    extent = extent_of(*twelve_hops())
    silent_for(extent, 12, range(1, 4))
    # Hop 12 is now a router that says nothing, 13 one that speaks; 14 and beyond is the
    # destination, where the first burst had met it too.
    exploration = [
        answer(ttl, ROUTER if ttl < 14 else REACHED, in_round=4) for ttl in range(13, 21)
    ]
    random.shuffle(exploration)
    for each in exploration:
        extent.add_reply(each)
    assert extent.distance == extent.end == 14
    assert not extent.is_doubted
    assert extent.last_answer == 13


def test_a_destination_that_fell_silent_behind_new_routers_is_no_longer_near() -> None:
    extent = extent_of(*twelve_hops())
    silent_for(extent, 12, range(1, 4))
    extent.add_reply(answer(13, ROUTER, in_round=4))
    assert extent.end is None
    assert extent.last_answer == 13


def test_a_router_known_from_beyond_the_end_ends_it_after_long_silence() -> None:
    extent = extent_of(answer(12, REACHED), answer(13, ROUTER))
    silent_for(extent, 12, range(1, 4))
    extent.add_reply(answer(13, ROUTER, in_round=4))
    assert extent.end is None
    assert extent.last_answer == 13


def test_without_long_silence_an_answer_from_farther_away_moves_nothing() -> None:
    extent = extent_of(*twelve_hops())
    silent_for(extent, 12, range(1, 3))
    extent.add_reply(answer(14, REACHED, in_round=4))
    assert extent.distance == 12


def test_an_old_answer_from_farther_away_moves_nothing_even_after_silence() -> None:
    extent = extent_of(answer(12, REACHED, in_round=2))
    silent_for(extent, 12, range(3, 6))
    extent.add_reply(answer(14, REACHED, in_round=1))
    assert extent.distance == 12


def test_a_refusal_gives_way_when_its_hop_lets_through_again() -> None:
    extent = extent_of(answer(4), answer(5, REFUSED, code=1))
    extent.add_reply(answer(5, ROUTER, in_round=1))
    assert extent.unreachable_ttl is None
    assert extent.end is None
    assert extent.last_answer == 5


def test_a_refusal_by_a_hop_now_silent_gives_way_to_the_destination() -> None:
    extent = extent_of(answer(4), answer(5, REFUSED, code=1))
    silent_for(extent, 5, range(1, 4))
    assert extent.limit(max_hops=30, gap_limit=8) == 13
    extent.add_reply(answer(9, REACHED, in_round=4))
    assert extent.end == 9


def test_a_refusal_stands_once_the_destination_has_not_been_reached_for_two_rounds() -> None:
    extent = extent_of(*twelve_hops())
    extent.add_reply(answer(5, REFUSED, in_round=1, code=1))
    assert extent.end == 12
    extent.add_reply(answer(5, REFUSED, in_round=2, code=1))
    assert extent.end == extent.unreachable_ttl == 5
    extent.add_reply(answer(12, REACHED, in_round=2))
    assert extent.end == 12


def test_a_destination_that_is_barred_in_its_own_place_stays_there() -> None:
    """The first burst has reached it with every higher TTL, which says nothing any more."""
    extent = extent_of(*twelve_hops())
    for number in range(1, 4):
        extent.add_reply(answer(12, REFUSED, in_round=number, code=1))
    assert (extent.distance, extent.unreachable_ttl, extent.end) == (12, 12, 12)
    assert extent.stop_reason is not None
    assert extent.stop_reason.kind is StopKind.UNREACHABLE
    extent.add_reply(answer(12, REACHED, in_round=4))
    assert (extent.distance, extent.unreachable_ttl, extent.end) == (12, None, 12)
    assert extent.stop_reason.kind is StopKind.REACHED


def test_a_refusal_beyond_the_destination_says_nothing() -> None:
    extent = extent_of(answer(3, REACHED), answer(5, REFUSED, code=1))
    assert extent.end == 3
    assert extent.unreachable_ttl is None


def test_the_gap_limit_counts_from_the_last_answer() -> None:
    assert PathExtent(1).limit(max_hops=30, gap_limit=8) == 8
    assert PathExtent(5).limit(max_hops=30, gap_limit=8) == 12
    assert extent_of(answer(9)).limit(max_hops=30, gap_limit=8) == 17
    assert extent_of(answer(25)).limit(max_hops=30, gap_limit=8) == 30


def test_a_gap_limit_of_zero_is_none() -> None:
    assert PathExtent(1).limit(max_hops=30, gap_limit=0) == 30
    assert extent_of(answer(9)).limit(max_hops=30, gap_limit=0) == 30


def test_the_reason_to_stop_is_the_destination_or_the_refusal_or_none() -> None:
    assert extent_of(answer(9)).stop_reason is None
    reached = extent_of(*twelve_hops()).stop_reason
    assert reached is not None
    assert reached.kind is StopKind.REACHED
    assert reached.words() == "destination reached at hop 12"
    refused = extent_of(answer(4), answer(5, REFUSED, code=1)).stop_reason
    assert refused is not None
    assert refused.kind is StopKind.UNREACHABLE
    assert refused.words() == "host unreachable, says 10.0.5.1 at hop 5"


def refusal(ttl: int, responder: str, quoted_ttl: int | None = None) -> Reply:
    quote = None
    if quoted_ttl is not None:
        quote = Quote(length=28, ttl=quoted_ttl, traffic_class=0, sent_traffic_class=0)
    return replace(reply(probe(ttl, ttl=ttl), responder, kind=REFUSED, code=1), quote=quote)


@pytest.mark.parametrize(
    ("answers", "place"),
    [
        # Its own TTL runs out at it: it stands there, whatever the next probe quotes.
        ([answer(3), refusal(4, "10.0.3.1")], 3),
        ([answer(3), refusal(4, "10.0.3.1", quoted_ttl=1)], 3),
        ([answer(2), answer(3), refusal(7, "10.0.3.1", quoted_ttl=5)], 3),
        # It has not answered otherwise: the TTL that was left when the probe came tells.
        ([answer(2), refusal(7, "10.0.3.1", quoted_ttl=5)], 3),
        ([answer(2), refusal(7, "10.0.3.1", quoted_ttl=1)], 7),
        # A TTL that somebody set anew, or none: where the probe was answered.
        ([answer(2), refusal(7, "10.0.3.1", quoted_ttl=60)], 7),
        ([answer(2), refusal(7, "10.0.3.1", quoted_ttl=0)], 7),
        ([answer(2), refusal(7, "10.0.3.1")], 7),
    ],
)
def test_who_refuses_is_named_at_its_own_hop(answers: list[Reply], place: int) -> None:
    stop = extent_of(*answers).stop_reason
    assert stop is not None
    assert stop.words() == f"host unreachable, says 10.0.3.1 at hop {place}"


@pytest.mark.parametrize(
    ("lossy_of", "silent", "moves"), [(0, 3, True), (10, 4, False), (10, 10, True)]
)
def test_where_much_is_lost_the_destination_stays_until_its_silence_is_as_rare_as_elsewhere(
    lossy_of: int, silent: int, moves: bool
) -> None:
    """Half of the probes are lost: three silent rounds are nothing, and it answers to any TTL."""
    extent = PathExtent(1)
    extent.add_reply(answer(4, REACHED, in_round=0))
    for number in range(1, 2 * lossy_of, 2):
        extent.add_lost(silence(4, in_round=number))
        extent.add_reply(answer(4, REACHED, in_round=number + 1))
    begin = 2 * lossy_of + 1
    for number in range(begin, begin + silent):
        extent.add_lost(silence(4, in_round=number))
    extent.add_reply(answer(6, REACHED, in_round=begin + silent))
    assert extent.distance == (6 if moves else 4)
