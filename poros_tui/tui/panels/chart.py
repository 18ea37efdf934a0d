"""The panel with the round-trip times of one hop, or of several, over time. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from poros_tui.tui.bin_cache import BinCache
from poros_tui.tui.grid import Grid
from poros_tui.tui.moment_words import figures
from poros_tui.tui.panels.time_panel import TIME_COMMANDS, TimePanel
from poros_tui.tui.rows import lost_role, responder_cell
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import SERIES_ROLES, Line, Role
from poros_tui.tui.time_axis import ticks
from poros_tui.tui.time_chart import (
    Frame,
    Series,
    chart_lines,
    fitting_scale,
    gutter_width,
)
from poros_tui.tui.time_glyphs import (
    BAND_SAMPLE,
    LOST_ALL,
    LOST_SOME,
    MEDIAN_SAMPLE,
)
from poros_tui.tui.value_axis import Scale

PINS_MAX: Final = len(SERIES_ROLES) - 1
"""With the hop under the cursor, as many as there are colours."""
_PLOT_LEAST: Final = 2
_LEGEND_FROM: Final = 8
"""Lines of a panel that has room for the legend."""
_LANES_MAX: Final = 3
_LANES_FROM: Final = 14
"""Lines of a panel that has room for more than one lane of losses."""


class ChartPanel(TimePanel):
    """The hop under the cursor, and those that are pinned."""

    commands: Mapping[str, str] = {**TIME_COMMANDS, "pin": "keep a hop in the chart"}

    def __init__(self) -> None:
        super().__init__()
        self._pinned: dict[int, Role] = {}
        self._is_from_zero = False
        self._scale: Scale | None = None
        self._scale_for: object = None
        self._cache = BinCache()

    def gutter(self, scene: Scene, width: int) -> int:
        """The axis of round trips."""
        return gutter_width(scene.unit)

    def flip_scale(self) -> str:
        """From zero, or fitted to what is shown."""
        self._is_from_zero = not self._is_from_zero
        return f"the axis is {'from zero' if self._is_from_zero else 'fitted to what is shown'}"

    def do(self, command: str, scene: Scene) -> str:
        """`pin`: keep the hop under the cursor in the chart, or not any more."""
        return self._pin(scene.cursor_ttl) if command == "pin" else super().do(command, scene)

    def _pin(self, ttl: int | None) -> str:
        if ttl is None:
            return "there is no hop to pin"
        if ttl in self._pinned:
            del self._pinned[ttl]
            return f"hop {ttl} is not pinned any more"
        if len(self._pinned) == PINS_MAX:
            return f"{PINS_MAX} hops are pinned already; i on one of them lets it go"
        taken = set(self._pinned.values())
        self._pinned[ttl] = next(role for role in SERIES_ROLES if role not in taken)
        return f"hop {ttl} stays in the chart; i lets it go"

    def _roles(self, scene: Scene) -> dict[int, Role]:
        """The hops to draw, that under the cursor first, with their colours."""
        known = {hop.ttl for hop in scene.view.hops()}
        pinned = {ttl: role for ttl, role in self._pinned.items() if ttl in known}
        ttl = scene.cursor_ttl
        if ttl is None:
            return pinned
        taken = set(self._pinned.values())
        free = next(role for role in SERIES_ROLES if role not in taken)
        first = {ttl: self._pinned.get(ttl, free)}
        return {**first, **{other: role for other, role in pinned.items() if other != ttl}}

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """Heading, legend, plot, axis, losses, times of day: always `height` lines."""
        roles = self._roles(scene)
        grid = self.grid(scene, width)
        series = self._series(scene, roles, grid)
        if not series:
            return [[] for _line in range(height)]
        moment = self.moment(scene, grid)
        has_second = height >= _LEGEND_FROM or moment is not None
        spare = height - 1 - has_second - _PLOT_LEAST
        lanes = min(len(series), _LANES_MAX if height >= _LANES_FROM else 1) if spare >= 3 else 0
        has_axis, has_labels = spare >= 1, spare >= 2
        frame = Frame(
            width=grid.count,
            height=max(1, spare + _PLOT_LEAST - lanes - has_axis - has_labels),
            ticks=ticks(grid, scene.chronicle.wall_s),
            events=self._marks.columns(scene.chronicle, grid),
            moment=moment,
            unit=scene.unit,
            corner="from 0" if self._is_from_zero else "fitted",
            has_axis=has_axis,
            has_labels=has_labels,
        )
        lines = [self.heading(self._name(scene, roles, width), scene, grid, width)]
        if moment is not None:
            told = self.hops_told(scene, grid, moment)
            lines.append(self.reading(scene, grid, moment, told, width))
        elif has_second:
            lines.append(self._legend(scene, width))
        lines += chart_lines(series, frame, self._fit(series, frame.height), lanes)
        return lines[:height]

    def _series(self, scene: Scene, roles: Mapping[int, Role], grid: Grid) -> list[Series]:
        self._cache.keep_only(roles)
        dots = grid.halved()
        return [
            Series(
                ttl=ttl,
                role=role,
                lost_role=lost_role(scene.view.verdict(ttl)),
                bins=self._cache.bins(scene.chronicle, ttl, dots, scene.now_s),
            )
            for ttl, role in roles.items()
        ]

    def _fit(self, series: list[Series], lines: int) -> Scale | None:
        scale_for = (tuple(one.ttl for one in series), lines, self._is_from_zero)
        before = self._scale if scale_for == self._scale_for else None
        self._scale_for = scale_for
        self._scale = fitting_scale(series, lines, from_zero=self._is_from_zero, before=before)
        return self._scale

    def _name(self, scene: Scene, roles: Mapping[int, Role], width: int) -> Line:
        (first, role), *others = roles.items()
        line: Line = [(f"Hop {first}", role)]
        if others:
            for ttl, other in others:
                line.append((f" {ttl}", other))
        else:
            who = responder_cell(scene.view.hop(first), max(8, width // 4), scene.called)
            line += [("  ", Role.TEXT), *who]
        return line

    def _legend(self, scene: Scene, width: int) -> Line:
        return self.legend(
            [
                (0, [(f"RTT in {scene.unit.sign}", Role.TEXT)]),
                (1, [(MEDIAN_SAMPLE, SERIES_ROLES[0]), (" median", Role.DIM)]),
                (1, [(BAND_SAMPLE, Role.BAND), (" 10-90 %", Role.DIM)]),
                (
                    2,
                    [
                        (LOST_SOME[2], Role.LOST),
                        (" some lost ", Role.DIM),
                        (LOST_ALL, Role.LOST),
                        (" all lost", Role.DIM),
                    ],
                ),
            ],
            width,
        )

    def hops_told(self, scene: Scene, grid: Grid, column: int) -> list[str]:
        """Of the hops that are drawn."""
        return [
            f"hop {ttl}: {figures(self.bin_at(scene, ttl, grid, column), scene.unit)}"
            for ttl in self._roles(scene)
        ]
