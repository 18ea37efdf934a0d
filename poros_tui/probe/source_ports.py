"""The source ports of TCP probes: one for each flow.

Only the first is reserved, by a socket that is bound and does not listen: no other program is
given it, and the kernel answers what comes to it with RST. To the ports behind it the kernel
answers alike, and outside of net.ipv4.ip_local_port_range it gives them to nobody of its own
accord; a program that asks for one of them by number may have it, and loses nothing by a SYN that
is not its own (RFC 9293 section 3.10.7.4 answers it with an ACK).
"""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from poros_tui.errors import PorosError
from poros_tui.probe.family import Destination
from poros_tui.probe.outgoing import Outgoing

FLOWS: Final = 1024
"""Ports; flow 1024 has that of flow 0."""
_PORTS: Final = 0xFFFF
"""1 to 65535: behind the last comes the first."""
_FIRST_USUAL: Final = 1024
_TRIES: Final = 16
_LOCAL_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


class SourcePorts(msgspec.Struct, frozen=True):
    """FLOWS ports in a row."""

    first: int
    """1 to 65535."""

    def of(self, flow: int) -> int:
        """The port of a flow, 1 to 65535."""
        return (self.first - 1 + flow % FLOWS) % _PORTS + 1


def reserve(destination: Destination, outgoing: Outgoing) -> tuple[SourcePorts, socket.socket]:
    """Ports, and the socket that keeps the first of them until it is closed.

    Raises:
        PorosError: the source port or address that is wanted cannot be had.
        OSError: no socket can be had.
    """
    family = destination.family
    sock = socket.socket(family.address_family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        if family.version == 6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if outgoing.source_port is not None:
            outgoing.bind_source_port(sock, destination)
        else:
            _bind_anywhere(sock, destination, outgoing)
    except (OSError, PorosError):
        sock.close()
        raise
    return SourcePorts(sock.getsockname()[1]), sock


def _bind_anywhere(sock: socket.socket, destination: Destination, outgoing: Outgoing) -> None:
    for port in _candidates():
        with contextlib.suppress(OSError):
            outgoing.bind(sock, destination, port)
            return
    outgoing.bind(sock, destination)


def _candidates() -> Iterator[int]:
    """Ports with FLOWS behind them that the kernel gives to nobody, at random."""
    try:
        # Bytes, because a codec may have to be loaded from where only root can read.
        low, high = map(int, _LOCAL_RANGE.read_bytes().split())
    except (OSError, ValueError):
        return
    if _PORTS - high >= FLOWS:
        first, places = high + 1, _PORTS - high - FLOWS + 1
    elif low - _FIRST_USUAL >= FLOWS:
        first, places = _FIRST_USUAL, low - _FIRST_USUAL - FLOWS + 1
    else:
        return
    for _ in range(_TRIES):
        yield first + secrets.randbelow(places)
