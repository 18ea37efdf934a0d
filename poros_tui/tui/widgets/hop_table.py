"""The hop table: one line for each hop, drawn with Textual's Line API.

A DataTable of the same 30 rows takes 50 % of a core and 20 MB more: it draws every row anew for
one changed cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Mode
from poros_tui.tui.columns import (
    COLUMNS_WITH_NETWORKS,
    DEFAULT_COLUMNS,
    ColumnWidths,
    Slot,
    layout,
)
from poros_tui.tui.formatting import decimals_for
from poros_tui.tui.grouping import GROUP, Grouping, Row
from poros_tui.tui.network_cells import stretch_line
from poros_tui.tui.palette import DARK, Palette
from poros_tui.tui.rows import (
    TableScale,
    column_at,
    flow_line,
    group_line,
    heading_line,
    note_needs,
    row_line,
)
from poros_tui.tui.search import matches, with_match
from poros_tui.tui.sorting import Order, ordered
from poros_tui.tui.spans import Line, fitted, line_text
from poros_tui.tui.sparkline import scale_top_s
from poros_tui.tui.table_look import DEFAULT_LOOK, TableLook
from poros_tui.tui.view import Change, TraceView
from poros_tui.tui.widgets.line_view import painted

HEADING_LINES: Final = 2
"""The rule with the unit, and the names of the columns. They do not scroll."""


class HopTable(ScrollView, can_focus=True):
    """The path as a table. The cursor stays on its hop, wherever that goes."""

    ALLOW_SELECT = False
    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home", "move(-1000)", "First", show=False),
        Binding("end", "move(1000)", "Last", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
    ]

    class Opened(Message):
        """A double click asks for the details of the hop under the cursor."""

    def __init__(
        self,
        view: TraceView,
        look: TableLook = DEFAULT_LOOK,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._look = look
        self._view = view
        self._palette: Palette = DARK
        self._grouping = Grouping()
        self._widths = ColumnWidths()
        self._scale = TableScale(
            decimals=1,
            top_s=None,
            marks_in_flight=False,
            unit=look.unit,
            height=look.height,
            called=look.called,
        )
        self._slots: tuple[Slot, ...] = layout(0, self._widths, self._columns)
        self._laid_out_for = 0
        self._order = Order()
        self._ttls: tuple[int, ...] = ()
        self._is_unfolded = False
        self._rows: tuple[Row, ...] = ()
        self._cursor: int | None = None
        self.cursor_moved: Callable[[], object] = lambda: None
        """Called when the cursor is on another hop. A message would come after the next paint, and
        what follows the cursor be shown a paint later than the cursor itself."""
        self._strips: dict[Row, Strip] = {}
        self._drawn: dict[int, HopSnapshot] = {}
        self._marked: frozenset[int] = frozenset()
        self._is_difference = False
        self._wanted = ""

    @property
    def cursor_ttl(self) -> int | None:
        """The hop under the cursor; None while there is no row."""
        return self._cursor

    @property
    def ttls(self) -> tuple[int, ...]:
        """The rows from top to bottom, by TTL."""
        return self._ttls

    @property
    def order(self) -> Order:
        """How the rows are sorted."""
        return self._order

    # What comes from the session

    def show_change(self, change: Change, mode: Mode) -> None:
        """Draw what the view has learned."""
        if change.is_reset:
            self._marked = frozenset()
            self._scale = msgspec.structs.replace(self._scale, top_s=None)
            self._forget_rows()
        hops = self._view.hops()
        self._arrange(hops)
        self._find_networks(hops)
        if self._is_unfolded:
            self._set_rows()
        scale = self._scale_for(hops, mode)
        shown = [hop for hop in hops if hop.ttl in change.hops]
        # Both must happen: the scale decides how wide a time is.
        is_new_scale, self._scale = scale != self._scale, scale
        needing = hops if is_new_scale else shown
        if note_needs(needing, scale, self._widths, self._columns) or is_new_scale:
            self._lay_out()
        for hop in shown:
            if scale.marks_in_flight or not self._is_only_sent(hop):
                self._redraw_row(hop.ttl)

    def catch_up(self) -> None:
        """Once a second: rows whose only news is a probe that is out or a finding, and the order of
        the rows.

        Sorted rows that changed places ten times a second could not be read.
        """
        changed_marks, self._marked = self._marked ^ self._view.marked, self._view.marked
        for hop in self._view.hops():
            if self._drawn.get(hop.ttl) is not hop or hop.ttl in changed_marks:
                self._redraw_row(hop.ttl)
        self._sort()

    def _is_only_sent(self, hop: HopSnapshot) -> bool:
        drawn = self._drawn.get(hop.ttl)
        return drawn is not None and _facts(drawn) == _facts(hop)

    def _scale_for(self, hops: tuple[HopSnapshot, ...], mode: Mode) -> TableScale:
        best_s = min((hop.rtt.best_s for hop in hops if hop.rtt.best_s is not None), default=None)
        return TableScale(
            decimals=max(self._scale.decimals, decimals_for(best_s)),
            top_s=scale_top_s(hops, self._scale.top_s),
            marks_in_flight=mode is not Mode.CONCURRENT,
            is_difference=self._is_difference,
            unit=self._look.unit,
            height=self._look.height,
            called=self._look.called,
        )

    def _arrange(self, hops: tuple[HopSnapshot, ...]) -> None:
        """Take up new rows, and leave out those that are beyond the path now."""
        if len(hops) == len(self._ttls) and {hop.ttl for hop in hops} == set(self._ttls):
            return
        if self._order.column is Column.HOP:
            self._ttls = ordered(hops, self._order)
        else:
            # New rows go to the end until the next sorting: nothing jumps between two glances.
            here = {hop.ttl for hop in hops}
            kept = [ttl for ttl in self._ttls if ttl in here]
            self._ttls = (*kept, *sorted(here - set(kept)))
        self._set_rows()
        if self._ttls and self._cursor not in self._ttls:
            before = self._cursor if self._cursor is not None else min(self._ttls)
            self._put_cursor(min(self._ttls, key=lambda ttl: abs(ttl - before)))
        self.refresh()

    @property
    def is_difference(self) -> bool:
        """Whether figures are those since the user's mark, less those before it."""
        return self._is_difference

    def show_difference(self, is_difference: bool) -> None:
        """Show what has changed since the user's mark, or figures of all time again."""
        self._is_difference = is_difference
        self._scale = msgspec.structs.replace(self._scale, is_difference=is_difference)
        note_needs(self._view.hops(), self._scale, self._widths, self._columns)
        self._lay_out()
        self._sort()

    # Flows

    @property
    def is_unfolded(self) -> bool:
        """Whether each hop's flows have rows of their own."""
        return self._is_unfolded

    def unfold(self, is_unfolded: bool) -> None:
        """Show the flows of each hop below it, or no longer."""
        self._is_unfolded = is_unfolded
        self._set_rows()
        self._forget_rows()
        self._show_cursor()

    def _set_rows(self) -> None:
        """The rows from top to bottom: hops in their order, with their flows where unfolded."""
        flows: dict[int, Sequence[int]] = {}
        if self._is_unfolded:
            for ttl in self._ttls:
                flows[ttl] = [flow.flow for flow in self._view.hop(ttl).flows]
        rows = self._grouping.rows(self._ttls, flows)
        if rows != self._rows:
            self._rows = rows
            self.virtual_size = Size(self.size.width, len(self._rows) + HEADING_LINES)
            self.refresh()

    # Networks

    @property
    def _columns(self) -> tuple[Column, ...]:
        """Those that are wanted: where the user has not chosen, with networks if any is known."""
        if self._look.columns == DEFAULT_COLUMNS and self._grouping.has_networks:
            return COLUMNS_WITH_NETWORKS
        return self._look.columns

    def _find_networks(self, hops: Sequence[HopSnapshot]) -> None:
        """Take in which hops are of which network now."""
        before = self._grouping.has_networks
        for ttl in self._grouping.find(hops, is_in_path_order=self._order == Order()):
            self._redraw_row(ttl)
        if before != self._grouping.has_networks:
            note_needs(hops, self._scale, self._widths, self._columns)
            self._lay_out()
        if self._grouping.is_on:
            self._set_rows()

    @property
    def is_grouped(self) -> bool:
        """Whether the hops of a network stand below a line of their own."""
        return self._grouping.is_on

    @property
    def knows_networks(self) -> bool:
        """Whether any is known."""
        return self._grouping.has_networks

    def group(self, is_grouped: bool) -> None:
        """Group rows by network, or no longer."""
        self._grouping.is_on = is_grouped
        self._regroup()

    def fold(self) -> None:
        """Let one line stand for the network under the cursor, or show its hops again."""
        stretch = self._grouping.stretch_of(self._cursor)
        if stretch is not None and self._grouping.is_on:
            self._grouping.fold(stretch)
            self._regroup()

    def _regroup(self) -> None:
        self._find_networks(self._view.hops())
        self._set_rows()
        self._forget_rows()
        if self._cursor is not None:
            self._put_cursor(self._grouping.row_for(self._cursor)[0])
        self._show_cursor()

    # Sorting

    def sort_by(self, order: Order) -> None:
        """Sort now, and keep sorting so."""
        self._order = order
        self._refresh_lines(1, 1)
        self._sort()
        self._find_networks(self._view.hops())
        self._show_cursor()

    def sort_next(self) -> None:
        """By the next column that is shown."""
        self.sort_by(self._order.next_of([slot.column for slot in self._slots]))

    def sort_flipped(self) -> None:
        """In the other direction."""
        self.sort_by(self._order.flipped())

    def _sort(self) -> None:
        ttls = ordered(self._view.hops(), self._order, is_difference=self._is_difference)
        if ttls != self._ttls:
            before, self._ttls = self._rows, ttls
            self._set_rows()
            for place, pair in enumerate(zip(self._rows, before, strict=True)):
                if pair[0] != pair[1]:
                    self._refresh_row(place)

    # Looks

    @property
    def look(self) -> TableLook:
        """Its columns, and how its figures are written."""
        return self._look

    def preview(self, width: int) -> list[Line]:
        """Its head and its last row, in `width` cells."""
        slots, scale = layout(width, self._widths, self._columns), self._scale
        lines = [
            group_line(slots, width, is_difference=scale.is_difference, unit=scale.unit),
            heading_line(slots, self._order, scale.top_s, scale.unit, scale.height),
        ]
        lines += [
            row_line(hop, self._view.verdict(hop.ttl), slots, scale)
            for hop in self._view.hops()[-1:]
        ]
        return [fitted(line, width) for line in lines]

    def show_as(self, look: TableLook) -> None:
        """Look like this from now on."""
        self._look = look
        self._scale = msgspec.structs.replace(
            self._scale, unit=look.unit, height=look.height, called=look.called
        )
        note_needs(self._view.hops(), self._scale, self._widths, self._columns)
        self._lay_out()

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        self._palette = palette
        self._forget_rows()

    def on_resize(self, _event: events.Resize) -> None:
        """Other columns may fit now."""
        self._lay_out()
        self._show_cursor()

    def _lay_out(self) -> None:
        self._place_columns(self.size.width)
        self.virtual_size = Size(self.size.width, len(self._rows) + HEADING_LINES)
        self._forget_rows()

    def _place_columns(self, width: int) -> None:
        self._slots = layout(width, self._widths, self._columns)
        self._laid_out_for = width

    def redraw(self) -> None:
        """All rows may look different."""
        self._find_networks(self._view.hops())
        self._forget_rows()

    def _forget_rows(self) -> None:
        self._strips.clear()
        self._drawn.clear()
        self.refresh()

    def _redraw_row(self, ttl: int) -> None:
        group = self._grouping.group_row(ttl)
        for place, row in enumerate(self._rows):
            if row[0] == ttl or row == group:
                self._strips.pop(row, None)
                self._refresh_row(place)

    def _refresh_row(self, row: int) -> None:
        y = row - self.scroll_offset.y + HEADING_LINES
        if y >= HEADING_LINES:
            self._refresh_lines(y, 1)

    def _refresh_lines(self, y: int, count: int) -> None:
        self.refresh(Region(0, y, self.size.width, count))

    def render_line(self, y: int) -> Strip:
        """Textual's Line API."""
        width = self.size.width
        if width != self._laid_out_for:  # the first paint comes before the first Resize
            self._place_columns(width)
        if y == 0:
            group = group_line(
                self._slots, width, is_difference=self._is_difference, unit=self._look.unit
            )
            return painted(group, self._palette)
        if y == 1:
            headings = heading_line(
                self._slots, self._order, self._scale.top_s, self._look.unit, self._look.height
            )
            return painted(fitted(headings, width), self._palette)
        place = y - HEADING_LINES + self.scroll_offset.y
        if place >= len(self._rows):
            return Strip.blank(width, self._palette.blank)
        row = self._rows[place]
        strip = self._strips.get(row)
        if strip is None:
            strip = self._strips[row] = self._row_strip(row, width)
        return strip

    def _row_strip(self, row: Row, width: int) -> Strip:
        ttl, number = row
        if number == GROUP:
            return self._group_strip(ttl, width)
        if number is not None:
            flow = next(flow for flow in self._view.hop(ttl).flows if flow.flow == number)
            line = flow_line(flow, self._slots, self._scale)
            return painted(fitted(line, width), self._palette)
        hop = self._drawn[ttl] = self._view.hop(ttl)
        line = row_line(
            hop,
            self._view.verdict(ttl),
            self._slots,
            self._scale,
            is_marked=ttl in self._marked,
            edge=self._grouping.edge(ttl),
        )
        if self._wanted and matches(hop, self._wanted):
            line = self._with_match(line)
        is_under_cursor = ttl == self._cursor
        return painted(fitted(line, width), self._palette, under_cursor=is_under_cursor)

    def _group_strip(self, ttl: int, width: int) -> Strip:
        stretch = self._grouping.stretch_of(ttl)
        assert stretch is not None  # rows and stretches change together
        hops = [self._view.hop(each) for each in stretch.ttls]
        is_folded = self._grouping.is_folded(stretch)
        line = stretch_line(stretch, hops, width, self._look.unit, is_folded=is_folded)
        is_under_cursor = is_folded and self._cursor in stretch.ttls
        return painted(line, self._palette, under_cursor=is_under_cursor)

    # Searching

    def mark_matches(self, wanted: str) -> None:
        """Mark what matches in each row, also in those that come; empty: mark nothing."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._forget_rows()

    def _with_match(self, line: Line) -> Line:
        """With what matches, in the cell in which it can be read; else in that of who answers."""
        text, wanted = line_text(line).lower(), self._wanted.lower()
        searched = (Column.RESPONDER, Column.AS, Column.NETWORK, Column.PLACE)
        slots = sorted(
            (slot for slot in self._slots if slot.column in searched),
            key=lambda slot: (
                wanted not in text[slot.x : slot.end],
                searched.index(slot.column),
            ),
        )
        return with_match(line, slots[0].x, slots[0].end, self._wanted) if slots else line

    def go_to(self, ttl: int) -> None:
        """Put the cursor on this hop, and show its row where that is folded."""
        stretch = self._grouping.stretch_of(ttl)
        if stretch is not None and self._grouping.is_folded(stretch):
            self._grouping.fold(stretch)
            self._regroup()
        self._put_cursor(ttl)
        self._show_cursor()

    # The cursor

    def _put_cursor(self, ttl: int) -> None:
        before, self._cursor = self._cursor, ttl
        for changed in {before, ttl} - {None}:
            if changed is not None:
                self._redraw_row(changed)
        if before != ttl:
            self.cursor_moved()

    def _show_cursor(self) -> None:
        if self._cursor not in self._ttls:
            return
        row = self._rows.index(self._grouping.row_for(self._cursor))
        rows_shown = max(1, self.size.height - HEADING_LINES)
        top = self.scroll_offset.y
        if row < top:
            self.scroll_to(y=row, animate=False, immediate=True)
        elif row >= top + rows_shown:
            self.scroll_to(y=row - rows_shown + 1, animate=False, immediate=True)

    def action_move(self, rows: int) -> None:
        """Move the cursor down, or up where negative; it stops at the ends."""
        if not self._ttls or self._cursor is None:
            return
        places = self._grouping.stops(self._rows)
        place = places.index(self._grouping.row_for(self._cursor)[0]) + rows
        self._put_cursor(places[max(0, min(len(places) - 1, place))])
        self._show_cursor()

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many rows as are shown."""
        self.action_move(pages * max(1, self.size.height - HEADING_LINES - 1))

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a row takes the cursor, a double click opens its details."""
        if event.y < HEADING_LINES:
            column = column_at(event.x, self._slots)
            if column is not None:
                self.sort_by(self._order.chosen(column))
            return
        row = event.y - HEADING_LINES + self.scroll_offset.y
        if row < len(self._rows):
            ttl, kind = self._rows[row]
            self._put_cursor(ttl)
            if kind == GROUP:
                self.fold()
            elif event.chain == 2:
                self.post_message(self.Opened())


def _facts(hop: HopSnapshot) -> tuple[object, ...]:
    """All that a row shows, but for probes that are out."""
    return (
        hop.received,
        hop.lost,
        hop.send_errors,
        hop.is_destination,
        hop.is_unreachable,
        len(hop.responders),
        hop.responder and hop.responder.about,
    )
