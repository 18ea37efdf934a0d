"""What recvmsg hands over, from the data queue and from the error queue, as one value.

Formats: uapi/linux/errqueue.h (sock_extended_err, scm_timestamping) and ip(7).
"""

from __future__ import annotations

import errno
import socket
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address
from struct import Struct, calcsize
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress
from poros_tui.packets.extensions import SplitQuote, split_quote
from poros_tui.probe.family import Ancillary, Family, SocketAddress, address_of

MSG_ERRQUEUE: Final = 0x2000
SO_TIMESTAMPING: Final = 37

DATA_MAX: Final = 9216 + 128
"""Bytes read of one packet. An echo reply is as large as our largest probe; an ICMP error has at
most 1280, extensions included (RFC 4443 2.4, RFC 4884 section 4)."""
ANCILLARY_MAX: Final = 512

_NS_PER_S: Final = 1_000_000_000
_TIMESPEC: Final = Struct("ll")
_EXTENDED_ERROR: Final = Struct("IBBBxII")  # errno, origin, type, code, info, data
_INT: Final = Struct("i")
_DATA: Final = Struct("I")
_EXTENSIONS_AT: Final = Struct("H")  # the first half of sock_ee_data_rfc4884
_FAMILY: Final = Struct("H")


class Origin(IntEnum):
    """Who made an entry of the error queue (SO_EE_ORIGIN_*)."""

    LOCAL = 1
    ICMP = 2
    ICMP6 = 3
    TIMESTAMPING = 4


class ExtendedError(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the error queue."""

    code: int = 0
    """An errno: what the kernel makes of it."""
    origin: int
    """An Origin, or a number that this program does not know."""
    icmp_type: int
    icmp_code: int
    info: int = 0
    """With EMSGSIZE the bytes that the link takes, 0 where that is not told."""
    data: int
    """For a send stamp the number of the packet; for an ICMP error see `extensions_at`."""
    offender: IPAddress | None
    """Who sent the ICMP error; None where nobody did."""

    @property
    def mtu(self) -> int | None:
        """Bytes that a link takes, where the error is that a packet was larger."""
        return self.info or None if self.code == errno.EMSGSIZE else None

    @property
    def extensions_at(self) -> int:
        """Where in the data of an ICMP error its extensions begin; 0 where the router does not
        tell, or the kernel (before Linux 5.9)."""
        place: int = _EXTENSIONS_AT.unpack_from(_DATA.pack(self.data))[0]
        return place


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One packet or one queued error."""

    data: bytes
    address: IPAddress | None
    """Of a packet its sender; of an error the destination of the packet it is about."""
    port: int
    stamp_ns: int | None
    """The kernel's CLOCK_REALTIME stamp: of arrival, or of sending for a send stamp."""
    ttl: int | None
    """TTL or hop limit in the header of what came."""
    local: IPAddress | None
    """The address of ours that it was sent to."""
    error: ExtendedError | None


def split_queued_quote(
    received: Received, error: ExtendedError, family: Family, header_bytes: int = 0
) -> SplitQuote:
    """Part what the error queue holds of a quote from its extensions.

    The kernel has taken off the quoted IP header, and for UDP a transport header of `header_bytes`.
    """
    stripped = family.header_bytes + header_bytes
    place = error.extensions_at
    return split_quote(received.data, place and place + stripped, stripped=stripped)


def receive(sock: socket.socket, family: Family, flags: int = 0) -> Received:
    """Read one packet, or one entry of the error queue with MSG_ERRQUEUE in `flags`.

    Raises:
        BlockingIOError: the queue is empty.
        OSError: the socket held an error of an earlier packet, which is cleared by this.
    """
    data, ancillary, _, name = sock.recvmsg(DATA_MAX, ANCILLARY_MAX, flags)
    return decode_received(family, data, ancillary, name)


def decode_received(
    family: Family, data: bytes, ancillary: list[Ancillary], name: SocketAddress | None
) -> Received:
    """Put together what recvmsg returned; ancillary data that is too short counts as absent."""
    address, port = (address_of(name), name[1]) if name else (None, 0)
    return put_together(family, data, ancillary, address, port)


def put_together(
    family: Family,
    data: bytes,
    ancillary: list[Ancillary],
    address: IPAddress | None,
    port: int,
) -> Received:
    """One value of an entry's parts; ancillary data that is too short counts as absent."""
    stamp_ns = ttl = local = error = None
    for level, kind, value in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPING):
            stamp_ns = _stamp_ns(value)
        elif level != family.level:
            continue
        elif kind == family.ttl_told and len(value) >= _INT.size:
            (ttl,) = _INT.unpack_from(value)
        elif kind == family.packet_info_told:
            local = _packed_address(value[family.packet_info_address])
        elif kind == family.receive_errors and len(value) >= _EXTENDED_ERROR.size:
            error = _extended_error(value)
    return Received(
        data=data,
        address=address,
        port=port,
        stamp_ns=stamp_ns,
        ttl=ttl,
        local=local,
        error=error,
    )


def _stamp_ns(value: bytes) -> int | None:
    """The software stamp, first of three timespecs; zero where the kernel took none."""
    if len(value) < _TIMESPEC.size:
        return None
    seconds, nanoseconds = _TIMESPEC.unpack_from(value)
    return seconds * _NS_PER_S + nanoseconds or None


def _extended_error(value: bytes) -> ExtendedError:
    code, origin, icmp_type, icmp_code, info, data = _EXTENDED_ERROR.unpack_from(value)
    return ExtendedError(
        code=code,
        origin=origin,
        icmp_type=icmp_type,
        icmp_code=icmp_code,
        info=info,
        data=data,
        offender=_offender(value[_EXTENDED_ERROR.size :]),
    )


def _offender(value: bytes) -> IPAddress | None:
    """The sockaddr that follows a sock_extended_err; family 0 where there is no offender."""
    if len(value) < _FAMILY.size:
        return None
    match _FAMILY.unpack_from(value)[0]:
        case socket.AF_INET:
            return _packed_address(value[4:8])
        case socket.AF_INET6:
            return _packed_address(value[calcsize("HHI") :][:16])
        case _:
            return None


def _packed_address(packed: bytes) -> IPAddress | None:
    match len(packed):
        case 4:
            return IPv4Address(packed)
        case 16:
            return IPv6Address(packed)
        case _:
            return None
