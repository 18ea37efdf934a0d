"""What the overview does to find a target: see `searching`."""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.tui.screens.searching import Searching
from poros_tui.tui.widgets.target_table import TargetTable

_NAME_MAX = 60


class TargetSearching(Searching):
    """The part of the overview that searches. Its rows are targets, by their numbers."""

    _row_kind = "target"
    table: TargetTable

    def matching(self, wanted: str) -> list[int]:
        """By name and address."""
        return self.table.matching(wanted)

    def mark_matches(self, wanted: str) -> None:
        """Also in rows that come."""
        self.table.mark_matches(wanted)

    def shown_rows(self) -> Sequence[int]:
        """Targets from top to bottom."""
        return self.table.numbers

    def cursor_row(self) -> int | None:
        """The target under the cursor."""
        return self.table.cursor_number

    def go_to_row(self, row: int) -> None:
        """To this target."""
        self.table.put_cursor(row)

    def row_name(self, row: int) -> str:
        """As it was named."""
        return self.table.name_of(row)[:_NAME_MAX]

    def focus_table(self) -> None:
        """Keys move its cursor again."""
        self.table.focus()
