"""The UDP header (RFC 768)."""

from __future__ import annotations

from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import TruncatedPacket

_HEADER: Final = Struct("!HHHH")  # source port, destination port, length, checksum
HEADER_BYTES: Final = _HEADER.size


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
