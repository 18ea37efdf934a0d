"""Probes as a prober's kernel would send them, for the tests of the lab itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from struct import pack
from typing import Final

from tests.lab import wire

SOURCE4, TARGET4 = IPv4Address("10.255.0.2").packed, IPv4Address("203.0.113.10").packed
SOURCE6, TARGET6 = IPv6Address("fd00::2").packed, IPv6Address("2001:db8::cb00:710a").packed
IDENTIFIER: Final = 0x1234
TTL: Final = 7


def echo_request(*, sequence: int = 5, kind: int = 8, payload: bytes = b"nonce678" * 4) -> bytes:
    """An ICMP echo request with an IPv4 checksum (nobody looks at that of the IPv6 one)."""
    blank = pack("!BBHHH", kind, 0, 0, IDENTIFIER, sequence) + payload
    return blank[:2] + wire.checksum(blank) + blank[4:]


def udp(*, port: int = 33434, payload: bytes = b"nonce678" * 4) -> bytes:
    """A UDP datagram without a checksum."""
    return pack("!HHHH", IDENTIFIER, port, 8 + len(payload), 0) + payload


def tcp(*, sequence: int = 7, flags: int = 0x02, payload: bytes = b"") -> bytes:
    """A TCP segment, a SYN by itself, without a checksum."""
    return pack("!HHIIBBHHH", IDENTIFIER, 80, sequence, 0, 0x50, flags, 64240, 0, 0) + payload


def ipv4(number: int, transport: bytes) -> bytes:
    """An IPv4 packet to the destination."""
    header = pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(transport), 1, 0, TTL, number, 0, SOURCE4, TARGET4
    )
    return wire.with_ipv4_checksum(header + transport)


def ipv6(number: int, transport: bytes) -> bytes:
    """An IPv6 packet to the destination."""
    header = pack("!IHBB", 6 << 28, len(transport), number, TTL)
    return header + SOURCE6 + TARGET6 + transport


PROBES: Final = (
    ipv4(wire.ICMP4, echo_request()),
    ipv4(wire.UDP, udp()),
    ipv6(wire.ICMP6, echo_request(kind=128)),
    ipv6(wire.UDP, udp()),
    ipv4(wire.TCP, tcp(payload=b"nonce678")),
    ipv6(wire.TCP, tcp(payload=b"nonce678")),
)
"""One of each kind."""
