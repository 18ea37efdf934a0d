"""The rows of the hop table: hops in their order, their flows, and where they are grouped the lines
above the hops of one network. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.stretch import Stretch, has_networks, stretches
from poros_tui.tui.network_cells import edges

GROUP: Final = -1
"""In place of the number of a flow: the line above the hops of a network."""

Row = tuple[int, int | None]
"""A hop, or with a number one of its flows, or with GROUP the line of the stretch that begins
there."""


class Grouping:
    """The networks of a path, whether rows are grouped by them, and which are folded into their
    line. A network that the path comes by twice is folded twice."""

    def __init__(self) -> None:
        self._stretches: tuple[Stretch, ...] = ()
        self._folded: frozenset[str] = frozenset()
        self._edges: Mapping[int, str] = {}
        self.is_on = False
        self.has_networks = False
        """Whether any network is known."""

    def find(self, hops: Sequence[HopSnapshot], *, is_in_path_order: bool) -> frozenset[int]:
        """Take in the path as it is now. Returns the TTLs of hops that have another edge."""
        self.has_networks = has_networks(hops)
        self._stretches = stretches(hops) if self.has_networks or self.is_on else ()
        before, self._edges = self._edges, edges(self._stretches) if is_in_path_order else {}
        both = before.keys() | self._edges.keys()
        return frozenset(ttl for ttl in both if before.get(ttl) != self._edges.get(ttl))

    def edge(self, ttl: int) -> str:
        """What stands before the number of the network of a hop."""
        return self._edges.get(ttl, "")

    def stretch_of(self, ttl: int | None) -> Stretch | None:
        """The one with this hop; None where the path has none, or no networks are looked at."""
        return next((one for one in self._stretches if ttl in one.ttls), None)

    def is_folded(self, stretch: Stretch) -> bool:
        """Whether its hops have no rows."""
        return self.is_on and stretch.words in self._folded

    def fold(self, stretch: Stretch) -> None:
        """Let its line stand for its hops, or no longer."""
        self._folded ^= {stretch.words}

    def group_row(self, ttl: int) -> Row | None:
        """The line above a hop; None where rows are not grouped."""
        stretch = self.stretch_of(ttl) if self.is_on else None
        return (stretch.first_ttl, GROUP) if stretch is not None else None

    def row_for(self, ttl: int) -> Row:
        """The row that stands for a hop."""
        stretch = self.stretch_of(ttl)
        is_folded = stretch is not None and self.is_folded(stretch)
        return (stretch.first_ttl, GROUP) if stretch is not None and is_folded else (ttl, None)

    def rows(self, ttls: Sequence[int], flows: Mapping[int, Sequence[int]]) -> tuple[Row, ...]:
        """From top to bottom. `ttls` are the hops in the order that is wanted, `flows` the numbers
        of those that have rows. Networks stand in the order of the path."""
        if not self.is_on:
            return tuple(row for ttl in ttls for row in _rows_of_hop(ttl, flows))
        rows: list[Row] = []
        for stretch in self._stretches:
            rows.append((stretch.first_ttl, GROUP))
            if not self.is_folded(stretch):
                own = [ttl for ttl in ttls if ttl in stretch.ttls]
                rows += [row for ttl in own for row in _rows_of_hop(ttl, flows)]
        return tuple(rows)

    def stops(self, rows: Sequence[Row]) -> list[int]:
        """The hops at which the cursor may stand, from top to bottom: one of a folded network for
        all of them."""
        return [ttl for ttl, kind in rows if kind is None or self.row_for(ttl) == (ttl, kind)]


def _rows_of_hop(ttl: int, flows: Mapping[int, Sequence[int]]) -> list[Row]:
    return [(ttl, None), *((ttl, flow) for flow in flows.get(ttl, ()))]
