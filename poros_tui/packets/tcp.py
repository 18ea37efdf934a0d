"""TCP segments without a connection: the SYN that is sent, what answers it, what routers quote.

RFC 9293 section 3.1; options: section 3.2, RFC 2018 (SACK permitted), RFC 7323 (timestamp, window
scale).
"""

from __future__ import annotations

from enum import IntFlag
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import CorruptPacket, MalformedPacket, TruncatedPacket
from poros_tui.packets.checksum import internet_checksum, pseudo_header

PROTOCOL_TCP: Final = 6

_HEADER: Final = Struct("!HHIIBBHHH")
"""Ports, sequence, acknowledgment, data offset, flags, window, checksum, urgent pointer."""
_STUB: Final = Struct("!HHI")  # what a quote of 8 bytes holds
_CHECKSUM: Final = slice(16, 18)
CHECKSUM_OFFSET: Final = 16
_DATA_OFFSET: Final = 12
_MAXIMUM_SEGMENT_SIZE: Final = b"\x02\x04"
"""Kind and length of the option, which stands first in ours."""
HEADER_BYTES: Final = _HEADER.size
_WINDOW: Final = 64240
"""What Linux and Windows announce on an Ethernet: 44 segments of 1460 bytes."""


class Flags(IntFlag):
    """The control bits that say what an answer to a SYN is."""

    SYN = 0x02
    RST = 0x04
    ACK = 0x10


class Syn(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that asks for a connection."""

    source_port: int
    destination_port: int
    sequence: int
    """0 to 2^32 - 1."""
    options: bytes = b""
    """A multiple of 4 bytes, at most 40."""
    payload: bytes = b""

    def encode(self) -> bytes:
        """The segment with its checksum left at 0."""
        header = _HEADER.pack(
            self.source_port,
            self.destination_port,
            self.sequence,
            0,
            (HEADER_BYTES + len(self.options)) // 4 << 4,
            Flags.SYN,
            _WINDOW,
            0,
            0,
        )
        return header + self.options + self.payload


class TcpSegment(msgspec.Struct, frozen=True, kw_only=True):
    """A whole segment that came."""

    source_port: int
    destination_port: int
    acknowledgment: int
    flags: int
    """All eight control bits; see Flags for those that matter."""

    @classmethod
    def decode(cls, data: bytes) -> TcpSegment:
        """Read a segment. Its checksum is another matter: see `verify`.

        Raises:
            MalformedPacket: shorter than its header.
        """
        if len(data) < HEADER_BYTES:
            raise TruncatedPacket(f"a TCP header has {HEADER_BYTES} bytes, got {len(data)}")
        source, destination, _, acknowledgment, offset, flags, *_ = _HEADER.unpack_from(data)
        if not HEADER_BYTES <= (offset >> 4) * 4 <= len(data):
            words = f"TCP data offset {offset >> 4} of {len(data)} bytes"
            raise (TruncatedPacket if (offset >> 4) * 4 > len(data) else MalformedPacket)(words)
        return cls(
            source_port=source,
            destination_port=destination,
            acknowledgment=acknowledgment,
            flags=flags,
        )


class QuotedTcp(msgspec.Struct, frozen=True, kw_only=True):
    """A segment as far as a router quotes it."""

    source_port: int
    destination_port: int
    sequence: int
    checksum: int | None
    """None where the quote ends before it."""
    header: bytes | None = None
    """All of it, options included; None where the quote ends before."""

    @classmethod
    def decode(cls, data: bytes) -> QuotedTcp:
        """Read a segment that is cut off anywhere behind its first 8 bytes.

        Raises:
            MalformedPacket: shorter than that.
        """
        if len(data) < _STUB.size:
            raise TruncatedPacket(f"a quoted TCP header has 8 bytes, got {len(data)}")
        source_port, destination_port, sequence = _STUB.unpack_from(data)
        # Zeros behind the stub pad a short quote (RFC 4884 section 4): a SYN has its flags there.
        checksum = data[_CHECKSUM] if any(data[_STUB.size :]) else b""
        return cls(
            source_port=source_port,
            destination_port=destination_port,
            sequence=sequence,
            checksum=int.from_bytes(checksum, "big") if len(checksum) == 2 else None,
            header=_whole_header(data),
        )


def _whole_header(data: bytes) -> bytes | None:
    """Of a segment that is cut off anywhere behind its first 8 bytes."""
    if len(data) < HEADER_BYTES:
        return None
    end = (data[_DATA_OFFSET] >> 4) * 4
    return data[:end] if HEADER_BYTES <= end <= len(data) else None


def syn_options(timestamp: int) -> bytes:
    """The 20 bytes of options that Linux gives a SYN: maximum segment size 1460, SACK permitted,
    this timestamp, window scale 7. Some middleboxes drop a SYN that has none."""
    return (  # kind, length, value; a no-operation in front of the last
        b"\x02\x04\x05\xb4"
        + b"\x04\x02"
        + b"\x08\x0a"
        + timestamp.to_bytes(4, "big")
        + bytes(4)
        + b"\x01"
        + b"\x03\x03\x07"
    )


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """What the header of a SYN says beside ports, numbers and checksum."""

    window: int
    urgent_pointer: int
    maximum_segment_size: int
    """0 where the options do not begin with it, as ours do."""
    other_options: bytes
    """What follows it, or would."""

    @classmethod
    def decode(cls, header: bytes) -> Proposal:
        """Read a whole header."""
        *_, window, _, urgent_pointer = _HEADER.unpack_from(header)
        options = header[HEADER_BYTES:]
        has_size = len(options) >= 4 and options[:2] == _MAXIMUM_SEGMENT_SIZE
        return cls(
            window=window,
            urgent_pointer=urgent_pointer,
            maximum_segment_size=int.from_bytes(options[2:4], "big") if has_size else 0,
            other_options=options[4:],
        )


def with_header_of(segment: bytes, header: bytes) -> bytes:
    """The segment with what `header`, of the same length, says beside ports, numbers and
    checksum."""
    return (
        segment[:_DATA_OFFSET]
        + header[_DATA_OFFSET : _CHECKSUM.start]
        + segment[_CHECKSUM]
        + header[_CHECKSUM.stop :]
        + segment[len(header) :]
    )


def verify(
    segment: bytes, source: IPv4Address | IPv6Address, destination: IPv4Address | IPv6Address
) -> None:
    """Check the checksum of a segment, header and all, that came from `source`.

    On a virtual link it may be unfinished, because the network card that would have written it does
    not exist: then the kernel has left the sum of the pseudo-header there.

    Raises:
        CorruptPacket: it is neither right nor unfinished.
    """
    told = int.from_bytes(segment[_CHECKSUM], "big")
    pseudo = pseudo_header(source, destination, PROTOCOL_TCP, len(segment))
    if internet_checksum(pseudo + segment) and told != internet_checksum(pseudo) ^ 0xFFFF:
        raise CorruptPacket("the TCP checksum is wrong")


def with_checksum(
    segment: bytes, source: IPv4Address | IPv6Address, destination: IPv4Address | IPv6Address
) -> bytes:
    """The segment with the checksum that goes with these addresses (RFC 9293 section 3.1;
    RFC 8200 section 8.1)."""
    blank = segment[: _CHECKSUM.start] + b"\0\0" + segment[_CHECKSUM.stop :]
    pseudo = pseudo_header(source, destination, PROTOCOL_TCP, len(segment))
    checksum = internet_checksum(pseudo + blank)
    return blank[: _CHECKSUM.start] + checksum.to_bytes(2, "big") + blank[_CHECKSUM.stop :]
