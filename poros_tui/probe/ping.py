"""Echo requests on an ICMP datagram socket: no privilege but net.ipv4.ping_group_range.

The kernel writes the identifier and gives this socket only what answers it: echo replies as data,
errors through the error queue with the quote from its ICMP header on.
"""

from __future__ import annotations

from poros_tui.errors import MalformedPacket
from poros_tui.model.clock import ClockReading
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.icmpv4 import EchoReply, decode_unsummed_icmpv4
from poros_tui.packets.icmpv6 import decode_icmpv6
from poros_tui.packets.quoted import decode_quoted_echo
from poros_tui.probe.echo import EchoProbes, read_reply
from poros_tui.probe.errqueue import Origin, Received, split_queued_quote
from poros_tui.probe.transport import TransportEvent
from poros_tui.probe.verdict import answer_of_error, malformed


class PingEcho(EchoProbes, frozen=True):
    """Echo requests to one destination, and what comes back for them on a ping socket."""

    def read_data(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What a packet from the socket says; None for one that answers no probe."""
        decode = decode_icmpv6 if self.session.version == 6 else decode_unsummed_icmpv4
        try:
            message = decode(received.data)
        except MalformedPacket as flaw:
            return malformed(flaw)
        if not isinstance(message, EchoReply):
            return None
        return read_reply(self.destination, self.session, message, received, read_at)

    def read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What an entry of the error queue says; None for one that answers no probe.

        A local error (too large for the interface) has no quote to tell the probe by, and sendmsg
        has refused that probe already.
        """
        error = received.error
        if error is None or error.origin == Origin.LOCAL:
            return None
        request = icmpv6.ECHO_REQUEST if self.session.version == 6 else icmpv4.ECHO_REQUEST
        try:
            split = split_queued_quote(received, error, self.destination.family)
            quoted = decode_quoted_echo(split.datagram, request)
        except MalformedPacket as flaw:
            return malformed(flaw)
        objection = self.session.objection_to_quote(
            quoted, received.address, received.local, self.destination.address
        )
        if objection:
            return Stray(objection)
        if error.offender is None:
            return Stray(StrayReason.NO_SENDER)
        return answer_of_error(
            key=self.session.key_of(quoted.sequence),
            destination=self.destination.address,
            responder=error.offender,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=received,
            read_at=read_at,
        )
