"""The panel with the path on a map of the world, and its places beside or below it. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Final

from poros_tui.model.coordinates import Coordinates
from poros_tui.tui.formatting import plural
from poros_tui.tui.map_window import MapWindow, the_world, window_of
from poros_tui.tui.panels.panel import Panel, Place
from poros_tui.tui.place_lines import HOME_SIGN, Spot, hop_ranges, place_lines, spots_of
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role, fitted, joined
from poros_tui.tui.world_map import Mark, map_lines

_BESIDE_FROM: Final = 110
"""Cells from which on the places stand beside the map."""
_LIST_SHARE: Final = 3
"""They have one in so many of the cells then."""
_LIST_MOST: Final = 64
_MAP_LEAST: Final = 7
"""Lines of the map; then rather scroll."""
_MAP_SHARE: Final = 0.6
"""Of the lines there are, above the list of places."""
NOBODY_KNOWS: Final = (
    "Nobody says where these addresses are: a trace with --geo-db FILE (GeoLite2-City, DB-IP, "
    "IPinfo) knows, and asks nobody."
)


class MapPanel(Panel):
    """The part of the world that the path goes through, or all of it. The hop under the cursor
    stands out."""

    place = Place.BELOW
    commands: Mapping[str, str] = {"scale": "the part that the path goes through, or the world"}

    def __init__(self) -> None:
        self._is_whole = False

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """A heading, the map, and a line or more for each place."""
        hops = scene.view.hops()
        spots = spots_of(hops)
        is_beside = width >= _BESIDE_FROM
        list_width = min(_LIST_MOST, width // _LIST_SHARE) if is_beside else max(1, width)
        listed = place_lines(spots, hops, list_width, scene.unit, scene.cursor_ttl)
        if not any(one.place is not None for hop in hops for one in hop.responders):
            listed = [[(part, Role.DIM)] for part in textwrap.wrap(NOBODY_KNOWS, list_width)]
        heading = fitted(self._heading(spots, scene), width)
        if is_beside:
            drawn = self._drawn(spots, scene, width - list_width - 2, max(_MAP_LEAST, height - 1))
            rows = max(len(drawn), len(listed))
            blank: Line = [(" " * (width - list_width - 2), Role.TEXT)]
            return [
                heading,
                *(
                    [
                        *(drawn[row] if row < len(drawn) else blank),
                        ("  ", Role.TEXT),
                        *(fitted(listed[row], list_width) if row < len(listed) else ()),
                    ]
                    for row in range(rows)
                ),
            ]
        rows = max(height - 1 - len(listed), int((height - 1) * _MAP_SHARE), _MAP_LEAST)
        drawn = self._drawn(spots, scene, width, rows)
        return [heading, *drawn, *(fitted(line, width) for line in listed)]

    def _heading(self, spots: Sequence[Spot], scene: Scene) -> Line:
        pieces: list[Line] = []
        sources = dict.fromkeys(spot.place.source for spot in spots if spot.place.source)
        if sources:
            pieces.append([(f"places of {', '.join(sources)}", Role.DIM)])
        doubted = sum(bool(spot.doubts) for spot in spots)
        if doubted:
            pieces.append([(f"{plural(doubted, 'place')} cannot be right", Role.WARN)])
        elif spots and scene.view.home is None:
            pieces.append([("--home LAT,LON checks them", Role.DIM)])
        return [("Map", Role.HEADING), ("  ", Role.TEXT), *joined(pieces)]

    def _drawn(self, spots: Sequence[Spot], scene: Scene, columns: int, lines: int) -> list[Line]:
        home = scene.view.home if not scene.view.private_hops else None
        way = _way(scene, home)
        window = self._window(spots, way, max(1, columns), lines)
        marks = _marks(spots, scene, window, home)
        return map_lines(window, way, marks, is_solid=scene.has_shades_of_colour)

    def _window(
        self, spots: Sequence[Spot], way: Sequence[Coordinates], columns: int, lines: int
    ) -> MapWindow:
        """What fits those who can be where they are said to be; where nobody can, the others."""
        if self._is_whole:
            return the_world(columns, lines)
        there = [spot for spot in spots if spot.place.is_a_spot]
        believed = [spot for spot in there if not spot.doubts]
        points = [spot.place.at for spot in (believed or there) if spot.place.at is not None]
        return window_of([*way, *points], columns, lines)

    def do(self, command: str, scene: Scene) -> str:
        """`scale`: the other of the two."""
        self._is_whole = not self._is_whole
        return "the whole world" if self._is_whole else "where the path goes"


def _way(scene: Scene, home: Coordinates | None) -> list[Coordinates]:
    """From place to place of those who answer now and can be there."""
    way = [home] if home is not None else []
    for hop in scene.view.hops():
        responder = hop.responder
        place = responder.place if responder is not None else None
        if place is None or place.at is None or not place.is_a_spot or place.doubt:
            continue
        if not way or way[-1] != place.at:
            way.append(place.at)
    return way


def _marks(
    spots: Sequence[Spot], scene: Scene, window: MapWindow, home: Coordinates | None
) -> list[Mark]:
    """The hop under the cursor first, then the destination; what falls into one cell is one."""
    cells: dict[tuple[int, int], list[Spot]] = {}
    for spot in spots:
        at = spot.place.at
        if at is not None and spot.place.is_a_spot and (cell := window.cell(at)) is not None:
            cells.setdefault(cell, []).append(spot)
    marks: list[tuple[tuple[bool, bool], Mark]] = []
    for together in cells.values():
        ttls = sorted({ttl for spot in together for ttl in spot.ttls})
        is_here = scene.cursor_ttl in ttls
        shown = max(together, key=lambda spot: (spot.is_destination, not spot.doubts))
        assert shown.place.at is not None
        mark = Mark(
            at=shown.place.at,
            sign=shown.sign,
            role=shown.role,
            text=hop_ranges(ttls),
            text_role=Role.BADGE if is_here else Role.WARN if shown.doubts else Role.STRONG,
        )
        marks.append(((not is_here, not shown.is_destination), mark))
    marks.sort(key=lambda ranked: ranked[0])
    ordered = [mark for _rank, mark in marks]
    if home is not None:
        ordered.append(Mark(at=home, sign=HOME_SIGN, role=Role.GOOD, text="home"))
    return ordered
