"""What routers add to ICMP errors: bytes in, values out, and nothing else whatever the bytes."""

from __future__ import annotations

import struct
from contextlib import suppress
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.errors import MalformedPacket
from poros_tui.packets.checksum import internet_checksum
from poros_tui.packets.extension_words import extension_lines
from poros_tui.packets.extensions import (
    OBJECTS_MAX,
    QUOTE_MIN,
    Extension,
    InterfaceInformation,
    InterfaceRole,
    MplsLabel,
    MplsStack,
    SplitQuote,
    UnknownObject,
    decode_extensions,
    split_quote,
)
from tests.lab.extensions import structure

STACK = MplsStack(
    (
        MplsLabel(label=24001, traffic_class=5, is_bottom=False, ttl=1),
        MplsLabel(label=16, traffic_class=0, is_bottom=True, ttl=255),
    )
)
OBJECT = UnknownObject(class_number=247, c_type=3, payload=b"\x01\x02\xff")

labels = st.builds(
    MplsLabel,
    label=st.integers(0, 0xFFFFF),
    traffic_class=st.integers(0, 7),
    is_bottom=st.booleans(),
    ttl=st.integers(0, 255),
)
uint32 = st.integers(0, 0xFFFFFFFF)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=15)
interfaces = st.builds(
    InterfaceInformation,
    role=st.sampled_from(InterfaceRole),
    index=st.none() | uint32,
    address=st.none() | st.ip_addresses(),
    name=st.none() | names,
    mtu=st.none() | uint32,
)
unknowns = st.builds(
    UnknownObject,
    class_number=st.integers(3, 255),
    c_type=st.integers(0, 255),
    payload=st.binary(max_size=40),
)
extensions = st.lists(labels, min_size=1, max_size=6).map(lambda x: MplsStack(tuple(x)))
carried = st.lists(extensions | interfaces | unknowns, max_size=4).map(tuple)


def with_checksum(objects: bytes, version: int = 2) -> bytes:
    blank = struct.pack("!BBH", version << 4, 0, 0) + objects
    return blank[:2] + internet_checksum(blank).to_bytes(2, "big") + blank[4:]


def test_a_label_stack_is_read_as_rfc_4950_has_it() -> None:
    # Label 100704, TC 0, bottom, TTL 1; no checksum.
    data = bytes.fromhex("20000000 00080101 18960101")
    (stack,) = decode_extensions(data)
    assert stack == MplsStack((MplsLabel(label=100704, traffic_class=0, is_bottom=True, ttl=1),))


def test_interface_information_is_read_as_rfc_5837_has_it() -> None:
    # ifIndex, IPv4 address and name of the incoming interface, in this order (section 4.1).
    parts = struct.pack("!IHH4s", 5, 1, 0, ip_address("192.0.2.1").packed) + b"\x08eth0\0\0\0"
    data = with_checksum(struct.pack("!HBB", 4 + len(parts), 2, 0x0E) + parts)
    assert decode_extensions(data) == (
        InterfaceInformation(
            role=InterfaceRole.INCOMING, index=5, address=ip_address("192.0.2.1"), name="eth0"
        ),
    )


@given(carried)
def test_what_a_router_writes_is_read(told: tuple[Extension, ...]) -> None:
    assert decode_extensions(structure(told), needs_checksum=True) == told


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "4 bytes or more, got 0"),
        (b"\x20\0\0", "4 bytes or more, got 3"),
        (with_checksum(b"", version=1), "version 2, got 1"),
        (b"\x20\0\0\x01\0\x04\x01\x01", "checksum"),
        (with_checksum(b"\0\x03\x01\x01"), "object of 3 bytes"),
        (with_checksum(b"\0\x09\x01\x01\0\0\0\0"), "object of 9 bytes"),
        (with_checksum(b"\0\x04\x03\x01\0\0"), "cut off"),
    ],
)
def test_a_structure_that_cannot_be_is_malformed(data: bytes, words: str) -> None:
    with pytest.raises(MalformedPacket, match=words):
        decode_extensions(data)


def test_a_checksum_of_zero_counts_only_where_the_length_is_told() -> None:
    data = b"\x20\0\0\0" + structure((STACK,))[4:]
    assert decode_extensions(data) == (STACK,)
    with pytest.raises(MalformedPacket, match="checksum"):
        decode_extensions(data, needs_checksum=True)


@pytest.mark.parametrize(
    ("class_number", "c_type", "payload"),
    [
        (1, 1, b""),
        (1, 1, b"12345"),
        (1, 2, b"1234"),
        (2, 0x08, b"123"),
        (2, 0x08, b"12345"),
        (2, 0x04, b"\0\x03\0\0\0\0\0\0"),
        (2, 0x02, b"\0"),
        (2, 0x02, b"\x10eth0"),
    ],
)
def test_an_object_that_makes_no_sense_is_shown_as_bytes(
    class_number: int, c_type: int, payload: bytes
) -> None:
    told = UnknownObject(class_number=class_number, c_type=c_type, payload=payload)
    assert decode_extensions(structure((told,))) == (told,)


def test_a_flood_of_objects_is_cut() -> None:
    assert len(decode_extensions(structure((OBJECT,) * 200))) == OBJECTS_MAX


QUOTE = bytes(range(1, 61)) + bytes(68)


@pytest.mark.parametrize("stripped", [0, 20, 28, 40, 48])
@pytest.mark.parametrize("quote", [QUOTE, QUOTE + bytes(range(1, 81))])
def test_a_told_length_parts_quote_and_extensions(quote: bytes, stripped: int) -> None:
    data = (quote + structure((STACK, OBJECT)))[stripped:]
    parted = split_quote(data, len(quote), stripped=stripped)
    assert parted == SplitQuote(quote[stripped:], (STACK, OBJECT))


@pytest.mark.parametrize("stripped", [0, 20, 28, 40, 48])
def test_without_a_length_a_right_structure_at_128_bytes_is_found(stripped: int) -> None:
    data = (QUOTE + structure((STACK,)))[stripped:]
    assert split_quote(data, 0, stripped=stripped) == SplitQuote(QUOTE[stripped:], (STACK,))
    # A length below the least that RFC 4884 has cannot be meant for one.
    assert split_quote(data, 64, stripped=stripped).extensions == (STACK,)


@pytest.mark.parametrize(
    "behind",
    [
        b"",
        b"extension",
        b"\x20\0\0\0" + structure((STACK,))[4:],
        structure((STACK,))[:-1],
        structure((STACK,)) + b"\0\0\0\0",
        structure((STACK,))[:-1] + b"?",
    ],
)
def test_without_a_length_anything_else_is_quote(behind: bytes) -> None:
    assert split_quote(QUOTE + behind, 0) == SplitQuote(QUOTE + behind)


@pytest.mark.parametrize("behind", [b"", b"extension", structure((STACK,))[:-1]])
def test_a_malformed_extension_costs_nothing_but_itself(behind: bytes) -> None:
    assert split_quote(QUOTE + behind, len(QUOTE)) == SplitQuote(QUOTE)


@given(carried, st.integers(0, 300))
def test_a_structure_cut_off_anywhere_is_malformed_or_shorter(
    told: tuple[Extension, ...], length: int
) -> None:
    whole = structure(told)
    with suppress(MalformedPacket):
        assert len(decode_extensions(whole[:length])) <= len(told)
    split_quote((QUOTE + whole)[: QUOTE_MIN + length], QUOTE_MIN)


@given(st.binary(max_size=300), st.sampled_from([0, 32, 128, 136, 1020, 2040]), st.integers(0, 60))
def test_garbage_is_read_or_malformed_and_has_words(
    data: bytes, length: int, stripped: int
) -> None:
    for each in (data, with_checksum(data), b"\x20\0\0\0" + data):
        with suppress(MalformedPacket):
            for extension in decode_extensions(each):
                assert extension_lines(extension)
        parted = split_quote(bytes(QUOTE_MIN - stripped) + each, length, stripped=stripped)
        assert len(parted.extensions) <= OBJECTS_MAX


@pytest.mark.parametrize(
    ("extension", "lines"),
    [
        (STACK, ["MPLS 24001 (TC 5, TTL 1)", "MPLS 16 (TC 0, TTL 255, bottom)"]),
        (
            InterfaceInformation(
                role=InterfaceRole.OUTGOING,
                index=0,
                address=ip_address("fd00::1"),
                name="eth0",
                mtu=1500,
            ),
            ["outgoing interface: eth0, index 0, address fd00::1, MTU 1500"],
        ),
        (InterfaceInformation(role=InterfaceRole.NEXT_HOP, name=""), ["next hop"]),
        (OBJECT, ["object class 247, type 3: 01 02 ff"]),
        (UnknownObject(class_number=9, c_type=0, payload=b""), ["object class 9, type 0: empty"]),
    ],
)
def test_extensions_have_words(extension: Extension, lines: list[str]) -> None:
    assert extension_lines(extension) == lines


def test_words_are_few_however_long_the_object() -> None:
    many = MplsStack(STACK.labels * 50)
    assert extension_lines(many)[-1] == "MPLS and 92 more"
    long = UnknownObject(class_number=9, c_type=0, payload=bytes(100))
    assert extension_lines(long)[0].endswith("00 … (100 bytes)")
