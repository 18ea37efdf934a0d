"""Every counter of a hop, and what may change it."""

from __future__ import annotations

from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.history import Gap
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.hop_counts import RESPONDERS_MAX, Hop
from poros_tui.model.probe import AnswerKind, Duplicate, Lost, Probe, Reply, SendFailed, Sent
from poros_tui.packets.extensions import UnknownObject
from tests.model.outcomes import probe, reply

ROUTER = ip_address("10.0.0.1")


def snapshot(hop: Hop, *, is_destination: bool = False) -> HopSnapshot:
    return hop.snapshot(is_destination=is_destination, is_unreachable=False)


def sent(hop: Hop, count: int = 1, first: int = 0) -> list[Probe]:
    probes = [probe(number) for number in range(first, first + count)]
    for each in probes:
        hop.add_sent(Sent(each, 0.0))
    return probes


def test_a_new_hop_knows_nothing() -> None:
    hop = snapshot(Hop(3))
    assert hop.ttl == 3
    assert hop.responder is None
    assert hop.loss_ratio is None
    assert hop.loss_interval is None
    assert hop.history == ()
    assert (hop.sent, hop.received, hop.lost, hop.in_flight) == (0, 0, 0, 0)


def test_a_probe_in_flight_is_sent_but_neither_received_nor_lost() -> None:
    hop = Hop(1)
    sent(hop)
    seen = snapshot(hop)
    assert (seen.sent, seen.in_flight, seen.received, seen.lost) == (1, 1, 0, 0)
    assert seen.loss_ratio is None
    assert seen.history == (Gap.PENDING,)


def test_probes_in_flight_do_not_count_in_the_loss_ratio() -> None:
    hop = Hop(1)
    first, second, *_ = sent(hop, 5)
    hop.add_reply(reply(first))
    hop.add_lost(Lost(second, waited_s=3.0))
    seen = snapshot(hop)
    assert seen.loss_ratio == 0.5
    assert seen.loss_interval == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert seen.in_flight == 3


def test_an_answer_after_the_loss_takes_the_loss_back_and_counts_as_late() -> None:
    hop = Hop(1)
    (only,) = sent(hop)
    hop.add_lost(Lost(only, waited_s=3.0))
    assert snapshot(hop).loss_ratio == 1.0
    hop.add_reply(reply(only, rtt_s=3.2, was_lost=True, is_late=True))
    seen = snapshot(hop)
    assert (seen.received, seen.lost, seen.late, seen.in_flight) == (1, 0, 1, 0)
    assert seen.loss_ratio == 0.0
    assert seen.history == (3.2,)
    assert seen.rtt.last_s == 3.2


def test_an_answer_read_late_but_stamped_in_time_is_not_late() -> None:
    hop = Hop(1)
    (only,) = sent(hop)
    hop.add_lost(Lost(only, waited_s=3.0))
    hop.add_reply(reply(only, rtt_s=2.9, was_lost=True))
    seen = snapshot(hop)
    assert (seen.received, seen.lost, seen.late) == (1, 0, 0)


def test_duplicates_change_nothing_but_their_own_count() -> None:
    hop = Hop(1)
    (only,) = sent(hop)
    hop.add_reply(reply(only))
    before = snapshot(hop)
    hop.add_duplicate(Duplicate(only, ROUTER))
    assert snapshot(hop) == msgspec.structs.replace(before, duplicates=1)


def test_a_probe_that_could_not_leave_is_neither_sent_nor_lost() -> None:
    hop = Hop(1)
    hop.add_send_failed(SendFailed(probe(0), "network is unreachable"))
    seen = snapshot(hop)
    assert (seen.sent, seen.lost, seen.in_flight, seen.send_errors) == (0, 0, 0, 1)
    assert seen.loss_ratio is None
    assert seen.history == (Gap.SEND_ERROR,)
    assert hop.tried == 1


def test_a_probe_that_came_back_undelivered_is_no_longer_sent() -> None:
    hop = Hop(1)
    (only,) = sent(hop)
    hop.add_send_failed(SendFailed(only, "no route to host", was_sent=True))
    seen = snapshot(hop)
    assert (seen.sent, seen.lost, seen.in_flight, seen.send_errors) == (0, 0, 0, 1)
    assert seen.history == (Gap.SEND_ERROR,)


def test_a_probe_that_came_back_undelivered_after_its_loss_is_no_longer_lost() -> None:
    hop = Hop(1)
    (only,) = sent(hop)
    hop.add_lost(Lost(only, waited_s=3.0))
    hop.add_send_failed(SendFailed(only, "no route to host", was_sent=True, was_lost=True))
    seen = snapshot(hop)
    assert (seen.sent, seen.lost, seen.in_flight, seen.send_errors) == (0, 0, 0, 1)


def test_an_answer_over_a_step_of_the_clock_is_received_but_not_timed() -> None:
    hop = Hop(1)
    (only,) = sent(hop)
    hop.add_reply(reply(only, rtt_s=None))
    seen = snapshot(hop)
    assert seen.received == 1
    assert seen.history == (Gap.UNTIMED,)
    assert seen.rtt.count == 0
    assert seen.rtt.last_s is None
    assert seen.responder is not None
    assert seen.responder.answers == 1
    assert seen.responder.rtt.count == 0


def responders(hop: Hop, *, is_destination: bool = False) -> list[str]:
    seen = snapshot(hop, is_destination=is_destination)
    last = [str(responder.address).rpartition(".")[2] for responder in seen.responders]
    return [chr(int(number)) for number in last]


def answered_by(names: str) -> Hop:
    hop = Hop(1)
    for each, name in zip(sent(hop, len(names)), names, strict=True):
        hop.add_reply(reply(each, f"10.0.0.{ord(name)}"))
    return hop


def test_the_first_responder_stands_first_while_it_answers_the_others_by_their_answers() -> None:
    assert responders(answered_by("abcbcd")) == ["a", "b", "c", "d"]


def test_a_responder_that_gave_none_of_the_last_answers_gives_way_to_who_gave_most() -> None:
    assert responders(answered_by("aaaaaaaaa" + "bbbbb")) == ["a", "b"]
    assert responders(answered_by("aaaaaaaaa" + "bbbcbb")) == ["b", "a", "c"]


def test_the_destination_is_whoever_reached_it_however_often_a_router_stood_there() -> None:
    hop = answered_by("aaaaa")
    [last] = sent(hop, first=5)
    hop.add_reply(reply(last, f"10.0.0.{ord('z')}", kind=AnswerKind.REACHED))
    assert responders(hop, is_destination=True) == ["z", "a"]
    assert responders(hop) == ["a", "z"]


def test_each_responder_has_statistics_of_its_own() -> None:
    hop = Hop(1)
    first, second, third = sent(hop, 3)
    hop.add_reply(reply(first, "10.0.0.1", rtt_s=0.010))
    hop.add_reply(reply(second, "10.0.0.2", rtt_s=0.030))
    hop.add_reply(reply(third, "10.0.0.1", rtt_s=0.020))
    seen = snapshot(hop)
    assert [r.rtt.mean_s for r in seen.responders] == pytest.approx([0.015, 0.030])
    assert seen.rtt.mean_s == pytest.approx(0.020)


def test_a_responder_shows_what_its_newest_answer_said() -> None:
    hop = Hop(1)
    first, second = sent(hop, 2)
    hop.add_reply(reply(first))
    hop.add_reply(reply(second, kind=AnswerKind.UNREACHABLE, code=13))
    responder = snapshot(hop).responder
    assert responder is not None
    assert (responder.kind, responder.icmp_code) == (AnswerKind.UNREACHABLE, 13)
    assert responder.answers == 2


def test_a_responder_shows_what_its_newest_answer_carried() -> None:
    hop = Hop(1)
    first, second, third = sent(hop, 3)
    carried = (UnknownObject(class_number=9, c_type=1, payload=b"x"),)
    hop.add_reply(reply(first, "10.0.0.1", extensions=carried))
    hop.add_reply(reply(second, "10.0.0.2", extensions=carried))
    hop.add_reply(reply(third, "10.0.0.1"))
    told = {str(seen.address): seen.extensions for seen in snapshot(hop).responders}
    assert told == {"10.0.0.1": (), "10.0.0.2": carried}


def test_a_flood_of_sources_is_counted_but_not_kept() -> None:
    hop = Hop(1)
    for each in sent(hop, RESPONDERS_MAX + 10):
        hop.add_reply(reply(each, str(ip_address(0x0A000000 + each.number))))
    seen = snapshot(hop)
    assert len(seen.responders) == RESPONDERS_MAX
    assert seen.responders_untracked == 10
    assert seen.received == RESPONDERS_MAX + 10
    known = sent(hop, 1, first=1000)[0]
    hop.add_reply(reply(known, "10.0.0.0"))
    assert max(snapshot(hop).responders, key=lambda seen: seen.answers).answers == 2


def test_records_are_kept_only_for_reports_in_the_order_of_sending() -> None:
    plain, keeping = Hop(1), Hop(1, keep_records=True)
    for hop in (plain, keeping):
        first, second = sent(hop, 2)
        hop.add_lost(Lost(second, waited_s=3.0))
        hop.add_reply(reply(first))
        hop.add_send_failed(SendFailed(probe(2), "no route"))
    assert snapshot(plain).records == ()
    records = snapshot(keeping).records
    assert [record.probe.number for record in records] == [0, 1, 2]
    assert [type(record.outcome).__name__ for record in records] == ["Reply", "Lost", "SendFailed"]


def test_a_snapshot_does_not_follow_what_comes_later() -> None:
    hop = Hop(1, keep_records=True)
    first, second = sent(hop, 2)
    hop.add_reply(reply(first, rtt_s=0.010))
    early = snapshot(hop)
    copy = msgspec.structs.replace(early, rtt=msgspec.structs.replace(early.rtt))
    hop.add_reply(reply(second, rtt_s=0.030))
    hop.add_duplicate(Duplicate(first, ROUTER))
    assert early == copy
    assert early.rtt.count == 1
    assert early.responders[0].rtt.count == 1
    assert early.records[1].outcome is None


def test_a_snapshot_cannot_be_written_to() -> None:
    seen = snapshot(Hop(1))
    with pytest.raises(AttributeError):
        seen.sent = 5  # type: ignore[misc]


FATES = ["in flight", "answered", "lost", "late", "failed", "undelivered", "lost, undelivered"]


def meet_fate(hop: Hop, number: int, fate: str) -> None:
    each = probe(number)
    if fate == "failed":
        hop.add_send_failed(SendFailed(each, "no route"))
        return
    hop.add_sent(Sent(each, 0.0))
    if fate in ("lost", "late", "lost, undelivered"):
        hop.add_lost(Lost(each, waited_s=3.0))
    if fate == "answered":
        hop.add_reply(reply(each))
    elif fate == "late":
        hop.add_reply(reply(each, was_lost=True, is_late=True))
    elif fate in ("undelivered", "lost, undelivered"):
        was_lost = fate.startswith("lost")
        hop.add_send_failed(SendFailed(each, "no route", was_sent=True, was_lost=was_lost))


@given(st.lists(st.sampled_from(FATES), max_size=60))
def test_whatever_becomes_of_probes_the_counters_agree(fates: list[str]) -> None:
    hop = Hop(1)
    for number, fate in enumerate(fates):
        meet_fate(hop, number, fate)
    seen = snapshot(hop)
    failed = sum(fate in ("failed", "undelivered", "lost, undelivered") for fate in fates)
    assert seen.send_errors == failed
    assert hop.tried == len(fates)
    assert seen.sent == hop.sent == len(fates) - failed
    assert seen.sent == seen.received + seen.lost + seen.in_flight
    assert seen.received == fates.count("answered") + fates.count("late")
    assert seen.late == fates.count("late")
    assert seen.lost == fates.count("lost")
    assert seen.in_flight == hop.in_flight == fates.count("in flight")
    assert len(seen.history) == len(fates)
    assert seen.rtt.count == seen.received


def refusal(asked: Probe, *, was_lost: bool = False) -> Reply:
    """Of the router before: it takes 3 s to give a host up."""
    return reply(
        asked,
        "10.0.0.9",
        kind=AnswerKind.UNREACHABLE,
        code=1,
        rtt_s=3.1,
        was_lost=was_lost,
        is_late=was_lost,
    )


def test_where_the_destination_answers_what_is_refused_is_lost_and_has_no_time() -> None:
    hop = Hop(8)
    first, second, third, fourth = sent(hop, 4)
    hop.add_reply(reply(first, kind=AnswerKind.REACHED, rtt_s=0.02))
    hop.add_reply(refusal(second))
    hop.add_lost(Lost(third, waited_s=3.0))
    hop.add_reply(refusal(third, was_lost=True))
    hop.add_reply(reply(fourth, kind=AnswerKind.REACHED, rtt_s=0.03))
    seen = snapshot(hop, is_destination=True)
    assert (seen.sent, seen.received, seen.lost, seen.refused, seen.in_flight) == (4, 2, 2, 2, 0)
    assert (seen.rtt.count, seen.rtt.worst_s) == (2, 0.03)
    assert seen.history == (0.02, Gap.LOST, Gap.LOST, 0.03)
    assert [str(each.address) for each in seen.refusing] == ["10.0.0.9"]
    assert seen.responder is not None
    assert seen.responder.kind is AnswerKind.REACHED


def test_what_was_refused_before_the_destination_answered_is_lost_from_then_on() -> None:
    hop = Hop(8)
    *barred, last = sent(hop, 300)
    for each in barred[:200]:
        hop.add_reply(refusal(each))
    seen = snapshot(hop)
    assert (seen.received, seen.lost, seen.refused, seen.rtt.best_s) == (200, 0, 0, 3.1)
    hop.mark()
    for each in barred[200:]:
        hop.add_lost(Lost(each, waited_s=3.0))
        hop.add_reply(refusal(each, was_lost=True))
    hop.add_reply(reply(last, kind=AnswerKind.REACHED, rtt_s=0.02))
    seen = snapshot(hop, is_destination=True)
    assert (seen.sent, seen.received, seen.lost, seen.refused, seen.late) == (300, 1, 299, 299, 0)
    assert (seen.rtt.count, seen.rtt.mean_s) == (1, 0.02)
    assert set(seen.history[:-1]) == {Gap.LOST}
    assert seen.comparison is not None
    assert seen.comparison.since.loss_ratio == 0


def test_a_hop_that_only_refuses_has_the_time_that_takes() -> None:
    hop = Hop(5)
    for each in sent(hop, 3):
        hop.add_reply(refusal(each))
    seen = hop.snapshot(is_destination=False, is_unreachable=True)
    assert (seen.received, seen.lost, seen.refused, seen.rtt.count) == (3, 0, 0, 3)


@given(st.lists(st.sampled_from(["reached", "refused", "late refusal", "lost", "expired"])))
def test_every_probe_is_counted_once_whatever_comes(kinds: list[str]) -> None:
    hop = Hop(8)
    for each, kind in zip(sent(hop, len(kinds)), kinds, strict=True):
        match kind:
            case "reached":
                hop.add_reply(reply(each, kind=AnswerKind.REACHED))
            case "refused":
                hop.add_reply(refusal(each))
            case "lost":
                hop.add_lost(Lost(each, waited_s=3.0))
            case "late refusal":
                hop.add_lost(Lost(each, waited_s=3.0))
                hop.add_reply(refusal(each, was_lost=True))
            case _:
                hop.add_reply(reply(each))
    seen = snapshot(hop)
    assert seen.received + seen.lost == seen.sent == len(kinds)
    was_reached = "reached" in kinds
    assert seen.refused == (sum("refus" in kind for kind in kinds) if was_reached else 0)
    assert seen.lost == kinds.count("lost") + seen.refused
    assert 0 <= seen.late <= seen.received
