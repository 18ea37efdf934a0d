"""Runs a discovery of all paths against a simulated internet without any time: each probe is
answered at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from poros_tui.engine.mda import Discovery, FlowProbe
from poros_tui.engine.mda_graph import graph_of, with_neighbourhood
from poros_tui.engine.neighbour_search import NeighbourProbe, NeighbourSearch
from poros_tui.model.multipath import Interface, MultipathGraph
from poros_tui.model.neighbours import neighbours_of
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from tests.lab.graph import Graph

Answer = Callable[[FlowProbe], Interface]


@dataclass(frozen=True)
class Discovered:
    graph: MultipathGraph
    discovery: Discovery
    asked: list[FlowProbe]

    def is_whole(self, truth: Graph) -> bool:
        """Whether it is exactly the true graph."""
        return interfaces(self.graph) == truth.interfaces and links(self.graph) == truth.links


def interfaces(graph: MultipathGraph) -> tuple[frozenset[Interface], ...]:
    return tuple(frozenset(node.address for node in graph.at(ttl)) for ttl in graph.ttls)


def links(graph: MultipathGraph) -> frozenset[tuple[int, Interface, Interface]]:
    return frozenset((link.ttl, link.near, link.far) for link in graph.links)


def discover(scenario: Scenario, *, seed: int, failure: float = 0.05) -> Discovered:
    """What is found of a scenario."""
    network = SimulatedNetwork(scenario, seed=seed)
    serials = iter(range(10**6))

    def answer(probe: FlowProbe) -> Interface:
        answers = network.answers(
            ttl=probe.ttl,
            protocol=Protocol.ICMP,
            flow=probe.flow,
            serial=next(serials),
            family=4,
            now_s=0.0,
        )
        return answers[0].responder if answers else None

    end = scenario.destination.responder(4)
    return discover_with(answer, end=end, distance=len(scenario.hops) + 1, failure=failure)


def discover_with(
    answer: Answer,
    *,
    end: Interface,
    distance: int,
    failure: float = 0.05,
    first_ttl: int = 1,
    gap_limit: int = 8,
) -> Discovered:
    """What is found where `answer` says who answers a probe; None: nobody."""
    discovery = Discovery(
        failure=failure, first_ttl=first_ttl, last_ttl=30, distance=distance, gap_limit=gap_limit
    )
    asked: list[FlowProbe] = []
    while wanted := discovery.wanted():
        for probe in wanted:
            who = answer(probe)
            if who is None:
                discovery.silent(probe, tries=8)
            else:
                discovery.answered(probe, who, tries=1, is_end=who == end)
        asked += wanted
    graph = graph_of(discovery, sent=len(asked), retried=0)
    return Discovered(graph, discovery, asked)


Way = Callable[[IPAddress, int, int], Interface]
"""Who answers, by address, flow and TTL; whoever is asked for itself is at its end."""


@dataclass(frozen=True)
class Asked:
    graph: MultipathGraph
    """With what neighbours showed."""
    probes: list[NeighbourProbe]


def discover_both(
    way: Way,
    destination: IPAddress,
    *,
    distance: int,
    count: int = 32,
    failure: float = 0.05,
    first_ttl: int = 1,
) -> Asked:
    """What is found of the paths to a destination, and then by asking its neighbours."""

    def answer(probe: FlowProbe) -> Interface:
        return way(destination, probe.flow, probe.ttl)

    found = discover_with(
        answer, end=destination, distance=distance, failure=failure, first_ttl=first_ttl
    )
    return ask_neighbours(found.graph, way, destination, count)


def ask_neighbours(
    graph: MultipathGraph, way: Way, destination: IPAddress, count: int = 32
) -> Asked:
    """What neighbours show of a graph that is known."""
    neighbours = neighbours_of(destination)[:count]
    search = NeighbourSearch(graph, destination, neighbours)
    asked: list[NeighbourProbe] = []
    while wanted := search.wanted():
        for probe in wanted:
            address = neighbours[probe.neighbour]
            who = way(address, probe.flow, probe.ttl)
            if who is None:
                search.silent(probe, tries=6)
            else:
                search.answered(probe, who, tries=1, is_end=who == address)
        asked += wanted
    found = search.neighbourhood(sent=len(asked), retried=0)
    return Asked(with_neighbourhood(graph, found), asked)
