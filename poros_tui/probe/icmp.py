"""Echo requests on a raw socket: all that the host hears of ICMP comes here, so all is checked."""

from __future__ import annotations

import msgspec

from poros_tui.errors import MalformedPacket
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import IPAddress
from poros_tui.model.quote import Quote, RewrittenField
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.extensions import split_quote
from poros_tui.packets.icmpv4 import HEADER, EchoReply, IcmpError, OtherIcmp, decode_icmpv4
from poros_tui.packets.icmpv6 import decode_icmpv6
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.ipv6 import IPv6Packet
from poros_tui.packets.quoted import (
    QuotedEcho,
    decode_quoted_ipv4,
    decode_quoted_ipv6,
    quoted_bytes,
)
from poros_tui.probe.echo import EchoProbes, read_reply
from poros_tui.probe.errqueue import Received
from poros_tui.probe.quoting import header_changes, quote_of
from poros_tui.probe.transport import TransportEvent
from poros_tui.probe.verdict import answer_of_error, malformed


class RawEcho(EchoProbes, frozen=True):
    """Echo requests to one destination, and what comes back for them on a raw socket."""

    traffic_class: int = 0
    """The byte of DSCP and ECN that they are sent with."""
    is_atomic: bool = False
    """Nobody may part them on the way."""

    def read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """Nothing: without RECVERR the error queue holds send stamps only."""

    def read_data(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What a packet from the socket says; None for one that answers no probe."""
        try:
            if self.session.version == 6:
                message = decode_icmpv6(received.data)
            else:
                received = without_ipv4_header(received)
                message = decode_icmpv4(received.data)
            match message:
                case EchoReply():
                    return read_reply(self.destination, self.session, message, received, read_at)
                case IcmpError():
                    return self._read_icmp_error(message, received, read_at)
                case OtherIcmp():
                    return None
        except MalformedPacket as flaw:
            return malformed(flaw)

    def _read_icmp_error(
        self, error: IcmpError, received: Received, read_at: ClockReading
    ) -> TransportEvent | None:
        session, destination = self.session, self.destination.address
        decode = decode_quoted_ipv6 if session.version == 6 else decode_quoted_ipv4
        split = split_quote(error.quoted, error.quote_length)
        quoted = decode(split.datagram)
        objection: StrayReason | None = StrayReason.QUOTES_PROTOCOL
        if isinstance(quoted.carries, QuotedEcho):
            objection = session.objection_to_quote(
                quoted.carries, quoted.header.destination, received.local, destination
            )
        if objection and quoted.header.is_later_fragment:
            return None  # routers answer each fragment of a probe: the first of them tells it
        if objection or not isinstance(quoted.carries, QuotedEcho):
            return Stray(objection or StrayReason.QUOTES_PROTOCOL)
        if received.address is None:
            return Stray(StrayReason.NO_SENDER)
        return answer_of_error(
            key=session.key_of(quoted.carries.sequence),
            destination=destination,
            responder=received.address,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=received,
            read_at=read_at,
            quote=self._quote(quoted.header, quoted.carries, len(split.datagram), received.local),
        )

    def _quote(
        self,
        header: IPv4Packet | IPv6Packet,
        echo: QuotedEcho,
        datagram_bytes: int,
        source: IPAddress | None,
    ) -> Quote:
        session, destination = self.session, self.destination.address
        key = session.key_of(echo.sequence)
        payload = session.sent(key)[HEADER.size :]
        label = self.labels.label(session.flow_of(key)) if self.labels is not None else 0
        checksum = session.checksum(key, source, destination) if source is not None else None
        return quote_of(
            header,
            datagram_bytes=datagram_bytes,
            quoted_bytes=HEADER.size + quoted_bytes(echo.payload, payload),
            sent_traffic_class=self.traffic_class,
            changes=(
                *header_changes(header, source, destination, is_atomic=self.is_atomic, label=label),
                (RewrittenField.CHECKSUM, checksum, echo.checksum),
                (RewrittenField.ICMP_IDENTIFIER, session.identifier, echo.identifier),
            ),
        )


def without_ipv4_header(received: Received) -> Received:
    """A raw IPv4 socket gives the IP header with the data, a raw IPv6 one tells it beside.

    Raises:
        MalformedPacket: the header cannot be read.
    """
    packet = IPv4Packet.decode(received.data)
    return msgspec.structs.replace(
        received,
        data=packet.payload,
        address=packet.source,
        local=packet.destination,
        ttl=packet.ttl,
    )
