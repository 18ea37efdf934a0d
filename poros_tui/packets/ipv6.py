"""The IPv6 header and its extension headers, read (RFC 8200 sections 3 and 4)."""

from __future__ import annotations

from ipaddress import IPv6Address
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import MalformedPacket, TruncatedPacket

PROTOCOL_ICMPV6: Final = 58
MTU_MIN: Final = 1280
"""Bytes that every link takes (RFC 8200 section 5)."""

_FIXED: Final = Struct("!IHBB16s16s")
_FRAGMENT: Final = 44
_AUTHENTICATION: Final = 51
_EXTENSIONS: Final = frozenset({0, 43, _FRAGMENT, _AUTHENTICATION, 60})
"""Hop-by-hop, routing, fragment, authentication, destination options: what may stand between the
fixed header and ours, because a router on the way put it there."""


class IPv6Packet(msgspec.Struct, frozen=True, kw_only=True):
    """An IPv6 header with its extension headers, and what follows them."""

    source: IPv6Address
    destination: IPv6Address
    protocol: int
    """The first next-header value that is no extension header."""
    ttl: int
    """The hop limit."""
    traffic_class: int
    flow_label: int
    payload: bytes
    is_later_fragment: bool = False
    """Whether the payload is from farther behind in a packet that was parted: it has no header."""

    @classmethod
    def decode(cls, data: bytes) -> IPv6Packet:
        """Read a packet, whole or cut off anywhere behind its headers.

        Raises:
            MalformedPacket: not version 6, or cut off within the headers.
        """
        if len(data) < _FIXED.size:
            raise TruncatedPacket(f"an IPv6 header has {_FIXED.size} bytes, got {len(data)}")
        first, _, protocol, hop_limit, source, destination = _FIXED.unpack_from(data)
        if first >> 28 != 6:
            raise MalformedPacket(f"expected IP version 6, got {first >> 28}")
        offset = _FIXED.size
        is_later_fragment = False
        while protocol in _EXTENSIONS:
            if len(data) < offset + 8:
                raise TruncatedPacket(f"cut off within extension header {protocol}")
            length = _extension_length(protocol, data[offset + 1])
            fragment = data[offset + 2] << 8 | data[offset + 3] & 0xF8
            is_later_fragment = protocol == _FRAGMENT and fragment > 0
            protocol = data[offset]
            offset += length
            if is_later_fragment:  # what follows is data, whatever the next header says
                break
        if offset > len(data):
            raise TruncatedPacket("cut off within an extension header")
        return cls(
            source=IPv6Address(source),
            destination=IPv6Address(destination),
            protocol=protocol,
            ttl=hop_limit,
            traffic_class=first >> 20 & 0xFF,
            flow_label=first & 0xFFFFF,
            payload=data[offset:],
            is_later_fragment=is_later_fragment,
        )


def _extension_length(protocol: int, length_field: int) -> int:
    """Bytes of an extension header: the fragment's is fixed, AH counts in 4 (RFC 4302 2.2)."""
    if protocol == _FRAGMENT:
        return 8
    if protocol == _AUTHENTICATION:
        return (length_field + 2) * 4
    return (length_field + 1) * 8
