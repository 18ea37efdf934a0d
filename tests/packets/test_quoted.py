from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.errors import MalformedPacket
from poros_tui.packets.quoted import (
    QuotedEcho,
    agrees_with,
    decode_quoted_echo,
    decode_quoted_ipv4,
    decode_quoted_ipv6,
)
from poros_tui.packets.udp import UdpDatagram
from tests.packets import build

garbage = st.binary(max_size=200)
uint16 = st.integers(0, 0xFFFF)


@given(uint16, uint16, garbage)
def test_a_quoted_echo_request_tells_its_probe(
    identifier: int, sequence: int, payload: bytes
) -> None:
    request = build.echo(8, identifier, sequence, payload)
    quoted = decode_quoted_ipv4(build.ipv4(request, source="10.1.1.1", destination="10.2.2.2"))
    assert (quoted.header.source, quoted.header.destination) == (
        ip_address("10.1.1.1"),
        ip_address("10.2.2.2"),
    )
    assert quoted.carries == QuotedEcho(
        checksum=int.from_bytes(request[2:4], "big"),
        identifier=identifier,
        sequence=sequence,
        payload=payload,
    )


def test_eight_bytes_behind_the_header_are_enough() -> None:
    quoted = decode_quoted_ipv4(build.ipv4(build.echo(8, 7, 9, b"payload"))[:28])
    assert isinstance(quoted.carries, QuotedEcho)
    assert (quoted.carries.identifier, quoted.carries.sequence) == (7, 9)
    assert quoted.carries.payload == b""


def test_an_icmpv6_echo_request_is_read_behind_extension_headers() -> None:
    hop_by_hop = bytes([58, 0]) + bytes(6)
    data = build.ipv6(hop_by_hop + build.echo(128, 7, 9, b"payload"), next_header=0)
    carries = decode_quoted_ipv6(data).carries
    assert isinstance(carries, QuotedEcho)
    assert (carries.identifier, carries.sequence, carries.payload) == (7, 9, b"payload")


def test_a_quoted_datagram_tells_its_ports() -> None:
    expected = UdpDatagram(
        source_port=40000, destination_port=33434, length=11, checksum=0, payload=b"xyz"
    )
    datagram = build.udp(40000, 33434, b"xyz")
    assert decode_quoted_ipv4(build.ipv4(datagram, protocol=17)).carries == expected
    assert decode_quoted_ipv6(build.ipv6(datagram, next_header=17)).carries == expected


def test_the_middle_of_a_packet_that_was_parted_is_no_probe_and_not_malformed() -> None:
    middle = bytes([58, 0, 0, 9]) + bytes(4) + b"any data"
    assert decode_quoted_ipv6(build.ipv6(middle, next_header=44)).carries is None


def test_another_protocol_is_told_by_its_number() -> None:
    assert decode_quoted_ipv4(build.ipv4(b"", protocol=47)).carries == 47
    assert decode_quoted_ipv6(build.ipv6(b"", next_header=47)).carries == 47


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (build.ipv4(build.echo(8, 1, 1))[:27], "8 bytes, got 7"),
        (build.ipv4(build.echo(0, 1, 1)), "type 0"),
        (build.ipv4(build.icmp(11, 0, payload=build.ipv4(build.echo(8, 1, 1)))), "type 11"),
        (build.ipv4(build.icmp(8, 1)), "type 8, code 1"),
        (build.ipv4(b"1234567", protocol=17), "UDP header"),
    ],
)
def test_what_is_no_probe_is_malformed(data: bytes, words: str) -> None:
    with pytest.raises(MalformedPacket, match=words):
        decode_quoted_ipv4(data)


@given(st.binary(min_size=28, max_size=60), st.integers(0, 60))
def test_a_quote_cut_off_anywhere_is_read_or_malformed(payload: bytes, length: int) -> None:
    for data, decode, header in (
        (build.ipv4(build.echo(8, 1, 1, payload)), decode_quoted_ipv4, 20),
        (build.ipv6(build.echo(128, 1, 1, payload)), decode_quoted_ipv6, 40),
    ):
        if length < header + 8:
            with pytest.raises(MalformedPacket):
                decode(data[:length])
        else:
            carries = decode(data[:length]).carries
            assert isinstance(carries, QuotedEcho)
            assert carries.payload == payload[: length - header - 8]


@given(garbage | garbage.map(b"\x45".__add__) | garbage.map(b"\x60".__add__))
def test_garbage_is_read_or_malformed(data: bytes) -> None:
    for decode in (
        decode_quoted_ipv4,
        decode_quoted_ipv6,
        lambda data: decode_quoted_echo(data, 8),
    ):
        with suppress(MalformedPacket):
            decode(data)


@given(st.binary(max_size=64), st.integers(0, 64), st.integers(0, 100))
def test_what_was_sent_agrees_however_short_it_is_quoted_and_padded(
    sent: bytes, length: int, padding: int
) -> None:
    assert agrees_with(sent[:length], sent)
    assert agrees_with(sent[:length] + bytes(padding), sent)
    assert agrees_with(sent + bytes(padding) + b"extension", sent)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 15), st.integers(1, 255))
def test_a_quote_with_another_byte_disagrees(sent: bytes, place: int, change: int) -> None:
    quoted = bytearray(sent)
    quoted[place] ^= change
    assert not agrees_with(bytes(quoted), sent) or not any(quoted[place:])
