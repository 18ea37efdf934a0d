from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.errors import MalformedPacket
from poros_tui.packets import icmpv4
from poros_tui.packets.icmpv4 import (
    EchoReply,
    IcmpError,
    OtherIcmp,
    decode_icmpv4,
    decode_unsummed_icmpv4,
)
from poros_tui.packets.icmpv6 import decode_icmpv6, encode_echo_request
from tests.packets import build

garbage = st.binary(max_size=200)
uint16 = st.integers(0, 0xFFFF)


@given(uint16, uint16, garbage)
def test_a_request_is_encoded_as_others_would(
    identifier: int, sequence: int, payload: bytes
) -> None:
    request = icmpv4.encode_echo_request(identifier, sequence, payload)
    assert request == build.echo(8, identifier, sequence, payload)


def test_a_request_is_the_one_that_ping_sent() -> None:
    # Seen by tcpdump on loopback: iputils' `ping -c 1 -s 16 127.0.0.1`.
    captured = bytes.fromhex("080096d520550001e5d4036b000000005194060000000000")
    assert icmpv4.encode_echo_request(0x2055, 1, captured[8:]) == captured


@given(uint16, uint16, garbage)
def test_an_echo_reply_is_read(identifier: int, sequence: int, payload: bytes) -> None:
    expected = EchoReply(identifier, sequence, payload)
    assert decode_icmpv4(build.echo(0, identifier, sequence, payload)) == expected
    assert decode_icmpv6(build.echo(129, identifier, sequence, payload)) == expected


@given(uint16, uint16, garbage)
def test_an_icmpv6_request_leaves_its_checksum_to_the_kernel(
    identifier: int, sequence: int, payload: bytes
) -> None:
    request = encode_echo_request(identifier, sequence, payload)
    built = build.echo(128, identifier, sequence, payload)
    assert request == built[:2] + b"\0\0" + built[4:]


@pytest.mark.parametrize(("icmp_type", "icmp_code"), [(11, 0), (11, 1), (3, 13)])
def test_icmp_errors_carry_their_quote(icmp_type: int, icmp_code: int) -> None:
    message = build.icmp(icmp_type, icmp_code, payload=b"quoted")
    assert decode_icmpv4(message) == IcmpError(icmp_type, icmp_code, b"quoted")


@pytest.mark.parametrize(("icmp_type", "icmp_code"), [(3, 0), (1, 4)])
def test_icmpv6_errors_carry_their_quote(icmp_type: int, icmp_code: int) -> None:
    message = build.icmp(icmp_type, icmp_code, payload=b"quoted")
    assert decode_icmpv6(message) == IcmpError(icmp_type, icmp_code, b"quoted")


def test_icmp_errors_tell_how_long_their_quote_is() -> None:
    message = build.icmp(11, 0, bytes([9, 33, 9, 9]), b"quoted")
    assert decode_icmpv4(message) == IcmpError(11, 0, b"quoted", 33 * 4)
    message = build.icmp(3, 0, bytes([17, 9, 9, 9]), b"quoted")
    assert decode_icmpv6(message) == IcmpError(3, 0, b"quoted", 17 * 8)


@given(uint16, st.integers(0, 255))
def test_the_mtu_of_the_next_link_is_told(mtu: int, code: int) -> None:
    rest = bytes([9, 33]) + mtu.to_bytes(2, "big")
    message = decode_icmpv4(build.icmp(3, 4, rest, b"quoted"))
    assert message == IcmpError(3, 4, b"quoted", 33 * 4, mtu or None)  # 0: not told
    message = decode_icmpv6(build.icmp(2, code, b"\0\0" + rest[2:], b"quoted"))
    assert message == IcmpError(2, code, b"quoted", 0, mtu)


def test_other_types_are_no_answers() -> None:
    assert decode_icmpv4(build.icmp(5, 1, payload=b"redirect")) == OtherIcmp(5)
    assert decode_icmpv4(build.echo(8, 1, 1)) == OtherIcmp(8)
    assert decode_icmpv6(build.icmp(4, 0, payload=b"parameter")) == OtherIcmp(4)


@given(uint16, uint16, garbage, st.data())
def test_a_corrupt_icmp_message_is_malformed(
    identifier: int, sequence: int, payload: bytes, draw: st.DataObject
) -> None:
    message = bytearray(build.echo(0, identifier, sequence, payload))
    bit = draw.draw(st.integers(0, len(message) * 8 - 1))
    message[bit // 8] ^= 1 << bit % 8
    with pytest.raises(MalformedPacket, match="checksum"):
        decode_icmpv4(bytes(message))


@pytest.mark.parametrize("decode", [decode_icmpv4, decode_unsummed_icmpv4, decode_icmpv6])
def test_seven_bytes_are_no_message(decode: object) -> None:
    assert callable(decode)
    # Zeros but for a checksum of their own, so that only the length is wrong.
    with pytest.raises(MalformedPacket, match="8 bytes, got 7"):
        decode(b"\0\0\xff\xff\0\0\0")


@pytest.mark.parametrize("decode", [decode_icmpv4, decode_unsummed_icmpv4, decode_icmpv6])
@given(data=garbage)
def test_garbage_is_read_or_malformed(decode: object, data: bytes) -> None:
    assert callable(decode)
    with suppress(MalformedPacket):
        decode(data)
