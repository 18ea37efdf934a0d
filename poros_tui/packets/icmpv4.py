"""ICMP echo and error messages as bytes and as values (RFC 792)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import CorruptPacket, TruncatedPacket
from poros_tui.packets.checksum import internet_checksum

ECHO_REPLY: Final = 0
UNREACHABLE: Final = 3
ECHO_REQUEST: Final = 8
TIME_EXCEEDED: Final = 11

CODE_TTL_EXCEEDED: Final = 0
CODE_PORT_UNREACHABLE: Final = 3
CODE_FRAGMENTATION_NEEDED: Final = 4

HEADER: Final = Struct("!BBHHH")  # type, code, checksum, identifier, sequence


def encode_echo_request(identifier: int, sequence: int, payload: bytes) -> bytes:
    """An echo request with its checksum."""
    blank = HEADER.pack(ECHO_REQUEST, 0, 0, identifier, sequence) + payload
    return HEADER.pack(ECHO_REQUEST, 0, internet_checksum(blank), identifier, sequence) + payload


class EchoReply(msgspec.Struct, frozen=True):
    """An echo reply that came."""

    identifier: int
    sequence: int
    payload: bytes


class IcmpError(msgspec.Struct, frozen=True):
    """A message about a datagram of ours: time exceeded, unreachable."""

    icmp_type: int
    icmp_code: int
    quoted: bytes
    """The datagram as far as the router quotes it, with padding and extensions behind it."""
    quote_length: int = 0
    """Bytes of `quoted` in front of the extensions, 0 where it is not told (RFC 4884 section 4)."""
    mtu: int | None = None
    """Bytes that the next link takes, in a message that says the datagram was larger; None where
    the router does not tell, or the message says something else."""


class OtherIcmp(msgspec.Struct, frozen=True):
    """A message that no probe causes."""

    icmp_type: int


IcmpMessage = EchoReply | IcmpError | OtherIcmp


def decode_icmpv4(data: bytes) -> IcmpMessage:
    """Read a message that came, verifying its checksum: raw sockets deliver corrupt ones too.

    Raises:
        MalformedPacket: shorter than its header, or the checksum is wrong.
    """
    if internet_checksum(data) != 0:
        raise CorruptPacket("the ICMP checksum is wrong")
    return decode_unsummed_icmpv4(data)


def decode_unsummed_icmpv4(data: bytes) -> IcmpMessage:
    """Read a message whose checksum the kernel has verified.

    Raises:
        MalformedPacket: shorter than its header.
    """
    return read_message(
        data,
        echo_reply=ECHO_REPLY,
        errors=(TIME_EXCEEDED, UNREACHABLE),
        # Byte 5 of the message, in words of 32 bits (RFC 4884 section 4.1).
        quote_length=lambda rest: (rest >> 16 & 0xFF) * 4,
        mtu=_next_mtu,
    )


def _next_mtu(icmp_type: int, icmp_code: int, rest: int) -> int | None:
    """The lower half; 0 from routers that are older than RFC 1191 (its section 4)."""
    if (icmp_type, icmp_code) != (UNREACHABLE, CODE_FRAGMENTATION_NEEDED):
        return None
    return rest & 0xFFFF or None


def read_message(
    data: bytes,
    *,
    echo_reply: int,
    errors: Collection[int],
    quote_length: Callable[[int], int],
    mtu: Callable[[int, int, int], int | None],
) -> IcmpMessage:
    """Read a message of either version: they differ in their numbers alone.

    Args:
        data: the message from its header on.
        echo_reply: type of an echo reply.
        errors: types of the error messages that probes cause.
        quote_length: from the second word of the header, the bytes of quote that it tells.
        mtu: from type, code and the second word, the bytes that the next link takes; None where
            the message does not say that the datagram was larger, or not how many.

    Raises:
        MalformedPacket: shorter than its header.
    """
    if len(data) < HEADER.size:
        raise TruncatedPacket(f"an ICMP header has {HEADER.size} bytes, got {len(data)}")
    icmp_type, icmp_code, _, identifier, sequence = HEADER.unpack_from(data)
    if icmp_type == echo_reply:
        return EchoReply(identifier, sequence, data[HEADER.size :])
    if icmp_type in errors:
        rest = identifier << 16 | sequence
        told = mtu(icmp_type, icmp_code, rest)
        return IcmpError(icmp_type, icmp_code, data[HEADER.size :], quote_length(rest), told)
    return OtherIcmp(icmp_type)
