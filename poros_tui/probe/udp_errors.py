"""ICMP errors about UDP probes, whole, on a raw socket: with the header of the quoted probe.

The probes leave from the same sockets as without privileges, so the kernel makes their headers and
hands over what services reply. These sockets hear no errors then.

Of the quoted packets a word of the payload tells the probe (see `udp_session`), whatever a NAT has
made of its header. Of those that quote no payload, as many IPv4 routers, the checksum does:
everything else that it covers is known. Some NATs translate addresses back in what is quoted, and
leave the checksum: it is then that of another word, in 255 of 256 cases of none that was sent
lately, and the probe is sent again from a port of its own (see `udp_sockets`). Where each probe has
a port of its own, source or destination, that tells it.

A quote that proves nothing by its payload is believed if its addresses and ports are those of the
probe, as the kernel would match it to a socket, or if its checksum goes with what was changed: so
does a NAT leave it. What quotes a source port that is none of ours, and proves nothing, is about
another program's packets.
"""

from __future__ import annotations

import msgspec

from poros_tui.errors import MalformedPacket
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import IPAddress, Multipath
from poros_tui.model.quote import Quote, RewrittenField
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.extensions import split_quote
from poros_tui.packets.icmpv4 import IcmpError, decode_icmpv4
from poros_tui.packets.icmpv6 import decode_icmpv6
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.ipv6 import IPv6Packet
from poros_tui.packets.quoted import decode_quoted_ipv4, decode_quoted_ipv6, quoted_bytes
from poros_tui.packets.udp import HEADER_BYTES, UdpDatagram, checksummed, unfinished_checksum
from poros_tui.probe.errqueue import Received
from poros_tui.probe.family import SocketAddress
from poros_tui.probe.icmp import without_ipv4_header
from poros_tui.probe.quoting import header_changes, quote_of
from poros_tui.probe.transport import Answer, TransportEvent
from poros_tui.probe.udp import TOO_SHORT, UdpProbes
from poros_tui.probe.udp_ports import UdpPorts
from poros_tui.probe.udp_session import UdpSession
from poros_tui.probe.verdict import answer_of_error, malformed


class RawUdpProbes(UdpProbes, frozen=True, kw_only=True):
    """Datagrams from one socket, whose errors come to another."""

    source_port: int
    ports: UdpPorts

    def address(self, key: int) -> SocketAddress:
        """Where the probe with this key is sent."""
        session = self.session
        label = self.ports.label(self.source_port)
        return session.destination.socket_address(session.port_of(key), label)

    def packet(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """What the probe with this key is."""
        self.ports.left(key, self.source_port)
        return self.session.payload(key, flow, size)


class _Told(msgspec.Struct, frozen=True):
    """A quoted datagram."""

    header: IPv4Packet | IPv6Packet
    udp: UdpDatagram
    source: IPAddress
    """The address of ours that the probe left from: the error came to it."""


class UdpErrors(msgspec.Struct, frozen=True):
    """What ICMP messages say about the probes of a session."""

    session: UdpSession
    ports: UdpPorts
    traffic_class: int = 0
    """The byte of DSCP and ECN that they are sent with."""
    is_atomic: bool = False
    """Nobody may part them on the way."""

    def read(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What an ICMP message says; None for one that answers no probe."""
        try:
            if self.session.destination.family.version == 4:
                received = without_ipv4_header(received)
                message = decode_icmpv4(received.data)
            else:
                message = decode_icmpv6(received.data)
            if not isinstance(message, IcmpError):
                return None
            return self._read_error(message, received, read_at)
        except MalformedPacket as flaw:
            return malformed(flaw)

    def _read_error(
        self, error: IcmpError, received: Received, read_at: ClockReading
    ) -> TransportEvent | None:
        is_v4 = self.session.destination.family.version == 4
        split = split_quote(error.quoted, error.quote_length)
        quoted = (decode_quoted_ipv4 if is_v4 else decode_quoted_ipv6)(split.datagram)
        is_later = quoted.header.is_later_fragment
        if not isinstance(quoted.carries, UdpDatagram):
            return None if is_later else Stray(StrayReason.QUOTES_PROTOCOL)
        source = received.local if received.local is not None else quoted.header.source
        told = _Told(quoted.header, quoted.carries, source)
        key = self._key(told)
        if not isinstance(key, int):
            return None if is_later else key  # the first fragment tells the probe
        if received.address is None:
            return Stray(StrayReason.NO_SENDER)
        event = answer_of_error(
            key=key,
            destination=self.session.destination.address,
            responder=received.address,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=received,
            read_at=read_at,
            quote=self._quote(told, key, len(split.datagram)),
        )
        if isinstance(event, Answer) and self._may_be_of_an_earlier(told, key):
            return msgspec.structs.replace(event, is_ambiguous=True)
        return event

    def _key(self, told: _Told) -> int | Stray | None:
        """The probe that is quoted; a stray, or None where it is nobody's of ours."""
        udp, port = told.udp, told.udp.source_port
        key = self.session.key_in_quote(udp.payload)
        if key is None:
            key = self._key_of_header(told)
            if key is None or not self._is_believed(told, key):
                return self._objection(told, key) if self.ports.is_ours(port) else None
        if self.ports.is_ours(port) and self.ports.sent_from(key) not in (None, port):
            return None  # about an earlier packet of this probe, which was sent again
        return key

    def _key_of_header(self, told: _Told) -> int | None:
        """The probe that the header tells, where no word of the payload does."""
        session, udp = self.session, told.udp
        only_key = self.ports.only_key(udp.source_port)
        if only_key is not None:
            return only_key
        if session.multipath is Multipath.CLASSIC:
            return session.key_of_port(udp.destination_port)
        to_us = told.header.destination, udp.destination_port, self.ports.is_ours(udp.source_port)
        if to_us != (session.destination.address, session.port, True):
            return None
        key = session.key_of_checksum(udp, told.header.source, told.header.destination)
        return key if key is not None and self.ports.is_recent(key) else None

    def _is_believed(self, told: _Told, key: int) -> bool:
        session, udp = self.session, told.udp
        if session.contradicts(udp.payload, key):
            return False
        return (
            session.proves(udp.payload, key)
            or self._is_as_sent(told, key)
            or udp.checksum == _sum_of(told, session.sent(key))
        )

    def _is_as_sent(self, told: _Told, key: int) -> bool:
        session, udp = self.session, told.udp
        return (
            told.header.source,
            told.header.destination,
            udp.source_port,
            udp.destination_port,
        ) == (
            told.source,
            session.destination.address,
            self.ports.sent_from(key),
            session.port_of(key),
        )

    def _objection(self, told: _Told, key: int | None) -> Stray:
        """Why a quote with one of our source ports is not believed."""
        session, udp = self.session, told.udp
        is_port = udp.destination_port == session.port
        if session.multipath is Multipath.CLASSIC:
            is_port = session.key_of_port(udp.destination_port) is not None
        if not is_port or told.header.destination != session.destination.address:
            return Stray(StrayReason.QUOTES_DESTINATION)
        if key is None and session.is_too_little(udp.payload):
            return TOO_SHORT
        if key is not None and not session.contradicts(udp.payload, key):
            return Stray(StrayReason.QUOTES_CHECKSUM)
        return Stray(StrayReason.QUOTES_PAYLOAD)

    def _may_be_of_an_earlier(self, told: _Told, key: int) -> bool:
        """Whether the probe may have left before, and a NAT hides which of its packets this is."""
        if self.ports.is_ours(told.udp.source_port):
            return False
        last = self.ports.sent_from(key)
        return last is not None and self.ports.only_key(last) is not None

    def _quote(self, told: _Told, key: int, datagram_bytes: int) -> Quote:
        session, udp, header = self.session, told.udp, told.header
        payload, destination = session.sent(key), session.destination.address
        port = self.ports.sent_from(key)
        checksum = None
        if port is not None:
            sent = checksummed(port, session.port_of(key), payload, told.source, destination)
            unfinished = (
                unfinished_checksum(told.source, destination, sent.length),
                unfinished_checksum(header.source, header.destination, sent.length),
            )
            # Without one (0, RFC 768) it was taken out, by no NAT.
            checksum = sent.checksum if udp.checksum not in (0, *unfinished) else None
        return quote_of(
            header,
            datagram_bytes=datagram_bytes,
            quoted_bytes=HEADER_BYTES + quoted_bytes(udp.payload, payload),
            sent_traffic_class=self.traffic_class,
            changes=(
                *header_changes(
                    header,
                    told.source,
                    destination,
                    is_atomic=self.is_atomic,
                    label=0 if port is None else self.ports.label(port),
                ),
                (RewrittenField.SOURCE_PORT, port, udp.source_port),
                (RewrittenField.DESTINATION_PORT, session.port_of(key), udp.destination_port),
                (RewrittenField.CHECKSUM, checksum, udp.checksum),
            ),
        )


def _sum_of(told: _Told, payload: bytes) -> int:
    """The checksum that this payload has with the quoted addresses and ports."""
    header, udp = told.header, told.udp
    ports = udp.source_port, udp.destination_port
    return checksummed(*ports, payload, header.source, header.destination).checksum
