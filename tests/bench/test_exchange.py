from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv6Address
from struct import pack

import pytest

from poros_tui.model.probe import IPAddress
from tests.bench.capture import tap_on
from tests.bench.exchange import Packet, read_exchanges
from tests.bench.programs import poros_json
from tests.lab.requirements import require_network
from tests.lab.tun import DEVICE, lab_network

DESTINATION: IPAddress = IPv4Address("203.0.113.10")
DESTINATION6: IPAddress = IPv6Address("2001:db8::10")
PROBER: IPAddress = IPv4Address("10.255.0.2")
PROBER6: IPAddress = IPv6Address("fd00::2")
ROUTER: IPAddress = IPv4Address("10.0.1.1")
ROUTER6: IPAddress = IPv6Address("fd00:1::1")
SYN, RST, ACK = 0x02, 0x04, 0x10


def ip(
    source: IPAddress, destination: IPAddress, number: int, content: bytes, ttl: int = 64
) -> bytes:
    if source.version == 6:
        head = pack("!IHBB", 6 << 28, len(content), number, ttl)
        return head + source.packed + destination.packed + content
    fields = (0x45, 0, 20 + len(content), 0, 0, ttl, number, 0)
    return pack("!BBHHHBBH", *fields) + source.packed + destination.packed + content


def echo(sequence: int, ttl: int) -> bytes:
    return ip(PROBER, DESTINATION, 1, pack("!BBHHH", 8, 0, 0, 7, sequence), ttl)


def exceeded(quoted: bytes) -> bytes:
    return ip(ROUTER, PROBER, 1, pack("!BBHI", 11, 0, 0, 0) + quoted)


def reply(sequence: int) -> bytes:
    return ip(DESTINATION, PROBER, 1, pack("!BBHHH", 0, 0, 0, 7, sequence))


def udp(checksum: int, ttl: int) -> bytes:
    return ip(PROBER, DESTINATION, 17, pack("!HHHH", 40000, 33434, 8, checksum), ttl)


def tcp(ports: tuple[int, int], sequence: int, acknowledged: int, flags: int) -> bytes:
    return pack("!HHIIBBHHH", *ports, sequence, acknowledged, 5 << 4, flags, 0, 0, 0)


def syn(sequence: int, ttl: int) -> bytes:
    return ip(PROBER, DESTINATION, 6, tcp((40000, 80), sequence, 0, SYN), ttl)


def answer(acknowledged: int, flags: int) -> bytes:
    return ip(DESTINATION, PROBER, 6, tcp((80, 40000), 0, acknowledged, flags))


def rtts(packets: list[Packet], destination: IPAddress) -> list[tuple[int, float | None]]:
    return [(each.ttl, each.rtt_us) for each in read_exchanges(packets, destination)]


def test_answers_on_the_wire_are_matched_to_their_probes_and_the_first_counts() -> None:
    packets = [
        Packet(1_000_000, True, echo(1, ttl=1)),
        Packet(2_000_000, True, echo(2, ttl=2)),
        Packet(3_000_000, True, echo(3, ttl=3)),
        Packet(9_000_000, False, reply(2)),
        Packet(11_000_000, False, exceeded(echo(1, ttl=1))),
        Packet(12_000_000, False, exceeded(echo(1, ttl=1))),
        Packet(13_000_000, False, reply(99)),
    ]
    assert rtts(packets, DESTINATION) == [(1, 10_000), (2, 7_000), (3, None)]


def test_a_quote_of_eight_bytes_tells_a_udp_probe_of_a_flow_with_constant_ports() -> None:
    packets = [
        Packet(1_000_000, True, udp(0x1111, ttl=1)),
        Packet(2_000_000, True, udp(0x2222, ttl=2)),
        Packet(5_000_000, False, exceeded(udp(0x2222, ttl=1))),
        Packet(9_000_000, False, exceeded(udp(0x1111, ttl=1))),
        Packet(9_000_000, False, exceeded(udp(0x3333, ttl=1)[:27])),
    ]
    assert rtts(packets, DESTINATION) == [(1, 8_000), (2, 3_000)]


def test_syns_are_told_by_their_sequence_number_whatever_answers_them() -> None:
    packets = [
        Packet(1_000_000, True, syn(100, ttl=1)),
        Packet(2_000_000, True, syn(2**32 - 1, ttl=8)),
        Packet(3_000_000, True, syn(300, ttl=9)),
        Packet(4_000_000, True, syn(400, ttl=10)),
        Packet(5_000_000, False, exceeded(syn(100, ttl=1)[:28])),
        Packet(6_000_000, False, answer(0, RST | ACK)),
        Packet(7_000_000, False, answer(301, SYN | ACK)),
        Packet(7_100_000, True, ip(PROBER, DESTINATION, 6, tcp((40000, 80), 301, 0, RST))),
        Packet(8_000_000, False, answer(401, RST)),
    ]
    assert rtts(packets, DESTINATION) == [(1, 4_000), (8, 4_000), (9, 4_000), (10, None)]


def test_a_syn_that_the_kernel_sends_again_is_one_probe() -> None:
    packets = [
        Packet(1_000_000, True, syn(100, ttl=9)),
        Packet(2_000_000, True, syn(100, ttl=9)),
        Packet(4_000_000, False, answer(101, SYN | ACK)),
    ]
    assert rtts(packets, DESTINATION) == [(9, 3_000)]


def test_what_is_no_probe_to_the_destination_is_passed_over() -> None:
    packets = [
        Packet(1, True, b""),
        Packet(1, True, b"\x45" + bytes(10)),
        Packet(1, True, ip(PROBER, ROUTER, 1, pack("!BBHHH", 8, 0, 0, 7, 1))),
        Packet(1, True, ip(PROBER, DESTINATION, 1, pack("!BBHHH", 0, 0, 0, 7, 1))),
        Packet(1, True, ip(PROBER, DESTINATION, 47, bytes(8))),
        Packet(1, False, echo(1, ttl=1)),
    ]
    assert read_exchanges(packets, DESTINATION) == []


def test_exchanges_of_ipv6_are_read_as_well() -> None:
    def echo6(sequence: int, ttl: int) -> bytes:
        return ip(PROBER6, DESTINATION6, 58, pack("!BBHHH", 128, 0, 0, 7, sequence), ttl)

    def from_router(kind: int, quoted: bytes) -> bytes:
        return ip(ROUTER6, PROBER6, 58, pack("!BBHI", kind, 0, 0, 0) + quoted)

    datagram = ip(PROBER6, DESTINATION6, 17, pack("!HHHH", 40000, 33434, 8, 0x1111), ttl=4)
    packets = [
        Packet(1_000_000, True, echo6(1, ttl=1)),
        Packet(2_000_000, True, echo6(2, ttl=2)),
        Packet(3_000_000, True, datagram),
        Packet(4_000_000, False, from_router(3, echo6(1, ttl=1))),
        Packet(5_000_000, False, ip(DESTINATION6, PROBER6, 58, pack("!BBHHH", 129, 0, 0, 7, 2))),
        Packet(6_000_000, False, from_router(1, datagram)),
    ]
    assert rtts(packets, DESTINATION6) == [(1, 3_000), (2, 3_000), (4, 3_000)]


@pytest.mark.sampled(3)
@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize(
    "options",
    [
        ("--icmp", "--privilege", "raw"),
        ("--icmp", "--privilege", "user"),
        ("--udp",),
        ("--tcp", "--privilege", "raw"),
        ("--tcp", "--privilege", "user"),
    ],
    ids=" ".join,
)
def test_a_tap_sees_the_probes_that_the_program_tells(
    family: int, options: tuple[str, ...]
) -> None:
    require_network()
    *argv, _ = poros_json("--max-hops", "12", *options)
    with lab_network("straight12") as lab:
        destination = lab.target(family)
        with tap_on(lab.namespace, DEVICE) as tap:
            done = lab.run([*argv, str(destination)], ping_sockets=True)
            exchanges = tap.exchanges(destination)
    told = [
        (hop["ttl"], probe["outcome"])
        for hop in json.loads(done.stdout)["hops"]
        for probe in hop["probes"]
    ]
    assert len(told) == 36
    seen = [(each.ttl, "reply" if each.answered_at_ns else "lost") for each in exchanges]
    assert sorted(seen) == sorted(told)
