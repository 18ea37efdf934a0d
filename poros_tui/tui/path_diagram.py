"""The graph of all paths as a drawing: a row for each TTL, and lanes for the links between. Pure.

Where links do not go straight down they run along lanes. Nodes that lead to the same ones share a
lane, all others have one of their own: so a mesh can be read from its drawing, which a common line
for all would not show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from poros_tui.model.multipath import Interface
from poros_tui.model.path_graph import PathGraph, PathLink, PathNode
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import address, elided, short_time
from poros_tui.tui.spans import LEVEL_ROLES, Line, Role

NOBODY: Final = "no reply"
TIMES_SIGN: Final = "\N{MULTIPLICATION SIGN}"
"""Before the number of flows that meet a node."""
_TTL_CELLS: Final = 4
_NODE_LEAST: Final = 11
"""Cells of a node below which nodes are left out: an elided address must still tell."""
_LEFT_OUT_CELLS: Final = 4
"""For the number of nodes that have no room."""
_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_LINES: Final[Mapping[int, str]] = {
    _UP: "╵",
    _DOWN: "╷",
    _LEFT: "╴",
    _RIGHT: "╶",
    _UP | _DOWN: "│",
    _LEFT | _RIGHT: "─",
    _UP | _RIGHT: "└",
    _UP | _LEFT: "┘",
    _DOWN | _RIGHT: "┌",
    _DOWN | _LEFT: "┐",
    _UP | _DOWN | _RIGHT: "├",
    _UP | _DOWN | _LEFT: "┤",
    _LEFT | _RIGHT | _UP: "┴",
    _LEFT | _RIGHT | _DOWN: "┬",
    _UP | _DOWN | _LEFT | _RIGHT: "┼",
}
_LANE_ROLES: Final = (Role.HEADING, *LEVEL_ROLES[1::2])
"""Neighbouring lanes differ."""

Key = tuple[int, Interface]


class Place(msgspec.Struct, frozen=True):
    """Where a node stands in the drawing."""

    node: PathNode
    y: int
    x: int
    """Of its first cell."""
    width: int

    @property
    def centre(self) -> int:
        """Where its links begin and end."""
        return self.x + self.width // 2


class Diagram(msgspec.Struct, frozen=True):
    """The lines, and where each node stands on them."""

    lines: tuple[Line, ...]
    places: tuple[Place, ...]

    def at(self, x: int, y: int) -> PathNode | None:
        """The node under a cell."""
        return next((p.node for p in self.places if p.y == y and p.x <= x < p.x + p.width), None)


def diagram(
    graph: PathGraph, width: int, chosen: Key | None = None, unit: TimeUnit = TimeUnit.MS
) -> Diagram:
    """All of the graph in `width` cells, round trips in `unit`. The links of the chosen node
    (TTL, address) stand out."""
    ordered = _ordered(graph)
    rows: dict[int, list[Place]] = {}
    lines: list[Line] = []
    places: list[Place] = []
    before: int | None = None
    for ttl in graph.ttls:
        if before is not None:
            links = [link for link in graph.links if link.ttl == before]
            row = _placed(ordered[ttl], width, 0, unit)
            lines += _between(links, rows[before], row, width, chosen)
        placed = rows[ttl] = _placed(ordered[ttl], width, len(lines), unit)
        left_out = len(ordered[ttl]) - len(placed)
        lines.append(_node_line(ttl, placed, left_out, width, chosen, unit))
        places += placed
        before = ttl
    return Diagram(tuple(lines), tuple(places))


def _ordered(graph: PathGraph) -> dict[int, list[PathNode]]:
    """The nodes of each row so that few links cross: each near the middle of those before it."""
    result: dict[int, list[PathNode]] = {}
    before: dict[Interface, float] = {}
    for ttl in graph.ttls:
        nodes = list(graph.at(ttl))

        def middle(node: PathNode, before: dict[Interface, float] = before) -> float:
            nears = [before[link.near] for link in graph.before(node) if link.near in before]
            return sum(nears) / len(nears) if nears else 0.5

        nodes.sort(key=lambda node: (middle(node), str(node.address)))
        result[ttl] = nodes
        before = {node.address: (i + 0.5) / len(nodes) for i, node in enumerate(nodes)}
    return result


def _placed(nodes: Sequence[PathNode], width: int, y: int, unit: TimeUnit) -> list[Place]:
    room = max(_NODE_LEAST, width - _TTL_CELLS)
    shown = nodes[: max(1, room // (_NODE_LEAST + 1))]
    if len(shown) < len(nodes):
        room -= _LEFT_OUT_CELLS
    cells = room // len(shown)
    result = []
    for number, node in enumerate(shown):
        text = min(cells - 1, len(_text(node, unit)))
        # Middles of rows with an odd number of nodes stand exactly below each other.
        centre = _TTL_CELLS + (2 * number + 1) * room // (2 * len(shown))
        result.append(Place(node, y, centre - text // 2, text))
    return result


def _text(node: PathNode, unit: TimeUnit) -> str:
    name = NOBODY if node.address is None else address(node.address)
    parts = [name]
    if node.flows:
        parts.append(f"{TIMES_SIGN}{len(node.flows)}")
    if node.mean_s is not None:
        parts.append(f"{short_time(node.mean_s, unit)} {unit.sign}")
    return " ".join(parts)


def _node_line(
    ttl: int,
    placed: Sequence[Place],
    left_out: int,
    width: int,
    chosen: Key | None,
    unit: TimeUnit,
) -> Line:
    line: Line = [(f"{ttl:>{_TTL_CELLS - 1}} ", Role.DIM)]
    x = _TTL_CELLS
    for place in placed:
        node = place.node
        if place.x > x:
            line.append((" " * (place.x - x), Role.TEXT))
        is_chosen = (node.ttl, node.address) == chosen
        role = Role.BADGE if is_chosen else Role.ACCENT if node.is_end else Role.STRONG
        line.append((_fitting(node, place.width, unit), Role.DIM if node.address is None else role))
        x = place.x + place.width
    if left_out:
        line.append((f"+{left_out}".rjust(max(0, width - x)), Role.WARN))
    return line


def _fitting(node: PathNode, width: int, unit: TimeUnit) -> str:
    """Figures are given up before the address is."""
    text = _text(node, unit)
    while len(text) > width and " " in text and node.address is not None:
        text = text.removesuffix(f" {unit.sign}").rpartition(" ")[0]
    return elided(text, width).ljust(width)


def _between(
    links: Sequence[PathLink],
    above: Sequence[Place],
    below: Sequence[Place],
    width: int,
    chosen: Key | None,
) -> list[Line]:
    """The lines between two rows: straight ones only, or a lane for all nodes above that lead to
    the same ones below, where they have to part or to turn."""
    aboves = {place.node.address: place for place in above}
    belows = {place.node.address: place for place in below}
    ends: dict[Interface, list[int]] = {}
    for link in links:
        if link.near in aboves and link.far in belows:
            ends.setdefault(link.near, []).append(belows[link.far].centre)
    lanes: dict[tuple[int, ...], list[int]] = {}
    lit: set[tuple[int, ...]] = set()
    for place in above:
        fars = tuple(sorted(ends.get(place.node.address, [])))
        if fars:
            lanes.setdefault(fars, []).append(place.centre)
        if (place.node.ttl, place.node.address) == chosen:
            lit.add(fars)
    straight = {fars: nears for fars, nears in lanes.items() if list(fars) == nears}
    turning = {fars: nears for fars, nears in lanes.items() if fars not in straight}
    if not lanes or (not turning and len(above) == len(below) == 1):
        return []
    grid = _Grid(width, max(1, len(turning)))
    for number, (fars, nears) in enumerate(turning.items()):
        role = Role.ACCENT if fars in lit else _LANE_ROLES[number % len(_LANE_ROLES)]
        grid.lane(number, nears, fars, role)
    for fars in straight:
        grid.drop(fars[0], 0, grid.height, Role.ACCENT if fars in lit else Role.DIM)
    return grid.lines()


class _Grid:
    """Cells of a few lines, each with the sides that its stroke goes to."""

    def __init__(self, width: int, height: int) -> None:
        self.height = height
        self._width = width
        self._cells: dict[tuple[int, int], tuple[int, Role]] = {}

    def lane(self, number: int, nears: Sequence[int], fars: Sequence[int], role: Role) -> None:
        """From above down to line `number`, along it, and down to what is below."""
        for near in nears:
            self.drop(near, 0, number, role)
        first, last = min(*nears, *fars), max(*nears, *fars)
        for x in range(first, last + 1):
            sides = (_LEFT if x > first else 0) | (_RIGHT if x < last else 0)
            sides |= (_UP if x in nears else 0) | (_DOWN if x in fars else 0)
            self._stroke(x, number, sides, role)
        for far in fars:
            self.drop(far, number + 1, self.height, role)

    def drop(self, x: int, first: int, end: int, role: Role) -> None:
        """Straight down over the lines from `first` to before `end`."""
        for y in range(first, end):
            self._stroke(x, y, _UP | _DOWN, role)

    def _stroke(self, x: int, y: int, sides: int, role: Role) -> None:
        known = self._cells.get((x, y))
        if known is None:
            self._cells[x, y] = sides, role
        elif sides == _UP | _DOWN and known[0] == _LEFT | _RIGHT:
            self._cells[x, y] = sides, role  # it passes over a lane that is not its own
        elif sides != _LEFT | _RIGHT or known[0] != _UP | _DOWN:
            self._cells[x, y] = known[0] | sides, role

    def lines(self) -> list[Line]:
        return [self._line(y) for y in range(self.height)]

    def _line(self, y: int) -> Line:
        line: Line = []
        for x in range(self._width):
            sides, role = self._cells.get((x, y), (0, Role.TEXT))
            text = _LINES.get(sides, " ")
            if line and line[-1][1] is role:
                line[-1] = (line[-1][0] + text, role)
            else:
                line.append((text, role))
        return line
