"""Files in MaxMind's format, as its specification 2.0 has them, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv6Network, ip_network
from pathlib import Path
from struct import pack
from typing import Final

Value = str | int | float | bool | list["Value"] | dict[str, "Value"]

_MARKER: Final = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR: Final = bytes(16)
_KINDS: Final = {
    "record_size": 5,
    "ip_version": 5,
    "binary_format_major_version": 5,
    "binary_format_minor_version": 5,
    "build_epoch": 9,
}
"""Types of the numbers in the description of the file: 16 bits, and 64. All others have 32."""


def written(
    path: Path, rows: Mapping[str, Value], *, ip_version: int = 6, database_type: str = "Test-ASN"
) -> Path:
    """A file that says this of these prefixes, the longer ones last; IPv4 stands at the beginning
    of IPv6 in one for both."""
    nodes: list[list[object]] = [[None, None]]
    for prefix, value in rows.items():
        bits, length = _bits(prefix, ip_version)
        _put(nodes, bits, length, value)
    data, offsets = b"", dict[int, int]()
    for node in nodes:
        for side in node:
            if side is not None and not isinstance(side, int) and id(side) not in offsets:
                offsets[id(side)] = len(data)
                data += _encoded(side[0])  # type: ignore[index]
    count = len(nodes)

    def record(side: object) -> int:
        if side is None:
            return count
        return side if isinstance(side, int) else count + len(_SEPARATOR) + offsets[id(side)]

    tree = b"".join(pack("!II", *map(record, node)) for node in nodes)
    about: dict[str, Value] = {
        "node_count": count,
        "record_size": 32,
        "ip_version": ip_version,
        "database_type": database_type,
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_700_000_000,
        "description": {"en": "made for a test"},
    }
    path.write_bytes(tree + _SEPARATOR + data + _MARKER + _encoded(about))
    return path


def _bits(prefix: str, ip_version: int) -> tuple[int, int]:
    network = ip_network(prefix)
    if ip_version == 4:
        return int(network.network_address) << 96, network.prefixlen
    if isinstance(network, IPv6Network):
        return int(network.network_address), network.prefixlen
    return int(network.network_address), 96 + network.prefixlen


def _put(nodes: list[list[object]], bits: int, length: int, value: Value) -> None:
    node, leaf = 0, (value,)
    for place in range(length - 1):
        side = bits >> (127 - place) & 1
        following = nodes[node][side]
        if not isinstance(following, int):
            nodes.append([following, following])  # what was said of the shorter prefix
            nodes[node][side] = following = len(nodes) - 1
        node = following
    nodes[node][bits >> (128 - length) & 1] = leaf


def _encoded(value: Value) -> bytes:
    match value:
        case bool():
            return _control(14, int(value))
        case str():
            text = value.encode("utf-8", "surrogateescape")
            return _control(2, len(text)) + text
        case int():
            return _whole(value, 6)
        case float():
            return _control(3, 8) + pack("!d", value)
        case list():
            return _control(11, len(value)) + b"".join(map(_encoded, value))
        case dict():
            pairs = (
                _encoded(key)
                + (
                    _whole(one, _KINDS[key])
                    if key in _KINDS and isinstance(one, int)
                    else _encoded(one)
                )
                for key, one in value.items()
            )
            return _control(7, len(value)) + b"".join(pairs)


def _whole(value: int, kind: int) -> bytes:
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return _control(kind, len(digits)) + digits


def _control(kind: int, size: int) -> bytes:
    extended = bytes([kind - 7]) if kind > 7 else b""
    first = 0 if kind > 7 else kind << 5
    if size < 29:
        return bytes([first | size]) + extended
    if size < 285:
        return bytes([first | 29]) + extended + bytes([size - 29])
    return bytes([first | 30]) + extended + pack("!H", size - 285)
