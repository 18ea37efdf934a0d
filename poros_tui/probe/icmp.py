"""Echo requests on a raw socket: all that the host hears of ICMP comes here, so all is checked."""

from __future__ import annotations

import msgspec

from poros_tui.errors import MalformedPacket
from poros_tui.model.clock import ClockReading
from poros_tui.packets.extensions import split_quote
from poros_tui.packets.icmpv4 import EchoReply, IcmpError, OtherIcmp, decode_icmpv4
from poros_tui.packets.icmpv6 import decode_icmpv6
from poros_tui.packets.ipv4 import IPv4Packet
from poros_tui.packets.quoted import QuotedEcho, decode_quoted_ipv4, decode_quoted_ipv6
from poros_tui.probe.echo import EchoProbes, read_reply
from poros_tui.probe.errqueue import Received
from poros_tui.probe.transport import TransportEvent
from poros_tui.probe.verdict import answer_of_error, foreign, malformed


class RawEcho(EchoProbes, frozen=True):
    """Echo requests to one destination, and what comes back for them on a raw socket."""

    def read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """Nothing: without RECVERR the error queue holds send stamps only."""

    def read_data(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What a packet from the socket says; None for one that answers no probe."""
        try:
            if self.session.version == 6:
                message = decode_icmpv6(received.data)
            else:
                received = _without_ipv4_header(received)
                message = decode_icmpv4(received.data)
            match message:
                case EchoReply():
                    return read_reply(self.destination, self.session, message, received, read_at)
                case IcmpError():
                    return self._read_icmp_error(message, received, read_at)
                case OtherIcmp():
                    return None
        except MalformedPacket as reason:
            return malformed(str(reason))

    def _read_icmp_error(
        self, error: IcmpError, received: Received, read_at: ClockReading
    ) -> TransportEvent | None:
        decode = decode_quoted_ipv6 if self.session.version == 6 else decode_quoted_ipv4
        split = split_quote(error.quoted, error.quote_length)
        quoted = decode(split.datagram)
        if not isinstance(quoted.carries, QuotedEcho):
            return foreign("quotes another protocol")
        objection = self.session.objection_to_quote(quoted.carries)
        if objection:
            return foreign(objection)
        if quoted.header.destination != self.destination.address:
            return foreign(f"quotes a packet to {quoted.header.destination}")
        if quoted.header.source != received.local:
            return foreign(f"quotes a packet from {quoted.header.source}")
        if received.address is None:
            return malformed("an ICMP error without a sender")
        return answer_of_error(
            key=self.session.key_of(quoted.carries.sequence),
            destination=self.destination.address,
            responder=received.address,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=received,
            read_at=read_at,
        )


def _without_ipv4_header(received: Received) -> Received:
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
