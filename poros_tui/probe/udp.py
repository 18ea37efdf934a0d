"""UDP datagrams, and what comes back to their sockets: needs no privilege at all.

Without raw sockets ICMP errors come through the error queue (with them see `udp_errors`). The
kernel matches each ICMP error to this socket by its ports and addresses, and gives the quoted
payload, by which the probe is known (see `udp_session`).

Many IPv4 routers quote no payload, just the 8 bytes of the UDP header (RFC 792 asks for no more),
and these the kernel takes off. Nothing that it hands over holds their checksum: IP_RECVORIGDSTADDR
tells, of an error, the first bytes of the quoted payload for ports, and IP_CHECKSUM a sum that is
the same for all (measured on Linux 6.18). So the probe is sent again from a port of its own, which
the kernel does tell (see `udp_sockets`).
"""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Multipath
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.udp import HEADER_BYTES
from poros_tui.probe.errqueue import Origin, Received, split_queued_quote
from poros_tui.probe.family import SocketAddress
from poros_tui.probe.transport import LocalFailure, TransportEvent
from poros_tui.probe.udp_session import UdpSession
from poros_tui.probe.verdict import answer_of_destination, answer_of_error

UNTOLD: Final = Stray(StrayReason.NO_PROBE_TOLD)
"""From the destination, and the port that the probes went to."""
TOO_SHORT: Final = Stray(StrayReason.QUOTES_TOO_LITTLE)
_NOT_SENT: Final = "this machine could not send it after all"


class UdpProbes(msgspec.Struct, frozen=True):
    """Datagrams to one destination, and what comes back for them to one socket."""

    session: UdpSession
    only_key: int | None = None
    """The probe that this socket is for; None: for all."""

    @property
    def key_space(self) -> int:
        """Keys run from 0 to this less 1."""
        return self.session.key_space

    def address(self, key: int) -> SocketAddress:
        """Where the probe with this key is sent."""
        return self.session.destination.socket_address(self.session.port_of(key))

    def packet(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """What the probe with this key is."""
        return self.session.payload(key, flow, size)

    def _key_at(self, received: Received) -> int | None:
        """The probe as far as socket and port tell it."""
        if self.only_key is not None or self.session.multipath is not Multipath.CLASSIC:
            return self.only_key
        return self.session.key_of_port(received.port)

    def _is_of_ours(self, received: Received) -> bool:
        session = self.session
        if session.multipath is Multipath.CLASSIC:
            is_port = session.key_of_port(received.port) is not None
        else:
            is_port = received.port == session.port
        return is_port and received.address == session.destination.address

    def read_data(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """A datagram that came back: from the destination and the probes' port it is an answer."""
        if not self._is_of_ours(received):
            return Stray(StrayReason.OTHER_SENDER)
        key = self._key_at(received)
        if key is None:
            key = self.session.key_in_reply(received.data)
        if key is None:
            return UNTOLD
        return answer_of_destination(
            key=key,
            destination=self.session.destination.address,
            icmp_type=None,
            received=received,
            read_at=read_at,
        )

    def read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What an entry of the error queue says; None for one that answers no probe.

        An error of this machine has no quote; where nothing else tells the probe, it is left:
        sendmsg has refused that probe already.
        """
        error, session = received.error, self.session
        if error is None:
            return None
        key = self._key_at(received) if self._is_of_ours(received) else None
        if error.origin == Origin.LOCAL:
            return None if key is None else LocalFailure(key, _NOT_SENT)
        split = split_queued_quote(received, error, session.destination.family, HEADER_BYTES)
        if key is None:
            key = session.key_in_quote(split.datagram)
        elif session.contradicts(split.datagram, key):
            return Stray(StrayReason.QUOTES_PAYLOAD)
        if key is None and not self._is_of_ours(received):
            return Stray(StrayReason.QUOTES_DESTINATION)
        if key is None:
            is_short = session.is_too_little(split.datagram)
            return TOO_SHORT if is_short else Stray(StrayReason.QUOTES_PAYLOAD)
        if error.offender is None:
            return Stray(StrayReason.NO_SENDER)
        return answer_of_error(
            key=key,
            destination=session.destination.address,
            responder=error.offender,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=received,
            read_at=read_at,
        )
