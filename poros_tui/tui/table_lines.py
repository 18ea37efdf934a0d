"""The lines of the hop table: which columns fit, how figures are written, what is marked. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

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
from poros_tui.tui.grouping import GROUP, Grouping
from poros_tui.tui.headings import column_at, group_line, heading_line
from poros_tui.tui.network_cells import stretch_line
from poros_tui.tui.rows import TableScale, flow_line, note_needs, row_line
from poros_tui.tui.search import matches, with_match
from poros_tui.tui.sorting import Order
from poros_tui.tui.spans import Line, fitted, line_text
from poros_tui.tui.sparkline import scale_top_s
from poros_tui.tui.table_look import TableLook
from poros_tui.tui.view import TraceView


class TableLines:
    """Makes any line of the table, as wide as it is."""

    def __init__(self, view: TraceView, grouping: Grouping, look: TableLook) -> None:
        self._view = view
        self._grouping = grouping
        self._look = look
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
        self._placed_for = 0
        self._wanted = ""

    # Columns

    @property
    def _columns(self) -> tuple[Column, ...]:
        """Those that are wanted: where the user has not chosen, with networks if any is known."""
        if self._look.columns == DEFAULT_COLUMNS and self._grouping.has_networks:
            return COLUMNS_WITH_NETWORKS
        return self._look.columns

    @property
    def shown_columns(self) -> list[Column]:
        """Those that fit, from left to right."""
        return [slot.column for slot in self._slots]

    @property
    def placed_for(self) -> int:
        """For which width columns were placed."""
        return self._placed_for

    def place_columns(self, width: int) -> None:
        """Those that fit into `width` cells."""
        self._slots = layout(width, self._widths, self._columns)
        self._placed_for = width

    def column_at(self, x: int) -> Column | None:
        """The one whose heading is there; None where none is."""
        return column_at(x, self._slots)

    def note(self, hops: Iterable[HopSnapshot]) -> bool:
        """Take in how wide the cells of these hops are. Returns whether columns are to be placed
        anew."""
        return note_needs(hops, self._scale, self._widths, self._columns)

    # How figures are written

    @property
    def look(self) -> TableLook:
        """What the user has chosen."""
        return self._look

    def look_like(self, look: TableLook) -> None:
        """From now on."""
        self._look = look
        self._scale = msgspec.structs.replace(
            self._scale, unit=look.unit, height=look.height, called=look.called
        )

    def rescale(self, hops: tuple[HopSnapshot, ...], mode: Mode) -> bool:
        """Take in all hops as they are now. Returns whether figures are written otherwise."""
        best_s = min((hop.rtt.best_s for hop in hops if hop.rtt.best_s is not None), default=None)
        before = self._scale
        self._scale = TableScale(
            decimals=max(before.decimals, decimals_for(best_s)),
            top_s=scale_top_s(hops, before.top_s),
            marks_in_flight=mode is not Mode.CONCURRENT,
            is_difference=before.is_difference,
            unit=self._look.unit,
            height=self._look.height,
            called=self._look.called,
        )
        return self._scale != before

    def forget_top(self) -> None:
        """Nothing has answered yet."""
        self._scale = msgspec.structs.replace(self._scale, top_s=None)

    @property
    def marks_in_flight(self) -> bool:
        """Whether probes that are out are seen."""
        return self._scale.marks_in_flight

    @property
    def is_difference(self) -> bool:
        """Whether figures are those since the user's mark, less those before it."""
        return self._scale.is_difference

    def show_difference(self, is_difference: bool) -> None:
        """From now on, or figures of all time again."""
        self._scale = msgspec.structs.replace(self._scale, is_difference=is_difference)

    def mark_matches(self, wanted: str) -> bool:
        """Mark what matches in each line; empty: mark nothing. Returns whether that is new."""
        before, self._wanted = self._wanted, wanted
        return wanted != before

    # Lines

    def rule(self, width: int) -> Line:
        """The first line, with the unit."""
        scale = self._scale
        return group_line(self._slots, width, is_difference=scale.is_difference, unit=scale.unit)

    def headings(self, order: Order) -> Line:
        """The names of the columns."""
        scale = self._scale
        return heading_line(self._slots, order, scale.top_s, scale.unit, scale.height)

    def line(self, hop: HopSnapshot, number: int | None, width: int, *, is_marked: bool) -> Line:
        """That of a hop, or what `number` says as in `Row`. `is_marked`: something is found
        there."""
        if number == GROUP:
            return self._group_line(hop.ttl, width)
        if number is not None:
            flow = next(flow for flow in hop.flows if flow.flow == number)
            return fitted(flow_line(flow, self._slots, self._scale), width)
        line = row_line(
            hop,
            self._view.verdict(hop.ttl),
            self._slots,
            self._scale,
            is_marked=is_marked,
            edge=self._grouping.edge(hop.ttl),
        )
        if self._wanted and matches(hop, self._wanted):
            line = self._with_match(line)
        return fitted(line, width)

    def _group_line(self, ttl: int, width: int) -> Line:
        stretch = self._grouping.stretch_of(ttl)
        assert stretch is not None  # rows and stretches change together
        hops = [self._view.hop(each) for each in stretch.ttls]
        is_folded = self._grouping.is_folded(stretch)
        return stretch_line(stretch, hops, width, self._look.unit, is_folded=is_folded)

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

    def preview(self, width: int, order: Order) -> list[Line]:
        """The head and the last row, in `width` cells."""
        slots, scale = layout(width, self._widths, self._columns), self._scale
        lines = [
            group_line(slots, width, is_difference=scale.is_difference, unit=scale.unit),
            heading_line(slots, order, scale.top_s, scale.unit, scale.height),
        ]
        lines += [
            row_line(hop, self._view.verdict(hop.ttl), slots, scale)
            for hop in self._view.hops()[-1:]
        ]
        return [fitted(line, width) for line in lines]
