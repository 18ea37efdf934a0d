"""The columns of the overview: which of them a width has room for, and where they stand. Pure."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

import msgspec

from poros_tui.model.history import HISTORY_LENGTH
from poros_tui.tui.columns import MARGIN, WIDE


class TargetColumn(Enum):
    """One column of the overview, by what it shows."""

    NUMBER = auto()
    NAME = auto()
    ADDRESS = auto()
    HOPS = auto()
    LOSS = auto()
    LAST = auto()
    P95 = auto()
    VERDICT = auto()
    HISTORY = auto()


class TargetColumnKind(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed about a column."""

    heading: str
    least: int
    """Cells that it never goes below."""
    meaning: str
    """One line for the help screen."""
    is_number: bool = True
    """Aligned to the right."""
    worst_first: bool = False
    """The direction of the first sort: the largest on top."""
    is_sortable: bool = True


TARGET_KINDS: Final = {
    TargetColumn.NUMBER: TargetColumnKind(
        heading="#",
        least=5,
        meaning="its tab; ● running, ‖ paused, ■ all rounds done, ○ starting, ! can't be traced",
    ),
    TargetColumn.NAME: TargetColumnKind(
        heading="Target", least=12, meaning="as it was named", is_number=False
    ),
    TargetColumn.ADDRESS: TargetColumnKind(
        heading="Address", least=15, meaning="what is traced", is_number=False
    ),
    TargetColumn.HOPS: TargetColumnKind(
        heading="Hops",
        least=5,
        meaning="distance of the destination; 7+ while only hop 7 answers",
        worst_first=True,
    ),
    TargetColumn.LOSS: TargetColumnKind(
        heading="Loss %", least=6, meaning="end to end", worst_first=True
    ),
    TargetColumn.LAST: TargetColumnKind(
        heading="Last",
        least=6,
        meaning="newest round trip, in the unit of --units",
        worst_first=True,
    ),
    TargetColumn.P95: TargetColumnKind(
        heading="p95",
        least=6,
        meaning="95 % of the newest round trips (240 at most) were as short or shorter, in "
        "the unit of --units",
        worst_first=True,
    ),
    TargetColumn.VERDICT: TargetColumnKind(
        heading="Verdict",
        least=14,
        meaning="in words, with the 95 % interval of a loss",
        is_number=False,
        worst_first=True,
    ),
    TargetColumn.HISTORY: TargetColumnKind(
        heading="RTT",
        least=8,
        meaning="newest samples, each target with a scale of its own",
        is_number=False,
        is_sortable=False,
    ),
}

DROP_ORDER: Final = (
    TargetColumn.ADDRESS,
    TargetColumn.HISTORY,
    TargetColumn.HOPS,
    TargetColumn.P95,
)
"""Which column goes first as the room gets short. The others always stay."""
_NAME_BEFORE_DROPPING: Final = 20
"""A name longer than this is elided before a column is given up for it."""
VERDICT_FIRST: Final = 20
"""Cells that the verdict is given before the name gets what it needs."""
VERDICT_MAX: Final = 44
"""Cells that it is given before the history gets the rest."""


class TargetSlot(msgspec.Struct, frozen=True):
    """Where a column stands."""

    column: TargetColumn
    x: int
    width: int

    @property
    def end(self) -> int:
        """The first cell after it."""
        return self.x + self.width


class TargetWidths:
    """The cells that each column has needed so far. They grow and never shrink in a session."""

    def __init__(self) -> None:
        self._needed = {column: kind.least for column, kind in TARGET_KINDS.items()}

    def grow(self, column: TargetColumn, width: int) -> bool:
        """Note that a cell needs this much; true where that is new."""
        if width <= self._needed[column]:
            return False
        self._needed[column] = width
        return True

    def __getitem__(self, column: TargetColumn) -> int:
        return self._needed[column]


def layout_targets(width: int, needed: TargetWidths) -> tuple[TargetSlot, ...]:
    """The columns that fit into `width` cells, from left to right.

    A short verdict comes first, then the names, then all of the verdict; the history gets what is
    left.
    """
    gap = 2 if width >= WIDE else 1
    columns = list(TARGET_KINDS)
    for dropped in DROP_ORDER:
        if _total(columns, needed, gap) <= width:
            break
        columns.remove(dropped)
    widths = {column: _least(column, needed) for column in columns}
    spare = width - _total(columns, needed, gap)
    for column, most in (
        (TargetColumn.VERDICT, min(VERDICT_FIRST, needed[TargetColumn.VERDICT])),
        (TargetColumn.NAME, needed[TargetColumn.NAME]),
        (TargetColumn.VERDICT, min(VERDICT_MAX, needed[TargetColumn.VERDICT])),
        (TargetColumn.HISTORY, HISTORY_LENGTH),
        (TargetColumn.VERDICT, width),
    ):
        if column in widths and spare > 0:
            more = max(0, min(spare, most - widths[column]))
            widths[column] += more
            spare -= more
    # Where not even the least fits, the name is what gives way.
    widths[TargetColumn.NAME] = max(4, widths[TargetColumn.NAME] + min(0, spare))
    slots = []
    x = MARGIN
    for column in columns:
        slots.append(TargetSlot(column, x, widths[column]))
        x += widths[column] + gap
    return tuple(slots)


def _least(column: TargetColumn, needed: TargetWidths) -> int:
    kind = TARGET_KINDS[column]
    if column is TargetColumn.NAME:
        return max(kind.least, min(needed[column], _NAME_BEFORE_DROPPING))
    if column in (TargetColumn.VERDICT, TargetColumn.HISTORY):
        return kind.least
    return needed[column]


def _total(columns: list[TargetColumn], needed: TargetWidths, gap: int) -> int:
    least = sum(_least(column, needed) for column in columns)
    return 2 * MARGIN + least + gap * (len(columns) - 1)


def target_column_at(x: int, slots: tuple[TargetSlot, ...]) -> TargetColumn | None:
    """The sortable column whose heading is at `x`, its gap to the left included."""
    for slot in slots:
        if x < slot.end:
            is_near = TARGET_KINDS[slot.column].is_sortable and x >= slot.x - MARGIN
            return slot.column if is_near else None
    return None
