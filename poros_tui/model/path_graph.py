"""The paths of a session as one graph, whichever way they were found. Pure.

A node is an address at a TTL; None stands for whoever does not answer.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from itertools import pairwise

import msgspec

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.multipath import Interface, MultipathGraph
from poros_tui.model.probe import IPAddress


class PathNode(msgspec.Struct, frozen=True, kw_only=True):
    """Who is met at a TTL, and its figures."""

    ttl: int
    address: Interface
    flows: tuple[int, ...] = ()
    """That meet it, from 0; empty where flows are not told apart."""
    answers: int = 0
    mean_s: float | None = None
    """Average round trip in seconds; None where nothing was timed."""
    is_end: bool = False
    """The destination, or who says that the path ends here."""


class PathLink(msgspec.Struct, frozen=True, kw_only=True):
    """Two nodes that follow each other on some way."""

    ttl: int
    """Of the nearer one."""
    near: Interface
    far: Interface
    flows: tuple[int, ...] = ()


class PathGraph(msgspec.Struct, frozen=True, kw_only=True):
    """All nodes by TTL, and the links between neighbours."""

    nodes: tuple[PathNode, ...]
    links: tuple[PathLink, ...]

    @property
    def ttls(self) -> tuple[int, ...]:
        """In order, each once."""
        return tuple(sorted({node.ttl for node in self.nodes}))

    def at(self, ttl: int) -> tuple[PathNode, ...]:
        """The nodes of one TTL."""
        return tuple(node for node in self.nodes if node.ttl == ttl)

    def behind(self, node: PathNode) -> tuple[PathLink, ...]:
        """The links that lead on from a node."""
        return tuple(
            link for link in self.links if (link.ttl, link.near) == (node.ttl, node.address)
        )

    def before(self, node: PathNode) -> tuple[PathLink, ...]:
        """The links that lead to a node."""
        return tuple(
            link for link in self.links if (link.ttl + 1, link.far) == (node.ttl, node.address)
        )


Present = Mapping[int, Container[IPAddress]]
"""Who answers now, by TTL."""


def path_graph(
    hops: Sequence[HopSnapshot],
    discovered: MultipathGraph | None,
    present: Present | None = None,
) -> PathGraph:
    """What is best known: the graph of a discovery, else the ways of flows side by side, else who
    answers at each hop. Who is not `present` has answered on an older path; None: all are."""
    if discovered is not None and discovered.nodes:
        return _of_discovery(hops, discovered)
    if any(hop.flows for hop in hops):
        return _of_flows(hops)
    return _of_hops(hops, present or {})


def _of_discovery(hops: Sequence[HopSnapshot], discovered: MultipathGraph) -> PathGraph:
    by_ttl = {hop.ttl: hop for hop in hops}
    nodes = []
    for node in discovered.nodes:
        answers, mean_s = _figures(by_ttl.get(node.ttl), node.address)
        nodes.append(
            PathNode(
                ttl=node.ttl,
                address=node.address,
                flows=node.flows,
                answers=answers,
                mean_s=mean_s,
                is_end=node.is_end,
            )
        )
    links = tuple(
        PathLink(ttl=link.ttl, near=link.near, far=link.far, flows=link.flows)
        for link in discovered.links
    )
    return PathGraph(nodes=tuple(nodes), links=links)


def _of_flows(hops: Sequence[HopSnapshot]) -> PathGraph:
    """Each flow met its newest responder at each hop."""
    nodes: list[PathNode] = []
    links: list[PathLink] = []
    for hop in hops:
        met: dict[Interface, list[int]] = {}
        for flow in hop.flows:
            met.setdefault(flow.responder, []).append(flow.flow)
        if len(met) > 1:
            met.pop(None, None)  # silence makes no way another
        for address, flows in met.items():
            answers, mean_s = _figures(hop, address)
            nodes.append(
                PathNode(
                    ttl=hop.ttl,
                    address=address,
                    flows=tuple(flows),
                    answers=answers,
                    mean_s=mean_s,
                    is_end=hop.is_destination,
                )
            )
    for near, far in pairwise(hops):
        shared: dict[tuple[Interface, Interface], list[int]] = {}
        for node in nodes:
            for other in nodes:
                if (node.ttl, other.ttl) == (near.ttl, far.ttl):
                    common = sorted(set(node.flows) & set(other.flows))
                    if common:
                        shared[node.address, other.address] = common
        links += (
            PathLink(ttl=near.ttl, near=a, far=b, flows=tuple(flows))
            for (a, b), flows in shared.items()
        )
    return PathGraph(nodes=tuple(nodes), links=tuple(links))


def _of_hops(hops: Sequence[HopSnapshot], present: Present) -> PathGraph:
    """Without flows only those links are known that must be: one of both ends is alone."""
    nodes: list[PathNode] = []
    for hop in hops:
        responders: list[Interface] = [one.address for one in hop.responders]
        now = present.get(hop.ttl)
        if now is not None:
            responders = [one for one in responders if one in now] or responders
        for address in responders or [None]:
            answers, mean_s = _figures(hop, address)
            nodes.append(
                PathNode(
                    ttl=hop.ttl,
                    address=address,
                    answers=answers,
                    mean_s=mean_s,
                    is_end=hop.is_destination,
                )
            )
    links = []
    for near, far in pairwise(hops):
        nears = [node.address for node in nodes if node.ttl == near.ttl]
        fars = [node.address for node in nodes if node.ttl == far.ttl]
        if len(nears) == 1 or len(fars) == 1:
            links += [PathLink(ttl=near.ttl, near=a, far=b) for a in nears for b in fars]
    return PathGraph(nodes=tuple(nodes), links=tuple(links))


def _figures(hop: HopSnapshot | None, address: Interface) -> tuple[int, float | None]:
    responders = hop.responders if hop is not None else ()
    known = next((one for one in responders if one.address == address), None)
    return (known.weight, known.rtt.mean_s) if known is not None else (0, None)
