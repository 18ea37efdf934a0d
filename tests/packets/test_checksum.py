from __future__ import annotations

import struct
from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.packets.checksum import (
    internet_checksum,
    missing_word,
    ones_complement_sum,
    pseudo_header,
)


def test_the_example_of_rfc_1071_section_3_has_its_sum() -> None:
    words = bytes.fromhex("0001f203f4f5f6f7")
    assert internet_checksum(words) == ~0xDDF2 & 0xFFFF


def test_an_ipv4_header_from_the_wire_sums_to_zero() -> None:
    header = bytes.fromhex("45000073000040004011b861c0a80001c0a800c7")
    assert internet_checksum(header) == 0


def test_nothing_has_the_checksum_of_zeros() -> None:
    assert internet_checksum(b"") == 0xFFFF


@given(st.binary(max_size=200).filter(lambda data: len(data) % 2 == 0))
def test_data_with_its_own_checksum_sums_to_zero(data: bytes) -> None:
    assert internet_checksum(data + internet_checksum(data).to_bytes(2, "big")) == 0


@given(st.binary(max_size=200))
def test_it_agrees_with_the_sum_taken_in_the_other_byte_order(data: bytes) -> None:
    # RFC 1071 section 2 (B): the sum is the same in any byte order, but for the swap at the end.
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"<{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    swapped = struct.unpack("<H", struct.pack(">H", ~total & 0xFFFF))[0]
    assert internet_checksum(data) == swapped


@given(st.binary(min_size=2, max_size=64), st.data())
def test_a_flipped_bit_never_goes_unnoticed(data: bytes, draw: st.DataObject) -> None:
    bit = draw.draw(st.integers(0, len(data) * 8 - 1))
    flipped = bytearray(data)
    flipped[bit // 8] ^= 1 << bit % 8
    assert internet_checksum(bytes(flipped)) != internet_checksum(data)


@given(st.binary(max_size=200), st.integers(1, 0xFFFE))
def test_the_missing_word_brings_the_sum_to_what_is_wanted(data: bytes, wanted: int) -> None:
    word = missing_word(data, wanted)
    assert 0 <= word < 0xFFFF
    padded = data + bytes(len(data) % 2)
    assert ones_complement_sum(padded + word.to_bytes(2, "big")) == wanted


def test_the_pseudo_header_is_that_of_rfc_768_but_for_its_order() -> None:
    source, destination = ip_address("192.0.2.1"), ip_address("198.51.100.7")
    in_rfc_768 = source.packed + destination.packed + bytes([0, 17]) + (20).to_bytes(2, "big")
    built = pseudo_header(source, destination, 17, 20)
    assert ones_complement_sum(built) == ones_complement_sum(in_rfc_768)
