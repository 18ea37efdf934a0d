"""What a capture makes of what transports and ledgers tell."""

from __future__ import annotations

from ipaddress import IPv4Address

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import AnswerKind, Duplicate, Probe, Reply
from poros_tui.probe.capture import REMEMBERED_MAX, Capture
from poros_tui.probe.tap import WirePacket
from poros_tui.probe.transport import Answer
from tests.packets.read_pcapng import Packet, read_pcapng

ROUTER = IPv4Address("10.0.0.1")
ANSWER = Answer(
    key=1,
    kind=AnswerKind.TIME_EXCEEDED,
    responder=ROUTER,
    icmp_type=11,
    icmp_code=0,
    reply_ttl=64,
    received_at_ns=2_000,
    read_at=ClockReading(2_500, 0),
)


class Left(msgspec.Struct, frozen=True):
    data: bytes = b"probe"
    doubts: tuple[str, ...] = ()

    def whole(self) -> WirePacket:
        return WirePacket(self.data, self.doubts)


class Heard(msgspec.Struct, frozen=True):
    """An answer that quotes what it is told it answers."""

    def whole(self, probe: WirePacket | None) -> WirePacket:
        return WirePacket(b"answer to " + (probe.data if probe is not None else b"nobody knows"))


def probe(number: int = 0, **changes: int) -> Probe:
    return msgspec.structs.replace(
        Probe(number=number, ttl=3, round=1, query=2, generation=0), **changes
    )


def reply(of: Probe, rtt_s: float | None = 1e-6, *, is_late: bool = False) -> Reply:
    return Reply(
        probe=of,
        responder=ROUTER,
        kind=AnswerKind.TIME_EXCEEDED,
        rtt_s=rtt_s,
        is_late=is_late,
    )


def packets_of(capture: Capture) -> list[Packet]:
    return read_pcapng(capture.take(is_last=True)).packets


def test_a_probe_and_its_answer_say_which_they_are() -> None:
    capture = Capture("program")
    tap = capture.tap("ICMP", "to 192.0.2.1")
    tap.left(1, Left(), 1_100)
    tap.opened(1, probe())
    tap.stamped({1: 1_000})
    tap.answered(msgspec.structs.replace(ANSWER, packet=Heard()), reply(probe()))
    first, second = packets_of(capture)
    assert (first.at_ns, first.data, first.is_outbound) == (1_000, b"probe", True)
    assert first.comment == "probe to hop 3, round 1, query 2, flow 1"
    assert (second.at_ns, second.data, second.is_outbound) == (2_000, b"answer to probe", False)
    assert second.comment == "answer of hop 3, round 1, query 2, flow 1; RTT 0.001000 ms"


def test_what_no_kernel_stamped_says_so() -> None:
    capture = Capture("program")
    tap = capture.tap("ICMP", "")
    tap.left(1, Left(doubts=("it is a guess",)), 1_100)
    tap.opened(1, probe(flow=4))
    heard = msgspec.structs.replace(ANSWER, packet=Heard(), is_kernel_stamped=False)
    tap.answered(heard, reply(probe(), None, is_late=True))
    first, second = packets_of(capture)
    assert first.at_ns == 1_100
    assert first.comment == (
        "probe to hop 3, round 1, query 2, flow 5; it is a guess; "
        "the time is that of the program's clock before sending"
    )
    assert second.comment == (
        "late answer of hop 3, round 1, query 2, flow 1; RTT not known; "
        "the time is that of the program's clock after reading"
    )


def test_a_duplicate_is_called_one() -> None:
    capture = Capture("program")
    tap = capture.tap("ICMP", "")
    tap.answered(msgspec.structs.replace(ANSWER, packet=Heard()), Duplicate(probe(), ROUTER))
    (packet,) = packets_of(capture)
    assert packet.comment == "duplicate answer of hop 3, round 1, query 2, flow 1"
    assert packet.data == b"answer to nobody knows"


def test_a_probe_that_is_sent_again_is_there_twice_with_one_meaning() -> None:
    capture = Capture("program")
    tap = capture.tap("UDP", "")
    tap.left(1, Left(b"first"), 100)
    tap.opened(1, probe())
    tap.stamped({1: 90})
    tap.left(1, Left(b"second"), 200)
    tap.stamped({1: 190})
    tap.answered(msgspec.structs.replace(ANSWER, packet=Heard()), reply(probe()))
    first, second, answer = packets_of(capture)
    assert first.comment == second.comment
    assert [first.at_ns, second.at_ns] == [90, 190]
    assert answer.data == b"answer to second"


def test_a_key_that_is_used_anew_means_the_new_probe() -> None:
    capture = Capture("program")
    tap = capture.tap("ICMP", "")
    for number in range(2):
        tap.left(1, Left(), number)
        tap.opened(1, probe(round=number))
    rounds = [packet.comment.split(", ")[1] for packet in packets_of(capture)]
    assert rounds == ["round 0", "round 1"]


def test_packets_wait_for_their_stamps_until_the_call_after_the_next() -> None:
    capture = Capture("program")
    tap = capture.tap("ICMP", "")
    tap.left(1, Left(), 300)
    head = capture.take()
    assert head == b""
    tap.left(2, Left(), 200)
    tap.stamped({1: 100})
    read = read_pcapng(capture.take())
    assert [packet.at_ns for packet in read.packets] == [100]
    assert b"probe" in capture.take()
    assert capture.take() == capture.take(is_last=True) == b""


def test_what_is_taken_together_is_in_the_order_of_time() -> None:
    capture = Capture("program", "comment")
    first, second = capture.tap("ICMP", "to a"), capture.tap("UDP", "to b")
    first.left(1, Left(), 300)
    second.left(1, Left(), 100)
    first.left(2, Left(), 200)
    read = read_pcapng(capture.take(is_last=True))
    assert [(one.at_ns, one.interface) for one in read.packets] == [(100, 1), (200, 0), (300, 0)]
    assert read.interfaces == [("ICMP", "to a"), ("UDP", "to b")]
    assert (read.program, read.comment) == ("program", "comment")


def test_only_the_newest_probes_are_remembered() -> None:
    capture = Capture("program")
    tap = capture.tap("ICMP", "")
    for key in range(1, REMEMBERED_MAX + 2):
        tap.left(key, Left(), key)
    heard = msgspec.structs.replace(ANSWER, packet=Heard(), received_at_ns=10**6)
    tap.answered(heard, reply(probe()))
    tap.answered(msgspec.structs.replace(heard, key=2, received_at_ns=10**6 + 1), reply(probe()))
    *_, forgotten, known = packets_of(capture)
    assert (forgotten.data, known.data) == (b"answer to nobody knows", b"answer to probe")


def test_without_a_packet_nothing_is_written() -> None:
    capture = Capture("program")
    tap = capture.tap("ICMP", "")
    tap.answered(ANSWER, reply(probe()))
    assert capture.take(is_last=True) == b""
