"""What the kernel keeps from a raw ICMP socket that sends echo requests, which would otherwise hear
all of the host's ICMP (see `filters`)."""

from __future__ import annotations

import socket
from typing import Final

from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.ipv4 import PROTOCOL_ICMP
from poros_tui.packets.ipv6 import PROTOCOL_ICMPV6
from poros_tui.probe.bpf import (
    ADD,
    ADD_X,
    AND,
    COPY_X,
    DROP,
    IF_ABOVE_X,
    IF_AT_LEAST,
    IF_EQUAL,
    LOAD_BYTE,
    LOAD_BYTE_AT_X,
    LOAD_HALF,
    LOAD_HALF_AT_X,
    LOAD_LENGTH,
    LOAD_WORD,
    LOAD_WORD_AT_X,
    LOAD_X_HEADER_LENGTH,
    LOAD_X_MEMORY,
    RETURN,
    SHIFT_LEFT,
    STORE,
    TO_X,
    Step,
    attach,
)
from poros_tui.probe.family import Family
from poros_tui.probe.filters import hear_types
from poros_tui.probe.quoting_ipv6 import quoting_ipv6

_TYPES: Final = {
    4: (icmpv4.ECHO_REPLY, icmpv4.UNREACHABLE, icmpv4.TIME_EXCEEDED),
    6: (icmpv6.UNREACHABLE, icmpv6.TOO_BIG, icmpv6.TIME_EXCEEDED, icmpv6.ECHO_REPLY),
}


def hear_only(sock: socket.socket, family: Family, identifier: int, secret: bytes = b"") -> None:
    """Keep all from the raw socket but answers to echo requests with this identifier, and errors
    that quote, behind the first word of a payload, these 4 bytes: a NAT may have rewritten the
    identifier.

    By type first: on loopback the socket would hear its own requests.
    """
    hear_types(sock, family, _TYPES[family.version])
    attach(sock, (_steps_ipv4 if family.version == 4 else _steps_ipv6)(identifier, secret))


def _steps_ipv4(identifier: int, secret: bytes) -> list[Step]:
    """The packet begins with its IP header; the kernel has seen to the 8 bytes of ICMP after it.

    ICMP type at X, quoted IP header at X + 8; an error's quote must have 20 bytes of IP header and
    then 6 of ICMP to be judged.
    """
    return [
        (LOAD_X_HEADER_LENGTH, 0),
        (LOAD_BYTE_AT_X, 0),
        (IF_EQUAL, icmpv4.ECHO_REPLY, "reply", "error"),
        "reply",
        (LOAD_HALF_AT_X, 4),
        (IF_EQUAL, identifier, "pass", "drop"),
        "error",
        (COPY_X, 0),
        (ADD, 8 + 20 - 1),
        (TO_X, 0),
        (LOAD_LENGTH, 0),
        (IF_ABOVE_X, 0, "quotes a header", "pass"),
        "quotes a header",
        (LOAD_X_HEADER_LENGTH, 0),
        (LOAD_BYTE_AT_X, 8 + 9),
        (IF_EQUAL, PROTOCOL_ICMP, "quotes icmp", "drop"),
        "quotes icmp",
        (LOAD_BYTE_AT_X, 8),
        (AND, 0x0F),
        (SHIFT_LEFT, 2),
        (ADD_X, 0),
        (STORE, 0),
        (ADD, 8 + 6 - 1),
        (TO_X, 0),
        (LOAD_LENGTH, 0),
        (IF_ABOVE_X, 0, "quotes an identifier", "pass"),
        "quotes an identifier",
        (LOAD_X_MEMORY, 0),
        (LOAD_HALF_AT_X, 8 + 4),
        (IF_EQUAL, identifier, "pass", "quotes another"),
        "quotes another",
        *_if_secret((LOAD_WORD_AT_X, 8 + 8 + 2), secret),
    ]


def _steps_ipv6(identifier: int, secret: bytes) -> list[Step]:
    """The packet begins with its ICMPv6 header."""
    return [
        (LOAD_LENGTH, 0),
        (IF_AT_LEAST, 8, "has a header", "pass"),
        "has a header",
        (LOAD_BYTE, 0),
        (IF_EQUAL, icmpv6.ECHO_REPLY, "reply", "error"),
        "reply",
        (LOAD_HALF, 4),
        (IF_EQUAL, identifier, "pass", "drop"),
        "error",
        *quoting_ipv6(
            PROTOCOL_ICMPV6,
            others=(socket.IPPROTO_UDP, socket.IPPROTO_TCP),
            least_bytes=6,
            behind_fragment_header=[
                (LOAD_HALF, 8 + 48 + 4),
                (IF_EQUAL, identifier, "pass", "quotes another first"),
                "quotes another first",
                *_if_secret((LOAD_WORD, 8 + 48 + 8 + 2), secret),
            ],
        ),
        (LOAD_HALF, 8 + 40 + 4),
        (IF_EQUAL, identifier, "pass", "quotes another echo"),
        "quotes another echo",
        *_if_secret((LOAD_WORD, 8 + 40 + 8 + 2), secret),
    ]


def _if_secret(load: Step, secret: bytes) -> list[Step]:
    """Pass where the secret is; where the packet ends before, the load itself drops it."""
    if not secret:
        return [(RETURN, DROP)]
    return [load, (IF_EQUAL, int.from_bytes(secret, "big"), "pass", "drop")]
