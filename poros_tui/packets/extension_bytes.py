"""The extensions of an ICMP error as bytes: what `extensions` reads (RFC 4884, 4950, 5837)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

from poros_tui.packets.checksum import internet_checksum
from poros_tui.packets.extensions import (
    QUOTE_MIN,
    Extension,
    InterfaceInformation,
    MplsStack,
    UnknownObject,
)

_VERSION: Final = 0x20
_HEADER: Final = Struct("!BxH")  # version in the high half, checksum
_OBJECT: Final = Struct("!HBB")  # length with this header, class, type
_UINT32: Final = Struct("!I")
_MPLS_CLASS, _MPLS_TYPE, _INTERFACE_CLASS = 1, 1, 2
_NAME_MAX: Final = 63
"""Bytes of an interface's name with the one that counts them (RFC 5837 section 4.3)."""
_WORD_BYTES: Final = {4: 4, 6: 8}
"""In which a length field counts, by IP version."""


def padded_quote(quoted: bytes, version: int, *, is_legacy: bool = False) -> bytes:
    """A quote with the zeros that stand between it and extensions; `is_legacy`: of a router that
    tells no length, so that they stand at 128 bytes."""
    if is_legacy:
        quoted = quoted[:QUOTE_MIN]
    length = max(QUOTE_MIN, len(quoted))
    word = _WORD_BYTES[version]
    return quoted.ljust(-(-length // word) * word, b"\0")


def encode_extensions(extensions: Iterable[Extension]) -> bytes:
    """The structure, with its checksum."""
    objects = b"".join(map(_object, extensions))
    checksum = internet_checksum(_HEADER.pack(_VERSION, 0) + objects)
    return _HEADER.pack(_VERSION, checksum) + objects


def _object(extension: Extension) -> bytes:
    match extension:
        case MplsStack():
            numbers, payload = (_MPLS_CLASS, _MPLS_TYPE), _stack(extension)
        case InterfaceInformation():
            numbers, payload = (_INTERFACE_CLASS, extension.c_type), _interface(extension)
        case UnknownObject():
            numbers, payload = (extension.class_number, extension.c_type), extension.payload
    return _OBJECT.pack(_OBJECT.size + len(payload), *numbers) + payload


def _stack(stack: MplsStack) -> bytes:
    return b"".join(
        _UINT32.pack(one.label << 12 | one.traffic_class << 9 | one.is_bottom << 8 | one.ttl)
        for one in stack.labels
    )


def _interface(told: InterfaceInformation) -> bytes:
    """Its parts in the order of RFC 5837 section 4.1."""
    parts = []
    if told.index is not None:
        parts.append(_UINT32.pack(told.index))
    if told.address is not None:
        parts.append(_address(told.address))
    if told.name is not None:
        name = told.name.encode()[: _NAME_MAX - 1]
        counted = bytes([1 + len(name)]) + name
        counted += bytes(-len(counted) % 4)
        parts.append(bytes([len(counted)]) + counted[1:])
    if told.mtu is not None:
        parts.append(_UINT32.pack(told.mtu))
    return b"".join(parts)


def _address(address: IPv4Address | IPv6Address) -> bytes:
    family = 1 if address.version == 4 else 2
    return family.to_bytes(2, "big") + bytes(2) + address.packed
