"""What the kernel keeps from a raw ICMP socket that listens for UDP or TCP probes, which would
otherwise hear all ICMP of the host (see `filters`)."""

from __future__ import annotations

import socket
from typing import Final

import msgspec

from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.ipv4 import PROTOCOL_UDP
from poros_tui.packets.ipv6 import PROTOCOL_ICMPV6
from poros_tui.packets.tcp import PROTOCOL_TCP
from poros_tui.probe.bpf import (
    ADD,
    ADD_X,
    AND,
    COPY_X,
    IF_ABOVE_X,
    IF_AT_LEAST,
    IF_EQUAL,
    LOAD_BYTE_AT_X,
    LOAD_HALF,
    LOAD_HALF_AT_X,
    LOAD_LENGTH,
    LOAD_WORD,
    LOAD_WORD_AT_X,
    LOAD_X_HEADER_LENGTH,
    PASS,
    RETURN,
    SHIFT_LEFT,
    TO_X,
    Step,
    attach,
)
from poros_tui.probe.family import Destination
from poros_tui.probe.filters import hear_types
from poros_tui.probe.quoting_ipv6 import quoting_ipv6

_PROTOCOLS: Final = {PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP}
"""What else an IPv6 header may name first is an extension's: these are left to the codec."""
_TYPES: Final = {
    4: (icmpv4.UNREACHABLE, icmpv4.TIME_EXCEEDED),
    6: (icmpv6.UNREACHABLE, icmpv6.TOO_BIG, icmpv6.TIME_EXCEEDED),
}

SOURCE_PORT_AT: Final = 0
DESTINATION_PORT_AT: Final = 2
"""Where the ports stand in the headers of UDP and TCP."""


class Ports(msgspec.Struct, frozen=True, kw_only=True):
    """Ports in a row that tell our probes."""

    protocol: int
    """The IP protocol number."""
    at: int
    """SOURCE_PORT_AT or DESTINATION_PORT_AT."""
    first: int
    """1 to 65535; behind the last comes the first."""
    count: int = 1


class Mark(msgspec.Struct, frozen=True):
    """Bytes that the payloads of all our probes have in common."""

    at: int
    """Bytes of the transport header and the payload before them."""
    word: bytes
    """4 bytes."""


def hear_errors(
    sock: socket.socket, destination: Destination, ports: Ports, mark: Mark | None = None
) -> None:
    """Of a raw ICMP socket: errors that quote a packet to the destination, with one of our ports or
    with our mark (a NAT on the way may have changed address and port), and those that are too short
    to tell."""
    family = destination.family
    hear_types(sock, family, _TYPES[family.version])
    quoting = _quoting_ipv4 if family.version == 4 else _quoting_ipv6
    attach(sock, quoting(destination, ports, mark))


def _quoting_ipv4(destination: Destination, ports: Ports, mark: Mark | None) -> list[Step]:
    """The packet begins with its IP header; ICMP at X, the quoted IP header at X + 8."""
    return [
        (LOAD_X_HEADER_LENGTH, 0),
        (COPY_X, 0),
        (ADD, 8 + 20 - 1),
        (TO_X, 0),
        (LOAD_LENGTH, 0),
        (IF_ABOVE_X, 0, "quotes a header", "pass"),
        "quotes a header",
        (LOAD_X_HEADER_LENGTH, 0),
        (LOAD_BYTE_AT_X, 8 + 9),
        (IF_EQUAL, ports.protocol, "quotes ours", "drop"),
        "quotes ours",
        (LOAD_WORD_AT_X, 8 + 16),
        (IF_EQUAL, int.from_bytes(destination.address.packed, "big"), "pass", "not to it"),
        "not to it",
        (LOAD_BYTE_AT_X, 8),
        (AND, 0x0F),
        (SHIFT_LEFT, 2),
        (ADD_X, 0),
        (TO_X, 0),
        (LOAD_HALF_AT_X, 8 + ports.at),  # beyond the end: dropped
        *_if_ours(ports, mark, LOAD_WORD_AT_X, 8),
    ]


def _quoting_ipv6(destination: Destination, ports: Ports, mark: Mark | None) -> list[Step]:
    """The packet begins with its ICMPv6 header."""
    to_destination: list[Step] = []
    for place in range(0, 16, 4):
        word = int.from_bytes(destination.address.packed[place:][:4], "big")
        agrees = "pass" if place == 12 else f"address agrees {place}"
        to_destination += [(LOAD_WORD, 8 + 24 + place), (IF_EQUAL, word, agrees, "not to it")]
        to_destination += [agrees] if place < 12 else []
    return [
        *quoting_ipv6(
            ports.protocol,
            others=sorted(_PROTOCOLS - {ports.protocol}),
            least_bytes=ports.at + 2,
            behind_fragment_header=[(RETURN, PASS)],  # whose it is the codec finds
        ),
        *to_destination,
        "not to it",
        (LOAD_HALF, 8 + 40 + ports.at),
        *_if_ours(ports, mark, LOAD_WORD, 8 + 40),
    ]


def _if_ours(ports: Ports, mark: Mark | None, load_word: int, header_at: int) -> list[Step]:
    """A port in the accumulator: whether it is ours, or the mark is in the packet."""
    if mark is None:
        return if_among(ports.first, ports.count)
    return [
        *if_among(ports.first, ports.count, otherwise="another port"),
        "another port",
        (load_word, header_at + mark.at),  # beyond the end: dropped
        (IF_EQUAL, int.from_bytes(mark.word, "big"), "pass", "drop"),
    ]


def if_among(first: int, count: int, otherwise: str = "drop") -> list[Step]:
    """A port in the accumulator: whether it is one of `count` from the first on, modulo 2^16. That
    takes in port 0, and so one more where they wrap: the dialect knows them exactly."""
    return [
        (ADD, 0x10000 - first),
        (AND, 0xFFFF),
        (IF_AT_LEAST, count + 1, otherwise, "pass"),
    ]
