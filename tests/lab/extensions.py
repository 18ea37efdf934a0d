"""What routers add to ICMP errors, as bytes by the lab's own code (RFC 4884, 4950, 5837).

The values are those of a scenario, the bytes do not come from poros_tui.packets.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack
from typing import Final

from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    InterfaceRole,
    MplsStack,
    UnknownObject,
)
from tests.lab.wire import checksum

LEGACY_QUOTE: Final = 128
"""Bytes of quote in front of extensions where no length is told: so many and no others."""
_WORD: Final = {4: 4, 6: 8}
"""Bytes that a quote is a multiple of, by family."""
_ROLES: Final = {
    InterfaceRole.INCOMING: 0,
    InterfaceRole.INCOMING_PART: 1,
    InterfaceRole.OUTGOING: 2,
    InterfaceRole.NEXT_HOP: 3,
}


def padded(quote: bytes, family: int, *, least: int = 0, is_legacy: bool = False) -> bytes:
    """A quote with the zeros that it needs in front of extensions, `least` bytes in all."""
    if is_legacy:
        quote = quote[:LEGACY_QUOTE]
    length = LEGACY_QUOTE if is_legacy else max(LEGACY_QUOTE, least, len(quote))
    return quote.ljust(-(-length // _WORD[family]) * _WORD[family], b"\0")


def structure(extensions: Sequence[Extension]) -> bytes:
    """The extension structure with its checksum."""
    objects = b"".join(_object(extension) for extension in extensions)
    head = b"\x20\0"
    return head + checksum(head + b"\0\0" + objects) + objects


def _object(extension: Extension) -> bytes:
    match extension:
        case MplsStack(labels=labels):
            entries = (
                entry.label << 12 | entry.traffic_class << 9 | entry.is_bottom << 8 | entry.ttl
                for entry in labels
            )
            return _with_header(1, 1, b"".join(pack("!I", entry) for entry in entries))
        case InterfaceInformation():
            return _interface(extension)
        case UnknownObject():
            return _with_header(extension.class_number, extension.c_type, extension.payload)


def _interface(told: InterfaceInformation) -> bytes:
    kind, payload = _ROLES[told.role] << 6, b""
    if told.index is not None:
        kind |= 8
        payload += pack("!I", told.index)
    if told.address is not None:
        kind |= 4
        family = 1 if told.address.version == 4 else 2
        payload += pack("!HH", family, 0) + told.address.packed
    if told.name is not None:
        kind |= 2
        name = told.name.encode()
        length = -(-(1 + len(name)) // 4) * 4
        payload += bytes([length]) + name.ljust(length - 1, b"\0")
    if told.mtu is not None:
        kind |= 1
        payload += pack("!I", told.mtu)
    return _with_header(2, kind, payload)


def _with_header(class_number: int, kind: int, payload: bytes) -> bytes:
    return pack("!HBB", 4 + len(payload), class_number, kind) + payload
