"""What a router adds to an ICMP error behind the datagram that it quotes (RFC 4884).

MPLS label stacks (RFC 4950), interface information (RFC 5837), and whatever else as bytes. Routers
from before RFC 4884 put the same structure behind 128 bytes of quote and tell no length.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import CorruptPacket, MalformedPacket, TruncatedPacket
from poros_tui.packets.checksum import internet_checksum

QUOTE_MIN: Final = 128
"""Bytes of quoted datagram in front of extensions, padded with zeros (RFC 4884 section 4)."""
OBJECTS_MAX: Final = 16
"""Objects read of one message: real ones have one or two."""

_VERSION: Final = 2
_HEADER: Final = Struct("!BxH")  # version in the high half, checksum
_OBJECT: Final = Struct("!HBB")  # length with this header, class, type
_MPLS: Final = (1, 1)
_MPLS_ENTRY: Final = Struct("!I")
_INTERFACE_CLASS: Final = 2
_HAS_INDEX, _HAS_ADDRESS, _HAS_NAME, _HAS_MTU = 0x08, 0x04, 0x02, 0x01
_UINT32: Final = Struct("!I")
_ADDRESS_FAMILY: Final = Struct("!Hxx")


class MplsLabel(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a label stack (RFC 3032 section 2.1)."""

    label: int
    """0 to 1048575."""
    traffic_class: int
    """0 to 7."""
    is_bottom: bool
    ttl: int
    """0 to 255."""


class MplsStack(msgspec.Struct, frozen=True):
    """The labels that the probe carried when it expired, the outermost first."""

    labels: tuple[MplsLabel, ...]


class InterfaceRole(StrEnum):
    """Which interface is described, in the order of its numbers (RFC 5837 section 4.1)."""

    INCOMING = "incoming interface"
    INCOMING_PART = "part of the incoming interface"
    """The one below IP: a member of a bundle, for instance."""
    OUTGOING = "outgoing interface"
    NEXT_HOP = "next hop"


class InterfaceInformation(msgspec.Struct, frozen=True, kw_only=True):
    """An interface of the router. What it does not tell is None."""

    role: InterfaceRole
    index: int | None = None
    """The ifIndex of its management (RFC 2863)."""
    address: IPv4Address | IPv6Address | None = None
    name: str | None = None
    """As it came, but for the zeros at its end: anything may stand in it."""
    mtu: int | None = None
    """Bytes."""

    @property
    def c_type(self) -> int:
        """Its C-Type: the role, and which of the four it tells (RFC 5837 section 4.1)."""
        told = (
            (self.index, _HAS_INDEX),
            (self.address, _HAS_ADDRESS),
            (self.name, _HAS_NAME),
            (self.mtu, _HAS_MTU),
        )
        bits = sum(bit for value, bit in told if value is not None)
        return tuple(InterfaceRole).index(self.role) << 6 | bits


class UnknownObject(msgspec.Struct, frozen=True, kw_only=True):
    """An object that this program does not know, or cannot make sense of."""

    class_number: int
    c_type: int
    payload: bytes


Extension = MplsStack | InterfaceInformation | UnknownObject


class SplitQuote(msgspec.Struct, frozen=True):
    """What stands behind the header of an ICMP error, taken apart."""

    datagram: bytes
    """The quote alone; zeros may pad it."""
    extensions: tuple[Extension, ...] = ()


def split_quote(data: bytes, length: int, *, stripped: int = 0) -> SplitQuote:
    """Part the quoted datagram from the extensions behind it. Total: bad ones are left out.

    Args:
        data: the quote with all that follows it.
        length: bytes of quote by the length field of the message; 0 where it tells none.
        stripped: bytes of quote, its IP header included, that are missing in front of `data`.
    """
    if length >= QUOTE_MIN and length > stripped:
        place = length - stripped
        try:
            return SplitQuote(data[:place], decode_extensions(data[place:]))
        except MalformedPacket:
            return SplitQuote(data[:place])
    place = QUOTE_MIN - stripped
    if len(data) <= place:
        return SplitQuote(data)
    try:
        # Nothing says that these bytes are no part of the quote: the checksum must (RFC 4884 5.5).
        return SplitQuote(data[:place], decode_extensions(data[place:], needs_checksum=True))
    except MalformedPacket:
        return SplitQuote(data)


def decode_extensions(data: bytes, *, needs_checksum: bool = False) -> tuple[Extension, ...]:
    """Read an extension structure, which fills `data` (RFC 4884 section 7).

    A checksum of 0 was not computed, and is refused with `needs_checksum`. Objects beyond
    OBJECTS_MAX are checked and left out.

    Raises:
        MalformedPacket: another version, a wrong checksum, or objects that do not fill the data.
    """
    if len(data) < _HEADER.size:
        raise TruncatedPacket(f"extensions have {_HEADER.size} bytes or more, got {len(data)}")
    version, checksum = _HEADER.unpack_from(data)
    if version >> 4 != _VERSION:
        raise MalformedPacket(f"expected extensions of version {_VERSION}, got {version >> 4}")
    if internet_checksum(data) != 0 if checksum else needs_checksum:
        raise CorruptPacket("the checksum of the extensions is wrong")
    objects = list(_objects(data))
    return tuple(_read_object(*each) for each in objects[:OBJECTS_MAX])


def _objects(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Class, type and payload of each.

    Raises:
        MalformedPacket: a length that cannot be.
    """
    place = _HEADER.size
    while place < len(data):
        if len(data) < place + _OBJECT.size:
            raise TruncatedPacket("cut off within the header of an extension object")
        length, class_number, c_type = _OBJECT.unpack_from(data, place)
        if not _OBJECT.size <= length <= len(data) - place:
            raise MalformedPacket(f"an extension object of {length} bytes")
        yield class_number, c_type, data[place + _OBJECT.size : place + length]
        place += length


def _read_object(class_number: int, c_type: int, payload: bytes) -> Extension:
    """The object, as bytes where it is not known or not as its RFC has it."""
    known: Extension | None = None
    if (class_number, c_type) == _MPLS:
        known = _read_stack(payload)
    elif class_number == _INTERFACE_CLASS:
        known = _read_interface(c_type, payload)
    return known or UnknownObject(class_number=class_number, c_type=c_type, payload=payload)


def _read_stack(payload: bytes) -> MplsStack | None:
    if not payload or len(payload) % _MPLS_ENTRY.size:
        return None
    return MplsStack(
        tuple(
            MplsLabel(
                label=entry >> 12,
                traffic_class=entry >> 9 & 7,
                is_bottom=bool(entry >> 8 & 1),
                ttl=entry & 0xFF,
            )
            for (entry,) in _MPLS_ENTRY.iter_unpack(payload)
        )
    )


def _read_interface(c_type: int, payload: bytes) -> InterfaceInformation | None:
    """The parts that the type announces, in this order; None where they do not fill the object.

    Its two reserved bits are ignored, as RFC 5837 section 4.1 has it.
    """
    index = address = name = mtu = None
    rest = _Rest(payload)
    if c_type & _HAS_INDEX:
        index = rest.number()
    if c_type & _HAS_ADDRESS:
        address = rest.address()
    if c_type & _HAS_NAME:
        name = rest.name()
    if c_type & _HAS_MTU:
        mtu = rest.number()
    if not rest.is_used_up:
        return None
    role = tuple(InterfaceRole)[c_type >> 6]
    return InterfaceInformation(role=role, index=index, address=address, name=name, mtu=mtu)


class _Rest:
    """The part of a payload that is not read yet."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._is_short = False

    @property
    def is_used_up(self) -> bool:
        """Whether all was read, and nothing was missing."""
        return not self._data and not self._is_short

    def _take(self, count: int) -> bytes:
        """The next bytes; zeros where there are not so many."""
        taken, self._data = self._data[:count], self._data[count:]
        self._is_short |= len(taken) < count
        return taken.ljust(count, b"\0")

    def number(self) -> int:
        number: int = _UINT32.unpack(self._take(_UINT32.size))[0]
        return number

    def address(self) -> IPv4Address | IPv6Address | None:
        """Of another family than IP's nobody knows the length."""
        match _ADDRESS_FAMILY.unpack(self._take(_ADDRESS_FAMILY.size))[0]:
            case 1:
                return IPv4Address(self._take(4))
            case 2:
                return IPv6Address(self._take(16))
            case _:
                self._is_short = True
                return None

    def name(self) -> str:
        """UTF-8 behind a byte that counts itself too; padded with zeros (RFC 5837 4.3)."""
        length = self._take(1)[0]
        self._is_short |= length == 0
        return self._take(max(0, length - 1)).rstrip(b"\0").decode("utf-8", "replace")
