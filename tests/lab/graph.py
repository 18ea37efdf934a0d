"""All paths of a scenario at once: what a perfect tracer of load-balanced networks finds."""

from __future__ import annotations

from dataclasses import dataclass

from poros_tui.model.probe import IPAddress
from poros_tui.probe.simulation.node import Balance
from poros_tui.probe.simulation.scenario import Route, Scenario
from poros_tui.probe.simulation.topology import PROBER, Node, Topology

Interface = IPAddress | None
"""None: somebody is there who has no address."""


@dataclass(frozen=True, slots=True)
class Graph:
    """The interfaces at each TTL, and how one leads to the next."""

    interfaces: tuple[frozenset[Interface], ...]
    """Who can be met at TTL 1, 2, ..., the destination where it can be met for the first time by
    one of the paths. Where these differ in length it is there at more than one TTL."""
    links: frozenset[tuple[int, Interface, Interface]]
    """TTL, who can be met there, and who behind it at the next TTL."""


def true_graph(scenario: Scenario, *, family: int, at_s: float = 0.0) -> Graph:
    """The graph of the route that the scenario has `at_s` seconds after the first probe.

    It knows load balancers, and nothing of loss, silence and of hops that do not let through.
    """
    route = scenario.route_at(at_s)
    topology = Topology(route, family)
    layers = topology.layers()

    def interface(node: Node) -> Interface:
        return _interface(scenario, route, node, family)

    return Graph(
        interfaces=tuple(frozenset(map(interface, layer)) for layer in layers),
        links=frozenset(
            (ttl, interface(node), interface(after))
            for ttl, layer in enumerate(layers, 1)
            for node in layer
            for after in topology.behind(node)
        ),
    )


ByDestination = tuple[int, Interface, frozenset[Interface]]
"""TTL and interface of a balancer that goes by destination, and all its next ones."""


def balancers_by_destination(scenario: Scenario, *, family: int) -> frozenset[ByDestination]:
    """Those of the first route; TTL 0 and nobody is the prober."""
    route = scenario.routes[0]
    topology = Topology(route, family)
    layers = [frozenset({PROBER}), *topology.layers()]
    return frozenset(
        (
            ttl,
            _interface(scenario, route, node, family) if node.place else None,
            frozenset(_interface(scenario, route, after, family) for after in behind),
        )
        for ttl, layer in enumerate(layers)
        for node in layer
        if len(behind := topology.behind(node)) > 1
        and route.hops[node.place].balance is Balance.DESTINATION
    )


def _interface(scenario: Scenario, route: Route, node: Node, family: int) -> Interface:
    if node.place == route.distance:
        return scenario.destination.responder(family)
    responders = route.hops[node.place - 1].responders(family)
    return responders[node.number] if responders else None
