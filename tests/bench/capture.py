"""What really was on the wire and when: a packet tap with kernel stamps, and what it says of
probes. Ground truth, so nothing here comes from poros_tui.packets.

The tap's socket has room for all packets of a measurement and is read after it, so that watching
costs the measured program nothing but the copy.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from struct import Struct, unpack_from
from typing import Final, TypeVar

from tests.lab import namespace

_ETH_P_ALL: Final = 3
_SO_RCVBUFFORCE: Final = 33
_SO_TIMESTAMPNS: Final = 35
_PACKET_OUTGOING: Final = 4
_BUFFER_BYTES: Final = 64 << 20
_SNAP_BYTES: Final = 256
_TIMESPEC: Final = Struct("qq")
_ICMP, _UDP, _TCP = 1, 17, 6
_ECHO_REPLY, _UNREACHABLE, _ECHO, _TIME_EXCEEDED = 0, 3, 8, 11

Result = TypeVar("Result")
Key = tuple[int, int, int]
"""Protocol, and what tells its probes apart: identifier and sequence, or both ports."""


@dataclass(frozen=True, slots=True)
class Packet:
    """An IPv4 packet as it passed the tap."""

    at_ns: int
    """CLOCK_REALTIME."""
    is_outgoing: bool
    data: bytes


@dataclass(slots=True)
class Exchange:
    """A probe on the wire, and its first answer."""

    ttl: int
    sent_at_ns: int
    answered_at_ns: int | None = None

    @property
    def rtt_us(self) -> float | None:
        """Microseconds on the wire; None where no answer came."""
        if self.answered_at_ns is None:
            return None
        return (self.answered_at_ns - self.sent_at_ns) / 1e3


class Tap:
    """Packets of one device, from its making on."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def packets(self) -> list[Packet]:
        """All IPv4 packets since the last call."""
        found: list[Packet] = []
        while True:
            try:
                data, ancillary, _, address = self._socket.recvmsg(_SNAP_BYTES, 64)
            except BlockingIOError:
                return found
            if len(data) < 28 or data[0] >> 4 != 4:
                continue
            for level, kind, value in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                    seconds, nanoseconds = _TIMESPEC.unpack(value)
                    at_ns = seconds * 10**9 + nanoseconds
                    found.append(Packet(at_ns, address[2] == _PACKET_OUTGOING, data))

    def exchanges(self, destination: IPv4Address) -> list[Exchange]:
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


def read_exchanges(packets: list[Packet], destination: IPv4Address) -> list[Exchange]:
    """Match answers to probes. A key that is used again opens a new exchange."""
    exchanges: list[Exchange] = []
    by_key: dict[Key, Exchange] = {}
    for packet in packets:
        if packet.is_outgoing:
            key = _probe_key(packet.data)
            if key is not None and packet.data[16:20] == destination.packed:
                by_key[key] = Exchange(packet.data[8], packet.at_ns)
                exchanges.append(by_key[key])
            continue
        exchange = by_key.get(_answered_key(packet.data) or (0, 0, 0))
        if exchange is not None and exchange.answered_at_ns is None:
            exchange.answered_at_ns = packet.at_ns
    return exchanges


def _probe_key(data: bytes) -> Key | None:
    protocol, start = data[9], (data[0] & 15) * 4
    if protocol == _ICMP and data[start] == _ECHO:
        return _ICMP, *unpack_from("!HH", data, start + 4)
    if protocol in (_UDP, _TCP):
        return protocol, *unpack_from("!HH", data, start)
    return None


def _answered_key(data: bytes) -> Key | None:
    start = (data[0] & 15) * 4
    if data[9] != _ICMP:
        return None
    if data[start] == _ECHO_REPLY:
        return _ICMP, *unpack_from("!HH", data, start + 4)
    if data[start] in (_TIME_EXCEEDED, _UNREACHABLE) and len(data) >= start + 36:
        return _probe_key(data[start + 8 :])
    return None
