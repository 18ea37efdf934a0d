"""The datagram that a router quotes in an ICMP error: which probe was it?

RFC 792 asks for the IP header and 8 bytes, RFC 1812 section 4.3.2.3 and RFC 4443 for as much as
fits. RFC 4884 pads the quote with zeros and puts extensions behind it.
"""

from __future__ import annotations

import msgspec

from poros_tui.errors import MalformedPacket, TruncatedPacket
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.ipv4 import PROTOCOL_ICMP, PROTOCOL_UDP, IPv4Packet
from poros_tui.packets.ipv6 import PROTOCOL_ICMPV6, IPv6Packet
from poros_tui.packets.tcp import PROTOCOL_TCP, QuotedTcp
from poros_tui.packets.udp import UdpDatagram


class QuotedEcho(msgspec.Struct, frozen=True, kw_only=True):
    """An echo request, ICMP or ICMPv6."""

    checksum: int
    identifier: int
    sequence: int
    payload: bytes
    """As far as it is quoted, with whatever stands behind it; often empty."""


Quoted = QuotedEcho | UdpDatagram | QuotedTcp | int | None
"""What the quoted IP header carries: one of ours, or another protocol's number; None: the middle of
a packet that was parted, which cannot be one of ours."""


class QuotedPacket(msgspec.Struct, frozen=True):
    """A quoted IP header with what it carries."""

    header: IPv4Packet | IPv6Packet
    carries: Quoted


def decode_quoted_ipv4(data: bytes) -> QuotedPacket:
    """Read the IPv4 datagram that an ICMP error quotes.

    Raises:
        MalformedPacket: cut off before its 8 bytes, or ICMP but no echo request.
    """
    header = IPv4Packet.decode(data)
    return QuotedPacket(header, _carried(header, PROTOCOL_ICMP, icmpv4.ECHO_REQUEST))


def decode_quoted_ipv6(data: bytes) -> QuotedPacket:
    """Read the IPv6 datagram that an ICMPv6 error quotes.

    Raises:
        MalformedPacket: cut off before its 8 bytes, or ICMPv6 but no echo request.
    """
    header = IPv6Packet.decode(data)
    return QuotedPacket(header, _carried(header, PROTOCOL_ICMPV6, icmpv6.ECHO_REQUEST))


def _carried(header: IPv4Packet | IPv6Packet, icmp_protocol: int, echo_request: int) -> Quoted:
    try:
        if header.protocol == icmp_protocol:
            return decode_quoted_echo(header.payload, echo_request)
        if header.protocol == PROTOCOL_UDP:
            return UdpDatagram.decode(header.payload)
        if header.protocol == PROTOCOL_TCP:
            return QuotedTcp.decode(header.payload)
    except MalformedPacket:
        if header.is_later_fragment:
            return None
        raise
    return header.protocol


def decode_quoted_echo(data: bytes, request_type: int) -> QuotedEcho:
    """Read the echo request behind a quoted IP header; `request_type` is 8 or 128.

    Raises:
        MalformedPacket: shorter than its header, or another ICMP type or code.
    """
    if len(data) < icmpv4.HEADER.size:
        raise TruncatedPacket(f"a quoted echo request has 8 bytes, got {len(data)}")
    icmp_type, icmp_code, checksum, identifier, sequence = icmpv4.HEADER.unpack_from(data)
    if (icmp_type, icmp_code) != (request_type, 0):
        raise MalformedPacket(f"quotes ICMP type {icmp_type}, code {icmp_code}: no echo request")
    return QuotedEcho(
        checksum=checksum,
        identifier=identifier,
        sequence=sequence,
        payload=data[icmpv4.HEADER.size :],
    )


def quoted_bytes(quoted: bytes, sent: bytes) -> int:
    """How much of a payload is quoted, if it agrees: what pads the quote is no part of it."""
    quoted = quoted[: len(sent)]
    return len(quoted if sent.startswith(quoted) else quoted.rstrip(b"\0"))


def agrees_with(quoted: bytes, sent: bytes) -> bool:
    """Whether a quoted payload is what was sent, as far as it is quoted at all.

    A router that quotes little and pads with zeros (RFC 4884 section 4.1) quotes little: trailing
    zeros are no contradiction, like bytes that are not there.
    """
    return sent.startswith(quoted[: len(sent)].rstrip(b"\0"))
