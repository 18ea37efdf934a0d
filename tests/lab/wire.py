"""Probes read from bytes, and answers written as bytes, by the lab's own code.

Nothing here comes from poros_tui.packets: what is wrong there must not be wrong here as well.
RFC 791, 792, 768, 9293, 8200, 4443 and 1071.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from struct import Struct
from typing import Final

from poros_tui.model.probe import Protocol

ICMP4, TCP, UDP, ICMP6 = 1, 6, 17, 58
ECHO_REPLY4, ECHO_REPLY6 = 0, 129
IPV4_MAX, IPV6_MAX = 576, 1280
"""Longest error message (RFC 1812 4.3.2.3, RFC 4443 2.4 c)."""
_ECHO_REQUESTS: Final = ((4, ICMP4, 8), (6, ICMP6, 128))
_IPV4: Final = Struct("!BBHHHBBH4s4s")
_IPV6: Final = Struct("!IHBB16s16s")
_ICMP: Final = Struct("!BBHHH")
_DONT_FRAGMENT: Final = 0x40
_TCP_HEADER_BYTES: Final = 20
_SYN_ALONE: Final = 0x02
_SYN_ACK_RST: Final = 0x16
"""Flags: a SYN that opens a connection has one of these three, the first."""
_INTERNETWORK_CONTROL: Final = 0xC0
"""Precedence of error messages (RFC 1812 4.3.2.5)."""


@dataclass(frozen=True, slots=True)
class ProbePacket:
    """A probe as it came out of the kernel."""

    data: bytes
    family: int
    ttl: int
    protocol: Protocol
    source: bytes
    destination: bytes
    header_length: int
    """Of the IP header: the transport header begins here."""

    @property
    def transport(self) -> bytes:
        """Transport header and payload."""
        return self.data[self.header_length :]

    @property
    def flow(self) -> int:
        """What load balancers hash: addresses, protocol, and the first 4 bytes of the transport
        header (ports, or type, code and checksum); in IPv6 the flow label too."""
        label = self.data[1:4] if self.family == 6 else b""
        return zlib.crc32(self.source + self.destination + label + self.transport[:4])

    @property
    def dont_fragment(self) -> bool:
        """IPv4's DF; IPv6 has no use for it."""
        return self.family == 4 and bool(self.data[6] & _DONT_FRAGMENT)


def read_probe(data: bytes) -> ProbePacket | None:
    """Read an echo request, a UDP datagram or a TCP SYN; None for all else a host may send."""
    if len(data) >= _IPV4.size and data[0] >> 4 == 4:
        header_length, ttl, number = (data[0] & 15) * 4, data[8], data[9]
        source, destination, family = data[12:16], data[16:20], 4
        if int.from_bytes(data[6:8], "big") & 0x1FFF:
            return None  # a later fragment has no transport header
    elif len(data) >= _IPV6.size and data[0] >> 4 == 6:
        header_length, ttl, number = _IPV6.size, data[7], data[6]
        source, destination, family = data[8:24], data[24:40], 6
    else:
        return None
    if len(data) < header_length + 8:
        return None
    if number == UDP:
        protocol = Protocol.UDP
    elif number == TCP and _is_syn(data[header_length:]):
        protocol = Protocol.TCP
    elif (family, number, data[header_length]) in _ECHO_REQUESTS:
        protocol = Protocol.ICMP
    else:
        return None
    return ProbePacket(data, family, ttl, protocol, source, destination, header_length)


def _is_syn(segment: bytes) -> bool:
    if len(segment) < _TCP_HEADER_BYTES or segment[13] & _SYN_ACK_RST != _SYN_ALONE:
        return False
    return _TCP_HEADER_BYTES <= (segment[12] >> 4) * 4 <= len(segment)


def ip_packet(
    *,
    family: int,
    source: bytes,
    destination: bytes,
    ttl: int,
    number: int,
    content: bytes,
    is_error: bool = False,
) -> bytes:
    """An IP packet around a message of protocol `number` whose checksum is in place."""
    if family == 6:
        return _IPV6.pack(6 << 28, len(content), number, ttl, source, destination) + content
    service = _INTERNETWORK_CONTROL if is_error else 0
    length = _IPV4.size + len(content)
    header = _IPV4.pack(0x45, service, length, 0, 0, ttl, number, 0, source, destination)
    return with_ipv4_checksum(header) + content


def icmp_error(
    kind: int,
    code: int,
    quote: bytes,
    *,
    family: int,
    source: bytes,
    destination: bytes,
    quote_length: int = 0,
    mtu: int = 0,
) -> bytes:
    """An ICMP error, with its checksum.

    `quote_length` is what it says of the bytes in front of extensions (RFC 4884 section 4), 0 for
    nothing: in words of 32 bits in byte 5, in IPv6 of 64 bits in byte 4. `mtu` is that of the next
    link, in a message that says a packet is too big: the lower half of the second word (RFC 1191
    section 4), in IPv6 all of it (RFC 4443 section 3.2).
    """
    length_field = quote_length // 4 if family == 4 else quote_length // 8 << 8
    blank = _ICMP.pack(kind, code, 0, length_field, mtu) + quote
    return with_icmp_checksum(blank, family=family, source=source, destination=destination)


def echo_reply(
    identifier: int,
    sequence: int,
    payload: bytes,
    *,
    family: int,
    source: bytes,
    destination: bytes,
) -> bytes:
    """An echo reply, with its checksum."""
    kind = ECHO_REPLY4 if family == 4 else ECHO_REPLY6
    blank = _ICMP.pack(kind, 0, 0, identifier, sequence) + payload
    return with_icmp_checksum(blank, family=family, source=source, destination=destination)


def with_icmp_checksum(message: bytes, *, family: int, source: bytes, destination: bytes) -> bytes:
    """The message with the right checksum, in IPv6 over the pseudo-header too (RFC 8200 8.1)."""
    blank = message[:2] + b"\0\0" + message[4:]
    pseudo = b""
    if family == 6:
        pseudo = source + destination + len(blank).to_bytes(4, "big") + bytes([0, 0, 0, ICMP6])
    return blank[:2] + checksum(pseudo + blank) + blank[4:]


def with_ipv4_checksum(packet: bytes) -> bytes:
    """The packet with the right header checksum."""
    header_length = (packet[0] & 15) * 4
    blank = packet[:10] + b"\0\0" + packet[12:header_length]
    return blank[:10] + checksum(blank) + blank[12:] + packet[header_length:]


def checksum(data: bytes) -> bytes:
    """The internet checksum (RFC 1071): its ones' complement sum is the remainder mod 65535."""
    if len(data) % 2:
        data += b"\0"
    total = int.from_bytes(data, "big")
    # A sum of 65535 and one of 0 are the same remainder; only no data at all sums up to 0.
    folded = total % 0xFFFF or (0xFFFF if total else 0)
    return (0xFFFF - folded).to_bytes(2, "big")
