"""The file: gzip members (RFC 1952), one after the other, so that `zcat` shows all lines of it.

Each has an extra field `PT` that tells what it holds. These heads are found by looking for them:
nothing points from one part of the file to another, so that a file which ends in the middle, or is
damaged somewhere, can be read as far as it goes and from where it is whole again.

A member that is being written is pushed out to the file once a second (a sync flush), and so can be
read up to there without its end.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from enum import Enum
from mmap import mmap
from struct import Struct, pack
from typing import Final

import msgspec

_HEAD: Final = b"\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff"
"""Deflate, with an extra field, no time, system not known (RFC 1952 2.3)."""
_EXTRA: Final = Struct("<H2sHcBQ")  # length of all, PT, length of what follows, kind, version, time
_EXTRA_BYTES: Final = _EXTRA.size - 2
_OURS: Final = _HEAD + pack("<H2sH", _EXTRA_BYTES, b"PT", _EXTRA_BYTES - 4)
_TAIL: Final = Struct("<II")  # checksum and length of what was packed
_HEAD_BYTES: Final = len(_HEAD) + _EXTRA.size
FORMAT_VERSION: Final = 1
LEVEL: Final = 6
MEMBER_MAX: Final = 1 << 28
"""Bytes of one member when it is unpacked: what a hostile file may take."""


class MemberKind(Enum):
    """What a member holds."""

    HAPPENINGS = b"H"
    """What happened, line by line."""
    PIECES = b"P"
    """What is the same for all later moments: what was measured since the last such member."""
    MOMENT = b"M"
    """All that was known at one moment, which is the beginning of the next happenings."""


class Member(msgspec.Struct, frozen=True):
    """Where one begins."""

    kind: MemberKind
    version: int
    at_ticks: int
    """The time of the session at which it begins."""
    offset: int
    """In the file, in bytes."""


class MemberWriter:
    """Packs one member."""

    def __init__(self, kind: MemberKind, at_ticks: int) -> None:
        self._pack = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self._waiting = [
            _HEAD,
            _EXTRA.pack(
                _EXTRA_BYTES, b"PT", _EXTRA_BYTES - 4, kind.value, FORMAT_VERSION, at_ticks
            ),
        ]
        self._checksum = 0
        self._length = 0
        self._is_pushed = False

    def add(self, text: bytes) -> None:
        """Append."""
        self._checksum = zlib.crc32(text, self._checksum)
        self._length += len(text)
        self._waiting.append(self._pack.compress(text))
        self._is_pushed = False

    def push(self) -> bytes:
        """What is to be written so that all that was appended can be read."""
        if not self._is_pushed:
            self._waiting.append(self._pack.flush(zlib.Z_SYNC_FLUSH))
            self._is_pushed = True
        return self._take()

    def end(self) -> bytes:
        """The rest of it, with its end."""
        tail = _TAIL.pack(self._checksum, self._length & 0xFFFFFFFF)
        self._waiting += [self._pack.flush(), tail]
        return self._take()

    def _take(self) -> bytes:
        waiting = b"".join(self._waiting)
        self._waiting.clear()
        return waiting


def packed(kind: MemberKind, at_ticks: int, text: bytes) -> bytes:
    """A whole member."""
    writer = MemberWriter(kind, at_ticks)
    writer.add(text)
    return writer.end()


def find_members(data: bytes | mmap) -> Iterator[Member]:
    """All that begin in the file, in their order."""
    offset = data.find(_OURS)
    while offset >= 0:
        head = data[offset + len(_HEAD) : offset + _HEAD_BYTES]
        if len(head) == _EXTRA.size:
            _, _, _, kind, version, at_ticks = _EXTRA.unpack(head)
            if any(kind == known.value for known in MemberKind):
                yield Member(MemberKind(kind), version, at_ticks, offset)
        offset = data.find(_OURS, offset + 1)


class MemberEnd(Enum):
    """How what can be read of a member ends."""

    WHOLE = "whole"
    """With its own end, and its checksum is right."""
    CHECKSUM_WRONG = "checksum wrong"
    """With its own end, but something before it is not what was written."""
    CUT_OFF = "cut off"
    """The file ends, or the next member begins: it may still be written."""
    DAMAGED = "damaged"
    """With what cannot be unpacked."""


class Unpacked(msgspec.Struct, frozen=True):
    """What a member holds, as far as it can be read."""

    text: bytes
    end: MemberEnd
    is_followed: bool = False
    """Whether something that nobody knows comes after its end: the next one has lost its head."""

    @property
    def is_whole(self) -> bool:
        """Whether it is as it was written, to its end."""
        return self.end is MemberEnd.WHOLE


def unpack(data: bytes | mmap, member: Member, end: int) -> Unpacked:
    """Read one that ends before `end`. What is damaged in the middle is left out from there."""
    reader = zlib.decompressobj(-zlib.MAX_WBITS)
    parts: list[bytes] = []
    left = MEMBER_MAX
    is_damaged = False
    body = memoryview(data)[member.offset + _HEAD_BYTES : end]
    try:
        while body and left > 0 and not reader.eof:
            part = reader.decompress(body, left)
            parts.append(part)
            left -= len(part)
            body = memoryview(reader.unconsumed_tail)
    except zlib.error:
        is_damaged = True
        parts = [*_salvaged(memoryview(data)[member.offset + _HEAD_BYTES : end])]
    text = b"".join(parts)
    tail = reader.unused_data[: _TAIL.size]
    if is_damaged or left <= 0:
        return Unpacked(text, MemberEnd.DAMAGED)
    if not reader.eof or len(tail) < _TAIL.size:
        return Unpacked(text, MemberEnd.CUT_OFF)
    is_right = tail == _TAIL.pack(zlib.crc32(text), len(text) & 0xFFFFFFFF)
    return Unpacked(
        text,
        MemberEnd.WHOLE if is_right else MemberEnd.CHECKSUM_WRONG,
        is_followed=len(reader.unused_data) > _TAIL.size,
    )


_SALVAGE_STEP: Final = 256


def _salvaged(body: memoryview) -> Iterator[bytes]:
    """What can be read before the damage: bit by bit, since the packer gives nothing of a part
    that is damaged somewhere."""
    reader = zlib.decompressobj(-zlib.MAX_WBITS)
    left = MEMBER_MAX
    for start in range(0, len(body), _SALVAGE_STEP):
        try:
            part = reader.decompress(body[start : start + _SALVAGE_STEP], left)
        except zlib.error:
            return
        left -= len(part)
        yield part
        if reader.eof or left <= 0:
            return
