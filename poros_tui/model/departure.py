"""Where neighbours of a destination leave the ways that flows to it take: balancing by
destination, or something else. Values only.

What speaks for balancing by destination, and all of it must be there for the claim:

- all flows to the destination went one way, and all flows to each of those neighbours too. By flow
  or packet by packet, chance would have it so with the probability that `confidence` leaves;
- neighbours and destination go their ways so much in turn that ROUTES_MIN routes and more would be
  needed for it. A route is for a prefix, and few prefixes part a network of 256 addresses;
- their ways meet again before the destination. Addresses that have routes of their own, because
  the hosts are elsewhere, do not come back.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress

ROUTES_MIN: Final = 5
"""Fewer routes may well be routes. Of 18 addresses that one of two ways was drawn for, 2 in 100
would need fewer; of 24, none of 3,000 that were tried."""
REPEATS_MIN: Final = 2
"""Fewer further flows tell nothing."""

SHARED_OUT: Final = "packets are shared out one by one there"
"""The doubt where flows tell nothing."""


class OtherWay(msgspec.Struct, frozen=True):
    """An interface that no flow to the destination met."""

    address: IPAddress
    neighbours: int
    """How many met it."""


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """An interface that flows to the destination come by, and neighbours of it, and behind which
    some of these met others."""

    ttl: int
    """0 is this machine."""
    address: IPAddress | None
    usual: tuple[IPAddress | None, ...]
    """Who flows to the destination met behind it."""
    flows: int
    """How many of them."""
    others: tuple[OtherWay, ...]
    """Who else neighbours met there, those met by most first."""
    neighbours: int
    """How many came by here and were answered behind it."""
    network: IPv4Network | IPv6Network
    """Theirs."""
    routes: int
    """The fewest routes that would send them and the destination these ways."""
    meets_at: int | None = None
    """TTL by which all these ways have led back to what flows to the destination meet; None where
    that was not seen."""
    repeated: int = 0
    """Probes of further flows to neighbours that met others, which were answered."""
    strayed: int = 0
    """Of these, how many met another interface than the first flow to the same neighbour."""
    is_told: bool = True
    """Whether flows tell who leads to whom there. They do not where packets are shared out one by
    one."""

    @property
    def departed(self) -> int:
        """Neighbours that met others."""
        return sum(other.neighbours for other in self.others)

    @property
    def is_single(self) -> bool:
        """Whether all flows to the destination go one way from here."""
        return self.is_told and len(self.usual) == 1

    @property
    def is_by_destination(self) -> bool:
        """Whether it is balancing by destination that shows here."""
        return self.doubt is None

    @property
    def confidence(self) -> float:
        """That it is neither by flow nor packet by packet, if all ways are equally likely: 1 less
        the probability that chance sent all flows alike."""
        width = 1 + len(self.others)
        return 1.0 - float(width) ** -(max(0, self.flows - 1) + self.repeated)

    @property
    def evidence(self) -> str:
        """What was seen, in words."""
        usual = f"{self.usual[0]}" if len(self.usual) == 1 else f"{len(self.usual)} interfaces"
        flows = "the one flow" if self.flows == 1 else f"all {self.flows} flows"
        words = (
            f"{flows} to the destination met {usual}, but {self.departed} of "
            f"{_count(self.neighbours, 'neighbour')} in {self.network} met "
            f"{_count(len(self.others), 'other')}"
        )
        if not self.is_by_destination:
            return words
        return (
            f"{words}, in such turn that it would take {self.routes} routes; "
            f"{self.repeated} further flows to these met the same again, and all ways meet at hop "
            f"{self.meets_at}"
        )

    @property
    def doubt(self) -> str | None:
        """Why it is not held to be balancing by destination, in words; None where it is."""
        if not self.is_told:
            return SHARED_OUT
        if len(self.usual) != 1:
            return "flows to the destination are shared out there as well"
        if self.strayed:
            return (
                f"{self.strayed} of {_count(self.repeated, 'further flow')} to these met yet "
                "another: it is not the destination alone that decides"
            )
        if self.routes < ROUTES_MIN:
            return f"{_count(self.routes, 'route')} would do the same"
        if self.meets_at is None:
            return "their ways were not seen to meet again before the destination"
        if self.repeated < REPEATS_MIN:
            return "too few further flows to these were answered"
        return None


class Neighbourhood(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned from neighbours of the destination."""

    network: IPv4Network | IPv6Network
    asked: int
    """Neighbours."""
    last_ttl: int | None
    """They were asked up to here, the last TTL before the destination; None: it is too near."""
    departures: tuple[Departure, ...] = ()
    """In the order of the TTLs."""
    untold: tuple[int, ...] = ()
    """TTLs where too few answered for the graph's confidence that nobody else is met there."""
    sent: int = 0
    retried: int = 0
    """Of these, probes sent again because an answer did not come."""
    send_errors: int = 0
    """Probes that this machine could not send."""
    repeated: int = 0
    """Of those sent, further flows, which tell balancing by destination from the others."""
    theory: int = 0
    """What the stopping points demand for what was found: for each TTL as many neighbours as its
    interfaces need, the destination being one."""
    is_complete: bool = True
    """False: it was stopped."""


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
