"""The hop table: one line for each hop, drawn with Textual's Line API.

A DataTable of the same 30 rows takes 50 % of a core and 20 MB more: it draws every row anew for
one changed cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Mode
from poros_tui.tui.grouping import GROUP, Row
from poros_tui.tui.palette import DARK, Palette
from poros_tui.tui.sorting import Order
from poros_tui.tui.spans import Line, fitted
from poros_tui.tui.table_lines import TableLines
from poros_tui.tui.table_look import DEFAULT_LOOK, TableLook
from poros_tui.tui.table_rows import TableRows
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
        self._view = view
        self._palette: Palette = DARK
        self._rows = TableRows(view)
        self._grouping = self._rows.grouping
        self._lines = TableLines(view, self._grouping, look)
        self._cursor: int | None = None
        self.cursor_moved: Callable[[], object] = lambda: None
        """Called when the cursor is on another hop. A message would come after the next paint, and
        what follows the cursor be shown a paint later than the cursor itself."""
        self._strips: dict[Row, Strip] = {}
        self._drawn: dict[int, HopSnapshot] = {}
        self._marked: frozenset[int] = frozenset()

    @property
    def cursor_ttl(self) -> int | None:
        """The hop under the cursor; None while there is no row."""
        return self._cursor

    @property
    def ttls(self) -> tuple[int, ...]:
        """The rows from top to bottom, by TTL."""
        return self._rows.ttls

    @property
    def order(self) -> Order:
        """How the rows are sorted."""
        return self._rows.order

    # What comes from the session

    def show_change(self, change: Change, mode: Mode) -> None:
        """Draw what the view has learned."""
        if change.is_reset:
            self._marked = frozenset()
            self._lines.forget_top()
            self._forget_rows()
        hops = self._view.hops()
        self._arrange(hops)
        self._find_networks(hops)
        if self._rows.is_unfolded:
            self._lay_rows()
        shown = [hop for hop in hops if hop.ttl in change.hops]
        # Both must happen: the scale decides how wide a time is.
        is_new_scale = self._lines.rescale(hops, mode)
        if self._lines.note(hops if is_new_scale else shown) or is_new_scale:
            self._lay_out()
        for hop in shown:
            if self._lines.marks_in_flight or not self._is_only_sent(hop):
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

    def _arrange(self, hops: tuple[HopSnapshot, ...]) -> None:
        """Take up new rows, and leave out those that are beyond the path now."""
        if not self._rows.take_up(hops):
            return
        self._lay_rows()
        ttls = self._rows.ttls
        if ttls and self._cursor not in ttls:
            before = self._cursor if self._cursor is not None else min(ttls)
            self._put_cursor(min(ttls, key=lambda ttl: abs(ttl - before)))
        self.refresh()

    @property
    def is_difference(self) -> bool:
        """Whether figures are those since the user's mark, less those before it."""
        return self._lines.is_difference

    def show_difference(self, is_difference: bool) -> None:
        """Show what has changed since the user's mark, or figures of all time again."""
        self._lines.show_difference(is_difference)
        self._lines.note(self._view.hops())
        self._lay_out()
        self._sort()

    # Flows

    @property
    def is_unfolded(self) -> bool:
        """Whether each hop's flows have rows of their own."""
        return self._rows.is_unfolded

    def unfold(self, is_unfolded: bool) -> None:
        """Show the flows of each hop below it, or no longer."""
        self._rows.is_unfolded = is_unfolded
        self._lay_rows()
        self._forget_rows()
        self._show_cursor()

    def _lay_rows(self) -> None:
        if self._rows.lay():
            self._set_height()
            self.refresh()

    def _set_height(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._rows.shown) + HEADING_LINES)

    # Networks

    def _find_networks(self, hops: Sequence[HopSnapshot]) -> None:
        """Take in which hops are of which network now."""
        before = self._grouping.has_networks
        for ttl in self._grouping.find(hops, is_in_path_order=self.order == Order()):
            self._redraw_row(ttl)
        if before != self._grouping.has_networks:
            self._lines.note(hops)
            self._lay_out()
        if self._grouping.is_on:
            self._lay_rows()

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
        self._lay_rows()
        self._forget_rows()
        if self._cursor is not None:
            self._put_cursor(self._grouping.row_for(self._cursor)[0])
        self._show_cursor()

    # Sorting

    def sort_by(self, order: Order) -> None:
        """Sort now, and keep sorting so."""
        self._rows.order = order
        self._refresh_lines(1, 1)
        self._sort()
        self._find_networks(self._view.hops())
        self._show_cursor()

    def sort_next(self) -> None:
        """By the next column that is shown."""
        self.sort_by(self.order.next_of(self._lines.shown_columns))

    def sort_flipped(self) -> None:
        """In the other direction."""
        self.sort_by(self.order.flipped())

    def _sort(self) -> None:
        before = self._rows.shown
        if self._rows.sort(is_difference=self.is_difference):
            self._lay_rows()
            for place, pair in enumerate(zip(self._rows.shown, before, strict=True)):
                if pair[0] != pair[1]:
                    self._refresh_row(place)

    # Looks

    @property
    def look(self) -> TableLook:
        """Its columns, and how its figures are written."""
        return self._lines.look

    def preview(self, width: int) -> list[Line]:
        """Its head and its last row, in `width` cells."""
        return self._lines.preview(width, self.order)

    def show_as(self, look: TableLook) -> None:
        """Look like this from now on."""
        self._lines.look_like(look)
        self._lines.note(self._view.hops())
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
        self._lines.place_columns(self.size.width)
        self._set_height()
        self._forget_rows()

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
        for place, row in enumerate(self._rows.shown):
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
        if width != self._lines.placed_for:  # the first paint comes before the first Resize
            self._lines.place_columns(width)
        if y == 0:
            return painted(self._lines.rule(width), self._palette)
        if y == 1:
            return painted(fitted(self._lines.headings(self.order), width), self._palette)
        place = y - HEADING_LINES + self.scroll_offset.y
        if place >= len(self._rows.shown):
            return Strip.blank(width, self._palette.blank)
        row = self._rows.shown[place]
        strip = self._strips.get(row)
        if strip is None:
            strip = self._strips[row] = self._row_strip(row, width)
        return strip

    def _row_strip(self, row: Row, width: int) -> Strip:
        ttl, number = row
        hop = self._view.hop(ttl)
        if number is None:
            self._drawn[ttl] = hop
        line = self._lines.line(hop, number, width, is_marked=ttl in self._marked)
        return painted(line, self._palette, under_cursor=self._is_under_cursor(row))

    def _is_under_cursor(self, row: Row) -> bool:
        ttl, number = row
        if number != GROUP:
            return number is None and ttl == self._cursor
        stretch = self._grouping.stretch_of(ttl)
        is_folded = stretch is not None and self._grouping.is_folded(stretch)
        return stretch is not None and is_folded and self._cursor in stretch.ttls

    # Searching

    def mark_matches(self, wanted: str) -> None:
        """Mark what matches in each row, also in those that come; empty: mark nothing."""
        if self._lines.mark_matches(wanted):
            self._forget_rows()

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
        if self._cursor not in self.ttls:
            return
        row = self._rows.shown.index(self._grouping.row_for(self._cursor))
        rows_shown = max(1, self.size.height - HEADING_LINES)
        top = self.scroll_offset.y
        if row < top:
            self.scroll_to(y=row, animate=False, immediate=True)
        elif row >= top + rows_shown:
            self.scroll_to(y=row - rows_shown + 1, animate=False, immediate=True)

    def action_move(self, rows: int) -> None:
        """Move the cursor down, or up where negative; it stops at the ends."""
        if not self.ttls or self._cursor is None:
            return
        places = self._grouping.stops(self._rows.shown)
        place = places.index(self._grouping.row_for(self._cursor)[0]) + rows
        self._put_cursor(places[max(0, min(len(places) - 1, place))])
        self._show_cursor()

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many rows as are shown."""
        self.action_move(pages * max(1, self.size.height - HEADING_LINES - 1))

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a row takes the cursor, a double click opens its details."""
        if event.y < HEADING_LINES:
            column = self._lines.column_at(event.x)
            if column is not None:
                self.sort_by(self.order.chosen(column))
            return
        row = event.y - HEADING_LINES + self.scroll_offset.y
        if row < len(self._rows.shown):
            ttl, kind = self._rows.shown[row]
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
