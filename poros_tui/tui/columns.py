"""The columns of the hop table: what they are, and which of them a width has room for. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from poros_tui.model.column import Column
from poros_tui.model.history import HISTORY_LENGTH


class ColumnKind(msgspec.Struct, frozen=True, kw_only=True):
    """What is fixed about a column."""

    heading: str
    least: int
    """Cells that it never goes below."""
    meaning: str
    """One line for the help screen."""
    is_time: bool = False
    """In milliseconds."""
    is_number: bool = True
    """Aligned to the right."""
    is_sortable: bool = True
    worst_first: bool = True
    """The direction of the first sort: the largest on top."""


BY_CHOICE: Final = " (--columns)"
"""Ends the meaning of a column that is there only where the user wants it."""

WHERE_KNOWN: Final = " (--asn, --asn-db)"
"""The same of one that is there as soon as any network is known."""

KINDS: Final[Mapping[Column, ColumnKind]] = {
    Column.HOP: ColumnKind(
        heading="Hop",
        least=5,
        meaning="distance in routers; ◆ the destination, ▸ a probe is out",
        worst_first=False,
    ),
    Column.RESPONDER: ColumnKind(
        heading="Responder",
        least=15,
        meaning="who answers now; +2: two other addresses answered too",
        is_number=False,
        worst_first=False,
    ),
    Column.LOSS: ColumnKind(
        heading="Loss %",
        least=7,
        meaning="lost of decided probes; those still out count in neither",
    ),
    Column.SENT: ColumnKind(heading="Sent", least=5, meaning="probes that left"),
    Column.LAST: ColumnKind(
        heading="Last", least=6, meaning="newest round-trip time", is_time=True
    ),
    Column.AVERAGE: ColumnKind(heading="Avg", least=6, meaning="average", is_time=True),
    Column.BEST: ColumnKind(heading="Best", least=6, meaning="shortest", is_time=True),
    Column.WORST: ColumnKind(heading="Worst", least=6, meaning="longest", is_time=True),
    Column.DEVIATION: ColumnKind(
        heading="Dev", least=6, meaning="standard deviation", is_time=True
    ),
    Column.JITTER: ColumnKind(
        heading="Jitter",
        least=7,
        meaning="average difference of neighbouring replies",
        is_time=True,
    ),
    Column.HISTORY: ColumnKind(
        heading="RTT",
        least=8,
        meaning="newest samples, one scale for all hops; the height is the square root of the time"
        " (--scale)",
        is_number=False,
        is_sortable=False,
    ),
    Column.RECEIVED: ColumnKind(heading="Recv", least=5, meaning="answers in time" + BY_CHOICE),
    Column.LOST: ColumnKind(
        heading="Lost", least=5, meaning="probes without an answer" + BY_CHOICE
    ),
    Column.LATE: ColumnKind(
        heading="Late",
        least=5,
        meaning="answers after they were taken for lost" + BY_CHOICE,
    ),
    Column.MEDIAN: ColumnKind(
        heading="Median",
        least=7,
        meaning=f"of the newest {HISTORY_LENGTH} samples" + BY_CHOICE,
        is_time=True,
    ),
    Column.P95: ColumnKind(
        heading="p95",
        least=6,
        meaning=f"95 % of the newest {HISTORY_LENGTH} samples are below" + BY_CHOICE,
        is_time=True,
    ),
    Column.AS: ColumnKind(
        heading="AS",
        least=9,
        meaning="number of the network (autonomous system); ┌ another one begins, │ goes on"
        + WHERE_KNOWN,
        is_number=False,
        worst_first=False,
    ),
    Column.NETWORK: ColumnKind(
        heading="Network",
        least=8,
        meaning="name of the network" + WHERE_KNOWN,
        is_number=False,
        worst_first=False,
    ),
    Column.PLACE: ColumnKind(
        heading="Place",
        least=8,
        meaning="city and country; ? it cannot be there, see the hop's panel" + BY_CHOICE,
        is_number=False,
        worst_first=False,
    ),
}

DEFAULT_COLUMNS: Final = (
    Column.HOP,
    Column.RESPONDER,
    Column.LOSS,
    Column.SENT,
    Column.LAST,
    Column.AVERAGE,
    Column.BEST,
    Column.WORST,
    Column.DEVIATION,
    Column.JITTER,
    Column.HISTORY,
)
"""From left to right, where the user has not chosen others."""

COLUMNS_WITH_NETWORKS: Final = (
    Column.HOP,
    Column.RESPONDER,
    Column.AS,
    Column.NETWORK,
    *DEFAULT_COLUMNS[2:],
)
"""The same as soon as a network is known."""

DROP_ORDER: Final = (
    Column.JITTER,
    Column.DEVIATION,
    Column.SENT,
    Column.BEST,
    Column.WORST,
    Column.AVERAGE,
    Column.HISTORY,
)
"""Which of the default columns goes first as the room gets short. Hop, responder, loss and last
always stay. Of a choice of the user's own the last goes first, and hop and responder stay."""

DROP_ORDER_WITH_NETWORKS: Final = (
    Column.JITTER,
    Column.DEVIATION,
    Column.NETWORK,
    Column.SENT,
    Column.BEST,
    Column.WORST,
    Column.AS,
    Column.AVERAGE,
    Column.HISTORY,
)

MARGIN: Final = 1
"""Blank cells at the left and right edge."""
WIDE: Final = 112
"""From this width on two blanks stand between columns instead of one."""
_RESPONDER_BEFORE_DROPPING: Final = 24
"""An address longer than this is elided before a column is given up for it."""
_NETWORK_BEFORE_DROPPING: Final = 12
"""The same of the name of a network."""
NETWORK_MOST: Final = 30
"""Cells that its column grows to."""
PLACE_MOST: Final = 24
"""The same of a place."""


class Slot(msgspec.Struct, frozen=True):
    """Where a column stands."""

    column: Column
    x: int
    width: int

    @property
    def end(self) -> int:
        """The first cell after it."""
        return self.x + self.width


class ColumnWidths:
    """The cells that each column has needed so far. They grow and never shrink in a session."""

    def __init__(self) -> None:
        self._needed = {column: kind.least for column, kind in KINDS.items()}

    def grow(self, column: Column, width: int) -> bool:
        """Note that a cell needs this much; true where that is new."""
        if width <= self._needed[column]:
            return False
        self._needed[column] = width
        return True

    def __getitem__(self, column: Column) -> int:
        return self._needed[column]


def layout(
    width: int, needed: ColumnWidths, wanted: Sequence[Column] = DEFAULT_COLUMNS
) -> tuple[Slot, ...]:
    """Those of the columns `wanted` that fit into `width` cells, from left to right.

    The responder gets what its addresses need, the history all that is left.
    """
    gap = 2 if width >= WIDE else 1
    columns = list(wanted)
    for dropped in _drop_order(wanted):
        if _least_width(columns, needed, gap) <= width:
            break
        columns.remove(dropped)
    widths = {column: _least(column, needed) for column in columns}
    spare = width - _least_width(columns, needed, gap)
    # Where not even the last four columns fit, the address is what gives way.
    widths[Column.RESPONDER] = max(
        4, widths[Column.RESPONDER] + min(spare, _wanted(columns, needed, widths))
    )
    spare = width - _total(widths, gap)
    if Column.NETWORK in widths and spare > 0:
        widths[Column.NETWORK] += min(spare, needed[Column.NETWORK] - widths[Column.NETWORK])
        spare = width - _total(widths, gap)
    if Column.HISTORY in widths:
        widths[Column.HISTORY] = min(HISTORY_LENGTH, widths[Column.HISTORY] + max(0, spare))
    elif spare > 0:
        widths[Column.RESPONDER] += spare
    slots = []
    x = MARGIN
    for column in columns:
        slots.append(Slot(column, x, widths[column]))
        x += widths[column] + gap
    return tuple(slots)


def _drop_order(wanted: Sequence[Column]) -> tuple[Column, ...]:
    if tuple(wanted) == DEFAULT_COLUMNS:
        return DROP_ORDER
    if tuple(wanted) == COLUMNS_WITH_NETWORKS:
        return DROP_ORDER_WITH_NETWORKS
    return tuple(
        column for column in reversed(wanted) if column not in (Column.HOP, Column.RESPONDER)
    )


def _least(column: Column, needed: ColumnWidths) -> int:
    if column is Column.RESPONDER:
        return min(needed[column], _RESPONDER_BEFORE_DROPPING)
    if column is Column.NETWORK:
        return min(needed[column], _NETWORK_BEFORE_DROPPING)
    if column is Column.HISTORY:
        return KINDS[column].least
    return needed[column]


def _wanted(columns: list[Column], needed: ColumnWidths, widths: dict[Column, int]) -> int:
    if Column.HISTORY not in columns:
        return 0
    return needed[Column.RESPONDER] - widths[Column.RESPONDER]


def _least_width(columns: list[Column], needed: ColumnWidths, gap: int) -> int:
    return _total({column: _least(column, needed) for column in columns}, gap)


def _total(widths: Mapping[Column, int], gap: int) -> int:
    return 2 * MARGIN + sum(widths.values()) + gap * (len(widths) - 1)
