"""Packets as others would build them, written apart from the codecs under test."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address

from poros_tui.packets.checksum import internet_checksum


def ipv4(
    payload: bytes,
    *,
    source: str = "10.0.0.1",
    destination: str = "10.9.9.9",
    protocol: int = 1,
    ttl: int = 1,
    traffic_class: int = 0,
    identification: int = 0x1234,
    options: bytes = b"",
) -> bytes:
    """An IPv4 packet; `options` in whole words of 4 bytes."""
    header = struct.pack(
        "!BBHHHBBH4s4s",
        0x40 | (5 + len(options) // 4),
        traffic_class,
        20 + len(options) + len(payload),
        identification,
        0,
        ttl,
        protocol,
        0,
        IPv4Address(source).packed,
        IPv4Address(destination).packed,
    )
    return header + options + payload


def ipv6(
    payload: bytes,
    *,
    source: str = "fd00::1",
    destination: str = "fd00::99",
    next_header: int = 58,
    hop_limit: int = 1,
    traffic_class: int = 0,
    flow_label: int = 0,
) -> bytes:
    """An IPv6 packet without extension headers; those are part of `payload`."""
    first = 6 << 28 | traffic_class << 20 | flow_label
    fixed = struct.pack("!IHBB", first, len(payload), next_header, hop_limit)
    return fixed + IPv6Address(source).packed + IPv6Address(destination).packed + payload


def icmp(
    icmp_type: int, icmp_code: int = 0, rest: bytes = b"\0\0\0\0", payload: bytes = b""
) -> bytes:
    """An ICMP message with its IPv4 checksum; `rest` are bytes 4 to 7."""
    blank = struct.pack("!BBH", icmp_type, icmp_code, 0) + rest + payload
    return blank[:2] + internet_checksum(blank).to_bytes(2, "big") + blank[4:]


def echo(icmp_type: int, identifier: int, sequence: int, payload: bytes = b"") -> bytes:
    """An echo request or reply."""
    return icmp(icmp_type, 0, struct.pack("!HH", identifier, sequence), payload)


def udp(source_port: int, destination_port: int, payload: bytes = b"") -> bytes:
    """A UDP datagram without a checksum."""
    return struct.pack("!HHHH", source_port, destination_port, 8 + len(payload), 0) + payload
