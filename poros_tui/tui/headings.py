"""The lines above the table: the names of the columns, and the rule with their unit. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from poros_tui.model.column import Column
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.columns import (
    KINDS,
    MARGIN,
    Slot,
)
from poros_tui.tui.sorting import Order
from poros_tui.tui.spans import Line, Role, Span, fitted
from poros_tui.tui.table_look import HeightScale

ASCENDING_SIGN: Final = "▲"
DESCENDING_SIGN: Final = "▼"


def heading_line(
    slots: Iterable[Slot],
    order: Order,
    top_s: float | None,
    unit: TimeUnit = TimeUnit.MS,
    height: HeightScale = HeightScale.SQRT,
) -> Line:
    """The names of the columns; the sorted one carries the direction."""
    line: Line = []
    x = 0
    for slot in slots:
        if slot.x > x:
            line.append((" " * (slot.x - x), Role.TEXT))
        line.extend(fitted([_heading(slot, order, top_s, unit, height)], slot.width))
        x = slot.end
    return line


def _heading(
    slot: Slot, order: Order, top_s: float | None, unit: TimeUnit, height: HeightScale
) -> Span:
    kind = KINDS[slot.column]
    is_chosen = slot.column is order.column
    sign = (DESCENDING_SIGN if order.descending else ASCENDING_SIGN) if is_chosen else ""
    role = Role.ACCENT if is_chosen else Role.HEADING
    if slot.column is Column.HISTORY:
        return _history_heading(slot.width, top_s, unit, height), role
    if slot.column is Column.HOP:
        return sign.rjust(1) + kind.heading, role
    if kind.is_number:
        # The sign stands before the word, so that the word stays above its numbers.
        return (sign + kind.heading).rjust(slot.width), role
    return kind.heading + sign, role


def _history_heading(width: int, top_s: float | None, unit: TimeUnit, height: HeightScale) -> str:
    if top_s is None:
        return KINDS[Column.HISTORY].heading
    low = unit.rounded(float(f"{height.least_share * top_s:.6g}"))
    top = unit.rounded(top_s)
    span = f"{low} to {top} {unit.sign}"
    for text in (f"RTT, {span}, {height.words}", f"RTT, {span}", span, f"to {top}"):
        if len(text) <= width:
            return text
    return KINDS[Column.HISTORY].heading


def group_line(
    slots: Iterable[Slot],
    width: int,
    *,
    is_difference: bool = False,
    unit: TimeUnit = TimeUnit.MS,
) -> Line:
    """The rule above the headings; it says once for all time columns what their unit is, and
    whether they are differences. Where others stand between them it stands above most of them."""
    times = _neighbouring_times(slots)
    if not times:
        return [("─" * width, Role.FAINT)]
    start, end = times[0].x, times[-1].end
    room = end - start
    label = f" {unit.words} " if len(times) > 1 else f" {unit.sign} "
    if is_difference:
        label = f" ± {unit.words} since the mark "
    if room < len(label):
        label = f" ± {unit.sign} " if is_difference else f" {unit.sign} "
    before = start + max(0, room - len(label)) // 2
    return [
        ("─" * before, Role.FAINT),
        (label, Role.HEADING),
        ("─" * max(0, width - before - len(label)), Role.FAINT),
    ]


def _neighbouring_times(slots: Iterable[Slot]) -> list[Slot]:
    """The widest row of time columns without another between them."""
    rows: list[list[Slot]] = [[]]
    for slot in slots:
        if KINDS[slot.column].is_time:
            rows[-1].append(slot)
        else:
            rows.append([])
    return max(rows, key=lambda row: row[-1].end - row[0].x if row else 0)


def column_at(x: int, slots: Iterable[Slot]) -> Column | None:
    """The sortable column whose heading is at `x`, its gap to the left included."""
    for slot in slots:
        if x < slot.end:
            return slot.column if KINDS[slot.column].is_sortable and x >= slot.x - MARGIN else None
    return None
