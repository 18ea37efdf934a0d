"""Which part of the world a map shows, and where on it a place is. Pure.

The projection is the equidistant cylindrical one: longitude goes to the right and latitude up,
evenly, and a degree of longitude is as long as it is in the middle of the map (a dot of braille is
about as high as wide). Near the poles shapes are too wide.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.coordinates import Coordinates
from poros_tui.tui.time_glyphs import DOTS_ACROSS, DOTS_DOWN

FINEST_DEG: Final = 0.15
"""Of latitude in a dot. Nearer the coasts, which are right to 0.2 degrees and tell only what is
large, would be no map any more."""
_MARGIN: Final = 0.12
"""Of the path's extent, on each side: for what stands beside the places, and for what is around."""
_WORLD_WEST_DEG: Final = -170.0
"""Where the world is cut: in the Bering Strait."""
_WORLD_NORTH_DEG: Final = 84.0
_WORLD_SOUTH_DEG: Final = -60.0
"""What lies south of it has no networks to speak of."""
_COSINE_LEAST: Final = math.cos(math.radians(75))
"""A map of the pole is not wider than this asks for."""


class MapWindow(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the world on a field of cells."""

    west_deg: float
    """Of the left edge, -180 to 180."""
    north_deg: float
    """Of the upper edge."""
    across_deg: float
    """How much longitude it shows, 360 at most."""
    down_deg: float
    """How much latitude."""
    columns: int
    """In cells."""
    lines: int

    @property
    def dots_across(self) -> int:
        """Dots of braille in a line."""
        return self.columns * DOTS_ACROSS

    @property
    def dots_down(self) -> int:
        """Dots from the upper edge to the lower one."""
        return self.lines * DOTS_DOWN

    def x(self, longitude_deg: float) -> float:
        """In dots from the left edge; less than 0 or more than there are where it is not shown."""
        return (longitude_deg - self.west_deg) * self.dots_across / self.across_deg

    def y(self, latitude_deg: float) -> float:
        """In dots from the upper edge, in the same way."""
        return (self.north_deg - latitude_deg) * self.dots_down / self.down_deg

    def dot(self, at: Coordinates) -> tuple[int, int] | None:
        """In which column and line of dots a place is; None where it is not on the map."""
        longitude_deg = self.west_deg + (at.longitude_deg - self.west_deg) % 360
        x, y = math.floor(self.x(longitude_deg)), math.floor(self.y(at.latitude_deg))
        is_on_it = 0 <= x < self.dots_across and 0 <= y < self.dots_down
        return (x, y) if is_on_it else None

    def cell(self, at: Coordinates) -> tuple[int, int] | None:
        """In which column and line of cells it is."""
        dot = self.dot(at)
        return (dot[0] // DOTS_ACROSS, dot[1] // DOTS_DOWN) if dot is not None else None


def the_world(columns: int, lines: int) -> MapWindow:
    """All of it that is lived in."""
    return MapWindow(
        west_deg=_WORLD_WEST_DEG,
        north_deg=_WORLD_NORTH_DEG,
        across_deg=360.0,
        down_deg=_WORLD_NORTH_DEG - _WORLD_SOUTH_DEG,
        columns=columns,
        lines=lines,
    )


def unrolled(path: Sequence[Coordinates]) -> list[float]:
    """The longitudes of a path, each on the shorter way from the one before: past 180 where it
    crosses that meridian, and on if it goes round."""
    result: list[float] = []
    for at in path:
        before = result[-1] if result else at.longitude_deg
        result.append(before + (at.longitude_deg - before + 180) % 360 - 180)
    return result


def window_of(path: Sequence[Coordinates], columns: int, lines: int) -> MapWindow:
    """The part of the world that has all of a path in it, as large as fits so many cells. Without a
    path, or with one that goes round, it is the world."""
    longitudes = unrolled(path)
    if not path or max(longitudes) - min(longitudes) >= 360:
        return the_world(columns, lines)
    west, east = min(longitudes), max(longitudes)
    south = min(at.latitude_deg for at in path)
    north = max(at.latitude_deg for at in path)
    middle = (south + north) / 2
    wide = max(_COSINE_LEAST, math.cos(math.radians(middle)))
    dots_across, dots_down = columns * DOTS_ACROSS, lines * DOTS_DOWN
    dot_deg = max(
        FINEST_DEG,
        (east - west) * (1 + 2 * _MARGIN) * wide / dots_across,
        (north - south) * (1 + 2 * _MARGIN) / dots_down,
    )
    across_deg = min(360.0, dot_deg * dots_across / wide)
    down_deg = min(180.0, dot_deg * dots_down)
    top = max(-90 + down_deg, min(90.0, middle + down_deg / 2))
    left = (west + east) / 2 - across_deg / 2
    return MapWindow(
        west_deg=(left + 180) % 360 - 180,
        north_deg=top,
        across_deg=across_deg,
        down_deg=down_deg,
        columns=columns,
        lines=lines,
    )
