"""The headers that a kernel puts around what a program sends, and takes off what comes.

Checksums are those of RFC 791, RFC 768, RFC 9293 and RFC 4443; all are computed here.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.checksum import internet_checksum, pseudo_header
from poros_tui.packets.icmpv4 import HEADER as ICMP_HEADER
from poros_tui.packets.ipv4 import PROTOCOL_ICMP
from poros_tui.packets.ipv6 import PROTOCOL_ICMPV6

_IPAddress = IPv4Address | IPv6Address

_IPV4: Final = Struct("!BBHHHBBH4s4s")
_IPV6: Final = Struct("!IHBB16s16s")
_DONT_FRAGMENT: Final = 0x4000
_ICMP_CHECKSUM: Final = slice(2, 4)
LENGTH_MAX: Final = 0xFFFF
"""Bytes that the length field of an IP header can tell."""


def ip_packet(
    source: _IPAddress,
    destination: _IPAddress,
    protocol: int,
    payload: bytes,
    *,
    ttl: int,
    traffic_class: int = 0,
    flow_label: int = 0,
    dont_fragment: bool = False,
) -> bytes:
    """A packet between two addresses of one IP version, without options. The identification of an
    IPv4 one is 0. A flow label is IPv6's, and Don't Fragment IPv4's."""
    if source.version == 6:
        first = 6 << 28 | traffic_class << 20 | flow_label
        head = _IPV6.pack(first, len(payload), protocol, ttl, source.packed, destination.packed)
        return head + payload
    fragment = _DONT_FRAGMENT if dont_fragment else 0
    length = _IPV4.size + len(payload)
    addresses = source.packed, destination.packed
    blank = _IPV4.pack(0x45, traffic_class, length, 0, fragment, ttl, protocol, 0, *addresses)
    checksum = internet_checksum(blank)
    head = _IPV4.pack(0x45, traffic_class, length, 0, fragment, ttl, protocol, checksum, *addresses)
    return head + payload


def icmp_protocol(version: int) -> int:
    """The number of ICMP under this IP version."""
    return PROTOCOL_ICMP if version == 4 else PROTOCOL_ICMPV6


def icmp_checksummed(message: bytes, source: _IPAddress, destination: _IPAddress) -> bytes:
    """An ICMP message with its checksum, whatever stood there."""
    blank = message[:2] + b"\0\0" + message[4:]
    summed = blank
    if source.version == 6:
        summed = pseudo_header(source, destination, PROTOCOL_ICMPV6, len(blank)) + blank
    return blank[:2] + internet_checksum(summed).to_bytes(2, "big") + blank[4:]


def icmp_error(
    icmp_type: int,
    icmp_code: int,
    quoted: bytes,
    source: _IPAddress,
    destination: _IPAddress,
    *,
    quote_length: int = 0,
    mtu: int = 0,
) -> bytes:
    """An ICMP error message with its checksum.

    Args:
        icmp_type: of the IP version of the addresses, as `icmp_code`.
        icmp_code: see there.
        quoted: all that stands behind the header.
        source: who sends it.
        destination: who has sent what it is about.
        quote_length: bytes of `quoted` in front of extensions; 0: none are told of (RFC 4884
            section 4).
        mtu: bytes that the next link takes; 0: it is not told.
    """
    if source.version == 6:
        rest = mtu if icmp_type == icmpv6.TOO_BIG else quote_length // 8 << 24
    else:
        is_told = (icmp_type, icmp_code) == (
            icmpv4.UNREACHABLE,
            icmpv4.CODE_FRAGMENTATION_NEEDED,
        )
        rest = quote_length // 4 << 16 | (mtu if is_told else 0)
    head = ICMP_HEADER.pack(icmp_type, icmp_code, 0, rest >> 16, rest & 0xFFFF)
    return icmp_checksummed(head + quoted, source, destination)
