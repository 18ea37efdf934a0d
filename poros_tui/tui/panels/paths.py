"""The panel with every path that was there, and the figures of one of them. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from poros_tui.model.lasting import lasting
from poros_tui.model.path_history import HopThen, PathThen
from poros_tui.model.privacy import HIDDEN, redacted
from poros_tui.model.probe import IPAddress
from poros_tui.model.statistics import loss_ratio
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.event_lines import local_time
from poros_tui.tui.formatting import elided, percent, short_time
from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.rows import NO_REPLY, responder_text
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role, Span, fitted

LISTED_MAX: Final = 5
"""Paths listed at once, around the chosen one."""
NEW_SIGN: Final = "+"
"""Before an address that was not on the path before."""
_HOP_WIDTH: Final = 6
_CELL: Final = 7
_FINE_CELL: Final = 10
"""The same in units in which times have more digits."""
_HEADINGS: Final = ("sent", "loss %", "best", "avg", "worst")
_RESPONDER_LEAST: Final = 15
"""Cells of an address: whole figures give way to it, from the right."""


class PathsPanel(Panel):
    """The path that is there now, or was at the moment that is pointed at in chart or heat map,
    until another is chosen. Each has the figures of its own time only."""

    commands: Mapping[str, str] = {
        "earlier": "the path before",
        "later": "the path after",
        "now": "the path that is there now",
    }

    def __init__(self) -> None:
        self._chosen: int | None = None
        """Number of the path, None for the one that is there now."""
        self._moment_s: float | None = None
        """What was pointed at when that was decided."""

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """The list of paths, newest first, and the hops of the chosen one."""
        paths = scene.chronicle.paths()
        if not paths:
            return [[("no path is known yet", Role.DIM)]]
        place = self._place(paths, scene)
        private = scene.private
        return [
            self._heading(paths),
            *(
                _listed(path, path is paths[place], scene, private, width)
                for path in _around(paths, place)
            ),
            [],
            *_path_lines(paths, place, scene, width),
        ]

    def _place(self, paths: Sequence[PathThen], scene: Scene) -> int:
        """Of the chosen path. One that is kept no longer gives way to the oldest."""
        moment_s = scene.window.moment_s
        if moment_s != self._moment_s:
            self._moment_s = moment_s
            path = scene.chronicle.path_at(moment_s) if moment_s is not None else None
            self._chosen = path.number if path is not None and path.to_s is not None else None
        if self._chosen is None:
            return len(paths) - 1
        return max(0, min(self._chosen - paths[0].number, len(paths) - 1))

    def _heading(self, paths: Sequence[PathThen]) -> Line:
        hint = f"  {len(paths)}, newest first; < earlier, > later" if len(paths) > 1 else ""
        return [("Paths", Role.HEADING), (hint, Role.DIM)]

    def do(self, command: str, scene: Scene) -> str:
        """Choose another path."""
        paths = scene.chronicle.paths()
        if not paths:
            return "no path is known yet"
        if command == "now":
            scene.window.follow()
        step = {"earlier": -1, "later": 1}.get(command, len(paths))
        place = self._place(paths, scene) + step
        if place < 0:
            return "this is the oldest path that is kept"
        self._choose(paths, min(place, len(paths) - 1))
        return "the path that is there now" if place >= len(paths) else ""

    def _choose(self, paths: Sequence[PathThen], place: int) -> None:
        self._chosen = paths[place].number if place < len(paths) - 1 else None

    def clicked(self, x: int, y: int, scene: Scene, width: int, height: int) -> str:
        """A path of the list is chosen."""
        paths = scene.chronicle.paths()
        listed = _around(paths, self._place(paths, scene)) if paths else []
        if 1 <= y <= len(listed):
            self._choose(paths, paths.index(listed[y - 1]))
        return ""


def _around(paths: Sequence[PathThen], place: int) -> list[PathThen]:
    """Those to list, newest first: the chosen one has neighbours on both sides if there are."""
    start = max(0, min(place - LISTED_MAX // 2, len(paths) - LISTED_MAX))
    return list(reversed(paths[start : start + LISTED_MAX]))


def _listed(
    path: PathThen, is_chosen: bool, scene: Scene, private: frozenset[str], width: int
) -> Line:
    words = redacted(path.words, private)  # before it is cut: half an address is one
    role = Role.ACCENT if is_chosen else Role.TEXT
    sign: Span = ("▸ " if is_chosen else "  ", Role.ACCENT)
    number: Span = (f"{path.number:>3} ", Role.DIM)
    time: Span = (f"{_since(path, scene)}  ", role)
    return fitted([sign, number, time, (_cut(words, width - 26), Role.TEXT)], width)


def _since(path: PathThen, scene: Scene) -> str:
    """When it began and how long it was there, in 18 cells or so."""
    chronicle = scene.chronicle
    end_s = path.to_s if path.to_s is not None else max(scene.now_s, path.from_s)
    began = local_time(chronicle.wall_s(path.from_s))
    return f"{began:%H:%M:%S} {lasting(end_s - path.from_s):>11}"


def _cut(text: str, width: int) -> str:
    """`text` in at most `width` characters, its end given up."""
    return text if len(text) <= width else text[: max(0, width - 1)] + "…"


def _path_lines(paths: Sequence[PathThen], place: int, scene: Scene, width: int) -> list[Line]:
    path = paths[place]
    began = local_time(scene.chronicle.wall_s(path.from_s))
    until = "now"
    if path.to_s is not None:
        ended = local_time(scene.chronicle.wall_s(path.to_s))
        until = f"{ended:%H:%M:%S}" if ended.date() == began.date() else f"{ended:%d %b %H:%M:%S}"
    before = paths[place - 1].responders if place else None
    cell = _CELL if scene.unit is TimeUnit.MS else _FINE_CELL
    columns = max(0, min(len(_HEADINGS), (width - _HOP_WIDTH - _RESPONDER_LEAST) // cell))
    room = max(1, min(40, width - _HOP_WIDTH - columns * cell))
    figures = "".join(text.rjust(cell) for text in _HEADINGS[:columns])
    sizes = room, columns, cell
    title = f"Path {path.number}  {began:%a %d %b %H:%M:%S} to {until}"
    return [
        fitted([(title, Role.HEADING)], width),
        *(
            [(text, Role.TEXT)]
            for text in textwrap.wrap(path.words, max(10, width), break_on_hyphens=False)
        ),
        fitted([(f" hop  {'responder':<{room}}{figures}", Role.DIM)], width),
        *(fitted(_hop_line(hop, before, sizes, scene), width) for hop in path.hops),
    ]


def _hop_line(
    hop: HopThen,
    before: frozenset[object] | None,
    sizes: tuple[int, int, int],
    scene: Scene,
) -> Line:
    room, columns, cell_width = sizes
    is_new = before is not None and not before.issuperset(hop.responders)
    figures = hop.figures
    who = _who(hop, scene, room)
    times = (figures.best_s, figures.mean_s, figures.worst_s)
    cells = (
        str(figures.sent),
        percent(loss_ratio(figures.lost, figures.answered)),
        *(short_time(value, scene.unit) for value in times),
    )
    text = "".join(cell.rjust(cell_width) for cell in cells[:columns])
    return [
        (f"{hop.ttl:>4} ", Role.DIM),
        (NEW_SIGN if is_new else " ", Role.WARN),
        (who.ljust(room), Role.TEXT if hop.responders else Role.DIM),
        (text, Role.TEXT),
    ]


def _who(hop: HopThen, scene: Scene, room: int) -> str:
    """Who answered then, called as in the table, in less than `room` cells: of several the first,
    and how many more, where not all have room."""
    if not hop.responders:
        return NO_REPLY
    if hop.ttl <= scene.view.private_hops:
        return HIDDEN
    known = {one.address: one for one in scene.view.hop(hop.ttl).responders}

    def called(address: IPAddress, width: int | None = None) -> str:
        if address in known:
            return responder_text(known[address], scene.called, width)
        return str(address) if width is None else elided(str(address), width)

    all_of_them = ", ".join(map(called, hop.responders))
    if len(all_of_them) < room:
        return all_of_them
    first, *others = hop.responders
    more = f" +{len(others)}" if others else ""
    return called(first, max(1, room - len(more) - 1)) + more
