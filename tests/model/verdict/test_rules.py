"""Each rule where it must speak and where it must keep silent."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from poros_tui.model.bins import Bin
from poros_tui.model.events import Event, EventKind
from poros_tui.model.network import Network
from poros_tui.model.session import SessionState
from poros_tui.model.stop import StopKind
from poros_tui.model.verdict.call import mouth_to_ear_ms, rating, rating_words
from poros_tui.model.verdict.spell import newest_spell
from poros_tui.model.verdict.statement import RULES, Segment, Statement, Topic, Weight
from poros_tui.model.verdict.verdict import most_important, verdict
from tests.tui.made_path import MadePath

PUBLIC = ("192.168.1.1", *(f"198.51.100.{number}" for number in range(1, 9)))


class Case:
    """A path whose hops are given round by round."""

    def __init__(self) -> None:
        self.made = MadePath()
        self.chance = random.Random(5)
        self.rounds = 0

    def play(
        self,
        rounds: int,
        *rtts_ms: float,
        lost: dict[int, float] | None = None,
        spread_ms: dict[int, float] | None = None,
    ) -> Case:
        """`lost` and `spread_ms` by TTL: share of answers lost, and what is added at most."""
        for _ in range(rounds):
            self.made.status(round=self.rounds)
            for ttl, rtt_ms in enumerate(rtts_ms, 1):
                if self.chance.random() < (lost or {}).get(ttl, 0.0):
                    self.made.lose(ttl)
                    continue
                noise_ms = (spread_ms or {}).get(ttl, 0.1) * self.chance.random()
                if ttl == len(rtts_ms):
                    self.made.reached(ttl, rtt_ms + noise_ms)
                else:
                    self.made.reply(ttl, rtt_ms + noise_ms, PUBLIC[ttl - 1])
            self.rounds += 1
        self.made.stopped(StopKind.REACHED, ttl=len(rtts_ms))
        return self

    def said(
        self, *events: Event, since: Bin | Mapping[int, Bin] | None = None
    ) -> dict[Topic, Statement]:
        """`since` are the figures since any time, of every hop or by TTL."""
        update = self.made.path.snapshot()
        found = verdict(
            update.hops,
            update.session,
            events,
            lambda at_s: f"{at_s:g}",
            lambda ttl, _since_s: since.get(ttl) if isinstance(since, Mapping) else since,
        )
        return {statement.topic: statement for statement in found}


def test_no_loss_is_said_with_what_the_data_leave_open() -> None:
    loss = Case().play(60, 1, 5, 9).said()[Topic.LOSS]
    assert loss.weight is Weight.FINE
    assert loss.words == (
        "The destination loses nothing: 0 of 60 probes, which leaves up to 6 % open (95 %)."
    )


def test_below_ten_probes_nothing_is_claimed() -> None:
    said = Case().play(4, 1, 5, 9).said()
    assert said[Topic.LOSS].weight is Weight.UNKNOWN
    assert "Too little data" in said[Topic.LOSS].words
    assert said[Topic.DELAY].weight is Weight.UNKNOWN
    assert set(said) == {Topic.LOSS, Topic.DELAY}


def test_loss_is_told_with_its_interval_its_beginning_and_its_place() -> None:
    began = Event(kind=EventKind.LOSS_BEGAN, at_s=7.0, ttl=3, words="")
    case = Case().play(100, 1, 5, 9, 10, 12, lost={3: 0.2, 4: 0.2, 5: 0.2})
    fine, lossy = Bin(received=40, lost=0), Bin(received=30, lost=10)
    said = case.said(began, since={1: fine, 2: fine, 3: lossy, 4: lossy, 5: lossy})
    assert said[Topic.LOSS].weight is Weight.TROUBLE
    assert said[Topic.LOSS].short == "25 % lost end to end since 7"
    assert "95 % interval" in said[Topic.LOSS].words
    assert said[Topic.LOSS].words.endswith(
        " A burst goes on that began at 7 at hop 3: 10 of 40 since then, 14.2 to 40.2 %."
    )
    place = said[Topic.LOSS_PLACE]
    assert (place.after_ttl, place.ttl, place.segment) == (2, 3, Segment.PROVIDER)
    assert "of all probes since 7 to hops before it 0 of 120" in place.words
    assert Topic.LIMITS not in said


def test_where_a_burst_loses_packets_is_told_of_what_is_lost_since_it_began() -> None:
    """Most of all time was lost before, and elsewhere."""
    began = Event(kind=EventKind.LOSS_BEGAN, at_s=7.0, ttl=5, words="")
    case = Case().play(200, 1, 5, 9, 10, 12, lost={3: 0.3, 4: 0.3, 5: 0.4})
    assert (case.said()[Topic.LOSS_PLACE].after_ttl, case.said()[Topic.LOSS_PLACE].ttl) == (2, 3)
    fine = Bin(received=40, lost=0)
    place = case.said(
        began, since={1: fine, 2: fine, 3: fine, 4: fine, 5: Bin(received=24, lost=16)}
    )[Topic.LOSS_PLACE]
    assert (place.after_ttl, place.ttl) == (4, 5)


def test_without_what_was_lost_since_the_beginning_of_a_burst_alone_is_told() -> None:
    began = Event(kind=EventKind.LOSS_BEGAN, at_s=7.0, words="")
    loss = Case().play(100, 1, 5, lost={2: 0.3}).said(began)[Topic.LOSS]
    assert loss.words.endswith(" %. A burst goes on that began at 7.")


def test_a_burst_that_goes_on_is_trouble_however_little_was_lost_before() -> None:
    began = Event(kind=EventKind.LOSS_BEGAN, at_s=7.0, words="")
    case = Case().play(300, 1, 5, lost={2: 0.01})
    assert case.said()[Topic.LOSS].weight is Weight.NOTE
    assert case.said(began)[Topic.LOSS].weight is Weight.TROUBLE


BURST = (
    Event(kind=EventKind.LOSS_BEGAN, at_s=7.0, words=""),
    Event(kind=EventKind.LOSS_ENDED, at_s=9.0, words="after 2 s: 5 of 6 lost, 5 in a row"),
)


def test_a_burst_that_is_over_is_told_with_both_its_ends() -> None:
    loss = Case().play(100, 1, 5, lost={2: 0.3}).said(*BURST)[Topic.LOSS]
    assert "since" not in loss.words
    assert loss.short.endswith(" % lost end to end, last burst 7")
    assert loss.words.endswith(
        " The last burst went from 7 to 9, after 2 s: 5 of 6 lost, 5 in a row."
    )


OUTAGE = (
    Event(kind=EventKind.UNREACHABLE, at_s=7.0, words="host unreachable, says 10.0.0.1", ttl=2),
    Event(kind=EventKind.REACHABLE_AGAIN, at_s=47.0, words="after 40 s, 40 rounds", ttl=2),
)


@pytest.mark.parametrize("spell", [BURST, OUTAGE])
def test_loss_of_a_time_that_is_over_is_no_trouble_any_more(
    spell: tuple[Event, Event],
) -> None:
    case = Case().play(100, 1, 5, 9, lost={2: 0.3, 3: 0.3})
    trouble = case.said(*spell)
    assert trouble[Topic.LOSS].weight is Weight.TROUBLE
    assert trouble[Topic.LOSS_PLACE].weight is Weight.TROUBLE
    assert trouble[Topic.CALL].weight is Weight.TROUBLE
    past = case.said(*spell, since=Bin(received=60, lost=0))
    assert past[Topic.LOSS].weight is Weight.NOTE
    assert past[Topic.LOSS].words.endswith(" Since then none of 60 are lost.")
    assert Topic.LOSS_PLACE not in past
    assert past[Topic.CALL].weight is Weight.FINE
    assert f"over the interval of the loss since {spell[1].at_s:g})" in past[Topic.CALL].words
    again = case.said(*spell, since=Bin(received=50, lost=10))
    assert again[Topic.LOSS].weight is Weight.TROUBLE
    assert again[Topic.LOSS].words.endswith(" Since then 10 of 60 are lost.")


def test_a_destination_that_answers_no_more_is_told_with_the_event() -> None:
    case = Case().play(100, 1, 5, 9)
    said = case.said(*OUTAGE[:1], since=Bin(received=0, lost=40))
    assert said[Topic.REACH].weight is Weight.TROUBLE
    assert said[Topic.REACH].short == "not reached since 7"
    assert said[Topic.REACH].words == (
        "The destination has not been reached since 7: host unreachable, says 10.0.0.1."
    )
    assert Topic.CALL not in said
    assert Topic.REACH not in case.said(*OUTAGE)
    lossy = Case().play(100, 1, 5, 9, lost={3: 0.3}).said(*OUTAGE[:1])
    assert lossy[Topic.LOSS].weight is Weight.NOTE  # what counts is said already
    assert "since" not in lossy[Topic.LOSS].short


@pytest.mark.parametrize(
    ("events", "newest"),
    [
        ((*BURST, *OUTAGE), OUTAGE),
        ((*OUTAGE[:1], *BURST), (OUTAGE[0], None)),
        (BURST, BURST),
        (OUTAGE[1:], None),
    ],
)
def test_what_goes_on_is_newer_than_what_is_over(
    events: tuple[Event, ...], newest: tuple[Event, Event | None] | None
) -> None:
    assert newest_spell(events) == newest


@pytest.mark.parametrize("kind", [EventKind.RESET, EventKind.PROTOCOL_CHANGED])
def test_what_was_before_statistics_began_anew_is_in_no_statement(kind: EventKind) -> None:
    changed = Event(kind=EventKind.PATH_CHANGED, at_s=5.0, round=5, ttl=2, words="a to b")
    reset = Event(kind=kind, at_s=10.0, words="")
    said = Case().play(100, 1, 5, lost={2: 0.3}).said(changed, *BURST, reset)
    assert Topic.PATH not in said
    assert "burst" not in said[Topic.LOSS].words


def test_thirty_percent_at_one_hop_and_none_beyond_is_that_hops_own() -> None:
    said = Case().play(60, 1, 5, 9, 10, 12, lost={3: 0.3}).said()
    assert said[Topic.LOSS].weight is Weight.FINE
    assert Topic.LOSS_PLACE not in said
    assert said[Topic.LIMITS].ttl == 3
    assert "hop 5, which is farther, loses 0 of 60. It answers less" in said[Topic.LIMITS].words


def test_loss_of_the_destination_alone_is_placed_at_the_far_end() -> None:
    place = Case().play(60, 1, 5, 9, lost={3: 0.3}).said()[Topic.LOSS_PLACE]
    assert (place.after_ttl, place.ttl, place.segment) == (2, 3, Segment.FAR_END)


def test_loss_from_the_first_hop_on_is_your_own_links() -> None:
    place = Case().play(60, 1, 5, 9, lost={1: 0.3, 2: 0.3, 3: 0.3}).said()[Topic.LOSS_PLACE]
    assert (place.after_ttl, place.ttl, place.segment) == (0, 1, Segment.OWN)


def test_a_lost_probe_or_two_are_placed_nowhere() -> None:
    said = Case().play(60, 1, 5, 9, lost={3: 0.02}).said()
    assert Topic.LOSS_PLACE not in said


def test_the_link_that_adds_most_of_the_delay_is_named_with_its_kind() -> None:
    delay = Case().play(40, 1, 6, 8, 90, 92).said()[Topic.DELAY]
    assert (delay.after_ttl, delay.ttl, delay.segment) == (3, 4, Segment.LONG_HAUL)
    assert "distance (at most 8,200 km of fibre) or a slow link" in delay.words
    assert "from 40 samples" in delay.words


@pytest.mark.parametrize(
    ("near", "far", "where"),
    [
        (64500, 64500, "(the long haul, in AS64500)"),
        (64500, 64501, "(the long haul, between AS64500 and AS64501)"),
        (64500, None, "(the long haul)"),
        (None, 64501, "(the long haul)"),
    ],
)
def test_the_networks_of_both_its_ends_are_named_where_they_are_known(
    near: int | None, far: int | None, where: str
) -> None:
    case = Case().play(40, 1, 6, 8, 90, 92, spread_ms={4: 120, 5: 120}, lost={4: 0.3, 5: 0.3})
    for address, asn in ((PUBLIC[2], near), (PUBLIC[3], far)):
        case.made.know(address, Network(asn=asn, source="test"))
    said = case.said()
    for topic in (Topic.DELAY, Topic.QUEUE, Topic.LOSS_PLACE):
        assert (said[topic].after_ttl, said[topic].ttl) == (3, 4)
        assert where in said[topic].words
        assert "AS" not in said[topic].short


def test_one_slow_router_is_not_where_the_delay_comes_from() -> None:
    delay = Case().play(40, 10, 18, 95, 28, 36, 45).said()[Topic.DELAY]
    assert delay.after_ttl is None
    assert "no link adds more than" in delay.words


def test_where_a_slow_router_hides_it_the_place_is_as_wide_as_that() -> None:
    delay = Case().play(40, 10, 12, 95, 40, 45).said()[Topic.DELAY]
    assert (delay.after_ttl, delay.ttl) == (2, 4)


def test_a_satellite_is_distance_and_no_queue() -> None:
    said = Case().play(40, 1, 6, 606, 610).said()
    assert "geostationary" in said[Topic.DELAY].words
    assert Topic.QUEUE not in said


def test_a_queue_at_the_own_link_is_told_once_and_there() -> None:
    spread = dict.fromkeys((1, 2, 3, 4), 80.0)
    said = Case().play(120, 1, 6, 8, 9, spread_ms=spread).said()
    queue = said[Topic.QUEUE]
    assert (queue.after_ttl, queue.ttl, queue.segment) == (0, 1, Segment.OWN)
    assert queue.weight is Weight.TROUBLE


def test_a_router_whose_own_answers_wait_is_no_queue_of_the_path() -> None:
    said = Case().play(120, 1, 6, 8, 9, spread_ms={2: 80.0}).said()
    assert Topic.QUEUE not in said


def test_what_was_before_a_change_of_path_tells_nothing_of_it() -> None:
    case = Case().play(60, 1, 5, 9)
    changed = Event(kind=EventKind.PATH_CHANGED, at_s=60.0, round=60, ttl=2, words="hop 2: a to b")
    case.play(30, 1, 45, 49)
    said = case.said(changed)
    assert Topic.QUEUE not in said
    assert "from 30 samples" in said[Topic.DELAY].words
    assert said[Topic.PATH].words == "The path has changed once, last at 60: hop 2: a to b."


def test_too_little_data_since_a_change_of_path_is_counted_since_then() -> None:
    case = Case().play(60, 1, 5, 9)
    changed = Event(kind=EventKind.PATH_CHANGED, at_s=60.0, round=60, ttl=2, words="hop 2: a to b")
    case.play(4, 1, 45, 49)
    said = case.said(changed)[Topic.DELAY]
    assert said.short == "delay: too little data (4 of 10 samples)"
    assert said.words.endswith("4 of the 10 samples that are needed since the path changed.")


def test_a_path_that_changes_twice_is_told_with_the_last_change() -> None:
    changes = [
        Event(kind=EventKind.PATH_CHANGED, at_s=float(at_s), round=at_s, ttl=2, words="a to b")
        for at_s in (20, 40)
    ]
    said = Case().play(60, 1, 5, 9).said(*changes)
    assert said[Topic.PATH].short == "path changed twice, last 40"
    assert said[Topic.PATH].words == "The path has changed twice, last at 40 at hop 2: a to b."


def test_a_destination_that_does_not_answer_is_trouble() -> None:
    case = Case()
    for _ in range(12):
        case.made.reply(1, 1.0)
        case.made.lose(2)
    case.made.stopped(StopKind.GAP_LIMIT, ttl=1, detail="8")
    said = case.said()
    assert said[Topic.REACH].weight is Weight.TROUBLE
    assert "the last answer comes from hop 1" in said[Topic.REACH].words
    assert Topic.LOSS not in said


def test_where_the_destination_is_not_reached_delay_is_told_up_to_the_last_that_answers() -> None:
    case = Case()
    for _ in range(60):
        case.made.reply(1, 1.0, PUBLIC[0])
        case.made.reply(2, 9.0, PUBLIC[1])
        case.made.lose(3)
    case.made.stopped(StopKind.GAP_LIMIT, ttl=2)
    delay = case.said()[Topic.DELAY]
    assert delay.short.startswith("89 % of 9.00 ms to hop 2 from hop 1")
    even = Case()
    for _ in range(60):
        even.made.reply(1, 1.0, PUBLIC[0])
        even.made.reply(2, 1.2, PUBLIC[1])
        even.made.lose(3)
    even.made.stopped(StopKind.GAP_LIMIT, ttl=2)
    delay = even.said()[Topic.DELAY]
    assert (delay.weight, delay.short) == (Weight.NOTE, "1.20 ms to hop 2")
    assert delay.words.startswith("The typical round trip to hop 2, the last that answers, is 1.20")


def test_a_machine_that_cannot_send_says_so_first() -> None:
    case = Case().play(12, 1, 5)
    case.made.send_failed(1)
    said = case.said()
    assert next(iter(said)) is Topic.SENDING
    assert said[Topic.SENDING].words == "This machine cannot send: network is unreachable."


def test_before_the_first_answer_nothing_is_said() -> None:
    case = Case()
    case.made.status(state=SessionState.STARTING)
    case.made.send(1)
    assert case.said() == {}


def test_trouble_comes_first_in_one_line() -> None:
    said = Case().play(100, 1, 5, 9, 10, 12, lost={3: 0.2, 4: 0.2, 5: 0.2}).said()
    weights = [statement.weight for statement in most_important(tuple(said.values()))]
    assert weights == sorted(weights, key=list(_ORDER).index)
    assert weights[0] is Weight.TROUBLE


def test_another_path_comes_before_all_but_trouble() -> None:
    def one(topic: Topic, weight: Weight) -> Statement:
        return Statement(topic=topic, weight=weight, short="", words="")

    said = [
        one(Topic.LOSS, Weight.UNKNOWN),
        one(Topic.DELAY, Weight.NOTE),
        one(Topic.QUEUE, Weight.TROUBLE),
        one(Topic.PATH, Weight.NOTE),
        one(Topic.LIMITS, Weight.NOTE),
        one(Topic.CALL, Weight.FINE),
    ]
    topics = [statement.topic for statement in most_important(said)]
    assert topics == [
        Topic.QUEUE,
        Topic.PATH,
        Topic.LOSS,
        Topic.DELAY,
        Topic.LIMITS,
        Topic.CALL,
    ]


_ORDER = (Weight.TROUBLE, Weight.UNKNOWN, Weight.NOTE, Weight.FINE)


def test_every_topic_has_its_rule() -> None:
    assert set(RULES) == set(Topic)


@pytest.mark.parametrize(
    ("delay_ms", "loss_ratio", "expected"),
    [
        # Computed by hand from the formulas of Cole and Rosenbluth 2001
        (100.0, 0.0, 91.8),
        (177.3, 0.0, 89.9448),
        (200.0, 0.0, 86.903),
        (100.0, 0.01, 91.8 - 4.1929),
        (100.0, 0.05, 91.8 - 16.7885),
    ],
)
def test_the_rating_of_a_call(delay_ms: float, loss_ratio: float, expected: float) -> None:
    assert rating(delay_ms, loss_ratio) == pytest.approx(expected, abs=1e-3)


def test_the_mouth_is_half_a_round_trip_a_buffer_and_a_packet_from_the_ear() -> None:
    assert mouth_to_ear_ms(0.1, 0.03) == pytest.approx(100.0)


def test_ratings_have_the_words_of_g_109() -> None:
    assert [rating_words(value) for value in (80, 79, 70, 69, 60, 59)] == [
        "good",
        "fair",
        "fair",
        "poor",
        "poor",
        "bad",
    ]
