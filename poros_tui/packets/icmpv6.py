"""ICMPv6 echo and error messages as bytes and as values (RFC 4443).

Their checksum covers addresses that only the kernel knows for certain: it writes and verifies it.
"""

from __future__ import annotations

from typing import Final

from poros_tui.packets.icmpv4 import HEADER, IcmpMessage, read_message

UNREACHABLE: Final = 1
TOO_BIG: Final = 2
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
    return read_message(
        data,
        echo_reply=ECHO_REPLY,
        errors=(TIME_EXCEEDED, UNREACHABLE, TOO_BIG),
        # Byte 4 of the message, in words of 64 bits (RFC 4884 section 4.4).
        quote_length=lambda rest: (rest >> 24) * 8,
        mtu=lambda icmp_type, _, rest: rest if icmp_type == TOO_BIG else None,
    )
