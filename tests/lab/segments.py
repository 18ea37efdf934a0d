"""What a destination's ports answer, as bytes by the lab's own code (RFC 768, 9293, 1035)."""

from __future__ import annotations

from struct import Struct, pack
from typing import Final

from tests.lab.wire import TCP, UDP, ProbePacket, checksum

SYN, RST, ACK = 0x02, 0x04, 0x10
FIXED_PAYLOAD: Final = b"a datagram that is always the same"
_TCP: Final = Struct("!HHIIBBHHH")
_MSS_OPTION: Final = {4: pack("!BBH", 2, 4, 1460), 6: pack("!BBH", 2, 4, 1440)}
_DNS_FORMERR: Final = pack("!HHHHH", 0x8001, 0, 0, 0, 0)
"""A response with code 1 and nothing in it, behind its identifier (RFC 1035 4.1.1)."""


def syn_ack(probe: ProbePacket, sequence: int) -> bytes:
    """What an open port says to a SYN."""
    return _segment(probe, SYN | ACK, sequence, window=65535, options=_MSS_OPTION[probe.family])


def reset(probe: ProbePacket) -> bytes:
    """What a closed port says to a SYN (RFC 9293 section 3.5.2)."""
    return _segment(probe, RST | ACK, 0, window=0, options=b"")


def datagram(probe: ProbePacket, payload: bytes) -> bytes:
    """From the port that the probe went to, to the port that it came from."""
    source, destination = _ports(probe)
    length = 8 + len(payload)
    blank = pack("!HHHH", destination, source, length, 0) + payload
    total = with_pseudo_checksum(probe, UDP, blank)
    # A sum of 0 is sent as 0xFFFF: 0 means that there is none (RFC 768).
    return blank[:6] + (total if any(total) else b"\xff\xff") + payload


def dns_response(probe: ProbePacket) -> bytes:
    """A DNS server's answer to a query that it cannot read."""
    query = probe.transport[8:]
    return datagram(probe, query[:2].ljust(2, b"\0") + _DNS_FORMERR)


def with_pseudo_checksum(probe: ProbePacket, number: int, blank: bytes) -> bytes:
    """The checksum of an answer, over its pseudo-header too (RFC 793 3.1, RFC 8200 8.1)."""
    pseudo = probe.destination + probe.source
    if probe.family == 4:
        pseudo += pack("!BBH", 0, number, len(blank))
    else:
        pseudo += pack("!II", len(blank), number)
    return checksum(pseudo + blank)


def _segment(
    probe: ProbePacket, flags: int, sequence: int, *, window: int, options: bytes
) -> bytes:
    """It acknowledges the SYN and what it carries."""
    source, destination = _ports(probe)
    transport = probe.transport
    carried = len(transport) - (transport[12] >> 4) * 4
    sent = int.from_bytes(transport[4:8], "big")
    acknowledged = (sent + 1 + carried) % (1 << 32)
    offset = (_TCP.size + len(options)) // 4 << 4
    fields = (destination, source, sequence, acknowledged, offset, flags, window, 0, 0)
    blank = _TCP.pack(*fields) + options
    return blank[:16] + with_pseudo_checksum(probe, TCP, blank) + blank[18:]


def _ports(probe: ProbePacket) -> tuple[int, int]:
    transport = probe.transport
    return int.from_bytes(transport[:2], "big"), int.from_bytes(transport[2:4], "big")
