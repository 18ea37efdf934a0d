"""Values of options that are checked by themselves."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.model.probe import IPAddress
from poros_tui.probe.outgoing import PATTERN_MAX, SIZE_MAX, SIZE_MIN

PORT_MAX = 0xFFFF
PAYLOAD_MAX = 1400
"""Bytes of a payload of the user's own: as many as pass nearly everywhere in one piece."""


def checked_size(size: int | None) -> int | None:
    """Within bounds, else UsageError."""
    if size is not None and not SIZE_MIN <= size <= SIZE_MAX:
        raise UsageError(
            f"--size {size:.15g} is out of range", f"give {SIZE_MIN} to {SIZE_MAX} bytes"
        )
    return size


def checked_port(name: str, port: int | None) -> int | None:
    """Within bounds, else UsageError with the option's name."""
    if port is not None and not 1 <= port <= PORT_MAX:
        raise UsageError(f"{name} {port:.15g} is out of range", f"give 1 to {PORT_MAX}")
    return port


def parse_pattern(text: str) -> bytes:
    """Bytes in hexadecimal, else UsageError."""
    return _parse_bytes("--pattern", text, "no pattern", PATTERN_MAX, ", such as ff00")


def parse_payload(text: str) -> bytes:
    """Bytes in hexadecimal, else UsageError."""
    return _parse_bytes("--payload-hex", text, "no payload", PAYLOAD_MAX)


def _parse_bytes(name: str, text: str, complaint: str, most: int, example: str = "") -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if not 1 <= len(found) <= most:
        raise UsageError(
            f"{name} {clean(text, 40)!r} is {complaint}",
            f"give 1 to {most} bytes in hexadecimal{example}",
        )
    return found


def parse_source(text: str) -> IPAddress:
    """An address that one host may have, else UsageError."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        raise UsageError(
            f"--source {clean(text, 60)!r} is no address", "give an IPv4 or IPv6 address of yours"
        ) from None
    if isinstance(address, IPv6Address):
        address = IPv6Address(address.packed)  # its zone is that of the interface
    is_many = address.is_multicast or address == IPv4Address("255.255.255.255")
    if address.is_unspecified or is_many:
        raise UsageError(f"--source {address} is no single host", "give an address of yours")
    return address
