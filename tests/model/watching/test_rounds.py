from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.model.probe import AnswerKind, Lost, Probe, SendFailed
from poros_tui.model.watching.rounds import ROUNDS_KEPT, RoundBook
from tests.model.outcomes import probe, reply
from tests.model.watching.made_rounds import DESTINATION, Maker


def numbers(book: RoundBook) -> list[int]:
    return [one.number for one in book.take_finished()]


def test_a_round_is_handed_on_when_it_is_over_and_all_of_it_is_decided() -> None:
    book = RoundBook()
    book.begin(0)
    first, second = probe(0, ttl=1), probe(1, ttl=2)
    book.sent(first, 0.0)
    book.sent(second, 0.0)
    book.answered(reply(first))
    book.begin(1)
    assert numbers(book) == []
    book.lost(Lost(second, 3.0))
    assert numbers(book) == [0]


def test_a_round_that_the_engine_names_again_is_over() -> None:
    # It speaks at the beginning and at the end: with an hour between rounds that matters.
    book = RoundBook()
    book.begin(0)
    book.sent(probe(0), 0.0)
    book.answered(reply(probe(0)))
    assert numbers(book) == []
    book.begin(0)
    assert numbers(book) == [0]


def test_a_later_round_waits_for_the_earlier() -> None:
    book = RoundBook()
    for number in range(3):
        book.begin(number)
        book.sent(probe(number, in_round=number), float(number))
    book.answered(reply(probe(1, in_round=1)))
    book.answered(reply(probe(2, in_round=2)))
    book.begin(3)
    assert numbers(book) == []
    book.lost(Lost(probe(0), 3.0))
    assert numbers(book) == [0, 1, 2]


def test_the_samples_of_a_round_are_one_sample() -> None:
    one = Maker().round([3.0, 9.0, 4.0, None], None, "203.0.113.80")
    hop = one.hops[1]
    assert (hop.sent, hop.answered, hop.lost) == (4, 3, 1)
    assert hop.loss == pytest.approx(0.25)
    assert hop.median_s == pytest.approx(0.004)
    assert one.hops[2].median_s is None
    assert (one.hops[2].loss, one.reached) == (1.0, 3)


def test_answers_stand_in_the_order_of_sending() -> None:
    book = RoundBook()
    book.begin(0)
    probes = [probe(number, query=number) for number in range(3)]
    for one in probes:
        book.sent(one, 0.0)
    for number in (2, 0, 1):
        book.answered(reply(probes[number], f"10.0.0.{number}"))
    book.begin(1)
    (made,) = book.take_finished()
    assert [seen.responder for seen in made.hops[1].seen] == [
        ip_address(f"10.0.0.{number}") for number in range(3)
    ]


def test_a_late_answer_takes_its_loss_back_before_and_after() -> None:
    book = RoundBook()
    book.begin(0)
    probes = [probe(number, query=number) for number in range(2)]
    for one in probes:
        book.sent(one, 0.0)
        book.lost(Lost(one, 3.0))
    late = [reply(one, rtt_s=3.5, was_lost=True, is_late=True) for one in probes]
    book.answered(late[0])
    book.begin(1)
    (made,) = book.take_finished()
    hop = made.hops[1]
    assert (hop.lost, hop.answered, hop.late) == (1, 1, 1)
    book.answered(late[1])
    assert (hop.lost, hop.answered, hop.late) == (0, 2, 2)
    assert hop.rtts_s == [3.5, 3.5]


def test_what_could_not_be_sent_is_neither_sent_nor_lost() -> None:
    book = RoundBook()
    book.begin(0)
    at_once, later, last = (probe(number, query=number) for number in range(3))
    book.failed(SendFailed(at_once, "network is unreachable"), 0.0)
    book.sent(later, 0.0)
    book.failed(SendFailed(later, "host is unreachable", was_sent=True), 0.5)
    book.sent(last, 0.0)
    book.lost(Lost(last, 3.0))
    book.failed(SendFailed(last, "host is unreachable", was_sent=True, was_lost=True), 3.1)
    book.begin(1)
    (made,) = book.take_finished()
    hop = made.hops[1]
    assert (hop.sent, hop.lost, hop.failed) == (0, 0, 3)
    assert (hop.loss, hop.failure) == (None, "host is unreachable")


def test_a_refusal_is_kept_but_not_that_a_packet_is_too_big() -> None:
    book = RoundBook()
    book.begin(0)
    for number, (code, mtu) in enumerate(((13, None), (4, 1400))):
        asked = probe(number, ttl=number + 1)
        book.sent(asked, 0.0)
        book.answered(reply(asked, kind=AnswerKind.UNREACHABLE, code=code, mtu=mtu))
    book.begin(1)
    (made,) = book.take_finished()
    assert made.hops[1].refusal is not None
    assert made.hops[2].refusal is None
    assert (made.hops[2].answered, made.hops[2].seen) == (1, [])


def test_only_so_many_rounds_are_kept() -> None:
    maker = Maker()
    list(maker.rounds(ROUNDS_KEPT + 5, 1.0))
    assert [one.number for one in maker.kept] == list(range(5, ROUNDS_KEPT + 5))


def test_outcomes_of_rounds_that_nobody_knows_change_nothing() -> None:
    book = RoundBook()
    stranger: Probe = probe(7, in_round=9)
    book.answered(reply(stranger))
    book.lost(Lost(stranger, 3.0))
    book.failed(SendFailed(stranger, "no", was_sent=True), 0.0)
    assert numbers(book) == []


def test_a_probe_of_a_round_that_was_handed_on_changes_nothing() -> None:
    book = RoundBook()
    book.begin(0)
    book.sent(probe(0), 0.0)
    book.answered(reply(probe(0)))
    book.begin(0)
    (made,) = book.take_finished()
    late = probe(1, ttl=2)
    book.sent(late, 0.5)
    book.answered(reply(late, DESTINATION, kind=AnswerKind.REACHED))
    assert (made.hops.keys(), made.reached) == ({1}, None)
    assert numbers(book) == []
