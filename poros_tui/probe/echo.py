"""The echo requests of one session: their secrets, and the checks against them. Knows no socket.

What tells the probes of a flow apart is the sequence number. Load balancers hash the first four
bytes behind the IP header, type, code and checksum (Augustin et al., IMC 2006, section 3), so the
first word of the payload makes up for the sequence and the checksum is the same for all probes of
a flow; each flow has another. `--multipath classic` lets that word grow with the sequence instead,
and so the checksum vary. Rejected: the identifier as what tells them apart, because NATs rewrite
it, and sockets without privilege have but one; the checksum itself (as paris-traceroute has it
for UDP), because that is what is hashed.

In IPv6 the kernel writes the checksum, which is constant because it covers constant addresses, and
each flow has a flow label (see `flow_labels`).

Identifier, first sequence and payload are random, so that an answer proves that its sender has
seen the probe. A NAT may rewrite addresses, identifier and checksum, and some do not undo it in
what an error quotes. That is believed, and reported, where PROOF_BYTES of the payload are quoted;
else the header must be as it was sent.
"""

from __future__ import annotations

import secrets
from typing import Final

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import IPAddress, Multipath
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.checksum import internet_checksum, missing_word, pseudo_header
from poros_tui.packets.icmpv4 import HEADER, EchoReply
from poros_tui.packets.ipv6 import PROTOCOL_ICMPV6
from poros_tui.packets.quoted import QuotedEcho, agrees_with, quoted_bytes
from poros_tui.probe.errqueue import Received
from poros_tui.probe.family import Destination, SocketAddress
from poros_tui.probe.filling import Filling
from poros_tui.probe.flow_labels import FlowLabels
from poros_tui.probe.transport import Answer
from poros_tui.probe.verdict import answer_of_destination

KEY_SPACE: Final = 1 << 16
"""One key for each sequence number."""
PROOF_BYTES: Final = 8
"""Of the payload: who quotes them has seen the probe, whatever became of its header."""
WORD_BYTES: Final = 2
RECENT_MAX: Final = 128
"""Messages kept ready, of RECENT_BYTES at most: those of the last rounds, in 20 kB. To make them
anew for their answers took 5 % of the engine's time."""
RECENT_BYTES: Final = 128
_SUMS: Final = 0xFFFE
"""One's complement sums 1 to 65534: the two zeros are left out."""
_FLOW_STEP: Final = 7919
"""Between the sums of two flows: far enough for hashes that look at few bits, and a prime that
does not divide _SUMS."""


class EchoSession(msgspec.Struct, frozen=True):
    """What the echo requests of a session have in common."""

    version: int
    """4 or 6."""
    identifier: int
    filling: Filling
    first_sequence: int = msgspec.field(default_factory=lambda: secrets.randbelow(KEY_SPACE))
    multipath: Multipath = Multipath.PARIS
    """PARIS or CLASSIC."""
    first_sum: int = msgspec.field(default_factory=lambda: secrets.randbelow(_SUMS))
    """From it come the one's complement sums, one for each flow."""
    _unusual: dict[int, tuple[int, int | None]] = msgspec.field(default_factory=dict)
    """Flow and size of the probes that were sent with another than 0 and None, by key."""
    _recent: dict[int, bytes] = msgspec.field(default_factory=dict)
    """The newest messages, by key: each answer is compared with its probe, twice."""

    def request(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """The message of the probe with this key, 0 to KEY_SPACE - 1, that is sent next.

        In IPv6 the checksum is left at 0 for the kernel.
        """
        if flow or size is not None:
            self._unusual[key] = flow, size
        else:
            self._unusual.pop(key, None)
        message = self._message(key, flow, size)
        self._recent.pop(key, None)
        if len(message) <= RECENT_BYTES:
            self._recent[key] = message
            if len(self._recent) > RECENT_MAX:
                del self._recent[next(iter(self._recent))]
        return message

    def sent(self, key: int) -> bytes:
        """The message of the probe that was last sent with this key."""
        recent = self._recent.get(key)
        if recent is not None:
            return recent
        flow, size = self._unusual.get(key, (0, None))
        return self._message(key, flow, size)

    def flow_of(self, key: int) -> int:
        """The flow of the probe that was last sent with this key."""
        return self._unusual.get(key, (0, None))[0]

    def _message(self, key: int, flow: int, size: int | None) -> bytes:
        sequence = (self.first_sequence + key) % KEY_SPACE
        payload = self.filling.payload(size)
        if len(payload) >= WORD_BYTES:
            word = self._word(sequence, payload[WORD_BYTES:], flow)
            payload = word.to_bytes(WORD_BYTES, "big") + payload[WORD_BYTES:]
        encode = icmpv6.encode_echo_request if self.version == 6 else icmpv4.encode_echo_request
        return encode(self.identifier, sequence, payload)

    def _word(self, sequence: int, others: bytes, flow: int) -> int:
        """The first word of the payload; `others` are those behind it."""
        if self.multipath is Multipath.CLASSIC:
            return (self.first_sum + sequence) % KEY_SPACE
        request = icmpv6.ECHO_REQUEST if self.version == 6 else icmpv4.ECHO_REQUEST
        summed = HEADER.pack(request, 0, 0, self.identifier, sequence) + others
        if self.version == 6:  # the kernel's sum has the length too
            summed += bytes(len(summed) % 2) + (len(summed) + WORD_BYTES).to_bytes(2, "big")
        return missing_word(summed, 1 + (self.first_sum + flow * _FLOW_STEP) % _SUMS)

    @property
    def secret(self) -> bytes:
        """Four bytes that all probes have behind the first word of their payload; fewer where
        they are too small to have them, or to prove anything by them."""
        payload = self.filling.payload()
        return payload[WORD_BYTES:][:4] if len(payload) >= PROOF_BYTES else b""

    def key_of(self, sequence: int) -> int:
        """The key of the probe with this sequence number."""
        return (sequence - self.first_sequence) % KEY_SPACE

    def objection_to_reply(self, reply: EchoReply) -> StrayReason | None:
        """Why an echo reply is none to us, None where it is one."""
        if reply.identifier != self.identifier:
            return StrayReason.OTHER_IDENTIFIER
        if reply.payload != self.sent(self.key_of(reply.sequence))[HEADER.size :]:
            return StrayReason.OTHER_PAYLOAD
        return None

    def checksum(self, key: int, source: IPAddress, destination: IPAddress) -> int:
        """The checksum that the probe last sent with this key had on the wire."""
        message = self.sent(key)
        if self.version == 4:
            return int.from_bytes(message[2:4], "big")
        head = pseudo_header(source, destination, PROTOCOL_ICMPV6, len(message))
        return internet_checksum(head + message)

    def objection_to_quote(
        self,
        quoted: QuotedEcho,
        quoted_destination: IPAddress | None,
        source: IPAddress | None,
        destination: IPAddress,
    ) -> StrayReason | None:
        """Why a quoted echo request is not ours, None where it is.

        `source` is the address of ours that the error came to, None where it is not known.
        """
        key = self.key_of(quoted.sequence)
        payload = self.sent(key)[HEADER.size :]
        if not agrees_with(quoted.payload, payload):
            return StrayReason.QUOTES_PAYLOAD
        if quoted_bytes(quoted.payload, payload) >= PROOF_BYTES:
            return None
        if quoted.identifier != self.identifier:
            return StrayReason.QUOTES_IDENTIFIER
        if source is not None and quoted.checksum != self.checksum(key, source, destination):
            return StrayReason.QUOTES_CHECKSUM
        if quoted_destination != destination:
            return StrayReason.QUOTES_DESTINATION
        return None


class EchoProbes(msgspec.Struct, frozen=True):
    """What both kinds of ICMP socket send to one destination."""

    destination: Destination
    session: EchoSession
    labels: FlowLabels | None = None
    """IPv6 only."""

    key_space = KEY_SPACE

    def address(self, key: int) -> SocketAddress:
        """Where the probe with this key is sent."""
        if self.labels is None:
            return self.destination.socket_address()
        return self.destination.socket_address(label=self.labels.label(self.session.flow_of(key)))

    def packet(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """What the probe with this key is."""
        return self.session.request(key, flow, size)


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
        return Stray(objection)
    if received.address != destination.address:
        return Stray(StrayReason.OTHER_SENDER)
    return answer_of_destination(
        key=session.key_of(reply.sequence),
        destination=destination.address,
        icmp_type=icmpv6.ECHO_REPLY if session.version == 6 else icmpv4.ECHO_REPLY,
        received=received,
        read_at=read_at,
    )
