"""Which rows the hop table has from top to bottom: how hops are sorted, whether their flows have
rows. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.model.column import Column
from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.grouping import Grouping, Row
from poros_tui.tui.sorting import Order, ordered
from poros_tui.tui.view import TraceView


class TableRows:
    """The hops in an order, and the rows that stand for them."""

    def __init__(self, view: TraceView) -> None:
        self._view = view
        self.grouping = Grouping()
        self.order = Order()
        self.is_unfolded = False
        """Whether each hop's flows have rows of their own."""
        self._ttls: tuple[int, ...] = ()
        self._shown: tuple[Row, ...] = ()

    @property
    def ttls(self) -> tuple[int, ...]:
        """The hops from top to bottom."""
        return self._ttls

    @property
    def shown(self) -> tuple[Row, ...]:
        """The rows as they were laid last."""
        return self._shown

    def take_up(self, hops: tuple[HopSnapshot, ...]) -> bool:
        """Take up new hops, and leave out those that are beyond the path now. Returns whether there
        were any."""
        if len(hops) == len(self._ttls) and {hop.ttl for hop in hops} == set(self._ttls):
            return False
        if self.order.column is Column.HOP:
            self._ttls = ordered(hops, self.order)
        else:
            # New rows go to the end until the next sorting: nothing jumps between two glances.
            here = {hop.ttl for hop in hops}
            kept = [ttl for ttl in self._ttls if ttl in here]
            self._ttls = (*kept, *sorted(here - set(kept)))
        return True

    def sort(self, *, is_difference: bool) -> bool:
        """By the figures as they are now. Returns whether any hop has another place."""
        before = self._ttls
        self._ttls = ordered(self._view.hops(), self.order, is_difference=is_difference)
        return self._ttls != before

    def lay(self) -> bool:
        """Hops in their order, with their flows where unfolded. Returns whether rows are others
        than before."""
        flows: dict[int, Sequence[int]] = {}
        if self.is_unfolded:
            for ttl in self._ttls:
                flows[ttl] = [flow.flow for flow in self._view.hop(ttl).flows]
        before, self._shown = self._shown, self.grouping.rows(self._ttls, flows)
        return self._shown != before
