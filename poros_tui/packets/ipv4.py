"""The IPv4 header, read (RFC 791 section 3.1). Whole packets, and those that routers quote."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import MalformedPacket, TruncatedPacket

PROTOCOL_ICMP: Final = 1
PROTOCOL_UDP: Final = 17
MTU_MIN: Final = 68
"""Bytes that every link takes (RFC 791 section 3.2)."""

_FIXED: Final = Struct("!BBHHHBBH4s4s")
_FRAGMENT_OFFSET: Final = 0x1FFF
_address: Final = lru_cache(maxsize=1024)(IPv4Address)
"""The same few come again and again."""


class IPv4Packet(msgspec.Struct, frozen=True, kw_only=True):
    """An IPv4 header and what follows it."""

    source: IPv4Address
    destination: IPv4Address
    protocol: int
    ttl: int
    traffic_class: int
    """The byte of DSCP and ECN (RFC 2474 section 3)."""
    identification: int
    payload: bytes
    """All bytes behind the header. The total length field is not asked: routers put host byte
    order or shortened values into the headers they quote, and the kernel has trimmed the rest."""
    is_later_fragment: bool = False
    """Whether the payload is from farther behind in a packet that was parted, so that no header is
    in it. In a quote this may be wrong: in the other byte order Don't Fragment reads as an
    offset."""

    @classmethod
    def decode(cls, data: bytes) -> IPv4Packet:
        """Read a packet, whole or cut off anywhere behind its header.

        Raises:
            MalformedPacket: not version 4, or shorter than its own header length.
        """
        if len(data) < _FIXED.size:
            raise TruncatedPacket(f"an IPv4 header has {_FIXED.size} bytes, got {len(data)}")
        (
            version_length,
            traffic_class,
            _,
            identification,
            fragment,
            ttl,
            protocol,
            _,
            source,
            destination,
        ) = _FIXED.unpack_from(data)
        if version_length >> 4 != 4:
            raise MalformedPacket(f"expected IP version 4, got {version_length >> 4}")
        header_length = (version_length & 0x0F) * 4
        if not _FIXED.size <= header_length <= len(data):
            words = f"header length {header_length} of {len(data)} bytes"
            raise (TruncatedPacket if header_length > len(data) else MalformedPacket)(words)
        return cls(
            source=_address(source),
            destination=_address(destination),
            protocol=protocol,
            ttl=ttl,
            traffic_class=traffic_class,
            identification=identification,
            payload=data[header_length:],
            is_later_fragment=fragment & _FRAGMENT_OFFSET > 0,
        )
