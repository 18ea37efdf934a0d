"""The overview's table: one line for each target, drawn with Textual's Line API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.overview_columns import (
    TargetColumn,
    TargetSlot,
    TargetWidths,
    layout_targets,
    target_column_at,
)
from poros_tui.tui.overview_rows import (
    TargetLine,
    TargetOrder,
    matches,
    note_target_needs,
    ordered_targets,
    target_heading_line,
    target_line,
)
from poros_tui.tui.palette import DARK, Palette
from poros_tui.tui.search import with_match
from poros_tui.tui.spans import Line, fitted, line_text
from poros_tui.tui.sparkline import scale_top_s
from poros_tui.tui.widgets.line_view import painted

HEADING_LINES = 1
_SEARCHED = (TargetColumn.NAME, TargetColumn.ADDRESS)


class TargetTable(ScrollView, can_focus=True):
    """The cursor stays on its target, wherever that goes."""

    ALLOW_SELECT = False
    BINDINGS = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home", "move(-1000)", "First", show=False),
        Binding("end", "move(1000)", "Last", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
    ]

    @dataclass
    class Opened(Message):
        """A double click asks for this target."""

        number: int

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._palette: Palette = DARK
        self.unit = TimeUnit.MS
        """In which round trips are shown."""
        self._widths = TargetWidths()
        self._slots: tuple[TargetSlot, ...] = layout_targets(0, self._widths)
        self._laid_out_for = 0
        self._order = TargetOrder()
        self._lines: dict[int, TargetLine] = {}
        self._tops_s: dict[int, float | None] = {}
        self._numbers: tuple[int, ...] = ()
        self._cursor: int | None = None
        self._drawn: dict[int, Line] = {}
        self._wanted = ""
        """What is looked for; empty while nothing is."""

    @property
    def cursor_number(self) -> int | None:
        """The target under the cursor; None while there is none."""
        return self._cursor

    @property
    def order(self) -> TargetOrder:
        """How the rows are sorted."""
        return self._order

    @property
    def numbers(self) -> tuple[int, ...]:
        """The targets from top to bottom."""
        return self._numbers

    # What comes from the targets

    def show_lines(self, lines: Iterable[TargetLine]) -> None:
        """Draw what has changed of all targets. Not called more than once a second for figures:
        rows that changed places more often could not be read."""
        self._lines = {line.entry_number: line for line in lines}
        for number, line in self._lines.items():
            if line.destination is not None:
                before_s = self._tops_s.get(number)
                self._tops_s[number] = scale_top_s([line.destination], before_s)
        if note_target_needs(self._lines.values(), self._widths, self.unit):
            self._lay_out()
        self._arrange()
        top = self.scroll_offset.y
        for number in self._numbers[top : top + self.size.height]:
            if self._drawn.get(number) != self._line_of(number):
                self._redraw(number)

    def _arrange(self) -> None:
        before = self._numbers
        self._numbers = ordered_targets(self._lines.values(), self._order)
        if self._numbers == before:
            return
        if len(self._numbers) != len(before):
            self.virtual_size = Size(self.size.width, len(self._numbers) + HEADING_LINES)
        if self._cursor not in self._lines:
            # Where the one under the cursor is gone, its neighbour takes its place.
            row = before.index(self._cursor) if self._cursor in before else 0
            rows = self._numbers
            self._cursor = rows[min(row, len(rows) - 1)] if rows else None
        self._drawn.clear()
        self.refresh()

    def _line_of(self, number: int) -> Line:
        row = target_line(self._lines[number], self._slots, self._tops_s.get(number), self.unit)
        if not (self._wanted and matches(self._lines[number], self._wanted)):
            return row
        marked = [slot for slot in self._slots if slot.column in _SEARCHED]
        for slot in marked:
            if self._wanted.lower() in line_text(row)[slot.x : slot.end].lower():
                return with_match(row, slot.x, slot.end, self._wanted)
        return with_match(row, marked[0].x, marked[0].end, self._wanted)

    # Finding

    def matching(self, wanted: str) -> list[int]:
        """The targets whose name or address has `wanted` in it."""
        return [number for number in self._numbers if matches(self._lines[number], wanted)]

    def mark_matches(self, wanted: str) -> None:
        """Mark what matches in each row, also in those that come; empty: mark nothing."""
        self._wanted = wanted
        self._drawn.clear()
        self.refresh()

    def name_of(self, number: int) -> str:
        """As this target, which must have a row, is called."""
        return self._lines[number].name

    @property
    def shown_lines(self) -> tuple[TargetLine, ...]:
        """The targets from top to bottom, as they are shown."""
        return tuple(self._lines[number] for number in self._numbers)

    # Sorting

    def sort_by(self, order: TargetOrder) -> None:
        """Sort now, and keep sorting so."""
        self._order = order
        self.refresh(Region(0, 0, self.size.width, 1))
        self._arrange()
        self._show_cursor()

    def sort_next(self) -> None:
        """By the next column that is shown."""
        self.sort_by(self._order.next_of([slot.column for slot in self._slots]))

    def sort_flipped(self) -> None:
        """In the other direction."""
        self.sort_by(self._order.chosen(self._order.column))

    # Drawing

    def tell_in(self, unit: TimeUnit) -> None:
        """Show round trips in this unit from now on."""
        self.unit = unit
        note_target_needs(self._lines.values(), self._widths, unit)
        self._lay_out()

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        self._palette = palette
        self._drawn.clear()
        self.refresh()

    def on_resize(self, _event: events.Resize) -> None:
        """Other columns may fit now."""
        self._lay_out()
        self._show_cursor()

    def _lay_out(self) -> None:
        self._place_columns(self.size.width)
        self.virtual_size = Size(self.size.width, len(self._numbers) + HEADING_LINES)
        self._drawn.clear()
        self.refresh()

    def _place_columns(self, width: int) -> None:
        self._slots = layout_targets(width, self._widths)
        self._laid_out_for = width

    def _redraw(self, number: int) -> None:
        self._drawn.pop(number, None)
        if number in self._numbers:
            y = self._numbers.index(number) - self.scroll_offset.y + HEADING_LINES
            if y >= HEADING_LINES:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Textual's Line API."""
        width = self.size.width
        if width != self._laid_out_for:  # the first paint comes before the first Resize
            self._place_columns(width)
        if y == 0:
            heading = target_heading_line(self._slots, self._order)
            return painted(fitted(heading, width), self._palette)
        row = y - HEADING_LINES + self.scroll_offset.y
        if row >= len(self._numbers):
            return Strip.blank(width)
        number = self._numbers[row]
        line = self._drawn[number] = self._line_of(number)
        is_under_cursor = number == self._cursor
        return painted(fitted(line, width), self._palette, under_cursor=is_under_cursor)

    # The cursor

    def put_cursor(self, number: int) -> None:
        """Onto this target, and into sight."""
        before, self._cursor = self._cursor, number
        for changed in (before, number):
            if changed is not None and changed in self._lines:
                self._redraw(changed)
        self._show_cursor()

    def _show_cursor(self) -> None:
        if self._cursor not in self._numbers:
            return
        row = self._numbers.index(self._cursor)
        rows_shown = max(1, self.size.height - HEADING_LINES)
        top = self.scroll_offset.y
        if row < top:
            self.scroll_to(y=row, animate=False, immediate=True)
        elif row >= top + rows_shown:
            self.scroll_to(y=row - rows_shown + 1, animate=False, immediate=True)

    def action_move(self, rows: int) -> None:
        """Move the cursor down, or up where negative; it stops at the ends."""
        if self._cursor not in self._numbers:
            return
        row = self._numbers.index(self._cursor) + rows
        self.put_cursor(self._numbers[max(0, min(len(self._numbers) - 1, row))])

    def action_page(self, pages: int) -> None:
        """Move the cursor by as many rows as are shown."""
        self.action_move(pages * max(1, self.size.height - HEADING_LINES - 1))

    def on_click(self, event: events.Click) -> None:
        """A heading sorts, a row takes the cursor, a double click opens its target."""
        if event.y < HEADING_LINES:
            column = target_column_at(event.x, self._slots)
            if column is not None:
                self.sort_by(self._order.chosen(column))
            return
        row = event.y - HEADING_LINES + self.scroll_offset.y
        if row < len(self._numbers):
            self.put_cursor(self._numbers[row])
            if event.chain == 2:
                self.post_message(self.Opened(self._numbers[row]))
