"""Columns of equal time, side by side on the screen. Pure.

They begin at whole multiples of their length on the clock, so that a column is the same span of
time at every drawing: what is shown moves by whole columns, and most cells stay as they are.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

STEPS_S: Final = (
    *(0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0),
    *(60.0, 90.0, 120.0, 180.0, 240.0, 360.0, 480.0, 600.0, 720.0, 960.0, 1200.0, 1440.0),
    *(1800.0, 2400.0, 3600.0, 7200.0),
)
"""Lengths of a column. From half a minute on they are made of whole bins (`model/series.py`)."""
_EDGE: Final = 1e-6


def step_for(span_s: float, columns: int) -> float:
    """The least length with which so many columns show all of a span."""
    least_s = span_s / max(1, columns)
    return next((step_s for step_s in STEPS_S if step_s >= least_s * (1 - 1e-9)), STEPS_S[-1])


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """Which times the columns are. All times are seconds on the session's clock."""

    origin_s: float
    """Where column 0 of all time begins."""
    step_s: float
    first: int
    """The number of the column at the left."""
    count: int

    @property
    def from_s(self) -> float:
        """Where the first column begins."""
        return self.start_s(0)

    @property
    def to_s(self) -> float:
        """Where the last column ends."""
        return self.start_s(self.count)

    @property
    def span_s(self) -> float:
        """How much time it is."""
        return self.step_s * self.count

    def start_s(self, column: int) -> float:
        """Where a column begins, counted from the left."""
        return self.origin_s + (self.first + column) * self.step_s

    def number(self, at_s: float) -> int:
        """Of the column, counted over all time, in which a moment lies."""
        return math.floor((at_s - self.origin_s) / self.step_s + _EDGE)

    def column(self, at_s: float) -> int | None:
        """In which column from the left a moment lies; None where in none."""
        column = self.number(at_s) - self.first
        return column if 0 <= column < self.count else None

    def halved(self) -> Grid:
        """The same time in columns half as long."""
        return Grid(
            origin_s=self.origin_s,
            step_s=self.step_s / 2,
            first=self.first * 2,
            count=self.count * 2,
        )
