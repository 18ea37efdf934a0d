"""The panel with the whole path over time: when and where did it begin? Pure."""

from __future__ import annotations

from typing import Final

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.privacy import HIDDEN
from poros_tui.model.probe import IPAddress
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.bin_cache import BinCache
from poros_tui.tui.event_marks import mark
from poros_tui.tui.formatting import address, elided, short_time
from poros_tui.tui.grid import Grid
from poros_tui.tui.heat_map import HeatRow, heat_cells
from poros_tui.tui.heat_scale import HeatScale, absolute_scale, added_scale
from poros_tui.tui.moment_words import figures
from poros_tui.tui.panels.time_panel import TimePanel
from poros_tui.tui.rows import DESTINATION_SIGN, NO_REPLY, lost_role
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role, Span, fitted, in_runs
from poros_tui.tui.sparkline import scale_top_s
from poros_tui.tui.time_axis import labels_line, ticks
from poros_tui.tui.time_glyphs import (
    CURSOR,
    LABEL_TICK,
    LOST_ALL,
    MOMENT_MARK_ABOVE,
    SHADED_LOST_SOME,
    THINNED,
)
from poros_tui.tui.verdict import Verdict

_NUMBER_WIDTH: Final = 6
"""The cursor's sign, the number of the hop, the destination's sign, and a blank."""
_BEST_WIDTH: Final = 7
_FINE_BEST_WIDTH: Final = 10
_ADDRESSES_FROM: Final = 60
_BESTS_FROM: Final = 100
"""Widths of a panel that has room for them."""
_ADDRESS_LEAST: Final = 15
_LEGEND_FROM: Final = 8
_BEST_EVERY_S: Final = 60.0
"""The best of a hop is looked for anew after this long; sooner while it has but few answers."""
_BEST_EVERY_SOONER_S: Final = 5.0


class HeatMapPanel(TimePanel):
    """All hops as far as there are lines, around the cursor. Where the path was longer within the
    time shown, the hops beyond its present end too."""

    def __init__(self) -> None:
        super().__init__()
        self._is_absolute = False
        self._added: HeatScale | None = None
        self._top_s: float | None = None
        self._bests: dict[int, float | None] = {}
        self._bests_at_s: float | None = None
        self._address_width = 0
        self._first_row = 0
        self._end_ttl = 0
        """The last hop that the path has now."""
        self._former: dict[int, IPAddress] = {}
        """Who answered beyond it, by TTL."""
        self._longest: tuple[int, ...] = ()
        """The last that it had in each column, where hops are shown that it has no more."""
        self._shown: list[HopSnapshot] = []
        self._rows_from = 0
        self._clicked: tuple[int, int | None] | None = None
        """The hop of the last click, and where the cursor was then."""
        self._cache = BinCache()

    def flip_scale(self) -> str:
        """Delay over the hop's own best, or the whole round trip."""
        self._is_absolute = not self._is_absolute
        if self._is_absolute:
            return "colours show the whole round trip"
        return "colours show what is added to each hop's own best"

    def gutter(self, scene: Scene, width: int) -> int:
        """Number, address and best, as far as there is room."""
        if width < _ADDRESSES_FROM:
            return _NUMBER_WIDTH
        longest = max(
            (len(address(r.address)) for hop in scene.view.hops() for r in hop.responders[:1]),
            default=0,
        )
        most = max(_ADDRESS_LEAST, width // 6)
        self._address_width = max(self._address_width, _ADDRESS_LEAST, min(longest, most))
        best = _best_width(scene, width)
        return _NUMBER_WIDTH + min(self._address_width, most) + 1 + best

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """Heading, legend, events, a line for each hop, times of day: always `height` lines."""
        present = scene.view.hops()
        if not present:
            return [[] for _line in range(height)]
        grid = self.grid(scene, width)
        self._end_ttl = present[-1].ttl
        hops = (*present, *self._beyond(scene, grid))
        self._look_for_bests(scene, hops)
        gutter = self.gutter(scene, width)
        has_legend = height >= _LEGEND_FROM
        moment = self.moment(scene, grid)
        has_second = has_legend or moment is not None
        self._shown = self._chosen(hops, scene.cursor_ttl, height - 3 - has_second)
        scale = self._scale(hops)
        lines = [self.heading(self._name(hops), scene, grid, width)]
        if moment is not None:
            told = self.hops_told(scene, grid, moment)
            lines.append(self.reading(scene, grid, moment, told, width))
        elif has_legend:
            lines.append(self._legend(scene, scale, width, has_beyond=len(hops) > len(present)))
        lines.append(self._event_line(scene, grid, width, gutter, moment))
        self._rows_from = len(lines)
        self._cache.keep_only(hop.ttl for hop in self._shown)
        for hop in self._shown:
            row = self._row(hop, scene, grid)
            cells = heat_cells(row, scale, is_solid=scene.has_shades_of_colour)
            lines.append([*self._label(hop, scene, width, gutter), *cells])
        labels = labels_line(ticks(grid, scene.chronicle.wall_s), grid.count, LABEL_TICK)
        lines.append([(" " * gutter, Role.TEXT), (labels, Role.DIM)])
        lines += [[] for _line in range(height - len(lines))]
        return lines[:height]

    def _beyond(self, scene: Scene, grid: Grid) -> list[HopSnapshot]:
        """Those that the path had within the time shown, and has no more."""
        longest = scene.chronicle.longest_path(grid.from_s, min(grid.to_s, scene.now_s))
        beyond = range(self._end_ttl + 1, longest + 1)
        if not beyond:
            self._longest = ()
            return []
        self._longest = tuple(
            scene.chronicle.longest_path(grid.start_s(column), grid.start_s(column + 1))
            for column in range(grid.count)
        )
        self._former = _former_names(scene, self._end_ttl)
        return [scene.view.hop(ttl) for ttl in beyond]

    def _chosen(
        self, hops: tuple[HopSnapshot, ...], cursor_ttl: int | None, room: int
    ) -> list[HopSnapshot]:
        """As many as there are lines, the cursor's among them. It goes no farther than the path
        does now: at its end it shows what was beyond."""
        room = max(1, room)
        cursor = next((row for row, hop in enumerate(hops) if hop.ttl == cursor_ttl), 0)
        last = len(hops) - 1 if cursor_ttl == self._end_ttl else cursor
        first = min(max(self._first_row, last - room + 1), cursor)
        self._first_row = max(0, min(first, len(hops) - room))
        return list(hops[self._first_row : self._first_row + room])

    def _look_for_bests(self, scene: Scene, hops: tuple[HopSnapshot, ...]) -> None:
        began_s, now_s = scene.chronicle.began_at_s, scene.now_s
        is_young = began_s is None or now_s - began_s < 2 * _BEST_EVERY_S
        every_s = _BEST_EVERY_SOONER_S if is_young else _BEST_EVERY_S
        last_s = self._bests_at_s
        is_due = last_s is None or not last_s <= now_s < last_s + every_s
        for hop in hops:
            if is_due or self._bests.get(hop.ttl) is None:
                self._bests[hop.ttl] = scene.chronicle.own_best_s(hop.ttl)
        if is_due:
            self._bests_at_s = now_s

    def _scale(self, hops: tuple[HopSnapshot, ...]) -> HeatScale:
        self._top_s = scale_top_s(hops, self._top_s)
        if self._is_absolute:
            return absolute_scale(self._top_s or 1.0)
        known = [best for hop in hops if (best := self._bests.get(hop.ttl)) is not None]
        self._added = added_scale(max(known, default=0.0), self._added)
        return self._added

    def _row(self, hop: HopSnapshot, scene: Scene, grid: Grid) -> HeatRow:
        verdict = scene.view.verdict(hop.ttl)
        best_s = self._bests.get(hop.ttl)
        is_beyond = hop.ttl > self._end_ttl
        there = tuple(hop.ttl <= longest for longest in self._longest) if is_beyond else None
        return HeatRow(
            bins=self._cache.bins(scene.chronicle, hop.ttl, grid, scene.now_s),
            base_s=0.0 if self._is_absolute else best_s or 0.0,
            lost_role=lost_role(verdict),
            is_silent=verdict is Verdict.SILENT or (is_beyond and best_s is None),
            there=there,
        )

    # Words

    def _name(self, hops: tuple[HopSnapshot, ...]) -> Line:
        name: Line = [("RTT" if self._is_absolute else "Added delay", Role.ACCENT)]
        if len(self._shown) < len(hops):
            first, last = self._shown[0].ttl, self._shown[-1].ttl
            words = f"  hops {first}-{last} of {hops[-1].ttl}"
            name.append((words, Role.DIM))
        return name

    def _legend(self, scene: Scene, scale: HeatScale, width: int, *, has_beyond: bool) -> Line:
        is_solid = scene.has_shades_of_colour
        what = scene.unit.sign if self._is_absolute else f"{scene.unit.sign} over its own best"
        some = (THINNED, Role.TEXT) if is_solid else (SHADED_LOST_SOME, Role.LOST)
        lost: Line = [
            some,
            (" some lost ", Role.DIM),
            (LOST_ALL, Role.LOST),
            (" all lost", Role.DIM),
        ]
        signs: Line = [*scale.legend(is_solid=is_solid, unit=scene.unit), (f" {what}", Role.DIM)]
        pieces = [(0, signs), (2, lost)]
        if has_beyond:
            pieces.append((1, [(f"hops past {self._end_ttl}: no longer on the path", Role.DIM)]))
        return self.legend(pieces, width)

    def _event_line(
        self, scene: Scene, grid: Grid, width: int, gutter: int, moment: int | None
    ) -> Line:
        events = self._marks.columns(scene.chronicle, grid)
        spans: list[Span] = [(_heading(gutter, _best_width(scene, width)), Role.DIM)]
        for column in range(grid.count):
            if column in events:
                spans.append(mark(events[column]))
            elif column == moment:
                spans.append((MOMENT_MARK_ABOVE, Role.STRONG))
            else:
                spans.append((" ", Role.TEXT))
        return in_runs(spans)

    def _label(self, hop: HopSnapshot, scene: Scene, width: int, gutter: int) -> Line:
        is_here = hop.ttl == scene.cursor_ttl
        is_beyond = hop.ttl > self._end_ttl
        is_destination = hop.is_destination and not is_beyond
        sign = DESTINATION_SIGN if is_destination else " "
        number = f"{CURSOR if is_here else ' '}{hop.ttl:>3}{sign} "
        of_number = Role.ACCENT if is_here or is_destination else Role.TEXT
        line: Line = [(number, Role.DIM if is_beyond else of_number)]
        best = _best_width(scene, width)
        room = gutter - _NUMBER_WIDTH - best - 1
        if room > 0:
            who = self._who(hop, scene)
            is_dim = not who or is_beyond
            role = Role.DIM if is_dim else Role.STRONG if is_here else Role.TEXT
            name = elided(who or NO_REPLY, room)
            line.append((f"{name:<{room}} ", role))
        if best:
            base_s = self._bests.get(hop.ttl)
            figure = short_time(base_s, scene.unit) if base_s is not None else ""
            line.append((f"{figure:>{best - 1}} ", Role.DIM))
        return fitted(line, gutter)

    def _who(self, hop: HopSnapshot, scene: Scene) -> str:
        """Who answers there, or did last; empty for nobody."""
        former = self._former.get(hop.ttl) if hop.ttl > self._end_ttl else None
        if former is not None:
            return HIDDEN if hop.ttl <= scene.view.private_hops else address(former)
        return address(hop.responder.address) if hop.responder is not None else ""

    # Pointing

    def clicked(self, x: int, y: int, scene: Scene, width: int, height: int) -> str:
        """Point at a column; what is told is of the hop under the mouse."""
        row = y - self._rows_from
        if 0 <= row < len(self._shown):
            if self._told_ttl(scene) != self._shown[row].ttl:
                scene.window.moment_s = None  # the same column of another hop is no second click
            self._clicked = self._shown[row].ttl, scene.cursor_ttl
        return super().clicked(x, y, scene, width, height)

    def _told_ttl(self, scene: Scene) -> int | None:
        """The hop that was clicked at, until the cursor moves; then that under the cursor."""
        if self._clicked is not None and self._clicked[1] == scene.cursor_ttl:
            return self._clicked[0]
        return scene.cursor_ttl

    def hops_told(self, scene: Scene, grid: Grid, column: int) -> list[str]:
        """Of the hop that is pointed at."""
        ttl = self._told_ttl(scene)
        if ttl is None:
            return []
        one = self.bin_at(scene, ttl, grid, column)
        added = self._added_words(ttl, one.median_s, scene.unit)
        return [f"hop {ttl}: {figures(one, scene.unit)}{added}"]

    def _added_words(self, ttl: int, median_s: float | None, unit: TimeUnit) -> str:
        best_s = self._bests.get(ttl)
        if median_s is None or best_s is None:
            return ""
        return f", {unit.fixed(median_s - best_s, 1, sign='+')} {unit.sign} over its best"


def _former_names(scene: Scene, after_ttl: int) -> dict[int, IPAddress]:
    """Who answered last beyond the path's present end, by TTL."""
    return {
        then.ttl: then.responders[0]
        for path in scene.chronicle.paths()
        for then in path.hops
        if then.ttl > after_ttl and then.responders
    }


def _best_width(scene: Scene, width: int) -> int:
    if width < _BESTS_FROM:
        return 0
    return _BEST_WIDTH if scene.unit is TimeUnit.MS else _FINE_BEST_WIDTH


def _heading(gutter: int, best_width: int) -> str:
    """What stands in the gutter, above the hops."""
    if gutter <= _NUMBER_WIDTH:
        return " " * gutter
    best = f"{'best':>{best_width - 1}} " if best_width else ""
    return f"{' ' * _NUMBER_WIDTH}events".ljust(gutter - len(best)) + best
