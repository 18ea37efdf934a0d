"""One probe, and everything that can become of it. Values only."""

from __future__ import annotations

from enum import Enum, StrEnum
from ipaddress import IPv4Address, IPv6Address

import msgspec

from poros_tui.model.quote import Quote
from poros_tui.model.stray import Stray
from poros_tui.packets.extensions import Extension

IPAddress = IPv4Address | IPv6Address


class Protocol(StrEnum):
    """What a probe is made of. A line here registers a protocol: its name, which is that of its
    option and of its module in `probe.protocols`, and what the option's help says."""

    summary: str
    """For the help."""

    def __new__(cls, name: str, summary: str) -> Protocol:
        """A member whose value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.summary = summary
        return member

    ICMP = "icmp", "ICMP echo probes."
    UDP = "udp", "UDP probes to ports from 33434; need no privilege."
    TCP = "tcp", "TCP SYN probes to --port (443 often passes where 80 does not)."

    @property
    def has_ports(self) -> bool:
        """Whether its probes have a source port and a destination port."""
        return self is not Protocol.ICMP


class Multipath(StrEnum):
    """What the probes of a trace look like to load balancers, and what tells them apart."""

    PARIS = "paris"
    """All alike: one flow takes one path (Augustin et al., IMC 2006)."""
    CLASSIC = "classic"
    """Each its own flow, as in the first traceroute: probes may take different paths."""
    DUBLIN = "dublin"
    """All alike in what even a NAT leaves as it was; UDP only (dublin-traceroute)."""


class RttSource(StrEnum):
    """Which clock stamped the sending, and which the receiving."""

    KERNEL_KERNEL = "kernel/kernel"
    USER_KERNEL = "user/kernel"
    KERNEL_USER = "kernel/user"
    USER_USER = "user/user"
    TCP_INFO = "tcp_info"
    """The kernel's own measure of a handshake (tcp(7), tcpi_rtt)."""


class Mode(StrEnum):
    """In which order the hops are asked."""

    CONCURRENT = "concurrent"
    """All TTLs at once."""
    SEQUENTIAL = "sequential"
    """TTL by TTL, the next when the last is answered or given up: the classic."""
    ADAPTIVE = "adaptive"
    """A window of TTLs that doubles on answers and halves on silence."""


class AnswerKind(Enum):
    """What an answer says about the path."""

    TIME_EXCEEDED = "time exceeded"
    """A router on the way: the path goes on."""
    REACHED = "reached"
    """The destination itself: echo reply, or port unreachable from its address."""
    UNREACHABLE = "unreachable"
    """Somebody says that the path ends here: host, net, administratively prohibited, ..."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing lies beyond the hop that gave this answer."""
        return self is not AnswerKind.TIME_EXCEEDED


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One packet of the session."""

    number: int
    """Serial in the session, from 0, never used again."""
    ttl: int
    """1 to 255: the hop it asks."""
    round: int
    """The pass over all hops it belongs to, from 0."""
    query: int
    """0 for the first probe to this hop in the round, then 1, 2, ..."""
    generation: int
    """Counts the resets of the statistics: outcomes of an older generation are ignored."""
    flow: int = 0
    """Which of the session's flows it belongs to, from 0."""


class Sent(msgspec.Struct, frozen=True):
    """The kernel took the probe. It is in flight until another outcome comes."""

    probe: Probe
    at_s: float
    """When, on the session's clock, in seconds: of two probes it tells how far they are apart."""


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A router or the destination answered `probe` for the first time."""

    probe: Probe
    responder: IPAddress
    kind: AnswerKind
    rtt_s: float | None
    """Seconds from the kernel's send stamp to its receive stamp; None where the clock was
    stepped in between, or the answer is ambiguous, so that no honest figure exists."""
    icmp_type: int | None = None
    icmp_code: int | None = None
    """Of the answer; both None where the answer is not ICMP (a UDP datagram)."""
    reply_ttl: int | None = None
    """TTL or hop limit left in the answer's own header, None where not known."""
    extensions: tuple[Extension, ...] = ()
    """What the router added to it, such as MPLS labels (RFC 4884)."""
    rtt_source: RttSource | None = None
    """Where the round-trip time comes from; None where there is none."""
    quote: Quote | None = None
    """The probe as it arrived there, None where nothing tells."""
    mtu: int | None = None
    """Bytes that the next link takes, where the answer says that the probe was larger (RFC 1191,
    RFC 8201)."""
    is_ambiguous: bool = False
    """The kernel had sent the probe twice by then: it may answer either."""
    was_lost: bool = False
    """The probe was counted as lost before: that loss is taken back."""
    is_late: bool = False
    """It came after the timeout."""


class Lost(msgspec.Struct, frozen=True):
    """No answer to `probe` within the time it was given."""

    probe: Probe
    waited_s: float | None
    """Seconds from sending to the decision; None where another program waited, and does not tell
    how long."""


class Duplicate(msgspec.Struct, frozen=True):
    """Another answer to a probe that had one already. No statistic changes but this count."""

    probe: Probe
    responder: IPAddress


class SendFailed(msgspec.Struct, frozen=True):
    """`probe` did not leave this machine. Not a loss."""

    probe: Probe
    reason: str
    """In words, such as `network is unreachable`."""
    was_sent: bool = False
    """It was reported as Sent before the kernel said that it could not deliver it."""
    was_lost: bool = False
    """It was even counted as lost: that loss is taken back."""


ProbeOutcome = Sent | Reply | Lost | Duplicate | SendFailed | Stray
