"""The list in which columns are chosen and put in order. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.column import Column
from poros_tui.tui.columns import KINDS

ALWAYS_SHOWN: Final = (Column.HOP, Column.RESPONDER)


class ColumnList(msgspec.Struct, frozen=True):
    """All columns, the chosen ones in their order first, and where the user is."""

    columns: tuple[Column, ...]
    shown: frozenset[Column]
    place: int = 0

    @classmethod
    def of(cls, chosen: Sequence[Column]) -> ColumnList:
        """The list where these are chosen."""
        others = (column for column in KINDS if column not in chosen)
        return cls((*chosen, *others), frozenset(chosen))

    @property
    def chosen(self) -> tuple[Column, ...]:
        """Those that are shown, from left to right."""
        return tuple(column for column in self.columns if column in self.shown)

    @property
    def here(self) -> Column:
        """The column under the cursor."""
        return self.columns[self.place]

    def moved(self, rows: int) -> ColumnList:
        """With the cursor further down; it stops at the ends."""
        return self.at(self.place + rows)

    def at(self, place: int) -> ColumnList:
        """With the cursor there."""
        inside = max(0, min(len(self.columns) - 1, place))
        return msgspec.structs.replace(self, place=inside)

    def toggled(self) -> ColumnList:
        """With the column under the cursor shown, or no longer; hop and responder always are."""
        if self.here in ALWAYS_SHOWN:
            return self
        return msgspec.structs.replace(self, shown=self.shown ^ {self.here})

    def shifted(self, rows: int) -> ColumnList:
        """With the column under the cursor further down, and the cursor still on it."""
        target = self.at(self.place + rows).place
        columns = [column for column in self.columns if column is not self.here]
        columns.insert(target, self.here)
        return ColumnList(tuple(columns), self.shown, target)
