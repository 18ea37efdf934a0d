"""What really was on the wire and when: a packet tap with kernel stamps.

The tap's socket has room for all packets of a measurement and is read after it, so that watching
costs the measured program nothing but the copy.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from struct import Struct
from typing import Final, TypeVar

from tests.bench.exchange import Exchange, Packet, read_exchanges
from tests.lab import namespace

_ETH_P_ALL: Final = 3
_SO_RCVBUFFORCE: Final = 33
_SO_TIMESTAMPNS: Final = 35
_PACKET_OUTGOING: Final = 4
_BUFFER_BYTES: Final = 64 << 20
_SNAP_BYTES: Final = 256
_TIMESPEC: Final = Struct("qq")

Result = TypeVar("Result")


class Tap:
    """Packets of one device, from its making on."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def packets(self) -> list[Packet]:
        """All IP packets since the last call."""
        found: list[Packet] = []
        while True:
            try:
                data, ancillary, _, address = self._socket.recvmsg(_SNAP_BYTES, 64)
            except BlockingIOError:
                return found
            for level, kind, value in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                    seconds, nanoseconds = _TIMESPEC.unpack(value)
                    at_ns = seconds * 10**9 + nanoseconds
                    found.append(Packet(at_ns, address[2] == _PACKET_OUTGOING, data))

    def exchanges(self, destination: IPv4Address | IPv6Address) -> list[Exchange]:
        """The probes to `destination` since the last call, in the order they left."""
        return read_exchanges(self.packets(), destination)


@contextmanager
def tap_on(network_namespace: str, device: str) -> Iterator[Tap]:
    """Listen on a device in a network namespace."""
    sock = in_namespace(network_namespace, lambda: _open(device))
    with sock:
        yield Tap(sock)


def in_namespace(network_namespace: str, action: Callable[[], Result]) -> Result:
    """What `action` returns, run by a thread that has entered the namespace."""
    results: list[Result] = []
    namespace.inside(network_namespace, lambda: results.append(action()))
    return results[0]


def _open(device: str) -> socket.socket:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
    sock.bind((device, _ETH_P_ALL))
    sock.setblocking(False)
    return sock
