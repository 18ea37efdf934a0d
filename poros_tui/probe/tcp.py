"""TCP SYNs on a raw socket: half-open, never a connection.

The kernel knows nothing of these SYNs, so it answers a SYN-ACK with RST by itself: the listener
never accepts. A SYN or RST of its own needs no help of ours.

All probes of a flow have the same ports, and in IPv6 a flow label of their own (see `flow_labels`),
because Linux routers look at the label and, unless told to, not at the ports. What tells the probes
apart is the sequence number (see `syn_book`). Their source address stays what it was when the trace
began, as that of any connection does, for as long as this machine has it.
"""

from __future__ import annotations

import secrets
from struct import Struct

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
from poros_tui.packets.quoted import Quoted, decode_quoted_ipv4, decode_quoted_ipv6, quoted_bytes
from poros_tui.packets.tcp import (
    HEADER_BYTES,
    Flags,
    Proposal,
    QuotedTcp,
    Syn,
    TcpSegment,
    syn_options,
    verify,
    with_checksum,
    with_header_of,
)
from poros_tui.probe.errqueue import Received
from poros_tui.probe.family import Destination, SocketAddress
from poros_tui.probe.flow_labels import FlowLabels
from poros_tui.probe.icmp import without_ipv4_header
from poros_tui.probe.quoting import Change, header_changes, quote_of
from poros_tui.probe.source_ports import SourcePorts
from poros_tui.probe.syn_book import SentSyn, SynBook
from poros_tui.probe.transport import TransportEvent
from poros_tui.probe.verdict import answer_of_destination, answer_of_error, malformed

KEY_SPACE = 1 << 16
_PORTS = Struct("!HH")


class TcpProbes(msgspec.Struct, kw_only=True):
    """SYNs to one port of one destination, and what comes back for them."""

    destination: Destination
    source: IPAddress
    """Ours, that they are sent from: the checksum covers it. Another once it is gone; nothing comes
    for what was sent from it then."""
    port: int
    source_ports: SourcePorts
    multipath: Multipath
    """PARIS, or CLASSIC: another source port for each probe, 1024 times in a row."""
    size: int | None
    """Bytes with the IP header; None: as many as a SYN of Linux has, 60 or 80."""
    options: bytes = msgspec.field(default_factory=lambda: syn_options(secrets.randbits(32)))
    """Left out where the size has no room for them."""
    traffic_class: int = 0
    """The byte of DSCP and ECN that they are sent with."""
    is_atomic: bool = False
    """Nobody may part them on the way."""
    labels: FlowLabels | None = None
    """IPv6 only."""
    book: SynBook = msgspec.field(default_factory=SynBook)
    _flows: dict[int, int] = msgspec.field(default_factory=dict)
    """Of the probes that were last sent with each key."""
    _ports: set[int] = msgspec.field(default_factory=set)
    """Those that a probe has left from."""

    key_space = KEY_SPACE

    def address(self, key: int) -> SocketAddress:
        """Where the probe with this key is sent. A raw socket knows no port."""
        return self.destination.socket_address(label=self._label(self._flows.get(key, 0)))

    def packet(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """The probe with this key that is sent next."""
        size = self.size if size is None else size
        source_port = self.source_ports.of(key if self.multipath is Multipath.CLASSIC else flow)
        self._flows[key] = flow
        self._ports.add(source_port)
        payload_bytes = len(self._payload(size))
        return self._segment(self.book.enter(key, source_port, payload_bytes, size, flow))

    def _label(self, flow: int) -> int:
        """The IPv6 flow label that we gave a flow; 0: the kernel's choice."""
        return 0 if self.labels is None else self.labels.label(flow)

    def _room(self, size: int | None) -> int:
        """Bytes behind the TCP header."""
        if size is None:
            return len(self.options)
        return max(0, size - self.destination.family.header_bytes - HEADER_BYTES)

    def _options(self, size: int | None) -> bytes:
        return self.options if self._room(size) >= len(self.options) else b""

    def _payload(self, size: int | None) -> bytes:
        return bytes(self._room(size) - len(self._options(size)))

    def _segment(self, sent: SentSyn) -> bytes:
        syn = Syn(
            source_port=sent.source_port,
            destination_port=self.port,
            sequence=sent.sequence,
            options=self._options(sent.size),
            payload=self._payload(sent.size),
        )
        return with_checksum(syn.encode(), self.source, self.destination.address)

    def read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """Nothing: without RECVERR the error queue holds send stamps only."""

    def read_data(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What a segment says; None for one that answers no probe."""
        try:
            if self.destination.family.version == 4:
                received = without_ipv4_header(received)
            segment = TcpSegment.decode(received.data)
            if received.address is not None and received.local is not None:
                verify(received.data, received.address, received.local)
        except MalformedPacket as flaw:
            return malformed(flaw)
        if received.address != self.destination.address or segment.source_port != self.port:
            return Stray(StrayReason.OTHER_SENDER)
        if not segment.flags & Flags.ACK or not segment.flags & (Flags.SYN | Flags.RST):
            # Such as the ACK by which a listener asks whether its connection is still wanted.
            return None
        sent = self.book.acknowledged(segment.acknowledgment)
        if sent is None or sent.source_port != segment.destination_port:
            return Stray(StrayReason.OTHER_ACKNOWLEDGMENT)
        return answer_of_destination(
            key=sent.key,
            destination=self.destination.address,
            icmp_type=None,
            received=received,
            read_at=read_at,
        )

    def read_icmp(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What an ICMP message says; None for one that answers no probe."""
        try:
            if self.destination.family.version == 4:
                received = without_ipv4_header(received)
                message = decode_icmpv4(received.data)
            else:
                message = decode_icmpv6(received.data)
            if not isinstance(message, IcmpError):
                return None
            return self._read_icmp_error(message, received, read_at)
        except MalformedPacket as flaw:
            return malformed(flaw)

    def _read_icmp_error(
        self, error: IcmpError, received: Received, read_at: ClockReading
    ) -> TransportEvent | None:
        is_v4 = self.destination.family.version == 4
        split = split_quote(error.quoted, error.quote_length)
        quoted = (decode_quoted_ipv4 if is_v4 else decode_quoted_ipv6)(split.datagram)
        if quoted.header.is_later_fragment and not self._is_quoted(quoted.carries):
            return None  # routers answer each fragment of a probe: the first of them tells it
        if not isinstance(quoted.carries, QuotedTcp):
            return Stray(StrayReason.QUOTES_PROTOCOL)
        sent = self.book.quoted(quoted.carries.sequence)
        if sent is None:
            # Another program may have a port of ours, to elsewhere, or trace this destination too.
            is_to_it = quoted.header.destination == self.destination.address
            is_ours = is_to_it and quoted.carries.source_port in self._ports
            return Stray(StrayReason.QUOTES_SEQUENCE) if is_ours else None
        if self._is_changed(quoted.header, quoted.carries, sent) and not self._is_consistent(
            quoted.header, quoted.carries, sent
        ):
            return Stray(StrayReason.QUOTES_CHECKSUM)
        if received.address is None:
            return Stray(StrayReason.NO_SENDER)
        return answer_of_error(
            key=sent.key,
            destination=self.destination.address,
            responder=received.address,
            icmp_type=error.icmp_type,
            icmp_code=error.icmp_code,
            mtu=error.mtu,
            extensions=split.extensions,
            received=received,
            read_at=read_at,
            quote=self._quote(quoted.header, quoted.carries, len(split.datagram), sent),
        )

    def _is_quoted(self, carries: Quoted) -> bool:
        """Whether that has the sequence number of a probe."""
        return isinstance(carries, QuotedTcp) and self.book.quoted(carries.sequence) is not None

    def _is_changed(
        self, header: IPv4Packet | IPv6Packet, carries: QuotedTcp, sent: SentSyn
    ) -> bool:
        return (
            header.source,
            header.destination,
            carries.source_port,
            carries.destination_port,
        ) != (self.source, self.destination.address, sent.source_port, self.port)

    def _is_consistent(
        self, header: IPv4Packet | IPv6Packet, carries: QuotedTcp, sent: SentSyn
    ) -> bool:
        """Whether the checksum is that of our segment with the quoted addresses and ports: so does
        a NAT leave it, and who only repeats what he saw on the way would have to know how. A NAT
        may change the options too: before a DSL line most do."""
        ports = _PORTS.pack(carries.source_port, carries.destination_port)
        segment = ports + _as_quoted(self._segment(sent), carries)[_PORTS.size :]
        summed = with_checksum(segment, header.source, header.destination)
        return carries.checksum == QuotedTcp.decode(summed).checksum

    def _quote(
        self,
        header: IPv4Packet | IPv6Packet,
        carries: QuotedTcp,
        datagram_bytes: int,
        sent: SentSyn,
    ) -> Quote:
        segment = self._segment(sent)
        label = self._label(sent.flow)
        # What else the header says now accounts for a part of the checksum, or for all of it.
        as_quoted = _as_quoted(segment, carries)
        if as_quoted != segment:
            as_quoted = with_checksum(as_quoted, self.source, self.destination.address)
        checksum = None if carries.checksum is None else QuotedTcp.decode(as_quoted).checksum
        return quote_of(
            header,
            datagram_bytes=datagram_bytes,
            quoted_bytes=quoted_bytes(header.payload, segment),
            sent_traffic_class=self.traffic_class,
            changes=(
                *header_changes(
                    header,
                    self.source,
                    self.destination.address,
                    is_atomic=self.is_atomic,
                    label=label,
                ),
                (RewrittenField.SOURCE_PORT, sent.source_port, carries.source_port),
                (RewrittenField.DESTINATION_PORT, self.port, carries.destination_port),
                (RewrittenField.CHECKSUM, checksum, carries.checksum or 0),
                *_proposal_changes(segment, carries),
            ),
        )


def _as_quoted(segment: bytes, carries: QuotedTcp) -> bytes:
    """Our segment with what the quoted header says beside ports, numbers and checksum, as far as
    all of it is quoted and it is as long as ours."""
    own = QuotedTcp.decode(segment).header
    if own is None or carries.header is None or len(carries.header) != len(own):
        return segment
    return with_header_of(segment, carries.header)


def _proposal_changes(segment: bytes, carries: QuotedTcp) -> tuple[Change, ...]:
    """What became of what a SYN proposes, as far as all of it is quoted."""
    own = QuotedTcp.decode(segment).header
    if own is None or carries.header is None or len(carries.header) != len(own):
        return ()
    sent, quoted = Proposal.decode(own), Proposal.decode(carries.header)
    pairs = zip(sent.other_options, quoted.other_options, strict=True)
    return (
        (RewrittenField.TCP_WINDOW, sent.window, quoted.window),
        (RewrittenField.URGENT_POINTER, sent.urgent_pointer, quoted.urgent_pointer),
        (
            RewrittenField.MAXIMUM_SEGMENT_SIZE,
            sent.maximum_segment_size,
            quoted.maximum_segment_size,
        ),
        (RewrittenField.TCP_OPTIONS, len(sent.other_options), sum(a == b for a, b in pairs)),
    )
