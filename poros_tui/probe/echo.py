"""The echo requests of one session: their secrets, and the checks against them.

Identifier, first sequence and payload are random, so that an answer proves that its sender has
seen the probe. Knows no socket.
"""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Stray
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.icmpv4 import EchoReply, EchoRequest
from poros_tui.packets.icmpv6 import encode_echo_request
from poros_tui.packets.quoted import QuotedEcho, agrees_with
from poros_tui.probe.errqueue import Received
from poros_tui.probe.family import Destination, SocketAddress
from poros_tui.probe.transport import Answer
from poros_tui.probe.verdict import answer_of_destination, foreign

KEY_SPACE: Final = 1 << 16
"""One key for each sequence number."""


class EchoSession(msgspec.Struct, frozen=True):
    """What the echo requests of a session have in common."""

    version: int
    """4 or 6."""
    identifier: int
    payload: bytes
    """Random, all of it or its beginning (see `Outgoing.payload`)."""
    first_sequence: int = msgspec.field(default_factory=lambda: secrets.randbelow(KEY_SPACE))

    def request(self, key: int) -> bytes:
        """The message of the probe with this key, 0 to KEY_SPACE - 1."""
        sequence = (self.first_sequence + key) % KEY_SPACE
        if self.version == 6:
            return encode_echo_request(self.identifier, sequence, self.payload)
        return EchoRequest(self.identifier, sequence, self.payload).encode()

    def key_of(self, sequence: int) -> int:
        """The key of the probe with this sequence number."""
        return (sequence - self.first_sequence) % KEY_SPACE

    def objection_to_reply(self, reply: EchoReply) -> str | None:
        """Why an echo reply is none to us, None where it is one."""
        if reply.identifier != self.identifier:
            return "echo reply with another identifier"
        if reply.payload != self.payload:
            return "echo reply with another payload"
        return None

    def objection_to_quote(self, quoted: QuotedEcho) -> str | None:
        """Why a quoted echo request is not ours, None where it is.

        A quote of 8 bytes has no payload, but in IPv4 a checksum over it. ICMPv6's covers
        addresses that a translator on the way may have changed: it proves nothing.
        """
        if quoted.identifier != self.identifier:
            return "quotes another identifier"
        if not agrees_with(quoted.payload, self.payload):
            return "quotes another payload"
        if self.version == 4:
            sent = EchoRequest(self.identifier, quoted.sequence, self.payload)
            if quoted.checksum != sent.checksum:
                return "quotes another checksum"
        return None


class EchoProbes(msgspec.Struct, frozen=True):
    """What both kinds of ICMP socket send to one destination."""

    destination: Destination
    session: EchoSession

    key_space = KEY_SPACE

    def address(self, key: int) -> SocketAddress:
        """Where the probe with this key is sent."""
        return self.destination.socket_address()

    def packet(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """What the probe with this key is."""
        return self.session.request(key)


def read_reply(
    destination: Destination,
    session: EchoSession,
    reply: EchoReply,
    received: Received,
    read_at: ClockReading,
) -> Answer | Stray:
    """Check an echo reply: it must be ours, and from the destination (RFC 1122 section 3.2.2.6)."""
    objection = session.objection_to_reply(reply)
    if objection:
        return foreign(objection)
    if received.address != destination.address:
        return foreign(f"echo reply from {received.address}, which is not the destination")
    return answer_of_destination(
        key=session.key_of(reply.sequence),
        destination=destination.address,
        icmp_type=icmpv6.ECHO_REPLY if session.version == 6 else icmpv4.ECHO_REPLY,
        received=received,
        read_at=read_at,
    )
