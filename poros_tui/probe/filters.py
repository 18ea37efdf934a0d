"""What the kernel keeps from a raw ICMP socket, which would otherwise hear all of the host's ICMP.

Under 5,000 foreign packets a second this is 6 % of a processor against 0. Filters only save work:
everything that passes is checked again, and what is too short to be judged passes, so that it is
counted as malformed. Classic BPF: Documentation/networking/filter.rst.
"""

from __future__ import annotations

import contextlib
import ctypes
import socket
import sys
from struct import Struct
from typing import Final

from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.ipv4 import PROTOCOL_ICMP
from poros_tui.packets.ipv6 import PROTOCOL_ICMPV6
from poros_tui.probe.errqueue import MSG_ERRQUEUE
from poros_tui.probe.family import Family

_SO_ATTACH_FILTER: Final = 26
_SOL_RAW: Final = 255
_ICMP_FILTER: Final = 1
_ICMP6_FILTER: Final = 1
_PASS: Final = 0x40000
_DROP: Final = 0

# The instructions used, each with its classic BPF opcode. X is the index register.
_LOAD_BYTE: Final = 0x30
_LOAD_HALF: Final = 0x28
_LOAD_BYTE_AT_X: Final = 0x50
_LOAD_HALF_AT_X: Final = 0x48
_LOAD_WORD: Final = 0x20
_LOAD_WORD_AT_X: Final = 0x40
_LOAD_LENGTH: Final = 0x80
_LOAD_X_HEADER_LENGTH: Final = 0xB1
"""X = 4 * (byte & 15): the length of an IPv4 header from its first byte."""
_LOAD_X_MEMORY: Final = 0x61
_STORE: Final = 0x02
_COPY_X: Final = 0x87
_TO_X: Final = 0x07
_ADD: Final = 0x04
_ADD_X: Final = 0x0C
_AND: Final = 0x54
_SHIFT_LEFT: Final = 0x64
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_IF_ABOVE_X: Final = 0x2D
_RETURN: Final = 0x06

_INSTRUCTION: Final = Struct("HBBI")
_PROGRAM: Final = Struct("HP")

Step = str | tuple[int, int] | tuple[int, int, str, str]
"""A label; opcode and operand; or opcode, operand and where to go if true and if false."""


def forget_heard(sock: socket.socket) -> None:
    """Throw away what has come, stamps included: it was for probes that nobody waits for."""
    for flags in (socket.MSG_DONTWAIT, socket.MSG_DONTWAIT | MSG_ERRQUEUE):
        with contextlib.suppress(OSError):
            while True:
                sock.recv(1, flags)


def hear_only(sock: socket.socket, family: Family, identifier: int, secret: bytes = b"") -> None:
    """Keep all from the raw socket but answers to echo requests with this identifier, and errors
    that quote, behind the first word of a payload, these 4 bytes: a NAT may have rewritten the
    identifier.

    By type first: on loopback the socket would hear its own requests.
    """
    if family.version == 6:
        wanted6 = (icmpv6.UNREACHABLE, icmpv6.TOO_BIG, icmpv6.TIME_EXCEEDED, icmpv6.ECHO_REPLY)
        blocked = bytearray(b"\xff" * 32)
        for icmp_type in wanted6:
            # 8 words in the machine's byte order (RFC 3542 section 3.2).
            word, bit = divmod(icmp_type, 32)
            place = slice(word * 4, word * 4 + 4)
            bits = int.from_bytes(blocked[place], sys.byteorder) & ~(1 << bit)
            blocked[place] = bits.to_bytes(4, sys.byteorder)
        sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, bytes(blocked))
        _attach(sock, _steps_ipv6(identifier, secret))
    else:
        wanted = (icmpv4.ECHO_REPLY, icmpv4.UNREACHABLE, icmpv4.TIME_EXCEEDED)
        mask = 0xFFFFFFFF & ~sum(1 << icmp_type for icmp_type in wanted)
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, mask.to_bytes(4, sys.byteorder))
        _attach(sock, _steps_ipv4(identifier, secret))


def _steps_ipv4(identifier: int, secret: bytes) -> list[Step]:
    """The packet begins with its IP header; the kernel has seen to the 8 bytes of ICMP after it.

    ICMP type at X, quoted IP header at X + 8; an error's quote must have 20 bytes of IP header and
    then 6 of ICMP to be judged.
    """
    return [
        (_LOAD_X_HEADER_LENGTH, 0),
        (_LOAD_BYTE_AT_X, 0),
        (_IF_EQUAL, icmpv4.ECHO_REPLY, "reply", "error"),
        "reply",
        (_LOAD_HALF_AT_X, 4),
        (_IF_EQUAL, identifier, "pass", "drop"),
        "error",
        (_COPY_X, 0),
        (_ADD, 8 + 20 - 1),
        (_TO_X, 0),
        (_LOAD_LENGTH, 0),
        (_IF_ABOVE_X, 0, "quotes a header", "pass"),
        "quotes a header",
        (_LOAD_X_HEADER_LENGTH, 0),
        (_LOAD_BYTE_AT_X, 8 + 9),
        (_IF_EQUAL, PROTOCOL_ICMP, "quotes icmp", "drop"),
        "quotes icmp",
        (_LOAD_BYTE_AT_X, 8),
        (_AND, 0x0F),
        (_SHIFT_LEFT, 2),
        (_ADD_X, 0),
        (_STORE, 0),
        (_ADD, 8 + 6 - 1),
        (_TO_X, 0),
        (_LOAD_LENGTH, 0),
        (_IF_ABOVE_X, 0, "quotes an identifier", "pass"),
        "quotes an identifier",
        (_LOAD_X_MEMORY, 0),
        (_LOAD_HALF_AT_X, 8 + 4),
        (_IF_EQUAL, identifier, "pass", "quotes another"),
        "quotes another",
        *_if_secret((_LOAD_WORD_AT_X, 8 + 8 + 2), secret),
    ]


def _steps_ipv6(identifier: int, secret: bytes) -> list[Step]:
    """The packet begins with its ICMPv6 header. Quoted extension headers are left to the
    codec, but for that of a fragment (RFC 8200 section 4.5): routers answer each of a large probe,
    and only the first has what tells it."""
    return [
        (_LOAD_LENGTH, 0),
        (_IF_AT_LEAST, 8, "has a header", "pass"),
        "has a header",
        (_LOAD_BYTE, 0),
        (_IF_EQUAL, icmpv6.ECHO_REPLY, "reply", "error"),
        "reply",
        (_LOAD_HALF, 4),
        (_IF_EQUAL, identifier, "pass", "drop"),
        "error",
        (_LOAD_LENGTH, 0),
        (_IF_AT_LEAST, 8 + 40 + 6, "quotes a header", "pass"),
        "quotes a header",
        (_LOAD_BYTE, 8 + 6),
        (_IF_EQUAL, PROTOCOL_ICMPV6, "quotes icmp", "quotes another"),
        "quotes another",
        (_IF_EQUAL, socket.IPPROTO_UDP, "drop", "not udp"),
        "not udp",
        (_IF_EQUAL, socket.IPPROTO_TCP, "drop", "not tcp"),
        "not tcp",
        (_IF_EQUAL, socket.IPPROTO_FRAGMENT, "quotes a fragment", "pass"),
        "quotes a fragment",
        (_LOAD_LENGTH, 0),
        (_IF_AT_LEAST, 8 + 48 + 6, "can be judged", "pass"),
        "can be judged",
        (_LOAD_HALF, 8 + 40 + 2),
        (_AND, 0xFFF8),
        (_IF_EQUAL, 0, "quotes the first", "drop"),
        "quotes the first",
        (_LOAD_BYTE, 8 + 40),
        (_IF_EQUAL, PROTOCOL_ICMPV6, "quotes icmp first", "drop"),
        "quotes icmp first",
        (_LOAD_HALF, 8 + 48 + 4),
        (_IF_EQUAL, identifier, "pass", "quotes another first"),
        "quotes another first",
        *_if_secret((_LOAD_WORD, 8 + 48 + 8 + 2), secret),
        "quotes icmp",
        (_LOAD_HALF, 8 + 40 + 4),
        (_IF_EQUAL, identifier, "pass", "quotes another echo"),
        "quotes another echo",
        *_if_secret((_LOAD_WORD, 8 + 40 + 8 + 2), secret),
    ]


def _if_secret(load: Step, secret: bytes) -> list[Step]:
    """Pass where the secret is; where the packet ends before, the load itself drops it."""
    if not secret:
        return [(_RETURN, _DROP)]
    return [load, (_IF_EQUAL, int.from_bytes(secret, "big"), "pass", "drop")]


def assemble(steps: list[Step]) -> bytes:
    """The program, with the two returns that every label `pass` and `drop` means at its end."""
    whole: list[Step] = [*steps, "pass", (_RETURN, _PASS), "drop", (_RETURN, _DROP)]
    places: dict[str, int] = {}
    instructions: list[tuple[int, int] | tuple[int, int, str, str]] = []
    for step in whole:
        if isinstance(step, str):
            places[step] = len(instructions)
        else:
            instructions.append(step)
    program = bytearray()
    for here, instruction in enumerate(instructions, start=1):
        jumps = [places[label] - here for label in instruction[2:]] or [0, 0]
        program += _INSTRUCTION.pack(instruction[0], *jumps, instruction[1])
    return bytes(program)


def _attach(sock: socket.socket, steps: list[Step]) -> None:
    program = ctypes.create_string_buffer(assemble(steps))
    count = (len(program) - 1) // _INSTRUCTION.size
    sock.setsockopt(
        socket.SOL_SOCKET, _SO_ATTACH_FILTER, _PROGRAM.pack(count, ctypes.addressof(program))
    )
