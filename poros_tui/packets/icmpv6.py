"""ICMPv6 echo and error messages as bytes and as values (RFC 4443).

Their checksum covers addresses that only the kernel knows for certain: it writes and verifies it.
"""

from __future__ import annotations

from typing import Final

from poros_tui.errors import MalformedPacket
from poros_tui.packets.icmpv4 import HEADER, EchoReply, IcmpError, IcmpMessage, OtherIcmp

UNREACHABLE: Final = 1
TIME_EXCEEDED: Final = 3
ECHO_REQUEST: Final = 128
ECHO_REPLY: Final = 129

CODE_HOP_LIMIT_EXCEEDED: Final = 0
CODE_PORT_UNREACHABLE: Final = 4


def encode_echo_request(identifier: int, sequence: int, payload: bytes) -> bytes:
    """An echo request with its checksum left at 0 for the kernel (RFC 3542 section 3.1)."""
    return HEADER.pack(ECHO_REQUEST, 0, 0, identifier, sequence) + payload


def decode_icmpv6(data: bytes) -> IcmpMessage:
    """Read a message that came.

    Raises:
        MalformedPacket: shorter than its header.
    """
    if len(data) < HEADER.size:
        raise MalformedPacket(f"an ICMPv6 header has {HEADER.size} bytes, got {len(data)}")
    icmp_type, icmp_code, _, identifier, sequence = HEADER.unpack_from(data)
    if icmp_type == ECHO_REPLY:
        return EchoReply(identifier, sequence, data[HEADER.size :])
    if icmp_type in (TIME_EXCEEDED, UNREACHABLE):
        # Byte 4 of the message, in words of 64 bits (RFC 4884 section 4.4).
        return IcmpError(icmp_type, icmp_code, data[HEADER.size :], (identifier >> 8) * 8)
    return OtherIcmp(icmp_type)
