"""What the kernel knows of a TCP connection (TCP_INFO: struct tcp_info in uapi/linux/tcp.h)."""

from __future__ import annotations

import socket
from struct import Struct
from typing import Final

import msgspec

_UNANSWERED: Final = frozenset({0, 2, 3, 7, 10, 12})
"""Not told, SYN sent, SYN received, closed, listening, new SYN received (include/net/tcp_states.h).
In all other states a SYN-ACK has come."""
_STATE_AT: Final = 0
_RTT_AT: Final = 68
_RETRANSMITTED_AT: Final = 100
_BYTES: Final = 104
_UINT32: Final = Struct("=I")


class TcpInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The few of its fields that a probe needs."""

    was_connected: bool
    """Whether a SYN-ACK has come, whatever became of the connection since."""
    rtt_s: float | None
    """Smoothed; as long as no data is sent that of the SYN alone, to a microsecond. None where
    nothing was measured."""
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
    rtt_us = _UINT32.unpack_from(told, _RTT_AT)[0]
    return TcpInfo(
        # A reset connection is closed like one that was refused; but it keeps what was measured.
        was_connected=rtt_us > 0 or told[_STATE_AT] not in _UNANSWERED,
        rtt_s=rtt_us / 1e6 if rtt_us else None,
        retransmitted=_UINT32.unpack_from(told, _RETRANSMITTED_AT)[0],
    )
