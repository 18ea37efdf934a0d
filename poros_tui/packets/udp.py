"""The UDP header (RFC 768)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import TruncatedPacket
from poros_tui.packets.checksum import internet_checksum, ones_complement_sum, pseudo_header
from poros_tui.packets.ipv4 import PROTOCOL_UDP

_HEADER: Final = Struct("!HHHH")  # source port, destination port, length, checksum
HEADER_BYTES: Final = _HEADER.size
_IPAddress = IPv4Address | IPv6Address


class UdpDatagram(msgspec.Struct, frozen=True, kw_only=True):
    """A UDP header and as much of the payload as is there."""

    source_port: int
    destination_port: int
    length: int
    """As the header has it: of header and payload."""
    checksum: int
    """0 for none."""
    payload: bytes

    @classmethod
    def decode(cls, data: bytes) -> UdpDatagram:
        """Read a datagram, whole or cut off anywhere behind its header.

        Raises:
            MalformedPacket: shorter than its header.
        """
        if len(data) < _HEADER.size:
            raise TruncatedPacket(f"a UDP header has {_HEADER.size} bytes, got {len(data)}")
        source_port, destination_port, length, checksum = _HEADER.unpack_from(data)
        return cls(
            source_port=source_port,
            destination_port=destination_port,
            length=length,
            checksum=checksum,
            payload=data[_HEADER.size :],
        )

    def encode(self) -> bytes:
        """The datagram."""
        head = _HEADER.pack(self.source_port, self.destination_port, self.length, self.checksum)
        return head + self.payload


def checksummed(
    source_port: int,
    destination_port: int,
    payload: bytes,
    source: _IPAddress,
    destination: _IPAddress,
) -> UdpDatagram:
    """The datagram as it is sent between these addresses."""
    blank = UdpDatagram(
        source_port=source_port,
        destination_port=destination_port,
        length=HEADER_BYTES + len(payload),
        checksum=0,
        payload=payload,
    )
    head = pseudo_header(source, destination, PROTOCOL_UDP, blank.length)
    # 0 would mean that there is none.
    checksum = internet_checksum(head + blank.encode()) or 0xFFFF
    return UdpDatagram(
        source_port=source_port,
        destination_port=destination_port,
        length=blank.length,
        checksum=checksum,
        payload=payload,
    )


def unfinished_checksum(source: _IPAddress, destination: _IPAddress, length: int) -> int:
    """What Linux leaves in the place of the checksum for the network card to finish: the sum of
    the pseudo header. Where a link has no card (veth, a bridge of virtual machines), routers on the
    same machine quote it so. `length` is that of header and payload."""
    return ones_complement_sum(pseudo_header(source, destination, PROTOCOL_UDP, length))
