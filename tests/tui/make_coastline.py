"""Makes poros_tui/tui/coastline.bin from Natural Earth: `python -m tests.tui.make_coastline`.

The source is tests/tui/natural_earth/countries.shp.xz: the countries of Natural Earth 1:110m, which
is public domain, as geopandas 0.14.4 had them in its wheel (naturalearth_lowres.shp). A coast is
what one country alone has as its border; what two have is none.
"""

from __future__ import annotations

import lzma
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from struct import unpack_from

from poros_tui.tui import coastline

SOURCE = Path(__file__).parent / "natural_earth" / "countries.shp.xz"
TOLERANCE_DEG = 0.2
"""How far the coast may be from the source's: less than a dot of the whole world on any terminal
(360 degrees on 500 dots)."""
_HEADER, _RECORD_HEADER = 100, 8
_POLYGON = 5
_CUT = 179.99
"""Where the source cuts through countries, and through Antarctica at the pole."""

Point = tuple[float, float]
"""Longitude and latitude in degrees."""


def rings(data: bytes) -> list[list[Point]]:
    """The polygons of a shapefile ("ESRI Shapefile Technical Description", 1998, p. 8)."""
    found: list[list[Point]] = []
    place = _HEADER
    while place < len(data):
        words = unpack_from(">i", data, place + 4)[0]
        body = place + _RECORD_HEADER
        assert unpack_from("<i", data, body)[0] == _POLYGON
        parts, points = unpack_from("<ii", data, body + 36)
        starts = [*unpack_from(f"<{parts}i", data, body + 44), points]
        flat = unpack_from(f"<{2 * points}d", data, body + 44 + 4 * parts)
        pairs = [(round(x, 6), round(y, 6)) for x, y in zip(flat[::2], flat[1::2], strict=True)]
        found += [pairs[start:end] for start, end in pairwise(starts)]
        place = body + 2 * words
    return found


def coasts(polygons: Iterable[Sequence[Point]]) -> list[list[Point]]:
    """Lines of what one polygon alone has, as long as they can be."""
    edges = Counter(frozenset(edge) for ring in polygons for edge in pairwise(ring))
    near: dict[Point, list[Point]] = defaultdict(list)
    for edge, times in edges.items():
        if times == 1 and len(edge) == 2 and not _is_cut(*edge):
            one, other = sorted(edge)
            near[one].append(other)
            near[other].append(one)
    lines: list[list[Point]] = []
    # Ends and branches first, then what is left are rings.
    for start in sorted(near, key=lambda point: (len(near[point]) == 2, point)):
        while near[start]:
            lines.append(_followed(start, near))
    return lines


def _is_cut(one: Point, other: Point) -> bool:
    return (abs(one[0]) > _CUT and abs(other[0]) > _CUT) or (one[1] < -89 and other[1] < -89)


def _followed(start: Point, near: dict[Point, list[Point]]) -> list[Point]:
    line = [start]
    while near[line[-1]]:
        here = line[-1]
        there = near[here].pop()
        near[there].remove(here)
        line.append(there)
        if len(near[there]) != 1:
            break
    return line


def simplified(line: Sequence[Point], tolerance: float) -> list[Point]:
    """The line with as few of its points as keep it so near (Douglas and Peucker, Cartographica
    10(2), 1973)."""
    if len(line) < 3:
        return list(line)
    if line[0] == line[-1]:  # a ring: its farthest point is an end too
        middle = max(range(len(line)), key=lambda number: _away(line[number], line[0], line[0]))
        return [
            *simplified(line[: middle + 1], tolerance)[:-1],
            *simplified(line[middle:], tolerance),
        ]
    worst = max(range(1, len(line) - 1), key=lambda n: _away(line[n], line[0], line[-1]))
    if _away(line[worst], line[0], line[-1]) <= tolerance:
        return [line[0], line[-1]]
    return [*simplified(line[: worst + 1], tolerance)[:-1], *simplified(line[worst:], tolerance)]


def _away(point: Point, start: Point, end: Point) -> float:
    """From the stretch between two points, in degrees."""
    x, y = point[0] - start[0], point[1] - start[1]
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    share = max(0.0, min(1.0, (x * dx + y * dy) / length)) if length else 0.0
    return float(((x - share * dx) ** 2 + (y - share * dy) ** 2) ** 0.5)


def made() -> bytes:
    """What the package's file has to be."""
    lines = coasts(rings(lzma.decompress(SOURCE.read_bytes())))
    return coastline.encoded([simplified(line, TOLERANCE_DEG) for line in lines])


def main() -> None:
    coastline.FILE.write_bytes(made())


if __name__ == "__main__":
    main()
