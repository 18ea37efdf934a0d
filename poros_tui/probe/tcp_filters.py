"""What the kernel keeps from the raw sockets of TCP probes, which would otherwise hear all TCP and
all ICMP of the host (see `filters`)."""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import Final

from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.tcp import PROTOCOL_TCP
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
    RETURN,
    SHIFT_LEFT,
    TO_X,
    Step,
    attach,
)
from poros_tui.probe.family import Destination, Family
from poros_tui.probe.source_ports import FLOWS, SourcePorts

_NETWORK_HEADER: Final = 0xFFF00000
"""SKF_NET_OFF: offsets from here are those of the IP header, wherever the data begins."""
_SOURCE: Final = {4: (12, 1), 6: (8, 4)}
"""Where the source address is in the IP header, and of how many words."""
_TYPES: Final = {
    4: (icmpv4.UNREACHABLE, icmpv4.TIME_EXCEEDED),
    6: (icmpv6.UNREACHABLE, icmpv6.TOO_BIG, icmpv6.TIME_EXCEEDED),
}

_SOL_RAW: Final = 255
_ICMP_FILTER: Final = 1
_ICMP6_FILTER: Final = 1


def hear_nothing(sock: socket.socket) -> None:
    """Until it is known what is to be heard. What has come before is thrown away."""
    attach(sock, [(RETURN, DROP)])
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.recv(1)


def hear_segments(
    sock: socket.socket, destination: Destination, port: int, ports: SourcePorts
) -> None:
    """Of a raw TCP socket: what comes from the destination's `port` to one of ours."""
    family = destination.family
    offset, words = _SOURCE[family.version]
    packed = destination.address.packed
    steps: list[Step] = []
    for number in range(words):
        value = int.from_bytes(packed[number * 4 :][:4], "big")
        follow = f"word {number} agrees"
        steps += [
            (LOAD_WORD, _NETWORK_HEADER + offset + number * 4),
            (IF_EQUAL, value, follow, "drop"),
            follow,
        ]
    if family.version == 4:
        steps += [(LOAD_X_HEADER_LENGTH, 0), (LOAD_HALF_AT_X, 0)]
    else:
        steps += [(LOAD_HALF, 0)]
    steps += [
        (IF_EQUAL, port, "from the port", "drop"),
        "from the port",
        (LOAD_HALF_AT_X, 2) if family.version == 4 else (LOAD_HALF, 2),
        *_if_ours(ports),
    ]
    attach(sock, steps)


def hear_errors(sock: socket.socket, destination: Destination, ports: SourcePorts) -> None:
    """Of a raw ICMP socket: errors that quote TCP to the destination or from one of our ports (a
    NAT on the way may have changed either), and those that are too short to tell."""
    family = destination.family
    _hear_types(sock, family, _TYPES[family.version])
    attach(sock, (_quoting_ipv4 if family.version == 4 else _quoting_ipv6)(destination, ports))


def _hear_types(sock: socket.socket, family: Family, wanted: tuple[int, ...]) -> None:
    """Nothing but these ICMP types."""
    if family.version == 4:
        mask = 0xFFFFFFFF & ~sum(1 << icmp_type for icmp_type in wanted)
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, mask.to_bytes(4, sys.byteorder))
        return
    blocked = (1 << 256) - 1 - sum(1 << icmp_type for icmp_type in wanted)
    # 8 words in the machine's byte order (RFC 3542 section 3.2).
    words = [blocked >> shift & 0xFFFFFFFF for shift in range(0, 256, 32)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, packed)


def _quoting_ipv4(destination: Destination, ports: SourcePorts) -> list[Step]:
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
        (IF_EQUAL, PROTOCOL_TCP, "quotes tcp", "drop"),
        "quotes tcp",
        (LOAD_WORD_AT_X, 8 + 16),
        (IF_EQUAL, int.from_bytes(destination.address.packed, "big"), "pass", "not to it"),
        "not to it",
        (LOAD_BYTE_AT_X, 8),
        (AND, 0x0F),
        (SHIFT_LEFT, 2),
        (ADD_X, 0),
        (TO_X, 0),
        (LOAD_HALF_AT_X, 8),  # beyond the end: dropped
        *_if_ours(ports),
    ]


def _quoting_ipv6(destination: Destination, ports: SourcePorts) -> list[Step]:
    """The packet begins with its ICMPv6 header. Quoted extension headers are left to the
    codec, but for that of a fragment (see `filters`)."""
    to_destination: list[Step] = []
    for place in range(0, 16, 4):
        word = int.from_bytes(destination.address.packed[place:][:4], "big")
        agrees = "pass" if place == 12 else f"address agrees {place}"
        to_destination += [(LOAD_WORD, 8 + 24 + place), (IF_EQUAL, word, agrees, "not to it")]
        to_destination += [agrees] if place < 12 else []
    return [
        (LOAD_LENGTH, 0),
        (IF_AT_LEAST, 8 + 40 + 2, "quotes a header", "pass"),
        "quotes a header",
        (LOAD_BYTE, 8 + 6),
        (IF_EQUAL, PROTOCOL_TCP, "quotes tcp", "quotes another"),
        "quotes another",
        (IF_EQUAL, socket.IPPROTO_UDP, "drop", "not udp"),
        "not udp",
        (IF_EQUAL, socket.IPPROTO_ICMPV6, "drop", "not icmp"),
        "not icmp",
        (IF_EQUAL, socket.IPPROTO_FRAGMENT, "quotes a fragment", "pass"),
        "quotes a fragment",
        (LOAD_LENGTH, 0),
        (IF_AT_LEAST, 8 + 48 + 2, "can be judged", "pass"),
        "can be judged",
        (LOAD_HALF, 8 + 40 + 2),
        (AND, 0xFFF8),
        (IF_EQUAL, 0, "quotes the first", "drop"),
        "quotes the first",
        (LOAD_BYTE, 8 + 40),
        (IF_EQUAL, PROTOCOL_TCP, "pass", "drop"),  # whose it is the codec finds
        "quotes tcp",
        *to_destination,
        "not to it",
        (LOAD_HALF, 8 + 40),
        *_if_ours(ports),
    ]


def _if_ours(ports: SourcePorts) -> list[Step]:
    """A port in the accumulator: whether it is one of FLOWS from the first on, modulo 2^16. That
    takes in port 0, and so one more where they wrap: the dialect knows them exactly."""
    return [
        (ADD, 0x10000 - ports.first),
        (AND, 0xFFFF),
        (IF_AT_LEAST, FLOWS + 1, "drop", "pass"),
    ]
