"""What passes the device of a lab, as the kernel hands it over: every checksum is in place."""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Final

from poros_tui.model.probe import IPAddress
from tests.lab import namespace
from tests.lab.lab import Lab
from tests.lab.tun import DEVICE

_EVERY_PROTOCOL: Final = 3
_SO_RCVBUFFORCE: Final = 33
_BUFFER_BYTES: Final = 1 << 25
_PACKET_MAX: Final = 65535
_DESTINATIONS: Final = {4: slice(16, 20), 6: slice(24, 40)}


class Tap:
    """Hears packets, from the IP header on, from when it is made until the end of its block."""

    def __init__(self, lab: Lab) -> None:
        self._socket: socket.socket
        namespace.inside(lab.namespace, self._listen)

    def _listen(self) -> None:
        kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_PACKET, kind, socket.htons(_EVERY_PROTOCOL))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        self._socket.bind((DEVICE, _EVERY_PROTOCOL))

    def __enter__(self) -> Tap:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    def passed(self) -> list[bytes]:
        """All that went out and came in since this was asked for the last time."""
        passed: list[bytes] = []
        while True:
            try:
                passed.append(self._socket.recv(_PACKET_MAX))
            except BlockingIOError:
                return passed

    def sent_to(self, destination: IPAddress) -> list[bytes]:
        """What was sent there since this was asked for the last time."""
        place = _DESTINATIONS[destination.version]
        return [
            packet
            for packet in self.passed()
            if packet[0] >> 4 == destination.version and packet[place] == destination.packed
        ]
