"""The graph of all paths as lines of text, for reports and screens alike. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from poros_tui.model.multipath import (
    Balance,
    Balancer,
    GraphLink,
    GraphNode,
    Interface,
    MultipathGraph,
)

NOBODY: Final = "no reply"
_HEADINGS: Final = ("Hop", "Interface", "Flows", "Leads to")


def graph_lines(graph: MultipathGraph) -> list[str]:
    """A drawing of the graph, who balances how, and what it has cost."""
    return [
        f"All paths: {_count(len(graph.nodes), 'interface')}, {_count(len(graph.links), 'link')}, "
        f"{_count(graph.flows, 'flow')}; {_percent(graph.confidence)} confidence that nothing is "
        "missing where branches are equally likely.",
        *_drawing(graph),
        *(_balancer_words(balancer) for balancer in graph.balancers),
        *_doubts(graph),
        _cost(graph),
    ]


def _drawing(graph: MultipathGraph) -> list[str]:
    rows: list[tuple[str, str, str, str]] = [_HEADINGS]
    for node in graph.nodes:
        leads = list(_leads(graph, node))
        for place, lead in enumerate(leads or [""]):
            is_first = place == 0
            rows.append(
                (
                    str(node.ttl) if is_first else "",
                    _name(node.address) if is_first else "",
                    str(len(node.flows)) if is_first else "",
                    _branch(place, len(leads)) + lead,
                )
            )
    hop, name, flows, _ = (max(len(row[column]) for row in rows) for column in range(4))
    return [f"{a:>{hop}}  {b:<{name}}  {c:>{flows}}  {d}".rstrip() for a, b, c, d in rows]


def _branch(place: int, of: int) -> str:
    if of < 2:
        return ""
    return "┬ " if place == 0 else "└ " if place == of - 1 else "├ "


def _leads(graph: MultipathGraph, node: GraphNode) -> Iterator[str]:
    if node.is_end:
        yield "the end"
        return
    if node.ttl in graph.unlinked:
        yield "not to be told: packets are shared out one by one"
        return
    links = [link for link in graph.links if (link.ttl, link.near) == (node.ttl, node.address)]
    for link in sorted(links, key=lambda link: (-len(link.flows), str(link.far))):
        yield _name(link.far) + _flows_on(link, len(links))


def _flows_on(link: GraphLink, of: int) -> str:
    return f"  {_count(len(link.flows), 'flow')}" if link.flows and of > 1 else ""


def _balancer_words(balancer: Balancer) -> str:
    who = "This machine" if balancer.ttl == 0 else f"Hop {balancer.ttl}, {_name(balancer.address)},"
    sure = "" if balancer.confidence is None else f" ({_percent(balancer.confidence)} sure)"
    how = {
        Balance.FLOW: "by flow",
        Balance.PACKET: "packet by packet",
        Balance.UNKNOWN: "in a way that could not be told",
    }[balancer.balance]
    return f"{who} balances {how} over {len(balancer.branches)}{sure}: {balancer.evidence}."


def _doubts(graph: MultipathGraph) -> Iterator[str]:
    for first, last in graph.full_from:
        yield f"Hops {first} to {last} are meshed or unequal: asked interface by interface (MDA)."
    if not graph.is_complete:
        yield "The discovery did not come to its end: interfaces may be missing."
    yield (
        "Balancing by destination does not show with one destination: a hop with one interface may "
        "have others for other destinations."
    )


def _cost(graph: MultipathGraph) -> str:
    probes = graph.probes
    extra = ""
    if probes.retried:
        extra += f", {probes.retried} of them again after silence"
    if probes.repeated:
        extra += f", {probes.repeated} to tell flow from packet"
    if probes.unanswered:
        extra += f"; {_count(probes.unanswered, 'flow')} unanswered at some hop all the same"
    return (
        f"{_count(probes.sent, 'probe')} sent for this{extra}. Theory: {probes.lite} for MDA-Lite, "
        f"{probes.mda} for the MDA without its search for flows."
    )


def _name(interface: Interface) -> str:
    return NOBODY if interface is None else str(interface)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _percent(share: float) -> str:
    # Rounded down: 99.98 is not 100.
    return f"{int(share * 1000 + 1e-6) / 10:g} %"
