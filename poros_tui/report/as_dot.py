"""The path as a graph in DOT, the language of graphviz (https://graphviz.org/doc/info/lang.html).

Where all paths were looked for it has every interface and link that was found, each link with its
flows; of several flows that of each; else the hops in their order, each with who answers now. Who
else answered at a hop hangs on it by a dashed line, for nothing tells who is behind whom. Who never
answered is a dotted box.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from poros_tui.model.about import NOTHING_KNOWN, UNKNOWN, About
from poros_tui.model.clean import clean
from poros_tui.model.flow import flow_numbers
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.multipath import Interface, MultipathGraph
from poros_tui.model.probe import IPAddress
from poros_tui.model.time_unit import TimeUnit
from poros_tui.report.flow_paths import FlowPath, paths_of_flows
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun

_HEAD: Final = (
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
)
_NAME_MAX: Final = 80
_ORIGIN: Final = "this machine"

Place = tuple[int, Interface]
"""A TTL, and who is there; None: whoever does not answer."""
_START: Final[Place] = (0, None)


def render(runs: Sequence[FinishedRun], _layout: Layout) -> str:
    """One graph, with a frame around each of several targets."""
    lines = ["digraph paths {", *_HEAD]
    for number, run in enumerate(runs):
        lines += [
            f"  subgraph cluster_{number} {{",
            f"    label={_quoted(_title(run))};",
            *(f"    {line}" for line in _graph(run, f"t{number}")),
            "  }",
        ]
    return "\n".join([*lines, "}"])


def _title(run: FinishedRun) -> str:
    identity, protocol = run.identity, run.identity.protocol
    label = "SIMULATION: " if identity.is_simulation else ""
    probes = protocol.upper() if protocol is not None else "protocol not known"
    return f"{label}{run.where}, {probes}, {run.when}"


def _graph(run: FinishedRun, prefix: str) -> Iterator[str]:
    yield f"{_name(prefix, _START)} [label={_quoted(_ORIGIN)}];"
    graph = run.path.session.status.graph
    if graph is not None:
        yield from _all_paths(run, graph, prefix)
    elif paths := paths_of_flows(run.path.hops):
        yield from _flows(run.path.hops, paths, prefix)
    else:
        yield from _chain(run.path.hops, prefix)


def _all_paths(run: FinishedRun, graph: MultipathGraph, prefix: str) -> Iterator[str]:
    hops = {hop.ttl: hop for hop in run.path.hops}
    for node in graph.nodes:
        about = run.path.session.graph_about
        yield _node(prefix, (node.ttl, node.address), hops.get(node.ttl), about)
    linked: set[Place] = set()
    for link in graph.links:
        far = (link.ttl + 1, link.far)
        linked.add(far)
        flows = f"label={_quoted(flow_numbers(link.flows))}" if link.flows else ""
        yield _edge(prefix, (link.ttl, link.near), far, flows)
    for node in graph.at(graph.ttls[0]) if graph.nodes else ():
        here = (node.ttl, node.address)
        if here not in linked:
            yield _edge(prefix, _START, here, _next_or_later(_START, here))


def _flows(hops: Sequence[HopSnapshot], paths: dict[int, FlowPath], prefix: str) -> Iterator[str]:
    for place, hop in enumerate(hops):
        for address in dict.fromkeys(path[place] for path in paths.values()):
            yield _node(prefix, (hop.ttl, address), hop)
    flows: dict[tuple[Place, Place], list[int]] = {}
    for flow, path in paths.items():
        met = [_START, *((hop.ttl, path[place]) for place, hop in enumerate(hops))]
        for link in pairwise(met):
            flows.setdefault(link, []).append(flow)
    for (near, far), numbers in flows.items():
        yield _edge(prefix, near, far, f"label={_quoted(flow_numbers(numbers))}")


def _chain(hops: Sequence[HopSnapshot], prefix: str) -> Iterator[str]:
    before = _START
    for hop in hops:
        here = (hop.ttl, hop.responder.address if hop.responder is not None else None)
        yield _node(prefix, here, hop)
        yield _edge(prefix, before, here, _next_or_later(before, here))
        for other in hop.responders[1:]:
            beside = (hop.ttl, other.address)
            yield _node(prefix, beside, hop)
            yield _edge(prefix, here, beside, "style=dashed, dir=none")
            yield f"{{rank=same; {_name(prefix, here)}; {_name(prefix, beside)};}}"
        before = here


def _next_or_later(near: Place, far: Place) -> str:
    """Dashed where hops between the two were not asked."""
    return "" if far[0] == near[0] + 1 else "style=dashed"


def _node(
    prefix: str,
    place: Place,
    hop: HopSnapshot | None,
    about: Mapping[IPAddress, About] = NOTHING_KNOWN,
) -> str:
    """With its hop, name, address, network and exchange where they are known, and the average round
    trip of its own answers."""
    ttl, address = place
    words = [f"hop {ttl}"]
    known = {each.address: each for each in hop.responders} if hop is not None else {}
    responder = known.get(address) if address is not None else None
    told = responder.about if responder is not None else UNKNOWN
    if address is not None:
        told = about.get(address, told)
    if told.name is not None:
        words.append(clean(told.name, _NAME_MAX))
    words += ["no reply" if address is None else str(address), *told.standing]
    if responder is not None and responder.rtt.mean_s is not None:
        words.append(TimeUnit.MS.text(responder.rtt.mean_s))
    style = ""
    if address is None:
        style = ', style="rounded,dotted"'
    elif hop is not None and hop.is_destination and hop.responders[0].address == address:
        style = ', style="rounded,bold"'
    return f"{_name(prefix, place)} [label={_quoted(*words)}{style}];"


def _edge(prefix: str, near: Place, far: Place, attributes: str) -> str:
    return f"{_name(prefix, near)} -> {_name(prefix, far)} [{attributes}];"


def _name(prefix: str, place: Place) -> str:
    ttl, address = place
    return _quoted(f"{prefix}/{ttl}/{address if address is not None else '-'}")


def _quoted(*lines: str) -> str:
    """A string of DOT. Its escapes begin with a backslash, and so none may stand in a text."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
