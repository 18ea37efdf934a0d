"""A socket that only listens, beside the one that sends."""

from __future__ import annotations

import socket
from collections.abc import Callable

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.probe.errqueue import Received
from poros_tui.probe.transport import TransportEvent


class Ear(msgspec.Struct, frozen=True):
    """A socket that only listens, for a rung whose answers do not come to the one that sends."""

    socket: socket.socket
    """Non-blocking, with receive stamps (SO_TIMESTAMPING) and nothing in its error queue."""
    read: Callable[[Received, ClockReading], TransportEvent | None]
    """What a packet says; None for one that answers no probe."""
