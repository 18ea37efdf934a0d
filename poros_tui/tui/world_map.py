"""A map as lines of text: coasts, the way of a path, and marks with what stands beside them. Pure.

Coasts and ways are dots of braille. Where colour does not tell one from the other, ways are drawn
with strokes of a cell each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

import msgspec

from poros_tui.model.coordinates import Coordinates
from poros_tui.tui.coastline import coasts
from poros_tui.tui.map_window import MapWindow, unrolled
from poros_tui.tui.plot import DotField
from poros_tui.tui.spans import Line, Role, Span, in_runs
from poros_tui.tui.time_glyphs import DOTS_ACROSS, DOTS_DOWN, dots

LEVEL_STROKE: Final = "─"
UPRIGHT_STROKE: Final = "│"
RISING_STROKE: Final = "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER RIGHT TO LOWER LEFT}"
FALLING_STROKE: Final = "\N{BOX DRAWINGS LIGHT DIAGONAL UPPER LEFT TO LOWER RIGHT}"
_BLANK: Final[Span] = (" ", Role.TEXT)
_STEEP: Final = 2.0
"""A stroke leans where a way goes down so many times as far as across, or less, and the reverse."""

Point = tuple[float, float]
"""In dots, from the left and from above."""
Cell = tuple[int, int]


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A sign on the map, and what is to stand beside it if there is room."""

    at: Coordinates
    sign: str
    """One cell."""
    role: Role
    text: str = ""
    text_role: Role = Role.STRONG


def map_lines(
    window: MapWindow,
    way: Sequence[Coordinates],
    marks: Iterable[Mark],
    *,
    is_solid: bool,
) -> list[Line]:
    """The part of the world, with the way from place to place, and marks, the first of which have
    their texts first. `is_solid`: colours tell ways from coasts."""
    cells = _coast_cells(window)
    cells = cells | (_dotted_way(window, way) if is_solid else _stroked_way(window, way))
    cells |= _marked(window, marks)
    return [
        in_runs(cells.get((column, line), _BLANK) for column in range(window.columns))
        for line in range(window.lines)
    ]


@lru_cache(maxsize=2)
def _coast_cells(window: MapWindow) -> dict[Cell, Span]:
    """Kept: it takes some milliseconds, and the map is drawn every second."""
    field = DotField(window.columns, window.lines)
    for shore in coasts():
        for turn_deg in (0.0, 360.0):
            if turn_deg and window.west_deg + window.across_deg <= 180:
                continue
            points = [(window.x(x + turn_deg), window.y(y)) for x, y in shore]
            for start, end in pairwise(points):
                _draw(field, start, end)
    return _cells_of(field, Role.DIM)


def _dotted_way(window: MapWindow, way: Sequence[Coordinates]) -> dict[Cell, Span]:
    field = DotField(window.columns, window.lines)
    for start, end in _stretches(window, way):
        _draw(field, start, end)
    return _cells_of(field, Role.ACCENT)


def _cells_of(field: DotField, role: Role) -> dict[Cell, Span]:
    return {
        (column, line): (dots(mask), role)
        for line in range(field.height)
        for column, mask in enumerate(field.row(line))
        if mask
    }


def _draw(field: DotField, start: Point, end: Point) -> None:
    """A line from dot to dot, as far as it lies on the field."""
    clipped = _clipped(start, end, field.dots_across, field.dots_high)
    if clipped is None:
        return
    for x, y in _steps(*clipped):
        if x < field.dots_across and y < field.dots_high:
            field.put(x, field.dots_high - 1 - y)


def _steps(start: Point, end: Point) -> Iterator[tuple[int, int]]:
    """All that a line touches, one in each column, or in each line where it is steep."""
    (x0, y0), (x1, y1) = start, end
    count = max(1, round(max(abs(x1 - x0), abs(y1 - y0))))
    for step in range(count + 1):
        yield int(x0 + (x1 - x0) * step / count), int(y0 + (y1 - y0) * step / count)


def _clipped(start: Point, end: Point, width: int, height: int) -> tuple[Point, Point] | None:
    """The part of a line between 0 and these bounds; None where there is none (Liang and Barsky,
    ACM Transactions on Graphics 3(1), 1984)."""
    (x, y), dx, dy = start, end[0] - start[0], end[1] - start[1]
    first, last = 0.0, 1.0
    for step, room in ((-dx, x), (dx, width - x), (-dy, y), (dy, height - y)):
        if step == 0:
            if room < 0:
                return None
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    if first > last:
        return None
    return (x + dx * first, y + dy * first), (x + dx * last, y + dy * last)


def _stretches(window: MapWindow, way: Sequence[Coordinates]) -> Iterator[tuple[Point, Point]]:
    """From each place to the next, on the shorter way round, also where it leaves the map at one
    side and comes back at the other."""
    longitudes = unrolled(way)
    for (one, other), (from_deg, to_deg) in zip(pairwise(way), pairwise(longitudes), strict=True):
        least = min(from_deg, to_deg)
        base = window.west_deg + (least - window.west_deg) % 360 - least
        for turn_deg in (base - 360, base):
            yield (
                (window.x(from_deg + turn_deg), window.y(one.latitude_deg)),
                (window.x(to_deg + turn_deg), window.y(other.latitude_deg)),
            )


def _stroked_way(window: MapWindow, way: Sequence[Coordinates]) -> dict[Cell, Span]:
    cells: dict[Cell, Span] = {}
    for start, end in _stretches(window, way):
        clipped = _clipped(start, end, window.dots_across, window.dots_down)
        if clipped is None:
            continue
        (x0, y0), (x1, y1) = ((x / DOTS_ACROSS - 0.5, y / DOTS_DOWN - 0.5) for x, y in clipped)
        stroke = _stroke(x1 - x0, y1 - y0)
        for column, line in _steps((x0 + 0.5, y0 + 0.5), (x1 + 0.5, y1 + 0.5)):
            if column < window.columns and line < window.lines:
                cells[column, line] = stroke, Role.ACCENT
    return cells


def _stroke(across: float, down: float) -> str:
    """The character that goes most in that direction."""
    if abs(across) > _STEEP * abs(down):
        return LEVEL_STROKE
    if abs(down) > _STEEP * abs(across):
        return UPRIGHT_STROKE
    return FALLING_STROKE if across * down > 0 else RISING_STROKE


def _marked(window: MapWindow, marks: Iterable[Mark]) -> dict[Cell, Span]:
    """The signs, and those texts that find room where no other stands."""
    placed = [(mark, cell) for mark in marks if (cell := window.cell(mark.at)) is not None]
    cells: dict[Cell, Span] = {}
    for mark, cell in placed:
        cells.setdefault(cell, (mark.sign, mark.role))
    for mark, (column, line) in placed:
        size = len(mark.text)
        beside = ((column + 1, line), (column - size, line))
        around = [
            (column + 1 + across, line + down)
            for down in (-1, 1)
            for across in (0, -1 - size // 2, -1 - size)
        ]
        for x, y in (*beside, *around):
            is_inside = x >= 0 and x + size <= window.columns and 0 <= y < window.lines
            with_gaps = {(x + place, y) for place in range(-1, size + 1)} - {(column, line)}
            if is_inside and cells.keys().isdisjoint(with_gaps):
                cells |= {
                    (x + place, y): (letter, mark.text_role)
                    for place, letter in enumerate(mark.text)
                }
                break
    return cells
