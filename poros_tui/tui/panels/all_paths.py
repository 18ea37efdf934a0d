"""The panel with all paths as a diagram, and what is known of the node that is chosen. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from poros_tui.model.about import UNKNOWN, About
from poros_tui.model.flow import flow_numbers
from poros_tui.model.multipath import Interface
from poros_tui.model.multipath_words import graph_words
from poros_tui.model.path_graph import PathGraph, PathLink, PathNode, Present, path_graph
from poros_tui.model.probe import IPAddress
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import address, plural, short_time
from poros_tui.tui.panels.panel import Panel, Place
from poros_tui.tui.path_diagram import NOBODY, Key, diagram
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role

_FLOWS_SHOWN = 24


class AllPathsPanel(Panel):
    """One node is chosen: of the hop under the cursor the first, or whichever was clicked."""

    place = Place.BELOW
    commands: Mapping[str, str] = {"earlier": "the node before", "later": "the next node"}

    def __init__(self) -> None:
        self._chosen: Key | None = None
        self._cursor_ttl: int | None = None

    def _graph(self, scene: Scene) -> PathGraph:
        session = scene.view.session
        discovered = session.status.graph if session is not None else None
        return path_graph(scene.view.hops(), discovered, _present(scene))

    def refusal(self, scene: Scene) -> str:
        """Before anything is known there is nothing to draw."""
        return "" if scene.view.hops() else "nothing is known of the path yet"

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """What is chosen stands above the drawing, which may be long."""
        graph = self._graph(scene)
        chosen = self._choose(graph, scene)
        key = (chosen.ttl, chosen.address) if chosen is not None else None
        drawing = diagram(graph, width, key, scene.unit)
        return [*self._above(scene, graph, chosen, width), *drawing.lines, *_below(scene, width)]

    def _above(
        self, scene: Scene, graph: PathGraph, chosen: PathNode | None, width: int
    ) -> list[Line]:
        lines: list[Line] = [[("All paths", Role.HEADING), ("  " + _source(scene), Role.DIM)]]
        about = scene.view.graph_about
        for text in _told(graph, chosen, scene.unit, about) if chosen is not None else ():
            lines += [[(part, Role.TEXT)] for part in textwrap.wrap(text, max(20, width))]
        return [*lines, []]

    def _choose(self, graph: PathGraph, scene: Scene) -> PathNode | None:
        if scene.cursor_ttl != self._cursor_ttl:
            self._cursor_ttl, self._chosen = scene.cursor_ttl, None
        known = {(node.ttl, node.address): node for node in graph.nodes}
        if self._chosen in known:
            assert self._chosen is not None
            return known[self._chosen]
        here = [node for node in graph.nodes if node.ttl == scene.cursor_ttl]
        return here[0] if here else next(iter(graph.nodes), None)

    def do(self, command: str, scene: Scene) -> str:
        """The node before, or the next."""
        graph = self._graph(scene)
        chosen = self._choose(graph, scene)
        if chosen is None:
            return ""
        place = graph.nodes.index(chosen) + (1 if command == "later" else -1)
        node = graph.nodes[max(0, min(len(graph.nodes) - 1, place))]
        self._chosen = node.ttl, node.address
        return ""

    def clicked(self, x: int, y: int, scene: Scene, width: int, height: int) -> str:
        """Choose the node under the mouse."""
        graph = self._graph(scene)
        chosen = self._choose(graph, scene)
        above = len(self._above(scene, graph, chosen, width))
        node = diagram(graph, width, unit=scene.unit).at(x, y - above)
        if node is not None:
            self._chosen = node.ttl, node.address
        return ""


def _source(scene: Scene) -> str:
    session = scene.view.session
    if session is not None and session.status.is_discovering:
        return "all paths are being looked for"
    if session is not None and session.status.graph is not None:
        return "found by --mda; < > or a click choose a node"
    if any(hop.flows for hop in scene.view.hops()):
        return "of the flows side by side; < > or a click choose a node"
    return "of one flow: --flows and --mda find others"


def _present(scene: Scene) -> Present | None:
    """Who answers on the path of now, where there was another before."""
    paths = scene.chronicle.paths()
    if len(paths) < 2:
        return None
    return {hop.ttl: frozenset(hop.responders) for hop in paths[-1].hops}


def _told(
    graph: PathGraph, node: PathNode, unit: TimeUnit, about: Mapping[IPAddress, About]
) -> list[str]:
    figures = [f"hop {node.ttl}, {_name(node.address)}"]
    if node.flows:
        figures.append(_flows(node.flows))
    if node.answers:
        figures.append(plural(node.answers, "answer"))
    if node.mean_s is not None:
        figures.append(f"average {short_time(node.mean_s, unit)} {unit.sign}")
    links = [_links("from", [(link, link.near) for link in graph.before(node)])]
    links.append(_links("to", [(link, link.far) for link in graph.behind(node)]))
    told = UNKNOWN if node.address is None else about.get(node.address, UNKNOWN)
    known = " · ".join([*([told.name] if told.name is not None else []), *told.standing])
    return [" · ".join(figures), *(text for text in (known, *links) if text)]


def _links(word: str, links: Sequence[tuple[PathLink, Interface]]) -> str:
    if not links:
        return ""
    return f"{word} " + ", ".join(
        _name(interface) + (f" ({_flows(link.flows)})" if link.flows else "")
        for link, interface in links
    )


def _flows(flows: Sequence[int]) -> str:
    if len(flows) > _FLOWS_SHOWN:
        return f"{plural(len(flows), 'flow')}, among them {flow_numbers(flows[:_FLOWS_SHOWN])}"
    return flow_numbers(flows)


def _name(interface: Interface) -> str:
    return NOBODY if interface is None else address(interface)


def _below(scene: Scene, width: int) -> list[Line]:
    """What the discovery has found beside the graph itself."""
    session = scene.view.session
    graph = session.status.graph if session is not None else None
    if graph is None:
        return []
    lines: list[Line] = [[]]
    for text in graph_words(graph):
        lines += [[(part, Role.TEXT)] for part in textwrap.wrap(text, max(20, width))]
    return lines
