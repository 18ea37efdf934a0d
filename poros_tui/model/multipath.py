"""All paths of a load-balanced route as one graph: interfaces, links, and who shares the load out.

Values only. An interface is an address at a TTL: where branches differ in length, the routers
behind them are met at two TTLs.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from poros_tui.model.departure import Departure, Neighbourhood
from poros_tui.model.probe import IPAddress

Interface = IPAddress | None
"""None: whoever is there does not answer. Several silent routers of a TTL cannot be told apart."""


class Balance(StrEnum):
    """What a load balancer goes by."""

    FLOW = "flow"
    """The flow: the same header fields go the same way."""
    DESTINATION = "destination"
    """The addresses alone: all flows to one go the same way, and those to another another."""
    PACKET = "packet"
    """Nothing: each packet goes its own way."""
    UNKNOWN = "unknown"
    """It could not be told: too few repeated probes were answered."""


class GraphNode(msgspec.Struct, frozen=True, kw_only=True):
    """An interface, and who came by."""

    ttl: int
    address: Interface
    flows: tuple[int, ...]
    """Numbers of the flows that met it; where packets are shared out one by one, those that met it
    at least once."""
    is_end: bool = False
    """The destination, or somebody who says that the path ends here."""


class GraphLink(msgspec.Struct, frozen=True, kw_only=True):
    """Two interfaces that follow each other on the way of some flow."""

    ttl: int
    """Of the nearer one."""
    near: Interface
    far: Interface
    flows: tuple[int, ...]
    """That were seen on it. Empty where packets are shared out one by one, and the link follows
    from there being only one interface at one of its ends."""


class Balancer(msgspec.Struct, frozen=True, kw_only=True):
    """An interface with several next ones."""

    ttl: int
    """0 is this machine."""
    address: Interface
    branches: tuple[Interface, ...]
    """Next interfaces, those met by most flows first, and then those that neighbours of the
    destination met."""
    balance: Balance
    repeated: int = 0
    """Probes of known flows that were sent once more and answered; where it goes by destination,
    other flows to those neighbours."""
    strayed: int = 0
    """Of these, how many met another interface than before."""
    departure: Departure | None = None
    """Where it goes by destination: who shows it."""
    confidence: float | None = None
    """That `balance` is right, 0 to 1; None where it was seen itself, or is not known."""

    @property
    def evidence(self) -> str:
        """Why it is held to balance so, in words."""
        probes = "1 repeated probe" if self.repeated == 1 else f"{self.repeated} repeated probes"
        match self.balance:
            case Balance.DESTINATION:
                return self.departure.evidence if self.departure is not None else ""
            case Balance.FLOW:
                return f"{probes} met the interface that its flow had met before"
            case Balance.PACKET:
                return f"{self.strayed} of {probes} met another interface than before"
            case Balance.UNKNOWN:
                return f"only {probes} answered" if self.repeated else "no repeated probe answered"


class DeadEnd(msgspec.Struct, frozen=True, kw_only=True):
    """An interface behind which flows come to nothing: nobody answers them from there on, while
    others go on to the destination, or may."""

    ttl: int
    """Of the last interface that answered them; 0 is this machine."""
    address: Interface
    flows: tuple[int, ...]
    """That end there, from 0."""
    passed: int
    """Other flows that came by it and go on."""
    asked_to: int
    """The farthest TTL at which one of them was asked."""


class UnsentFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A flow that this machine does not send: it was left out."""

    flow: int
    """From 0."""
    reason: str
    """In words."""


class ProbeCount(msgspec.Struct, frozen=True, kw_only=True):
    """What the discovery has cost, and what the theory says that it must."""

    sent: int
    """All probes of the discovery."""
    retried: int
    """Of these, those sent again because an answer did not come."""
    repeated: int
    """Of these, those that tell balancing by flow from balancing by packet."""
    unanswered: int
    """Flows that met nobody at some TTL although they were asked again and again there."""
    mda: int
    """What the stopping points of the MDA demand for this graph, without node control: for each
    interface as many flows through it as its next ones need."""
    lite: int
    """What they demand of MDA-Lite: for each TTL as many flows as its interfaces need."""
    send_errors: int = 0
    """Probes that this machine could not send: no part of `sent`."""


class MultipathGraph(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found between this machine and the destination."""

    nodes: tuple[GraphNode, ...]
    """By TTL, and at each TTL those met by most flows first."""
    links: tuple[GraphLink, ...]
    balancers: tuple[Balancer, ...]
    confidence: float
    """That no interface is missing where branches are equally likely, 0 to 1."""
    flows: int
    """How many were used."""
    probes: ProbeCount
    full_from: tuple[tuple[int, int], ...] = ()
    """First and last TTL of the stretches where MDA-Lite did not do: meshed or unequal."""
    unlinked: tuple[int, ...] = ()
    """TTLs whose links to the next cannot be told: packets are shared out one by one before."""
    is_complete: bool = True
    """False: it was stopped, or ran out of flows, before the stopping points were reached."""
    dead_ends: tuple[DeadEnd, ...] = ()
    """By TTL."""
    unsent: tuple[UnsentFlow, ...] = ()
    """By number."""
    reached_at: int | None = None
    """Nearest TTL at which the destination answered some flow; None: it answered none."""
    neighbourhood: Neighbourhood | None = None
    """What neighbours of the destination met; None where none were to be asked, or not yet."""

    @property
    def ttls(self) -> tuple[int, ...]:
        """In order, each once."""
        return tuple(sorted({node.ttl for node in self.nodes}))

    @property
    def addresses(self) -> frozenset[IPAddress]:
        """Of all interfaces that answered."""
        return frozenset(node.address for node in self.nodes if node.address is not None)

    def at(self, ttl: int) -> tuple[GraphNode, ...]:
        """The interfaces of one TTL."""
        return tuple(node for node in self.nodes if node.ttl == ttl)
