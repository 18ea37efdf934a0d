"""Which node leads to which, and the way that one packet takes. Chance is the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from poros_tui.probe.simulation.scenario import Route


class Node(NamedTuple):
    """One router, or the destination."""

    place: int
    """Number of its hop in the scenario, from 1; behind the last hop is the destination. 0 is the
    prober. Where branches differ in length, this is not the TTL that gets there."""
    number: int
    """Which of the addresses of its hop it has, from 0."""


PROBER: Final = Node(0, 0)
Choose = Callable[[Node, tuple[Node, ...]], Node]
"""By whom, and among which two or more."""


class Topology:
    """The nodes of a route in one family, and the links between them."""

    def __init__(self, route: Route, family: int) -> None:
        self._route = route
        self._family = family
        self._next: dict[Node, tuple[Node, ...]] = {}
        for place in range(len(route.hops) + 1):
            for node in self._all(place):
                self._next[node] = tuple(self._linked(node))

    def behind(self, node: Node) -> tuple[Node, ...]:
        """Where a node may send a packet; nowhere from the destination."""
        return self._next.get(node, ())

    def walk(self, choose: Choose) -> Iterator[Node]:
        """The nodes that one packet meets, in order, up to the destination."""
        node = PROBER
        while behind := self._next.get(node):
            node = behind[0] if len(behind) == 1 else choose(node, behind)
            yield node

    def layers(self) -> list[frozenset[Node]]:
        """The nodes that can be met at TTL 1, 2, ..., up to where only the destination can be."""
        layers: list[frozenset[Node]] = []
        current = frozenset(self.behind(PROBER))
        while current:
            layers.append(current)
            current = frozenset(after for node in current for after in self.behind(node))
        return layers

    def _all(self, place: int) -> list[Node]:
        """The nodes of a hop; one without an address is there as well."""
        if not 1 <= place <= len(self._route.hops):
            return [Node(place, 0)]
        count = len(self._route.hops[place - 1].responders(self._family))
        return [Node(place, index) for index in range(max(1, count))]

    def _linked(self, node: Node) -> Iterator[Node]:
        links = self._route.hops[node.place - 1].links if node.place else ()
        if not links:
            yield from self._all(node.place + 1)
            return
        for link in links[node.number]:
            nodes = self._all(node.place + 1 + link.skips)
            yield from nodes if link.index is None else (nodes[link.index],)
