"""In which order the hops stand. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.columns import KINDS, Column

SortKey = float | tuple[int, int] | None

_KEYS: Final[dict[Column, Callable[[HopSnapshot], SortKey]]] = {
    Column.HOP: lambda hop: hop.ttl,
    Column.RESPONDER: lambda hop: (
        (hop.responder.address.version, int(hop.responder.address)) if hop.responder else None
    ),
    Column.LOSS: lambda hop: hop.loss_ratio,
    Column.SENT: lambda hop: hop.sent,
    Column.LAST: lambda hop: hop.rtt.last_s,
    Column.AVERAGE: lambda hop: hop.rtt.mean_s,
    Column.BEST: lambda hop: hop.rtt.best_s,
    Column.WORST: lambda hop: hop.rtt.worst_s,
    Column.DEVIATION: lambda hop: hop.rtt.stdev_s,
    Column.JITTER: lambda hop: hop.rtt.jitter_mean_s,
}

SORTABLE: Final = tuple(column for column, kind in KINDS.items() if kind.is_sortable)


class Order(msgspec.Struct, frozen=True):
    """By which column, and which end first."""

    column: Column = Column.HOP
    descending: bool = False

    def flipped(self) -> Order:
        """The other direction."""
        return Order(self.column, not self.descending)

    def chosen(self, column: Column) -> Order:
        """This column in its own first direction, or the other direction where it is chosen."""
        if column is self.column:
            return self.flipped()
        return Order(column, KINDS[column].worst_first)

    def next_of(self, columns: Sequence[Column]) -> Order:
        """The next sortable column among those shown, in its own first direction."""
        sortable = [column for column in columns if KINDS[column].is_sortable]
        place = sortable.index(self.column) + 1 if self.column in sortable else 0
        column = sortable[place % len(sortable)]
        return Order(column, KINDS[column].worst_first)


def ordered(hops: Sequence[HopSnapshot], order: Order) -> tuple[int, ...]:
    """The TTLs in that order. Equals keep the order of the path; absent values stand last in
    both directions."""
    value_of = _KEYS[order.column]
    known: list[tuple[float | tuple[int, int], int]] = []
    absent: list[int] = []
    for hop in hops:
        value = value_of(hop)
        if value is None:
            absent.append(hop.ttl)
        else:
            known.append((value, hop.ttl))
    # reverse=True keeps the order of equals too.
    known.sort(key=lambda item: item[0], reverse=order.descending)
    return (*(ttl for _value, ttl in known), *absent)
