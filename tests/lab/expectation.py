"""What a perfect tracer sees of a scenario: who can answer at each TTL, up to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.node import Balance, Destination, TcpPort, UdpService
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.topology import PROBER, Node, Topology

Responders = frozenset[IPAddress]
Behind = Callable[[Node], Iterable[Node]]
"""Where a node may send a packet."""


def visible_path(
    scenario: Scenario, *, family: int, protocol: Protocol, at_s: float = 0.0
) -> list[Responders]:
    """Who can answer at TTL 1, 2, ...; nobody: an empty set.

    Of probes that every link takes. It ends where the destination or who says unreachable can
    answer for the first time: paths of another length may be longer. Where neither is ever heard,
    it ends with the last hop that can answer.
    """
    view = _View(scenario, family, protocol, at_s)
    return view.path(view.behind)


def visible_ways(
    scenario: Scenario, *, family: int, protocol: Protocol, at_s: float = 0.0
) -> list[list[Responders]]:
    """The same for each way that one flow may take, of whose hops at most one responder is met."""
    view = _View(scenario, family, protocol, at_s)
    ways: list[list[Responders]] = []
    for way in _all_ways(view.behind, PROBER):
        after = dict(pairwise((PROBER, *way)))
        seen = view.path(lambda node, after=after: [after[node]])  # type: ignore[misc]
        if seen not in ways:
            ways.append(seen)
    return ways


def _all_ways(behind: Behind, node: Node) -> Iterator[tuple[Node, ...]]:
    next_ones = list(behind(node))
    if not next_ones:
        yield ()
    for after in next_ones:
        yield from ((after, *rest) for rest in _all_ways(behind, after))


def answers(destination: Destination, protocol: Protocol) -> bool:
    """Whether anything comes from the destination itself."""
    match protocol:
        case Protocol.ICMP:
            return destination.icmp
        case Protocol.UDP:
            return destination.udp is not UdpService.SILENT
        case Protocol.TCP:
            return destination.tcp is not TcpPort.FILTERED


class _View:
    """The network as one protocol meets it."""

    def __init__(self, scenario: Scenario, family: int, protocol: Protocol, at_s: float) -> None:
        self.route = scenario.route_at(at_s)
        self.topology = Topology(self.route, family)
        self._destination = scenario.destination
        self._family = family
        self._protocol = protocol

    def behind(self, node: Node) -> list[Node]:
        """Where a node may send packets to the destination. Where others have routes of their own
        it has one way, the first."""
        hops = self.route.hops
        return [
            after
            for after in self.topology.behind(node)
            if after.number == 0
            or after.place > len(hops)
            or hops[after.place - 1].balance is not Balance.ROUTE
        ]

    def path(self, behind: Behind) -> list[Responders]:
        """Who can answer at TTL 1, 2, ..., where nodes send packets as `behind` says."""
        path: list[Responders] = []
        for ttl in range(1, len(self.route.hops) + 2):
            responders, is_end = self._at(ttl, behind)
            path.append(responders)
            if is_end:
                return path
        while path and not path[-1]:
            path.pop()
        return path

    def _at(self, ttl: int, behind: Behind) -> tuple[Responders, bool]:
        """Who can answer probes with this TTL, and whether one of them ends the path."""
        responders: set[IPAddress] = set()
        is_end = False
        on_their_way = {(PROBER, ttl)}
        while on_their_way:
            arriving = {(node, left) for before, left in on_their_way for node in behind(before)}
            on_their_way = set()
            for node, left in arriving:
                told = self._told(node, left)
                if told is None:
                    on_their_way.add((node, self._left_behind(node, left)))
                else:
                    responders |= told[0]
                    is_end |= told[1] and bool(told[0])
        return frozenset(responders), is_end

    def _left_behind(self, node: Node, left: int) -> int:
        """The TTL that a probe goes on with."""
        box = self.route.hops[node.place - 1].box
        return box.ttl_set or (left if box.ttl_keep else left - 1)

    def _told(self, node: Node, left: int) -> tuple[Responders, bool] | None:
        """Who answers of a node where a probe goes no farther, and whether it ends the path."""
        if node.place == self.route.distance:
            if not answers(self._destination, self._protocol):
                return frozenset(), True
            return frozenset({self._destination.responder(self._family)}), True
        hop = self.route.hops[node.place - 1]
        expires = left == 1 and not hop.box.ttl_keep
        refuses = hop.unreachable is not None and not (expires and hop.unreachable_beyond)
        if not refuses and not expires:
            return (frozenset(), False) if hop.blackhole else None
        own = hop.responders(self._family)
        return frozenset() if hop.silent else frozenset({own[node.number]}), refuses
