"""Tables of text, and the limits that a figure is held against. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure must stay under, and what it should."""

    at_most: float
    goal: float | None = None

    def verdict(self, value: float) -> str:
        """How the value stands to the limit, in words."""
        words = f"limit {self.at_most:g}"
        if value > self.at_most:
            return f"{words} MISSED"
        if self.goal is None:
            return f"{words} kept"
        if value > self.goal:
            return f"{words} kept, goal {self.goal:g} not met"
        return f"{words} kept, goal {self.goal:g} met"


@dataclass(slots=True)
class Table:
    """Headings and rows of cells; the first and the last column are words, the rest figures."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: str) -> None:
        """Append a row; cells that are not given are empty."""
        self.rows.append((*cells, *[""] * (len(self.headings) - len(cells))))

    def text(self) -> str:
        """The table, with a final line break."""
        lines = [self.headings, *self.rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        ruled = [lines[0], tuple("-" * width for width in widths), *lines[1:]]
        drawn = [_line(cells, widths) for cells in ruled]
        return "\n".join([self.title, *drawn, *self.notes]) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    last = len(cells) - 1
    padded = [
        cell.ljust(width) if place in (0, last) else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def median_and_range(values: Sequence[float], digits: int = 0) -> str:
    """The median, and the least and greatest where there are several."""
    middle = f"{statistics.median(values):.{digits}f}"
    if len(values) < 2:
        return middle
    return f"{middle} ({min(values):.{digits}f}-{max(values):.{digits}f})"


def median_and_quartiles(values: Sequence[float], digits: int = 0) -> str:
    """The median, and between which values the middle half lies."""
    middle, low, high = (percentile(values, share) for share in (0.5, 0.25, 0.75))
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
