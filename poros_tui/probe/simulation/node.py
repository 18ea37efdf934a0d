"""The nodes of a simulated internet as values: how a hop answers, and how the destination."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

import msgspec

from poros_tui.model.probe import IPAddress
from poros_tui.packets.extensions import Extension
from poros_tui.probe.simulation.box import Box


class Balance(StrEnum):
    """How a hop with several responders chooses among them."""

    FLOW = "flow"
    """By the flow: packets with the same header fields meet the same responder."""
    PACKET = "packet"
    """At random for each packet."""
    DESTINATION = "destination"
    """By source and destination address alone: all probes to one address meet the same one."""
    ROUTE = "route"
    """Not at all: addresses 12 to 15 of the destination's 256 have a route of their own, to the
    last responder; all others go to the first."""


class TcpPort(StrEnum):
    """What a SYN meets at the destination."""

    OPEN = "open"
    """SYN-ACK."""
    CLOSED = "closed"
    """RST-ACK."""
    FILTERED = "filtered"
    """Silence."""


class UdpService(StrEnum):
    """What a datagram meets at the destination."""

    CLOSED = "closed"
    """Nobody: port unreachable. Also written `true`."""
    SILENT = "silent"
    """Silence. Also written `false`."""
    ECHO = "echo"
    """Sends back what it is sent (RFC 862)."""
    FIXED = "fixed"
    """Answers with the same datagram to whatever comes."""
    DNS = "dns"
    """Takes the payload for a query that it does not understand, and says FORMERR."""


class Unreachable(StrEnum):
    """Why a hop does not let probes through."""

    NET = "net"
    HOST = "host"
    PORT = "port"
    """As a firewall says that rejects: a router's port unreachable, not the destination's."""
    NET_ADMIN = "net_admin"
    HOST_ADMIN = "host_admin"
    ADMIN = "admin"


class Mischief(StrEnum):
    """What is wrong with a packet that comes back beside the honest answers."""

    NONE = "none"
    """Nothing: this is an honest answer."""
    TRUNCATED = "truncated"
    """The quoted probe ends in the middle of a header."""
    CORRUPT = "corrupt"
    """The checksum is wrong."""
    FORGED_QUOTE = "forged_quote"
    """Well-formed, but it quotes a probe that was never sent."""
    FORGED_ECHO = "forged_echo"
    """An echo reply from a stranger, or one without the probe's payload."""
    FORGED_HEADER = "forged_header"
    """It quotes the probe with another IP version. Only who reads the quoted IP header can tell:
    the kernel's error queue does not hand that out. (With another source address it could not be
    told from an error that a NAT has left as it was.)"""


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A token bucket: on the error messages of a hop (echo replies are not limited), or on what
    passes a link."""

    per_second: float
    """Above 0."""
    burst: int
    """At least 1: what a full bucket holds. Linux: 1 a second, burst 6."""


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a node answers; hops and destinations have this in common."""

    rtt_s: float = 0.0
    """Round-trip time from the prober to this node: cumulative, not of the last link."""
    jitter_s: float = 0.0
    """Each answer takes longer by 0 to this, all values equally likely."""
    loss: float = 0.0
    """Share of answers that are lost, 0 to 1. What goes beyond this node is not touched."""
    duplicates: int = 0
    """Copies that follow each answer, 0 to 10."""
    rate_limit: RateLimit | None = None
    mischief: tuple[Mischief, ...] = ()
    """Bad packets that come back for each probe, beside the honest answer and before it."""
    initial_ttl: int = 255
    """Of the answers; each hop on the way back takes one off."""
    return_hops: int | None = None
    """How many hops it is from here to the prober; None: as many as from there to here."""
    quoted_ttl: int | None = None
    """TTL of the probes that its errors quote; None: what they have arrived with, 1 or more."""
    quote_bytes: int | None = None
    """Bytes quoted of a probe, IP header included; None: as many as fit (RFC 1812 4.3.2.3). In
    front of extensions a shorter probe is padded to as many."""
    extensions: tuple[Extension, ...] = ()
    """What its error messages carry (RFC 4884). Keys `mpls`, a list of labels; `interface`, a table
    of `role` (incoming, incoming_part, outgoing, next_hop), `index`, `address` or `address6`,
    `name`, `mtu`; `unknown_object`, a table of `class`, `type` and `hex`."""
    tells_quote_length: bool = True
    """False: like a router from before RFC 4884, which has the extensions at 128 bytes."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """From one router to another, or to several that share the packets."""

    index: int | None = None
    """Which address of the hop it leads to, from 0; None: each of them."""
    skips: bool = False
    """It passes over the next hop, and leads to the one behind that: so a branch is shorter than
    the one beside it, and all that lies behind both is met at two TTLs."""


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One router on the way, or several that share its place."""

    manner: Manner = Manner()
    addresses: tuple[IPv4Address, ...] = ()
    addresses6: tuple[IPv6Address, ...] = ()
    """Keys `address`, `addresses`, `address6`, `addresses6`; without the last two the twins."""
    balance: Balance = Balance.FLOW
    """How those before this hop share packets out among its routers, or between it and what lies
    behind it. Each decides for itself: in two diamonds in a row no choice tells of the other."""
    weights: tuple[int, ...] = ()
    """How many shares each address gets; without, all the same."""
    links: tuple[tuple[Link, ...], ...] = ()
    """For each address of this hop, where it leads to: a list of numbers of addresses of the next
    hop, from 0, of `"skip"`, and of `"skip N"` (number N of the hop behind the next). Without, to
    all of the next hop. Some of them may be empty: what comes by there is swallowed."""
    box: Box = Box()
    """What it does to packets that it passes on: keys are those of `Box`, of which `nat` is a
    table of those of `Nat`."""
    silent: bool = False
    """Never answers honestly, but lets everything through."""
    link_loss: float = 0.0
    """Share of the probes to farther hops that are lost on the link behind this one, 0 to 1."""
    link_limit: RateLimit | None = None
    """On the probes to farther hops, on the link behind this one: a policer."""
    blackhole: bool = False
    """Nothing beyond this hop answers."""
    unreachable: Unreachable | None = None
    """This hop says so of every probe that gets here."""
    unreachable_beyond: bool = False
    """It says so only of probes that it would have to pass on, as a last router does whose
    neighbour is gone; a probe whose TTL ends here is answered with time exceeded."""
    unreachable_delay_s: float = 0.0
    """What it takes before saying unreachable, beside the RTT (3 s for Linux without ARP)."""

    def responders(self, family: int) -> tuple[IPAddress, ...]:
        """Who can answer here, by family 4 or 6; empty where the hop has no address."""
        return self.addresses if family == 4 else self.addresses6


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """The end of the path."""

    address: IPv4Address
    address6: IPv6Address
    manner: Manner = Manner(initial_ttl=64)
    icmp: bool = True
    """Answers echo requests."""
    udp: UdpService = UdpService.CLOSED
    tcp: TcpPort = TcpPort.OPEN

    def responder(self, family: int) -> IPAddress:
        """Its address, by family 4 or 6."""
        return self.address if family == 4 else self.address6
