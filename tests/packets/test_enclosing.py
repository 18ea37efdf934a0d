from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.packets.enclosing import icmp_checksummed, icmp_error, icmp_protocol, ip_packet
from poros_tui.packets.extension_bytes import encode_extensions, padded_quote
from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    InterfaceRole,
    MplsLabel,
    MplsStack,
    UnknownObject,
    decode_extensions,
)
from poros_tui.packets.icmpv4 import IcmpError, decode_icmpv4
from poros_tui.packets.icmpv6 import decode_icmpv6
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.ipv6 import IPv6Packet
from tests.lab import extensions as lab
from tests.lab import wire

PAIRS = st.one_of(
    st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)),
    st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6)),
)
BYTE = st.integers(0, 255)
UINT32 = st.integers(0, 2**32 - 1)
LABELS = st.builds(
    MplsLabel,
    label=st.integers(0, 2**20 - 1),
    traffic_class=st.integers(0, 7),
    is_bottom=st.booleans(),
    ttl=BYTE,
)
NAMES = st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=62)
EXTENSIONS = st.one_of(
    st.builds(MplsStack, st.lists(LABELS, min_size=1, max_size=4).map(tuple)),
    st.builds(
        InterfaceInformation,
        role=st.sampled_from(InterfaceRole),
        index=st.none() | UINT32,
        address=st.none() | st.ip_addresses(),
        name=st.none() | NAMES,
        mtu=st.none() | UINT32,
    ),
    st.builds(
        UnknownObject,
        class_number=st.integers(3, 255),
        c_type=BYTE,
        payload=st.binary(max_size=32),
    ),
)
"""What a router may add."""


@given(PAIRS, BYTE, BYTE, BYTE, st.booleans(), st.binary(max_size=99))
def test_a_packet_says_what_it_was_made_of(
    pair: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address],
    ttl: int,
    traffic_class: int,
    protocol: int,
    dont_fragment: bool,
    payload: bytes,
) -> None:
    source, destination = pair
    data = ip_packet(
        source,
        destination,
        200 if source.version == 6 else protocol,
        payload,
        ttl=ttl,
        traffic_class=traffic_class,
        flow_label=0xABCDE,
        dont_fragment=dont_fragment,
    )
    read = (IPv4Packet if source.version == 4 else IPv6Packet).decode(data)
    assert (read.source, read.destination, read.payload) == (source, destination, payload)
    assert (read.ttl, read.traffic_class) == (ttl, traffic_class)
    if isinstance(read, IPv6Packet):
        assert read.flow_label == 0xABCDE
        assert int.from_bytes(data[4:6], "big") == len(payload)
    else:
        assert wire.with_ipv4_checksum(data) == data
        assert data[6:8] == (b"\x40\0" if dont_fragment else b"\0\0")
        assert int.from_bytes(data[2:4], "big") == len(data)
        assert (read.protocol, read.identification) == (protocol, 0)


@given(PAIRS, st.binary(min_size=8, max_size=99))
def test_the_checksum_of_icmp_is_that_of_the_lab(
    pair: tuple[IPv4Address | IPv6Address, IPv4Address | IPv6Address], message: bytes
) -> None:
    source, destination = pair
    expected = wire.with_icmp_checksum(
        message, family=source.version, source=source.packed, destination=destination.packed
    )
    assert icmp_checksummed(message, source, destination) == expected


@pytest.mark.parametrize(
    ("version", "icmp_type", "icmp_code", "quote_length", "mtu"),
    [
        (4, 11, 0, 128, 0),
        (4, 3, 4, 0, 1400),
        (4, 3, 4, 132, 1400),
        (6, 3, 0, 136, 0),
        (6, 2, 0, 0, 1280),
    ],
)
def test_an_error_is_that_of_the_lab(
    version: int, icmp_type: int, icmp_code: int, quote_length: int, mtu: int
) -> None:
    source: IPv4Address | IPv6Address = IPv4Address("192.0.2.1")
    destination: IPv4Address | IPv6Address = IPv4Address("198.51.100.7")
    if version == 6:
        source, destination = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
    quoted = bytes(range(150))
    made = icmp_error(
        icmp_type, icmp_code, quoted, source, destination, quote_length=quote_length, mtu=mtu
    )
    assert made == wire.icmp_error(
        icmp_type,
        icmp_code,
        quoted,
        family=version,
        source=source.packed,
        destination=destination.packed,
        quote_length=quote_length,
        mtu=mtu,
    )
    read = decode_icmpv4(made) if version == 4 else decode_icmpv6(made)
    assert read == IcmpError(icmp_type, icmp_code, quoted, quote_length, mtu or None)


def test_icmp_has_a_number_of_its_own_in_each_version() -> None:
    assert (icmp_protocol(4), icmp_protocol(6)) == (1, 58)


@given(st.lists(EXTENSIONS, min_size=1, max_size=4))
def test_extensions_are_read_as_they_were_and_are_those_of_the_lab(
    extensions: list[Extension],
) -> None:
    made = encode_extensions(extensions)
    assert decode_extensions(made, needs_checksum=True) == tuple(extensions)
    assert made == lab.structure(extensions)


@given(st.binary(min_size=28, max_size=300), st.sampled_from([4, 6]), st.booleans())
def test_a_quote_is_padded_as_in_the_lab(quoted: bytes, version: int, is_legacy: bool) -> None:
    made = padded_quote(quoted, version, is_legacy=is_legacy)
    assert made == lab.padded(quoted, version, is_legacy=is_legacy)
