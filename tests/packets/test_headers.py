from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.errors import MalformedPacket
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.ipv6 import IPv6Packet
from poros_tui.packets.udp import UdpDatagram
from tests.packets import build

garbage = st.binary(max_size=200)
uint16 = st.integers(0, 0xFFFF)


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 255), garbage)
def test_ipv4_reads_what_was_built(
    source: IPv4Address, destination: IPv4Address, ttl: int, payload: bytes
) -> None:
    data = build.ipv4(
        payload,
        source=str(source),
        destination=str(destination),
        protocol=17,
        ttl=ttl,
        traffic_class=0xB9,
    )
    assert IPv4Packet.decode(data) == IPv4Packet(
        source=source,
        destination=destination,
        protocol=17,
        ttl=ttl,
        traffic_class=0xB9,
        identification=0x1234,
        payload=payload,
    )


def test_ipv4_options_are_skipped() -> None:
    data = build.ipv4(b"behind", options=b"\x01" * 40)
    assert IPv4Packet.decode(data).payload == b"behind"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "20 bytes, got 0"),
        (build.ipv4(b"")[:19], "20 bytes, got 19"),
        (build.ipv6(b""), "version 4, got 6"),
        (b"\x44" + build.ipv4(b"")[1:], "header length 16"),
        (build.ipv4(b"", options=b"\0" * 8)[:27], "header length 28 of 27"),
    ],
)
def test_ipv4_says_what_is_wrong(data: bytes, words: str) -> None:
    with pytest.raises(MalformedPacket, match=words):
        IPv4Packet.decode(data)


@given(st.ip_addresses(v=6), st.ip_addresses(v=6), st.integers(0, 255), garbage)
def test_ipv6_reads_what_was_built(
    source: IPv6Address, destination: IPv6Address, hop_limit: int, payload: bytes
) -> None:
    data = build.ipv6(
        payload,
        source=str(source),
        destination=str(destination),
        next_header=17,
        hop_limit=hop_limit,
        traffic_class=0xB9,
        flow_label=0xABCDE,
    )
    assert IPv6Packet.decode(data) == IPv6Packet(
        source=source,
        destination=destination,
        protocol=17,
        ttl=hop_limit,
        traffic_class=0xB9,
        flow_label=0xABCDE,
        payload=payload,
    )


HOP_BY_HOP = bytes([60, 1]) + bytes(14)
DESTINATION_OPTIONS = bytes([43, 0]) + bytes(6)
ROUTING = bytes([51, 2]) + bytes(22)
AUTHENTICATION = bytes([44, 4]) + bytes(22)
FIRST_FRAGMENT = bytes([58, 0, 0, 1]) + bytes(4)


def test_ipv6_knows_the_middle_of_a_packet_that_was_parted() -> None:
    """RFC 8200 section 4.5: what follows is data, whatever the next header says."""
    middle = bytes([60, 0, 0, 9]) + bytes(4) + b"data"
    packet = IPv6Packet.decode(build.ipv6(middle, next_header=44))
    assert (packet.is_later_fragment, packet.protocol, packet.payload) == (True, 60, b"data")
    first = IPv6Packet.decode(build.ipv6(FIRST_FRAGMENT + b"data", next_header=44))
    assert (first.is_later_fragment, first.protocol, first.payload) == (False, 58, b"data")


@pytest.mark.parametrize(("words", "is_later"), [(0x2000, False), (0x4000, False), (185, True)])
def test_ipv4_knows_the_middle_of_a_packet_that_was_parted(words: int, is_later: bool) -> None:
    data = bytearray(build.ipv4(b"data"))
    data[6:8] = words.to_bytes(2, "big")
    assert IPv4Packet.decode(bytes(data)).is_later_fragment is is_later


def test_ipv6_extension_headers_are_walked() -> None:
    chain = HOP_BY_HOP + DESTINATION_OPTIONS + ROUTING + AUTHENTICATION + FIRST_FRAGMENT
    packet = IPv6Packet.decode(build.ipv6(chain + b"behind", next_header=0))
    assert (packet.protocol, packet.payload) == (58, b"behind")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (build.ipv6(b"")[:39], "40 bytes, got 39"),
        (b"\x45" + build.ipv6(b"")[1:], "version 6, got 4"),
        (build.ipv6(HOP_BY_HOP[:7], next_header=0), "within extension header 0"),
        (build.ipv6(HOP_BY_HOP[:15], next_header=0), "within extension header 60"),
        (build.ipv6(bytes([58, 1]) + bytes(13), next_header=0), "within an extension header"),
    ],
)
def test_ipv6_says_what_is_wrong(data: bytes, words: str) -> None:
    with pytest.raises(MalformedPacket, match=words):
        IPv6Packet.decode(data)


@given(uint16, uint16, garbage)
def test_udp_reads_what_was_built(source_port: int, destination_port: int, payload: bytes) -> None:
    assert UdpDatagram.decode(build.udp(source_port, destination_port, payload)) == UdpDatagram(
        source_port=source_port,
        destination_port=destination_port,
        length=8 + len(payload),
        checksum=0,
        payload=payload,
    )


def test_a_udp_header_cut_off_is_malformed() -> None:
    with pytest.raises(MalformedPacket, match="8 bytes, got 7"):
        UdpDatagram.decode(build.udp(1, 2)[:7])


@pytest.mark.parametrize("decode", [IPv4Packet.decode, IPv6Packet.decode, UdpDatagram.decode])
@given(data=garbage | garbage.map(lambda data: b"\x45" + data) | garbage.map(b"\x60".__add__))
def test_garbage_is_read_or_malformed(decode: object, data: bytes) -> None:
    assert callable(decode)
    with suppress(MalformedPacket):
        decode(data)
