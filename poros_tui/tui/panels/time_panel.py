"""What the panels with a time axis share: the window, its keys, and the words about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from poros_tui.model.bins import Bin
from poros_tui.model.privacy import redacted
from poros_tui.tui.event_marks import EventMarks, legend
from poros_tui.tui.formatting import ELLIPSIS
from poros_tui.tui.grid import Grid
from poros_tui.tui.moment_words import told, when
from poros_tui.tui.panels.panel import Panel, Place
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role, both_ends, fitted, line_width, pieces_that_fit
from poros_tui.tui.time_axis import span_words, spell

TIME_COMMANDS: Final[Mapping[str, str]] = {
    "zoom_in": "show less time, around what is pointed at",
    "zoom_out": "show more time",
    "earlier": "go back in time",
    "later": "go forth in time",
    "now": "back to the present",
    "point_earlier": "point at an earlier column",
    "point_later": "point at a later column",
    "scale": "another scale",
}


class TimePanel(Panel):
    """A panel across the screen whose columns are times. Subclasses draw them."""

    place = Place.BELOW
    is_filling = True
    commands: Mapping[str, str] = TIME_COMMANDS

    def __init__(self) -> None:
        self._marks = EventMarks()
        self._grid: Grid | None = None

    # For subclasses

    def gutter(self, scene: Scene, width: int) -> int:
        """Cells at the left of the first column."""
        raise NotImplementedError

    def flip_scale(self) -> str:
        """Take the next scale, and say which it is."""
        raise NotImplementedError

    def grid(self, scene: Scene, width: int) -> Grid:
        """The columns as they are to be drawn now."""
        chronicle = scene.chronicle
        began_at_s = chronicle.began_at_s
        self._grid = scene.window.grid(
            width - self.gutter(scene, width),
            now_s=scene.now_s,
            began_s=scene.now_s if began_at_s is None else began_at_s,
            origin_s=chronicle.origin_s,
        )
        return self._grid

    def moment(self, scene: Scene, grid: Grid) -> int | None:
        """The column that is pointed at; None where it is not shown."""
        moment_s = scene.window.moment_s
        return grid.column(moment_s) if moment_s is not None else None

    def heading(self, name: Line, scene: Scene, grid: Grid, width: int) -> Line:
        """What is shown at the left, which time at the right."""
        window = scene.window
        words = span_words(grid, scene.now_s, scene.chronicle.wall_s)
        pieces: list[tuple[int, Line]] = [
            (1, [(words, Role.TEXT if window.is_following else Role.STRONG)]),
            (0, [(spell(grid.span_s), Role.STRONG)]),
            (2, [(f"{spell(grid.step_s)} a column", Role.DIM)]),
        ]
        if not window.is_following:
            pieces.insert(0, (0, [(" PAST ", Role.BADGE), (" 0: now", Role.DIM)]))
        return both_ends(name, pieces_that_fit(pieces, max(0, width - line_width(name) - 2)), width)

    def legend(self, pieces: list[tuple[int, Line]], width: int) -> Line:
        """What signs and colours mean, as much of it as fits; events last."""
        return fitted(pieces_that_fit([*pieces, (9, legend())], width), width)

    def reading(self, scene: Scene, grid: Grid, column: int, hops: list[str], width: int) -> Line:
        """What is known of the column that is pointed at."""
        words = self._reading_words(scene, grid, column, hops)
        if len(words) > width:
            words = words[: max(0, width - 1)] + ELLIPSIS
        return fitted([(words, Role.STRONG)], width)

    def _reading_words(self, scene: Scene, grid: Grid, column: int, hops: list[str]) -> str:
        wall = scene.chronicle.wall_s
        events = self._marks.columns(scene.chronicle, grid).get(column, [])
        start = when(grid.start_s(column), grid.step_s, wall)
        if grid.start_s(column) > scene.now_s:
            return f"{start} · this time has not come yet"
        words = " · ".join([start, *hops, *told(events, wall, scene.unit)])
        return redacted(words, scene.private)  # before it is cut: half an address is one

    def bin_at(self, scene: Scene, ttl: int, grid: Grid, column: int) -> Bin:
        """The figures of a hop in one column."""
        from_s, to_s = grid.start_s(column), grid.start_s(column + 1)
        return scene.chronicle.bins(ttl, from_s, to_s, 1)[0]

    def hops_told(self, scene: Scene, grid: Grid, column: int) -> list[str]:
        """The figures of the hops that matter in one column, in words."""
        raise NotImplementedError

    # For the screen

    def refusal(self, scene: Scene) -> str:
        """Without a hop there is nothing to draw."""
        return "" if scene.cursor_ttl is not None else "no hop is known yet"

    def do(self, command: str, scene: Scene) -> str:
        """One of `commands`."""
        window, now_s = scene.window, scene.now_s
        began_s = scene.chronicle.began_at_s
        times = {"now_s": now_s, "began_s": now_s if began_s is None else began_s}
        match command:
            case "zoom_in":
                return "" if window.zoom(-1, **times) else "this is the shortest time"
            case "zoom_out":
                return "" if window.zoom(1, **times) else "this is the longest time"
            case "earlier":
                return "" if window.scroll(-1, **times) else "there is nothing before this"
            case "later":
                return "" if window.scroll(1, **times) else "this is the present"
            case "now":
                window.follow()
            case "point_earlier":
                self._point(-1, scene)
            case "point_later":
                self._point(1, scene)
            case "scale":
                return self.flip_scale()
        return ""

    def _point(self, by: int, scene: Scene) -> None:
        """Point at the next column; at that of the present where at nothing yet."""
        grid = self._grid
        if grid is None:
            return
        column = self.moment(scene, grid)
        newest = min(grid.count - 1, max(0, grid.number(scene.now_s) - grid.first))
        column = newest if column is None else max(0, min(newest, column + by))
        self._point_at(column, scene)

    def _point_at(self, column: int, scene: Scene) -> None:
        if self._grid is not None:
            scene.window.moment_s = self._grid.start_s(column) + self._grid.step_s / 2

    def clicked(self, x: int, y: int, scene: Scene, width: int, height: int) -> str:
        """Point at a column, and tell what does not fit into the panel; a second click ends it."""
        grid = self.grid(scene, width)
        column = x - self.gutter(scene, width)
        if not 0 <= column < grid.count:
            return ""
        if column == self.moment(scene, grid):
            scene.window.moment_s = None
            return ""
        self._point_at(column, scene)
        words = self._reading_words(scene, grid, column, self.hops_told(scene, grid, column))
        return words if len(words) > width else ""
