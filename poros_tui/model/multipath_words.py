"""The graph of all paths as lines of text, for reports and screens alike. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from poros_tui.model.about import NOTHING_KNOWN, UNKNOWN, About
from poros_tui.model.departure import Neighbourhood
from poros_tui.model.flow import flow_numbers
from poros_tui.model.multipath import (
    Balance,
    Balancer,
    DeadEnd,
    GraphLink,
    GraphNode,
    Interface,
    MultipathGraph,
)
from poros_tui.model.probe import IPAddress

NOBODY: Final = "no reply"
_HEADINGS: Final = ("Hop", "Interface", "Name", "Network", "Flows", "Leads to")
_TO_THE_RIGHT: Final = frozenset({"Hop", "Flows"})
_OF_OTHERS: Final = frozenset({"Name", "Network"})
"""Columns that are left out where nothing stands in them."""


def graph_lines(
    graph: MultipathGraph, about: Mapping[IPAddress, About] = NOTHING_KNOWN
) -> list[str]:
    """A drawing of the graph, who balances how, and what it has cost."""
    head, *rest = graph_words(graph)
    return [head, *graph_drawing(graph, about), *rest]


def graph_words(graph: MultipathGraph) -> list[str]:
    """The same without the drawing."""
    return [
        f"All paths: {_count(len(graph.nodes), 'interface')}, {_count(len(graph.links), 'link')}, "
        f"{_count(graph.flows, 'flow')}; {_confidence(graph)}.",
        *(_balancer_words(balancer, graph) for balancer in graph.balancers),
        *map(_dead_end_words, graph.dead_ends),
        *_unsent_words(graph),
        *_doubts(graph),
        _cost(graph),
        *(_neighbour_words(graph.neighbourhood, graph) if graph.neighbourhood else ()),
    ]


def _confidence(graph: MultipathGraph) -> str:
    if not graph.nodes and graph.unsent:
        return f"nothing could be sent: {graph.unsent[0].reason}"
    if not graph.is_complete:
        return "cut short, so that others may be missing"
    what = "nothing that answers" if graph.dead_ends else "nothing"
    return (
        f"{_percent(graph.confidence)} confidence that {what} is missing where branches are "
        "equally likely"
    )


def _dead_end_words(dead: DeadEnd) -> str:
    ended, all_of_them = len(dead.flows), len(dead.flows) + dead.passed
    number = f"all {ended}" if not dead.passed else f"{ended} of {all_of_them}"
    if all_of_them == 1:
        number = "the one"
    where = "this machine" if dead.ttl == 0 else f"hop {dead.ttl}, {_name(dead.address)}"
    return (
        f"Dead end: {number} {'flow' if all_of_them == 1 else 'flows'} through {where}, "
        f"{'ends' if ended == 1 else 'end'} there ({flow_numbers(dead.flows)}): nothing answers "
        f"{'it' if ended == 1 else 'them'} behind it, asked up to hop {dead.asked_to}."
    )


def _unsent_words(graph: MultipathGraph) -> Iterator[str]:
    """Once for each reason."""
    reasons = dict.fromkeys(one.reason for one in graph.unsent)
    for reason in reasons:
        flows = [one.flow for one in graph.unsent if one.reason == reason]
        yield (
            f"Not sent, and left out: {flow_numbers(flows)}: {reason} "
            f"({_count(graph.probes.send_errors, 'send error')}"
            f"{'' if len(reasons) == 1 else ' in all'})."
        )


def graph_drawing(
    graph: MultipathGraph, about: Mapping[IPAddress, About] = NOTHING_KNOWN
) -> list[str]:
    """Its interfaces and where each leads, as a table of text, with what others know of them."""
    rows: list[tuple[str, ...]] = []
    for node in graph.nodes:
        told = UNKNOWN if node.address is None else about.get(node.address, UNKNOWN)
        own = (
            str(node.ttl),
            _name(node.address),
            told.name or "",
            ", ".join(told.standing),
            str(len(node.flows)),
        )
        leads = list(_leads(graph, node))
        for place, lead in enumerate(leads or [""]):
            here = own if place == 0 else ("",) * len(own)
            rows.append((*here, _branch(place, len(leads)) + lead))
    return _aligned(rows)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Below their headings."""
    columns: list[list[str]] = []
    for place, heading in enumerate(_HEADINGS):
        cells = [row[place] for row in rows]
        if heading in _OF_OTHERS and not any(cells):
            continue
        width = max(map(len, (heading, *cells)))
        pad = str.rjust if heading in _TO_THE_RIGHT else str.ljust
        columns.append([pad(cell, width) for cell in (heading, *cells)])
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


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
    dead = [one for one in graph.dead_ends if (one.ttl, one.address) == (node.ttl, node.address)]
    for link in sorted(links, key=lambda link: (-len(link.flows), str(link.far))):
        yield _name(link.far) + _flows_on(link, len(links) + len(dead))
    for one in dead:
        yield f"nobody  {_count(len(one.flows), 'flow')}"
    for balancer in graph.balancers:
        if (balancer.ttl, balancer.address) == (node.ttl, node.address) and balancer.departure:
            for other in balancer.departure.others:
                yield f"{other.address}  {_count(other.neighbours, 'neighbour')}"


def _flows_on(link: GraphLink, of: int) -> str:
    return f"  {_count(len(link.flows), 'flow')}" if link.flows and of > 1 else ""


def _balancer_words(balancer: Balancer, graph: MultipathGraph) -> str:
    who = _place(balancer.ttl, balancer.address)
    sure = "" if balancer.confidence is None else f" ({_percent(balancer.confidence)} sure)"
    how = {
        Balance.FLOW: "by flow",
        Balance.DESTINATION: "by destination",
        Balance.PACKET: "packet by packet",
        Balance.UNKNOWN: "in a way that could not be told",
    }[balancer.balance]
    place = balancer.ttl, balancer.address
    has_dead_end = any((one.ttl, one.address) == place for one in graph.dead_ends)
    over = f"{len(balancer.branches)}{' and a dead end' if has_dead_end else ''}"
    return f"{who} balances {how} over {over}{sure}: {balancer.evidence}."


def _place(ttl: int, address: Interface) -> str:
    return "This machine" if ttl == 0 else f"Hop {ttl}, {_name(address)},"


def _doubts(graph: MultipathGraph) -> Iterator[str]:
    for first, last in graph.full_from:
        yield f"Hops {first} to {last} are meshed or unequal: asked interface by interface (MDA)."
    if not graph.is_complete and (graph.nodes or not graph.unsent):
        yield "The discovery did not come to its end: interfaces may be missing."
    if graph.neighbourhood is None:
        yield (
            "Balancing by destination does not show with one destination: a hop with one interface "
            "may have others for other destinations (--mda-neighbours)."
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


def _neighbour_words(found: Neighbourhood, graph: MultipathGraph) -> Iterator[str]:
    """What neighbours of the destination showed, beside the balancers that go by destination."""
    if found.last_ttl is None:
        yield "No hop lies before the destination at which its neighbours could be asked."
        return
    nobody = "" if found.departures else ", and met nobody whom its flows had not met"
    yield (
        f"{_count(found.asked, 'neighbour')} of the destination in {found.network} "
        f"{'was' if found.asked == 1 else 'were'} asked up to hop {found.last_ttl}, the last "
        f"before it{nobody}."
    )
    for one in found.departures:
        if one.doubt is not None:
            yield (
                f"{_place(one.ttl, one.address)} sends some of them another way: {one.evidence}. "
                "Whether it balances by destination or has routes of their own for them is not "
                f"known, for {one.doubt}."
            )
    if found.untold and found.is_complete:
        hops = ", ".join(map(str, found.untold))
        yield (
            f"Too few answered for {_percent(graph.confidence)} confidence that no more is met at "
            f"{'hop' if len(found.untold) == 1 else 'hops'} {hops}."
        )
    if not found.is_complete:
        yield "Asking neighbours did not come to its end."
    extra = f", {found.retried} of them again after silence" if found.retried else ""
    if found.send_errors:
        extra += f", {found.send_errors} more could not be sent"
    if found.repeated:
        extra += f", {found.repeated} to tell destination from flow"
    yield f"{_count(found.sent, 'probe')} sent to neighbours{extra}. Theory: {found.theory}."


def _name(interface: Interface) -> str:
    return NOBODY if interface is None else str(interface)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _percent(share: float) -> str:
    # Rounded down: 99.98 is not 100.
    return f"{int(share * 1000 + 1e-6) / 10:g} %"
