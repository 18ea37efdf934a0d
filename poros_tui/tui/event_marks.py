"""The events of a span of time as marks above or on its columns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event
from poros_tui.tui.grid import Grid
from poros_tui.tui.spans import Line, Role, Span
from poros_tui.tui.time_glyphs import EVENT_MARKS

_ORDER: Final = tuple(EVENT_MARKS)


class EventMarks:
    """Which events fall into which column, found anew when there are others."""

    def __init__(self) -> None:
        self._found_for: object = None
        self._columns: dict[int, list[Event]] = {}

    def columns(self, chronicle: Chronicle, grid: Grid) -> dict[int, list[Event]]:
        """The events by column from the left, each list oldest first."""
        found_for = (id(chronicle), chronicle.event_count, grid)
        if found_for != self._found_for:
            self._found_for = found_for
            self._columns = {}
            for event in chronicle.events_between(grid.from_s, grid.to_s):
                column = grid.column(event.at_s)
                if column is not None:
                    self._columns.setdefault(column, []).append(event)
        return self._columns


def mark(events: Sequence[Event]) -> Span:
    """The mark of the events in one column."""
    return EVENT_MARKS[min((event.group for event in events), key=_ORDER.index)]


def legend() -> Line:
    """What the marks stand for."""
    line: Line = []
    for group, (text, role) in EVENT_MARKS.items():
        line += [(" " if line else "", Role.TEXT), (text, role), (f" {group}", Role.DIM)]
    return line
