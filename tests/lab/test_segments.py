from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from struct import pack

import pytest

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.answer import Message, SimulatedAnswer
from poros_tui.probe.simulation.node import Mischief
from tests.lab import wire
from tests.lab.packets import PROBES, SOURCE4, SOURCE6, TARGET4, TARGET6, ipv4, ipv6, tcp
from tests.lab.replies import reply_packet
from tests.lab.test_wire import ones_complement_sum
from tests.lab.wire import ProbePacket, read_probe

SEQUENCE = 0xFFFFFFFE


def probe_of(data: bytes) -> ProbePacket:
    probe = read_probe(data)
    assert probe
    return probe


def transport_of(probe: ProbePacket, message: Message, number: int, seed: str = "") -> bytes:
    """Of the answer, when its IP header and its checksum are right."""
    is_4 = probe.family == 4
    answer = SimulatedAnswer(
        delay_s=0.01,
        responder=IPv4Address(TARGET4) if is_4 else IPv6Address(TARGET6),
        quoted_ttl=1,
        message=message,
        icmp_code=0,
        reply_ttl=58,
        quote_bytes=None,
        mischief=Mischief.NONE,
    )
    packet = reply_packet(probe, answer, seed=seed)
    if is_4:
        assert ones_complement_sum(packet[:20]) == 0xFFFF
        assert (packet[9], packet[12:16], packet[16:20]) == (number, TARGET4, SOURCE4)
        transport = packet[20:]
        pseudo = TARGET4 + SOURCE4 + pack("!HH", number, len(transport))
    else:
        assert (packet[6], packet[8:24], packet[24:40]) == (number, TARGET6, SOURCE6)
        transport = packet[40:]
        pseudo = TARGET6 + SOURCE6 + pack("!II", len(transport), number)
    assert ones_complement_sum(pseudo + transport) == 0xFFFF
    assert transport[:4] == probe.transport[2:4] + probe.transport[:2]
    return transport


@pytest.mark.parametrize("wrap", [ipv4, ipv6])
def test_an_open_port_acknowledges_the_syn_and_what_it_carries(wrap: type[bytes]) -> None:
    probe = probe_of(wrap(wire.TCP, tcp(sequence=SEQUENCE, payload=b"four")))
    first, again, other = (
        transport_of(probe, Message.SYN_ACK, wire.TCP, seed) for seed in ("1", "1", "2")
    )
    assert int.from_bytes(first[8:12], "big") == 3  # sequence + 1 + 4, around the end
    assert first[13] == 0x12
    assert first == again != other
    assert first[4:8] != other[4:8]


@pytest.mark.parametrize("wrap", [ipv4, ipv6])
def test_a_closed_port_resets(wrap: type[bytes]) -> None:
    probe = probe_of(wrap(wire.TCP, tcp(sequence=41)))
    reset = transport_of(probe, Message.RST, wire.TCP)
    assert (reset[4:8], reset[8:12], reset[13]) == (b"\0\0\0\0", b"\0\0\0*", 0x14)


@pytest.mark.parametrize("data", [data for data in PROBES if probe_of(data).protocol == "udp"])
def test_services_answer_datagrams(data: bytes) -> None:
    probe = probe_of(data)
    payload = probe.transport[8:]
    assert transport_of(probe, Message.UDP_ECHO, wire.UDP)[8:] == payload
    fixed = transport_of(probe, Message.UDP_FIXED, wire.UDP)[8:]
    assert fixed
    assert payload[:2] not in fixed
    response = transport_of(probe, Message.UDP_DNS, wire.UDP)[8:]
    assert response == payload[:2] + bytes.fromhex("80010000000000000000")


def test_a_segment_that_is_no_first_syn_is_no_probe() -> None:
    assert probe_of(ipv4(wire.TCP, tcp(flags=0xC2))).protocol is Protocol.TCP  # asks for ECN
    for flags in (0x12, 0x04, 0x10, 0x18, 0x06):
        assert read_probe(ipv4(wire.TCP, tcp(flags=flags))) is None
    assert read_probe(ipv4(wire.TCP, tcp()[:19])) is None
    too_long = bytearray(tcp())
    too_long[12] = 0xF0
    assert read_probe(ipv4(wire.TCP, bytes(too_long))) is None
