"""In which order the hops stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.columns import KINDS
from poros_tui.tui.values import count_of, loss_share, time_s

SortKey = float | tuple[int, int] | str
"""Of one column all are of one kind."""


def _key(hop: HopSnapshot, column: Column, *, is_difference: bool) -> SortKey | None:
    match column:
        case Column.HOP:
            return hop.ttl
        case Column.RESPONDER:
            responder = hop.responder
            return (responder.address.version, int(responder.address)) if responder else None
        case Column.AS:
            network = hop.responder.network if hop.responder is not None else None
            return network.asn if network is not None else None
        case Column.NETWORK:
            name = hop.responder.network_name if hop.responder is not None else None
            return name.lower() if name is not None else None
        case Column.PLACE:
            place = hop.responder.place if hop.responder is not None else None
            return place.short_words.lower() or None if place is not None else None
        case Column.LOSS:
            return loss_share(hop, is_difference=is_difference)
        case Column.SENT | Column.RECEIVED | Column.LOST | Column.LATE:
            return count_of(hop, column, is_difference=is_difference)
        case _:
            return time_s(hop, column, is_difference=is_difference)


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


def ordered(
    hops: Sequence[HopSnapshot], order: Order, *, is_difference: bool = False
) -> tuple[int, ...]:
    """The TTLs in that order. Equals keep the order of the path; absent values stand last in
    both directions. `is_difference`: by what has changed since the user's mark."""
    known: list[tuple[SortKey, int]] = []
    absent: list[int] = []
    for hop in hops:
        value = _key(hop, order.column, is_difference=is_difference)
        if value is None:
            absent.append(hop.ttl)
        else:
            known.append((value, hop.ttl))
    # reverse=True keeps the order of equals too.
    known.sort(key=lambda item: item[0], reverse=order.descending)
    return (*(ttl for _value, ttl in known), *absent)
