"""Questions to a name server and its answers, as bytes and as values (RFC 1035 section 4).

What is asked for about hops and no more: one question of class IN, and of the answer the records
that lead to names and addresses, and those of text. No sockets, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import MalformedPacket

Labels = tuple[bytes, ...]
"""A name by its labels, without the empty one at its end."""

NAME_BYTES_MAX: Final = 255
LABEL_BYTES_MAX: Final = 63
CHAIN_MAX: Final = 16
"""Aliases that are followed: nobody honest has more than two or three."""
RECORDS_MAX: Final = 64
"""Of one answer; those behind are not read, so that none takes a millisecond."""
STRINGS_MAX: Final = 16
"""Of one record of text, at most 4 kB; those behind are not read, for the same reason."""

_HEADER: Final = Struct("!HHHHHH")  # identifier, flags, and how many of each section
_QUESTION: Final = Struct("!HH")  # type, class
_RECORD: Final = Struct("!HHIH")  # type, class, TTL, length
_SOA_TIMES: Final = Struct("!5I")
_POINTER: Final = 0xC0
_CLASS_IN: Final = 1
_RESPONSE: Final = 0x8000
_TRUNCATED: Final = 0x0200
_RECURSION_DESIRED: Final = 0x0100
_OPCODE: Final = 0x7800
_TTL_MAX_S: Final = 0x7FFFFFFF
_SPECIAL: Final = frozenset(b'".;\\()@$')
"""Printable, but written with a backslash in a zone file (RFC 1035 5.1)."""


class RecordType(IntEnum):
    """What a record says of its owner."""

    A = 1
    CNAME = 5
    SOA = 6
    PTR = 12
    TXT = 16
    AAAA = 28


class ResponseCode(IntEnum):
    """How the question fared (RFC 1035 4.1.1)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


class Record(msgspec.Struct, frozen=True):
    """One of those that are understood."""

    owner: Labels
    kind: RecordType
    ttl_s: int
    name: Labels = ()
    """Of CNAME and PTR."""
    address: bytes = b""
    """Of A (4 bytes) and AAAA (16)."""
    text: bytes = b""
    """Of TXT: its strings, one behind the other (RFC 1035 3.3.14)."""
    minimum_s: int = 0
    """Of SOA: for how long it is true that something is not there (RFC 2308 4)."""


class DnsResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, as far as it matters here."""

    identifier: int
    code: int
    is_truncated: bool
    question: tuple[Labels, int]
    """Name and type of record."""
    answers: tuple[Record, ...]
    authority: tuple[Record, ...]


class Found(msgspec.Struct, frozen=True):
    """The records that were asked for, along the aliases."""

    records: tuple[Record, ...]
    ttl_s: int | None
    """For how long they are true, or that there are none; None where it is not said."""


def encode_query(identifier: int, name: Labels, kind: RecordType) -> bytes:
    """A question for the records of one type, to a server that is to ask others for us."""
    header = _HEADER.pack(identifier, _RECURSION_DESIRED, 1, 0, 0, 0)
    labels = b"".join(bytes([len(label)]) + label for label in name)
    return header + labels + b"\0" + _QUESTION.pack(kind, _CLASS_IN)


def decode_response(data: bytes) -> DnsResponse:
    """Read an answer. Records that are not understood are left out.

    Raises:
        MalformedPacket: it is none, or is not well-formed.
    """
    if len(data) < _HEADER.size:
        raise MalformedPacket(f"a DNS header needs {_HEADER.size} bytes, got {len(data)}")
    identifier, flags, questions, answers, authority, _ = _HEADER.unpack_from(data)
    if not flags & _RESPONSE or flags & _OPCODE:
        raise MalformedPacket("no answer to a DNS query")
    if questions != 1:
        raise MalformedPacket(f"a DNS answer with {questions} questions")
    name, place = _decode_name(data, _HEADER.size)
    kind, rdclass = _unpack(_QUESTION, data, place)
    if rdclass != _CLASS_IN:
        raise MalformedPacket(f"DNS class {rdclass}")
    place += _QUESTION.size
    is_truncated = bool(flags & _TRUNCATED)
    read = 0 if is_truncated else min(answers, RECORDS_MAX)
    answered, place = _decode_records(data, place, read)
    # Where not all answers were read, what follows them is not where it should be.
    read = min(authority, RECORDS_MAX) if read == answers else 0
    authoritative, _ = _decode_records(data, place, read)
    return DnsResponse(
        identifier=identifier,
        code=flags & 0xF,
        is_truncated=is_truncated,
        question=(name, kind),
        answers=answered,
        authority=authoritative,
    )


def _unpack(layout: Struct, data: bytes, place: int) -> tuple[int, ...]:
    if place + layout.size > len(data):
        raise MalformedPacket("the DNS message ends within a record")
    return layout.unpack_from(data, place)


def _decode_records(data: bytes, place: int, count: int) -> tuple[tuple[Record, ...], int]:
    records: list[Record] = []
    for _ in range(count):
        owner, place = _decode_name(data, place)
        kind, rdclass, ttl_s, length = _unpack(_RECORD, data, place)
        place += _RECORD.size
        end = place + length
        if end > len(data):
            raise MalformedPacket("the DNS message ends within a record")
        if rdclass == _CLASS_IN and kind in _KINDS:
            # With its highest bit set it is to be taken for 0 (RFC 2181 8).
            ttl_s = ttl_s if ttl_s <= _TTL_MAX_S else 0
            records.append(_decode_record(data, place, end, owner, RecordType(kind), ttl_s))
        place = end
    return tuple(records), place


_KINDS: Final = frozenset(RecordType)
_ADDRESS_BYTES: Final = {RecordType.A: 4, RecordType.AAAA: 16}


def _decode_record(
    data: bytes, place: int, end: int, owner: Labels, kind: RecordType, ttl_s: int
) -> Record:
    if kind in _ADDRESS_BYTES:
        if end - place != _ADDRESS_BYTES[kind]:
            raise MalformedPacket(f"an {kind.name} record of {end - place} bytes")
        return Record(owner, kind, ttl_s, address=data[place:end])
    if kind is RecordType.TXT:
        return Record(owner, kind, ttl_s, text=_decode_text(data, place, end))
    name, place = _decode_name(data, place)
    record = Record(owner, kind, ttl_s, name=name)
    if kind is RecordType.SOA:
        _, place = _decode_name(data, place)
        *_, minimum_s = _unpack(_SOA_TIMES, data, place)
        place += _SOA_TIMES.size
        record = Record(owner, kind, ttl_s, minimum_s=minimum_s)
    if place != end:
        raise MalformedPacket(f"a {kind.name} record that is not as long as it says")
    return record


def _decode_text(data: bytes, place: int, end: int) -> bytes:
    strings: list[bytes] = []
    while place < end and len(strings) < STRINGS_MAX:
        behind = place + 1 + data[place]
        if behind > end:
            raise MalformedPacket("a TXT record that is not as long as it says")
        strings.append(data[place + 1 : behind])
        place = behind
    return b"".join(strings)


def _decode_name(data: bytes, place: int) -> tuple[Labels, int]:
    """A name, and where it ends. A pointer leads to an earlier place than all before it, so that
    no names go round in circles (RFC 1035 4.1.4: to a prior occurrence)."""
    labels: list[bytes] = []
    size, earliest, end = 1, place, None
    while True:
        if place >= len(data):
            raise MalformedPacket("the DNS message ends within a name")
        length = data[place]
        if length & _POINTER == _POINTER:
            if place + 2 > len(data):
                raise MalformedPacket("the DNS message ends within a name")
            target = (length & ~_POINTER) << 8 | data[place + 1]
            end = place + 2 if end is None else end
            if target >= earliest:
                raise MalformedPacket("a DNS name that leads to itself")
            place = earliest = target
        elif length & _POINTER:
            raise MalformedPacket(f"a DNS label of type {length >> 6}")
        elif length == 0:
            return tuple(labels), place + 1 if end is None else end
        else:
            label = data[place + 1 : place + 1 + length]
            size += 1 + length
            if len(label) < length or size > NAME_BYTES_MAX:
                raise MalformedPacket("a DNS name that is too long")
            labels.append(label)
            place += 1 + length


def same_name(one: Labels, other: Labels) -> bool:
    """Whether they are one name: letters of ASCII in any case (RFC 4343)."""
    return [label.lower() for label in one] == [label.lower() for label in other]


def find(response: DnsResponse, name: Labels, kind: RecordType) -> Found:
    """The records of that type, of the name or of what its aliases lead to.

    Raises:
        MalformedPacket: the aliases lead nowhere.
    """
    times_s: list[int] = []
    for _ in range(CHAIN_MAX):
        own = [record for record in response.answers if same_name(record.owner, name)]
        found = tuple(record for record in own if record.kind is kind)
        if found:
            times_s += [record.ttl_s for record in found]
            return Found(found, min(times_s))
        alias = next((record for record in own if record.kind is RecordType.CNAME), None)
        if alias is None:
            times_s += _absent_s(response.authority, name)
            return Found((), min(times_s, default=None))
        name = alias.name
        times_s.append(alias.ttl_s)
    raise MalformedPacket("DNS aliases without end")


def _absent_s(authority: Iterable[Record], name: Labels) -> list[int]:
    """For how long it is true that there are none (RFC 2308 5): as the zone says that has the
    name, if it does."""
    return [
        min(record.ttl_s, record.minimum_s)
        for record in authority
        if record.kind is RecordType.SOA
        and (not record.owner or same_name(name[-len(record.owner) :], record.owner))
    ]


def name_text(name: Labels) -> str:
    """A name as in a zone file, without its last dot: all of it printable ASCII, with `\\DDD` for
    other bytes (RFC 1035 5.1)."""
    return ".".join("".join(map(_shown_byte, label)) for label in name)


def _shown_byte(byte: int) -> str:
    if byte in _SPECIAL:
        return f"\\{byte:c}"
    return f"{byte:c}" if 0x20 < byte < 0x7F else f"\\{byte:03d}"
