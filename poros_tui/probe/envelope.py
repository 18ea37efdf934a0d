"""Packets as they were on the wire, from what a socket takes and gives.

The kernel writes the IP header of every probe, and of UDP the transport header too; what comes it
hands over without them, but on raw IPv4 sockets. They are put together again from what is known of
the socket. What only the kernel knows is told as a doubt: the identification of an IPv4 packet,
unless nobody may part it (then Linux leaves it 0: RFC 6864 section 4.1), and the flow label of an
IPv6 packet for which we have not chosen one.
"""

from __future__ import annotations

import socket
import time
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress
from poros_tui.packets.enclosing import LENGTH_MAX, icmp_checksummed, icmp_error, ip_packet
from poros_tui.packets.ipv4 import PROTOCOL_UDP
from poros_tui.packets.udp import HEADER_BYTES, checksummed
from poros_tui.probe.errqueue import Received
from poros_tui.probe.family import Family, SocketAddress, address_of
from poros_tui.probe.tap import WirePacket
from poros_tui.probe.transport import Answer, TransportEvent

_SO_PROTOCOL: Final = 38
_SO_BINDTODEVICE: Final = 25
_INTERFACE_BYTES: Final = 16
"""IFNAMSIZ."""
_DISCARD: Final = 9
"""A UDP socket is connected to it to learn the source address; nothing is sent."""
_SOURCE_KEPT_S: Final = 1.0
_MAY_FRAGMENT: Final = frozenset({0, 4, 5})
"""IP_PMTUDISC_DONT, INTERFACE and OMIT: Don't Fragment is not set."""
_NEVER_PARTED: Final = frozenset({2, 3})
"""IP_PMTUDISC_DO and PROBE: this machine parts nothing either, and leaves the identification 0
(measured on Linux 6.18: with WANT, which sets Don't Fragment too, it does not)."""

_NO_IDENTIFICATION: Final = "the IP identification is not known"
_NO_LABEL: Final = "the flow label is not known"
_NO_TTL: Final = "the TTL is not known"
_REBUILT: Final = "the IP header is rebuilt"
_QUEUED: Final = "rebuilt from the kernel's error queue, the quoted headers as they were sent"


class Envelope:
    """What the kernel puts around the packets of one socket."""

    def __init__(
        self, sock: socket.socket, family: Family, towards: SocketAddress | None = None
    ) -> None:
        """Ask for it. The socket may be closed later. `towards` is where its packets go; None: it
        sends none."""
        self.family = family
        self.protocol = sock.getsockopt(socket.SOL_SOCKET, _SO_PROTOCOL)
        self.has_ip_header = sock.type == socket.SOCK_RAW and family.version == 4
        """Whether what comes is handed over with it."""
        self.traffic_class = sock.getsockopt(family.level, family.traffic_class) & 0xFF
        discovery = sock.getsockopt(family.level, family.path_mtu_discovery)
        self.dont_fragment = discovery not in _MAY_FRAGMENT
        self.has_identification = discovery not in _NEVER_PARTED
        host, self.port, *_ = sock.getsockname()
        self._bound = address_of((host, 0))
        self._interface = sock.getsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, _INTERFACE_BYTES)
        self._towards = towards
        self._source: IPAddress | None = None
        self._asked_at_s = 0.0

    @property
    def source(self) -> IPAddress:
        """The address of ours that packets leave from; by the routes of now where the socket has
        none of its own."""
        if not self._bound.is_unspecified:
            return self._bound
        now_s = time.monotonic()
        if self._source is None or now_s - self._asked_at_s > _SOURCE_KEPT_S:
            self._source, self._asked_at_s = self._routed() or self._source, now_s
        return self._source or self._bound

    def _routed(self) -> IPAddress | None:
        """None where there is no route now."""
        if self._towards is None:
            return None
        flags = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        host, _, *rest = self._towards
        scope = (0, rest[1]) if rest else ()  # a flow label is leased for another socket
        try:
            with socket.socket(self.family.address_family, flags) as asked:
                if self._interface.strip(b"\0"):
                    asked.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, self._interface)
                asked.connect((host, _DISCARD, *scope))
                return address_of(asked.getsockname())
        except OSError:
            return None

    def message(self, content: bytes, here: int, there: int, to: Way) -> bytes:
        """What stands behind the IP header; `here` and `there` are the ports that it goes from and
        to, where it is UDP."""
        if self.protocol == PROTOCOL_UDP:
            return checksummed(here, there, content, to.source, to.destination).encode()
        if self.protocol == self.family.icmp_protocol:
            return icmp_checksummed(content, to.source, to.destination)
        return content


class Way(msgspec.Struct, frozen=True):
    """From where to where."""

    source: IPAddress
    destination: IPAddress


class SentPacket(msgspec.Struct, frozen=True, gc=False):
    """What was given to sendmsg."""

    envelope: Envelope
    ttl: int
    content: bytes
    address: SocketAddress

    def whole(self) -> WirePacket:
        """As it left, but for what only the kernel knows."""
        envelope = self.envelope
        to = Way(envelope.source, address_of(self.address))
        label = self.address[2] if len(self.address) > 2 else 0
        doubts = []
        if to.source.version == 6 and not label:
            doubts.append(_NO_LABEL)
        if to.source.version == 4 and envelope.has_identification:
            doubts.append(_NO_IDENTIFICATION)
        message = envelope.message(self.content, envelope.port, self.address[1], to)
        data = ip_packet(
            to.source,
            to.destination,
            envelope.protocol,
            message,
            ttl=self.ttl,
            traffic_class=envelope.traffic_class,
            flow_label=label,
            dont_fragment=envelope.dont_fragment,
        )
        return WirePacket(data, tuple(doubts))


class ReceivedPacket(msgspec.Struct, frozen=True):
    """What recvmsg gave."""

    envelope: Envelope
    received: Received

    def whole(self, probe: WirePacket | None) -> WirePacket:
        """As it came, or as far as the kernel tells."""
        received, envelope = self.received, self.envelope
        if received.error is not None:
            return self._queued(probe)
        if envelope.has_ip_header:
            return WirePacket(received.data)
        to = Way(received.address or envelope.source, received.local or envelope.source)
        message = envelope.message(received.data, received.port, envelope.port, to)
        doubts = (_REBUILT,) if received.ttl is not None else (_REBUILT, _NO_TTL)
        ttl = received.ttl or 0
        return WirePacket(
            ip_packet(to.source, to.destination, envelope.protocol, message, ttl=ttl), doubts
        )

    def _queued(self, probe: WirePacket | None) -> WirePacket:
        """An ICMP error, of which the kernel has taken off the headers that it read."""
        received, error, family = self.received, self.received.error, self.envelope.family
        assert error is not None  # the caller has looked
        source = self.envelope.source
        to = Way(error.offender or source, received.local or source)
        missing = family.header_bytes
        if self.envelope.protocol == PROTOCOL_UDP:
            missing += HEADER_BYTES
        head = probe.data[:missing] if probe is not None else bytes(missing)
        quoted = (head + received.data)[:LENGTH_MAX]
        place = error.extensions_at
        message = icmp_error(
            error.icmp_type,
            error.icmp_code,
            quoted,
            to.source,
            to.destination,
            quote_length=place and place + missing,
            mtu=error.mtu or 0,
        )
        doubts = (_QUEUED,) if received.ttl is not None else (_QUEUED, _NO_TTL)
        ttl = received.ttl or 0
        return WirePacket(
            ip_packet(to.source, to.destination, family.icmp_protocol, message, ttl=ttl), doubts
        )


def with_packet(
    event: TransportEvent | None, received: Received, envelope: Envelope
) -> TransportEvent | None:
    """The same event; an answer has the packet that it was read from."""
    if not isinstance(event, Answer):
        return event
    return msgspec.structs.replace(event, packet=ReceivedPacket(envelope, received))
