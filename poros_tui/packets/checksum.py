"""The Internet checksum (RFC 1071). Knows no protocol."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Final

CHECKSUM_BYTES: Final = 2
_MODULUS: Final = 0xFFFF
"""In one's complement 0 and 0xFFFF are the same number."""


def ones_complement_sum(data: bytes) -> int:
    """The one's complement sum of the 16-bit words of `data`, 0 (for zeros only) to 65535.

    An odd last byte counts as the high half of a word. 2**16 is 1 modulo 65535, so the sum of the
    words is the remainder of all of `data` read as one number.
    """
    if len(data) % 2:
        data += b"\0"
    number = int.from_bytes(data, "big")
    return number % _MODULUS or (_MODULUS if number else 0)


def internet_checksum(data: bytes) -> int:
    """The 16-bit one's complement of the one's complement sum of `data`, 0 to 65535.

    Over data that holds its own correct checksum the result is 0.
    """
    return ~ones_complement_sum(data) & 0xFFFF


def missing_word(data: bytes, wanted_sum: int) -> int:
    """The word, 0 to 65534, that brings the one's complement sum of `data` to `wanted_sum`.

    `wanted_sum` is 1 to 65534, so that there is one only.
    """
    return (wanted_sum - ones_complement_sum(data)) % _MODULUS


def pseudo_header(
    source: IPv4Address | IPv6Address,
    destination: IPv4Address | IPv6Address,
    protocol: int,
    length: int,
) -> bytes:
    """What the checksums of UDP, TCP and ICMPv6 cover besides the message (RFC 768, RFC 8200 8.1).

    The fields stand where IPv6 has them; for the sum it is the same. `length` is that of the
    message, header included.
    """
    numbers = length.to_bytes(4, "big") + protocol.to_bytes(4, "big")
    return source.packed + destination.packed + numbers
