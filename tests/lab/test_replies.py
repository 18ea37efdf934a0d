from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from itertools import product

import pytest

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.answer import Message, SimulatedAnswer
from poros_tui.probe.simulation.node import Mischief
from tests.lab import wire
from tests.lab.boxes import quoted_probe
from tests.lab.packets import IDENTIFIER, PROBES, SOURCE4, SOURCE6, TARGET4, TARGET6
from tests.lab.replies import reply_packet
from tests.lab.test_wire import ones_complement_sum
from tests.lab.wire import ProbePacket, read_probe

ROUTER4, ROUTER6 = IPv4Address("10.0.7.1"), IPv6Address("2001:db8::a00:701")
ERRORS = (Message.TIME_EXCEEDED, Message.UNREACHABLE, Message.PORT_UNREACHABLE)
FIELDS = (0, 2, 4, 6)
"""Where ports, identifier and sequence are in a transport header, 2 bytes each."""
VARIETIES = 60
"""Seeds to try: every variety of a bad packet comes up."""


def probes() -> list[ProbePacket]:
    return [probe for data in PROBES if (probe := read_probe(data))]


def answer(
    family: int,
    message: Message,
    mischief: Mischief = Mischief.NONE,
    *,
    quoted_ttl: int = 1,
    quote_bytes: int | None = None,
) -> SimulatedAnswer:
    return SimulatedAnswer(
        delay_s=0.01,
        responder=ROUTER4 if family == 4 else ROUTER6,
        quoted_ttl=quoted_ttl,
        message=message,
        icmp_code=0,
        reply_ttl=249,
        quote_bytes=quote_bytes,
        mischief=mischief,
    )


def split(packet: bytes) -> tuple[bytes, bytes]:
    """Source address and ICMP message of an answer."""
    return (packet[12:16], packet[20:]) if packet[0] >> 4 == 4 else (packet[8:24], packet[40:])


def has_right_checksum(packet: bytes) -> bool:
    source, message = split(packet)
    if len(source) == 4:
        return ones_complement_sum(message) == 0xFFFF
    pseudo = source + SOURCE6 + len(message).to_bytes(4, "big") + b"\0\0\0\x3a"
    return ones_complement_sum(pseudo + message) == 0xFFFF


def bad_packets(probe: ProbePacket, message: Message, mischief: Mischief) -> list[bytes]:
    what = answer(probe.family, message, mischief)
    return [reply_packet(probe, what, seed=str(seed)) for seed in range(VARIETIES)]


@pytest.mark.parametrize(
    ("message", "kind4", "kind6"),
    [
        (Message.TIME_EXCEEDED, 11, 3),
        (Message.UNREACHABLE, 3, 1),
        (Message.PORT_UNREACHABLE, 3, 1),
        (Message.ECHO_REPLY, 0, 129),
    ],
)
def test_an_honest_answer_is_a_whole_packet(message: Message, kind4: int, kind6: int) -> None:
    for probe in probes():
        packet = reply_packet(probe, answer(probe.family, message), seed="")
        source, icmp = split(packet)
        assert has_right_checksum(packet)
        if probe.family == 4:
            assert ones_complement_sum(packet[:20]) == 0xFFFF
            assert int.from_bytes(packet[2:4], "big") == len(packet)
            assert (source, packet[16:20], packet[8]) == (ROUTER4.packed, SOURCE4, 249)
            assert icmp[0] == kind4
        else:
            assert int.from_bytes(packet[4:6], "big") == len(packet) - 40
            assert (source, packet[24:40], packet[7]) == (ROUTER6.packed, SOURCE6, 249)
            assert icmp[0] == kind6


def test_an_error_quotes_the_probe_as_it_arrived_with_the_ttl_that_was_left() -> None:
    for probe, left in product(probes(), (1, 4)):
        what = answer(probe.family, Message.UNREACHABLE, quoted_ttl=left)
        quote = read_probe(split(reply_packet(probe, what, seed=""))[1][8:])
        assert quote
        assert quote.ttl == left
        assert quote.transport == probe.transport
        assert (quote.source, quote.destination) == (probe.source, probe.destination)
        if probe.family == 4:
            assert ones_complement_sum(quote.data[:20]) == 0xFFFF


def test_a_quote_is_never_shorter_than_header_and_8_bytes_nor_longer_than_fits() -> None:
    for probe in probes():
        short = answer(probe.family, Message.TIME_EXCEEDED, quote_bytes=28)
        assert len(split(reply_packet(probe, short, seed=""))[1]) == 8 + probe.header_length + 8
    big = wire.read_probe(PROBES[3] + b"x" * 2000)
    assert big
    assert len(reply_packet(big, answer(6, Message.TIME_EXCEEDED), seed="")) == 1280


def test_an_echo_reply_carries_the_probe_home() -> None:
    for probe in probes():
        if probe.protocol is Protocol.ICMP:
            packet = reply_packet(probe, answer(probe.family, Message.ECHO_REPLY), seed="")
            assert split(packet)[1][4:] == probe.transport[4:]


def test_a_truncated_answer_lacks_what_would_identify_the_probe() -> None:
    for probe, message in product(probes(), (*ERRORS, Message.ECHO_REPLY)):
        packets = bad_packets(probe, message, Mischief.TRUNCATED)
        assert all(has_right_checksum(packet) for packet in packets)
        identifying = 8 if message is Message.ECHO_REPLY else 8 + probe.header_length + 4
        assert all(len(split(packet)[1]) < identifying for packet in packets)


def test_a_corrupt_answer_has_a_wrong_checksum_or_no_probe_in_it() -> None:
    for probe, message in product(probes(), (*ERRORS, Message.ECHO_REPLY)):
        packets = bad_packets(probe, message, Mischief.CORRUPT)
        assert not all(has_right_checksum(packet) for packet in packets)
        for packet in filter(has_right_checksum, packets):
            quote = read_probe(split(packet)[1][8:])
            assert quote is None or quote.destination != probe.destination


def test_a_forged_quote_is_correct_but_differs_where_it_counts() -> None:
    for probe, message in product(probes(), ERRORS):
        packets = bad_packets(probe, message, Mischief.FORGED_QUOTE)
        assert len({split(packet)[0] for packet in packets}) == 2  # the router, and a stranger
        differences = set()
        for packet in packets:
            assert has_right_checksum(packet)
            quote = read_probe(split(packet)[1][8:])
            assert quote
            changed = (
                quote.destination != probe.destination,
                *(quote.transport[at : at + 2] != probe.transport[at : at + 2] for at in FIELDS),
            )
            assert quote.source == probe.source
            assert sum(changed) == 1
            differences.add(changed)
        assert len(differences) == 3


def test_a_forged_header_differs_in_nothing_but_the_quoted_ip_version() -> None:
    for probe, message in product(probes(), ERRORS):
        for packet in bad_packets(probe, message, Mischief.FORGED_HEADER):
            assert has_right_checksum(packet)
            quote = split(packet)[1][8:]
            assert quote[1:] == quoted_probe(probe, answer(probe.family, message))[1:]
            assert quote[0] >> 4 not in (4, 6)


def test_a_forged_echo_is_correct_but_not_an_answer_to_the_probe() -> None:
    for probe in probes():
        target = TARGET4 if probe.family == 4 else TARGET6
        right = probe.transport[4 if probe.protocol is Protocol.ICMP else 0 :]
        packets = bad_packets(probe, Message.TIME_EXCEEDED, Mischief.FORGED_ECHO)
        for packet in packets:
            source, message = split(packet)
            assert has_right_checksum(packet)
            assert message[0] in (0, 129)
            assert int.from_bytes(message[4:6], "big") == IDENTIFIER
            assert source != target or message[4:] != right
        assert len({split(packet) for packet in packets}) == 4
