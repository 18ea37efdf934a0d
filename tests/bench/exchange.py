"""What packets on a wire say of probes and their answers. Pure, and ground truth: nothing here
comes from poros_tui.packets.

A probe is known by what every router must quote of it (RFC 792, RFC 4443): the 8 bytes behind its
IP header.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from struct import unpack_from
from typing import Final

_ICMP: Final = {4: 1, 6: 58}
_TCP, _UDP = 6, 17
_IPV6_BYTES: Final = 40
_QUOTED_BYTES: Final = 8
_ECHO: Final = {4: 8, 6: 128}
_ECHO_REPLY: Final = {4: 0, 6: 129}
_ERRORS: Final = {4: (3, 11), 6: (1, 2, 3)}
_FLAGS_AT: Final = 13
_SYN, _ACK = 0x02, 0x10

Key = tuple[int, ...]
"""Protocol number, and what tells its probes apart: identifier and sequence of an echo, ports and
checksum of UDP, ports and sequence number of TCP."""


@dataclass(frozen=True, slots=True)
class Packet:
    """An IP packet as it passed a tap."""

    at_ns: int
    """CLOCK_REALTIME."""
    is_outgoing: bool
    data: bytes
    """From the IP header on; the end may be cut off."""


@dataclass(slots=True)
class Exchange:
    """A probe on the wire, and its first answer."""

    ttl: int
    sent_at_ns: int
    answered_at_ns: int | None = None

    @property
    def rtt_us(self) -> float | None:
        """Microseconds on the wire; None where no answer came."""
        if self.answered_at_ns is None:
            return None
        return (self.answered_at_ns - self.sent_at_ns) / 1e3


@dataclass(frozen=True, slots=True)
class _IPPacket:
    version: int
    ttl: int
    protocol: int
    destination: bytes
    content: bytes


def read_exchanges(
    packets: Sequence[Packet], destination: IPv4Address | IPv6Address
) -> list[Exchange]:
    """The probes to `destination` in the order they left, each with the first answer to it.

    A key that is used again is another probe; of TCP it is the same SYN, sent again.
    """
    exchanges: list[Exchange] = []
    by_key: dict[Key, Exchange] = {}
    for packet in packets:
        read = _read_ip(packet.data)
        if read is None:
            continue
        if packet.is_outgoing:
            key = _probe_key(read)
            if key is None or read.destination != destination.packed:
                continue
            if key[0] == _TCP and key in by_key:
                continue
            by_key[key] = Exchange(read.ttl, packet.at_ns)
            exchanges.append(by_key[key])
            continue
        exchange = by_key.get(_answered_key(read) or ())
        if exchange is not None and exchange.answered_at_ns is None:
            exchange.answered_at_ns = packet.at_ns
    return exchanges


def _read_ip(data: bytes) -> _IPPacket | None:
    """None for what is no IP packet, or too short to tell a probe."""
    version, header_bytes = data[0] >> 4 if data else 0, _IPV6_BYTES
    if version == 4:
        header_bytes = (data[0] & 15) * 4
    if version not in _ICMP or len(data) < header_bytes + _QUOTED_BYTES:
        return None
    content = data[header_bytes:]
    if version == 4:
        return _IPPacket(4, data[8], data[9], data[16:20], content)
    return _IPPacket(6, data[7], data[6], data[24:40], content)


def _probe_key(packet: _IPPacket) -> Key | None:
    """Also of a packet that is quoted, of which no more than 8 bytes need be there."""
    content = packet.content
    if packet.protocol == _ICMP[packet.version] and content[0] == _ECHO[packet.version]:
        return packet.protocol, *unpack_from("!HH", content, 4)
    if packet.protocol == _UDP:
        return packet.protocol, *unpack_from("!HH2xH", content)
    if packet.protocol == _TCP and _flags(content) in (None, _SYN):
        return packet.protocol, *unpack_from("!HHI", content)
    return None


def _flags(segment: bytes) -> int | None:
    """SYN and ACK, as far as they are set; None where the segment is cut off before them."""
    return segment[_FLAGS_AT] & (_SYN | _ACK) if len(segment) > _FLAGS_AT else None


def _answered_key(packet: _IPPacket) -> Key | None:
    """The key of the probe that a packet answers."""
    content = packet.content
    if packet.protocol == _TCP and len(content) > _FLAGS_AT and content[_FLAGS_AT] & _ACK:
        source_port, destination_port, acknowledged = unpack_from("!HH4xI", content)
        return packet.protocol, destination_port, source_port, (acknowledged - 1) % 2**32
    if packet.protocol != _ICMP[packet.version]:
        return None
    if content[0] == _ECHO_REPLY[packet.version]:
        return packet.protocol, *unpack_from("!HH", content, 4)
    quoted = _read_ip(content[8:]) if content[0] in _ERRORS[packet.version] else None
    return _probe_key(quoted) if quoted is not None else None
