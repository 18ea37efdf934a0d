"""What the kernel knows of a TCP connection (TCP_INFO: struct tcp_info in uapi/linux/tcp.h)."""

from __future__ import annotations

import socket
from struct import Struct
from typing import Final

import msgspec

_ESTABLISHED: Final = 1
_INFO: Final = Struct("=B7x15xxII24xI")
_STATE_AT: Final = 0
_RTT_AT: Final = 68
_RETRANSMITTED_AT: Final = 100
_BYTES: Final = 104
_UINT32: Final = Struct("=I")


class TcpInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The few of its fields that a probe needs."""

    is_established: bool
    rtt_s: float
    """Smoothed; right after the handshake that of the SYN alone, to a microsecond."""
    retransmitted: int
    """Segments that were sent again, the SYN among them."""


def tcp_info(sock: socket.socket) -> TcpInfo:
    """Ask the kernel.

    Raises:
        OSError: it does not tell (Linux before 2.6 told less).
    """
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _BYTES)
    return decode_tcp_info(told)


def decode_tcp_info(told: bytes) -> TcpInfo:
    """What is not told counts as 0."""
    told = told.ljust(_BYTES, b"\0")
    return TcpInfo(
        is_established=told[_STATE_AT] == _ESTABLISHED,
        rtt_s=_UINT32.unpack_from(told, _RTT_AT)[0] / 1e6,
        retransmitted=_UINT32.unpack_from(told, _RETRANSMITTED_AT)[0],
    )
