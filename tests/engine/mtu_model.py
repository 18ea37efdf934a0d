"""A path as the MTU search sees it, made of links: what would come back for a packet."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address

from poros_tui.engine.mtu_search import Ask, Fate, Heard, MtuSearch, Scope
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import IPAddress

LINK_MTU = 1500


class Manner(Enum):
    """What the router before a link says of packets that are too big for it."""

    TOLD = "told"
    UNTOLD = "untold"
    SILENT = "silent"


@dataclass(frozen=True)
class Link:
    """Between two hops."""

    mtu: int = LINK_MTU
    manner: Manner = Manner.TOLD


def address(hop: int) -> IPAddress:
    """Of a router."""
    return ip_address(f"10.0.{hop}.1")


@dataclass
class PathModel:
    """Links are counted from the prober's, 1; the destination is as many hops away."""

    links: list[Link]
    silent_routers: frozenset[int] = frozenset()
    loss: float = 0.0
    in_a_row_max: int | None = None
    """So many packets of one kind may be lost one after the other."""
    reply_mtu: int | None = None
    """What the way back takes, for replies as large as the requests; the rest vanishes."""
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    in_a_row: Counter[Ask] = field(default_factory=Counter)
    asked: list[Ask] = field(default_factory=list)

    @property
    def distance(self) -> int:
        return len(self.links)

    @property
    def mtu(self) -> int:
        return min(link.mtu for link in self.links)

    @property
    def narrow_hop(self) -> int:
        """The router before the first link that takes no more than the path does."""
        return next(hop for hop, link in enumerate(self.links) if link.mtu == self.mtu)

    def fate(self, ask: Ask) -> Heard:
        self.asked.append(ask)
        heard = self._honest(ask)
        if heard.fate is not Fate.SILENT and self._is_lost(ask):
            return Heard(Fate.SILENT)
        return heard

    def _is_lost(self, ask: Ask) -> bool:
        is_lost = self.dice.random() < self.loss
        if self.in_a_row_max is not None and self.in_a_row[ask] >= self.in_a_row_max:
            is_lost = False
        self.in_a_row[ask] = self.in_a_row[ask] + 1 if is_lost else 0
        return is_lost

    def _honest(self, ask: Ask) -> Heard:
        if ask.size > self.links[0].mtu:
            return Heard(Fate.NOT_SENT)
        for hop, link in enumerate(self.links):  # `hop` sends over it
            if hop and hop == ask.ttl:
                return Heard(Fate.SILENT if hop in self.silent_routers else Fate.PASSED)
            if ask.size > link.mtu:
                if link.manner is Manner.SILENT:
                    return Heard(Fate.SILENT)
                told = link.mtu if link.manner is Manner.TOLD else None
                return Heard(Fate.TOO_BIG, address(hop), told)
        if self.reply_mtu is not None and ask.size > self.reply_mtu:
            return Heard(Fate.SILENT)
        return Heard(Fate.PASSED)

    def scope(self, *, echoes: bool = False, version: int = 4) -> Scope:
        """Of a search after a trace of this path."""
        answering = set(range(1, self.distance)) - self.silent_routers
        return Scope(
            target=self.distance,
            send_ttl=self.distance + 8,
            is_destination=True,
            has_large_replies=echoes,
            routers={hop: (address(hop),) for hop in sorted(answering)},
            small={4: 60, 6: 80}[version],
            floor={4: 68, 6: 1280}[version],
            ceiling=self.links[0].mtu,
            link_mtu=self.links[0].mtu,
        )


def run(model: PathModel, scope: Scope | None = None) -> PathMtu:
    """The search to its end."""
    search = MtuSearch(scope or model.scope())
    while search.asks:
        assert len(model.asked) < 1000, "it does not end"
        search.hear([model.fate(ask) for ask in search.asks])
    return search.finding
