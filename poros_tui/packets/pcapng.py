"""Files of packets as Wireshark and tcpdump read them, as bytes (pcapng).

The format: draft-ietf-opsawg-pcapng, sections 3 and 4. Blocks may follow each other in any order
but for this: a section header comes first, and an interface before its packets, which name it by
its place. A file that ends between two blocks is whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Final

LINK_IP: Final = 101
"""LINKTYPE_RAW: a packet begins with its IP header, of either version."""
INBOUND, OUTBOUND = 1, 2
"""Which way a packet went (section 4.3, epb_flags)."""

_SECTION, _INTERFACE, _PACKET = 0x0A0D0D0A, 1, 6
_SECTION_HEAD: Final = Struct("<IHHq")  # byte order, version, length of the section
_BYTE_ORDER: Final = 0x1A2B3C4D
_LENGTH_NOT_TOLD: Final = -1
_INTERFACE_HEAD: Final = Struct("<HHI")  # link type, reserved, most bytes of a packet
_NO_LIMIT: Final = 0
_PACKET_HEAD: Final = Struct("<IIIII")  # interface, time in two halves, bytes here, bytes it had
_BLOCK_HEAD: Final = Struct("<II")  # type, length with this header and the length behind
_LENGTH: Final = Struct("<I")
_OPTION: Final = Struct("<HH")
_END_OF_OPTIONS: Final = _OPTION.pack(0, 0)
_COMMENT, _NAME, _DESCRIPTION, _FLAGS, _PROGRAM, _RESOLUTION = 1, 2, 3, 2, 4, 9
"""Numbers of options; those from 2 on mean something else in each block."""
_NANOSECONDS: Final = b"\x09"
_OPTION_MAX: Final = 0xFFFF

Option = tuple[int, bytes]


def section(program: str, comment: str = "") -> bytes:
    """What a file begins with: which program wrote it, and what all of it is about."""
    head = _SECTION_HEAD.pack(_BYTE_ORDER, 1, 0, _LENGTH_NOT_TOLD)
    return _block(_SECTION, head, [(_COMMENT, comment.encode()), (_PROGRAM, program.encode())])


def interface(name: str, description: str) -> bytes:
    """Where packets come from; those of the n-th of a file name it as n, from 0."""
    head = _INTERFACE_HEAD.pack(LINK_IP, 0, _NO_LIMIT)
    return _block(
        _INTERFACE,
        head,
        [
            (_NAME, name.encode()),
            (_DESCRIPTION, description.encode()),
            (_RESOLUTION, _NANOSECONDS),
        ],
    )


def packet(place: int, at_ns: int, data: bytes, *, direction: int, comment: str) -> bytes:
    """A packet of the interface at this place. `at_ns` are nanoseconds since 1970."""
    head = _PACKET_HEAD.pack(place, at_ns >> 32, at_ns & 0xFFFFFFFF, len(data), len(data))
    options = [(_FLAGS, _LENGTH.pack(direction)), (_COMMENT, comment.encode())]
    return _block(_PACKET, head + _padded(data), options)


def _block(kind: int, body: bytes, options: Iterable[Option]) -> bytes:
    for number, value in options:
        if value:
            value = value[:_OPTION_MAX]
            body += _OPTION.pack(number, len(value)) + _padded(value)
    body += _END_OF_OPTIONS
    length = _BLOCK_HEAD.size + len(body) + _LENGTH.size
    return _BLOCK_HEAD.pack(kind, length) + body + _LENGTH.pack(length)


def _padded(data: bytes) -> bytes:
    """To whole words of 32 bits."""
    return data + bytes(-len(data) % 4)
