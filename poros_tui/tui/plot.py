"""Lines and bands of dots, eight to a cell, on a field of cells. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from poros_tui.model.bins import Bin
from poros_tui.tui.time_glyphs import DOT_BITS, DOTS_ACROSS, DOTS_DOWN
from poros_tui.tui.value_axis import Scale

_CONNECTED: Final = 2.5
"""Points at most so many times as far apart as is usual are joined by a line: what lies farther
apart has a pause between."""


class DotField:
    """Dots that are on or off, column by column from the left and line by line from the ground."""

    def __init__(self, width: int, height: int) -> None:
        """In cells."""
        self.width = width
        self.height = height
        self.dots_across = width * DOTS_ACROSS
        self.dots_high = height * DOTS_DOWN
        self._masks = bytearray(width * height)

    def put(self, x: int, y: int) -> None:
        """Turn a dot on; `y` counts from the ground."""
        row = self.height - 1 - y // DOTS_DOWN
        bit = DOT_BITS[x % DOTS_ACROSS][DOTS_DOWN - 1 - y % DOTS_DOWN]
        self._masks[row * self.width + x // DOTS_ACROSS] |= bit

    def put_column(self, x: int, from_y: int, to_y: int) -> None:
        """Turn on all dots between two, in either order."""
        for y in range(min(from_y, to_y), max(from_y, to_y) + 1):
            self.put(x, y)

    def row(self, row: int) -> bytes:
        """The masks of one line of cells, counted from the top."""
        return bytes(self._masks[row * self.width : (row + 1) * self.width])


def height_of(value_s: float, scale: Scale, field: DotField) -> int:
    """How many dots above the ground a time lies."""
    return round(scale.share(value_s * 1e3) * (field.dots_high - 1))


def draw_band(bins: Sequence[Bin], scale: Scale, field: DotField) -> None:
    """Every other dot between the 10th and the 90th percentile, a bin for each column of dots."""
    for x, one in enumerate(bins):
        if one.low_s is None or one.high_s is None:
            continue
        low, high = height_of(one.low_s, scale, field), height_of(one.high_s, scale, field)
        if high > low:
            for y in range(low + (low + x) % 2, high + 1, 2):
                field.put(x, y)


def draw_line(bins: Sequence[Bin], scale: Scale, field: DotField) -> tuple[int, int] | None:
    """The medians, joined where nothing is missing between them. Returns the dot of the newest,
    column and height; None where there is none."""
    before: tuple[int, int] | None = None
    is_joined = True
    reach = _usual_distance(bins) * _CONNECTED
    for x, one in enumerate(bins):
        if one.median_s is None:
            is_joined = is_joined and not one.lost
            continue
        y = height_of(one.median_s, scale, field)
        if before is None or not is_joined or x - before[0] > reach:
            field.put(x, y)
        else:
            for column, from_y, to_y in _steps(before, (x, y)):
                field.put_column(column, from_y, to_y)
        before, is_joined = (x, y), True
    return before


def _usual_distance(bins: Sequence[Bin]) -> int:
    """Columns from one point to the next, the median."""
    places = [x for x, one in enumerate(bins) if one.median_s is not None]
    distances = sorted(after - place for place, after in pairwise(places))
    return distances[len(distances) // 2] if distances else 1


def _steps(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
    """A line from dot to dot as upright pieces: column, lowest, highest, without gaps."""
    (x0, y0), (x1, y1) = start, end
    width = x1 - x0
    for step in range(width):
        from_y = y0 + (y1 - y0) * step / width
        to_y = y0 + (y1 - y0) * (step + 1) / width
        middle = (from_y + to_y) / 2
        yield x0 + step, round(from_y), round(middle)
        yield x0 + step + 1, round(middle), round(to_y)
