"""The Internet checksum (RFC 1071). Knows no protocol."""

from __future__ import annotations

import struct


def internet_checksum(data: bytes) -> int:
    """The 16-bit one's complement of the one's complement sum of `data`, 0 to 65535.

    An odd last byte counts as the high half of a word. Over data that holds its own correct
    checksum the result is 0.
    """
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
