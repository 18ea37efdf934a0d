"""UDP datagrams to high ports, answers through the error queue: needs no privilege at all.

The kernel matches each ICMP error to this socket by its ports and addresses, and gives the quoted
payload; the destination port of the quoted datagram tells which probe it was.
"""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.packets.quoted import agrees_with
from poros_tui.packets.udp import HEADER_BYTES
from poros_tui.probe.errqueue import Origin, Received, split_queued_quote
from poros_tui.probe.family import Destination, SocketAddress
from poros_tui.probe.transport import LocalFailure, TransportEvent
from poros_tui.probe.verdict import (
    answer_of_destination,
    answer_of_error,
    foreign,
    malformed,
)

FIRST_PORT: Final = 33434
"""traceroute's: filters that let traces through know it."""
KEY_SPACE: Final = 1 << 14
"""Ports 33434 to 49817, or as many from another on."""
_PORTS: Final = 0xFFFF
"""1 to 65535: behind the last comes the first."""


class UdpProbes(msgspec.Struct, frozen=True):
    """Datagrams to one destination, a port for each, and what comes back for them."""

    destination: Destination
    payload: bytes
    """Random, all of it or its beginning (see `Outgoing.payload`)."""
    first_port: int = FIRST_PORT

    key_space = KEY_SPACE

    def address(self, key: int) -> SocketAddress:
        """Where the probe with this key is sent."""
        return self.destination.socket_address((self.first_port - 1 + key) % _PORTS + 1)

    def _key_of(self, port: int) -> int:
        return (port - self.first_port) % _PORTS

    def packet(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """What the probe with this key is."""
        if size is None:
            return self.payload
        length = max(0, size - self.destination.family.header_bytes - HEADER_BYTES)
        # The same bytes again and again: however much of it is quoted, it begins like the usual.
        return (self.payload * (length // max(1, len(self.payload)) + 1))[:length]

    def read_data(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """A datagram that came back: from the destination and the probe's port it is an answer."""
        key = self._key_of(received.port)
        if received.address != self.destination.address or received.port == 0 or key >= KEY_SPACE:
            return foreign(f"datagram from {received.address} port {received.port}")
        return answer_of_destination(
            key=key,
            destination=self.destination.address,
            icmp_type=None,
            received=received,
            read_at=read_at,
        )

    def read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What an entry of the error queue says; None for one that answers no probe."""
        error = received.error
        if error is None:
            return None
        key = self._key_of(received.port)
        if received.address != self.destination.address or received.port == 0 or key >= KEY_SPACE:
            return foreign(f"quotes a datagram to {received.address} port {received.port}")
        if error.origin == Origin.LOCAL:
            return LocalFailure(key, "this machine could not send it after all")
        split = split_queued_quote(received, error, self.destination.family, HEADER_BYTES)
        if not agrees_with(split.datagram, self.payload):
            return foreign("quotes another payload")
        if error.offender is None:
            return malformed("an ICMP error without a sender")
        return answer_of_error(
            key=key,
            destination=self.destination.address,
            responder=error.offender,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=received,
            read_at=read_at,
        )
