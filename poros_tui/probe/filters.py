"""What the kernel keeps from a raw socket, which would otherwise hear all of the host's traffic of
its protocol.

Under 5,000 foreign packets a second this is 6 % of a processor against 0. Filters only save work:
everything that passes is checked again, and what is too short to be judged passes, so that it is
counted as malformed.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from typing import Final

from poros_tui.probe.bpf import DROP, RETURN, attach
from poros_tui.probe.errqueue import MSG_ERRQUEUE
from poros_tui.probe.family import Family

_SOL_RAW: Final = 255
_ICMP_FILTER: Final = 1
_ICMP6_FILTER: Final = 1


def hear_types(sock: socket.socket, family: Family, wanted: tuple[int, ...]) -> None:
    """Of a raw ICMP socket: nothing but these ICMP types. On loopback it would hear its own."""
    if family.version == 4:
        mask = 0xFFFFFFFF & ~sum(1 << icmp_type for icmp_type in wanted)
        sock.setsockopt(_SOL_RAW, _ICMP_FILTER, mask.to_bytes(4, sys.byteorder))
        return
    blocked = (1 << 256) - 1 - sum(1 << icmp_type for icmp_type in wanted)
    # 8 words in the machine's byte order (RFC 3542 section 3.2).
    words = [blocked >> shift & 0xFFFFFFFF for shift in range(0, 256, 32)]
    packed = b"".join(word.to_bytes(4, sys.byteorder) for word in words)
    sock.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, packed)


def hear_nothing(sock: socket.socket) -> None:
    """Until it is known what is to be heard. What has come before is thrown away."""
    attach(sock, [(RETURN, DROP)])
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.recv(1)


def forget_heard(sock: socket.socket) -> None:
    """Throw away what has come, stamps included: it was for probes that nobody waits for."""
    for flags in (socket.MSG_DONTWAIT, socket.MSG_DONTWAIT | MSG_ERRQUEUE):
        with contextlib.suppress(OSError):
            while True:
                sock.recv(1, flags)
