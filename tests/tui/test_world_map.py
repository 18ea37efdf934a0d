from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.coordinates import Coordinates
from poros_tui.tui.map_window import MapWindow, the_world, window_of
from poros_tui.tui.spans import Line, Role, line_text, line_width
from poros_tui.tui.world_map import (
    FALLING_STROKE,
    LEVEL_STROKE,
    RISING_STROKE,
    UPRIGHT_STROKE,
    Mark,
    _clipped,
    _coast_cells,
    map_lines,
)
from tests.model.test_coordinates import AUCKLAND, BERLIN, HONOLULU, NEW_YORK, SYDNEY, at
from tests.tui.test_map_window import HAMBURG, points, sizes

OCEAN = MapWindow(west_deg=-40, north_deg=20, across_deg=20, down_deg=10, columns=20, lines=5)
"""Of the Atlantic: nothing but water."""


def cells(lines: list[Line], role: Role) -> dict[tuple[int, int], str]:
    """What stands where in a role."""
    found = {}
    for y, line in enumerate(lines):
        x = 0
        for text, its_role in line:
            for letter in text:
                if its_role is role and letter != " ":
                    found[x, y] = letter
                x += 1
    return found


def way(
    *path: Coordinates, window: MapWindow = OCEAN, is_solid: bool = True
) -> set[tuple[int, int]]:
    return set(cells(map_lines(window, path, [], is_solid=is_solid), Role.ACCENT))


@pytest.mark.sampled(0)
@given(st.lists(points, max_size=5), sizes, st.booleans())
def test_a_map_has_just_its_size(
    path: list[Coordinates], size: tuple[int, int], is_solid: bool
) -> None:
    window = window_of(path, *size)
    marks = [Mark(at=place, sign="o", role=Role.WARN, text=str(n)) for n, place in enumerate(path)]
    lines = map_lines(window, path, marks, is_solid=is_solid)
    assert len(lines) == size[1]
    assert {line_width(line) for line in lines} == {size[0]}


def test_where_there_is_nothing_but_water_nothing_is_drawn() -> None:
    assert [line_text(line).strip() for line in map_lines(OCEAN, [], [], is_solid=True)] == [""] * 5


def test_the_coast_is_where_it_is() -> None:
    """Cells of the shore near places that everybody knows, and none inland or at sea."""
    window = the_world(180, 36)  # 2 degrees, 4 degrees
    drawn = set(cells(map_lines(window, [], [], is_solid=True), Role.DIM))
    for shore in (at(36, -5.6), at(-34.4, 18.5), at(25.2, -80.9), at(35, 139.8), at(-39, 146.4)):
        cell = window.cell(shore)
        assert cell is not None
        around = {(cell[0] + x, cell[1] + y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
        assert around & drawn, shore
    for nowhere in (at(0, -30), at(30, -45), at(-45, 90), at(50, 90), at(0, 20), at(24, 10)):
        assert window.cell(nowhere) not in drawn, nowhere


@pytest.mark.parametrize("is_solid", [True, False])
def test_a_way_goes_from_place_to_place_without_gaps(is_solid: bool) -> None:
    start, end = at(19, -39), at(11, -22)
    drawn = way(start, end, is_solid=is_solid)
    assert OCEAN.cell(start) in drawn
    assert OCEAN.cell(end) in drawn
    ordered = sorted(drawn)
    for (x0, y0), (x1, y1) in pairwise(ordered):
        assert x1 - x0 <= 1
        assert abs(y1 - y0) <= 1


def test_strokes_lean_as_the_way_does() -> None:
    def strokes(start: Coordinates, end: Coordinates) -> set[str]:
        lines = map_lines(OCEAN, [start, end], [], is_solid=False)
        return set(cells(lines, Role.ACCENT).values())

    assert strokes(at(15, -38), at(15, -22)) == {LEVEL_STROKE}
    assert strokes(at(19, -30), at(11, -30)) == {UPRIGHT_STROKE}
    assert strokes(at(19, -32), at(11, -28)) == {FALLING_STROKE}
    assert strokes(at(11, -32), at(19, -28)) == {RISING_STROKE}


def test_a_way_over_the_date_line_stays_on_its_side_of_the_world() -> None:
    window = window_of([AUCKLAND, HONOLULU], 100, 20)
    drawn = way(AUCKLAND, HONOLULU, window=window)
    left, right = window.cell(AUCKLAND), window.cell(HONOLULU)
    assert left is not None
    assert right is not None
    assert {x for x, _y in drawn} == set(range(left[0], right[0] + 1))


def test_on_a_map_of_the_world_a_way_leaves_at_one_side_and_comes_back_at_the_other() -> None:
    window = the_world(120, 24)
    drawn = {x for x, _y in way(at(10, -165), at(10, 178), window=window)}
    assert {0, 1} <= drawn
    assert {117, 118, 119} <= drawn
    assert not drawn & set(range(5, 115))


finite = st.floats(-1e4, 1e4)


@given(finite, finite, finite, finite)
def test_what_is_clipped_lies_inside_and_on_the_line(
    x0: float, y0: float, x1: float, y1: float
) -> None:
    clipped = _clipped((x0, y0), (x1, y1), 100, 40)
    samples = [(x0 + (x1 - x0) * n / 200, y0 + (y1 - y0) * n / 200) for n in range(201)]
    if clipped is None:
        assert not any(1e-6 < x < 100 - 1e-6 and 1e-6 < y < 40 - 1e-6 for x, y in samples)
        return
    for x, y in clipped:
        assert -1e-6 <= x <= 100 + 1e-6
        assert -1e-6 <= y <= 40 + 1e-6
        cross = (x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)
        assert abs(cross) <= 1e-6 * (1 + abs(x1 - x0) + abs(y1 - y0)) * 1e4


def marked(*marks: Mark, window: MapWindow = OCEAN) -> list[str]:
    return [line_text(line) for line in map_lines(window, [], marks, is_solid=True)]


def mark(latitude_deg: float, longitude_deg: float, text: str) -> Mark:
    return Mark(at=at(latitude_deg, longitude_deg), sign="o", role=Role.ACCENT, text=text)


def test_a_mark_has_its_text_at_the_right_or_where_there_is_room() -> None:
    assert marked(mark(15, -30.5, "1-3"))[2][9:] == "o1-3       "
    assert marked(mark(15, -20.5, "1-3"))[2].endswith("1-3o")


def test_texts_do_not_touch_each_other() -> None:
    lines = marked(mark(15, -30.5, "1"), mark(15, -28.5, "2"), mark(15, -26.5, "3"))
    text = "\n".join(lines)
    assert all(number in text for number in "123")
    assert not any(pair in text for pair in ("12", "21", "23", "32"))


def test_a_text_without_room_is_left_out_and_the_first_have_theirs() -> None:
    narrow = MapWindow(west_deg=-40, north_deg=20, across_deg=20, down_deg=2, columns=6, lines=1)
    assert marked(mark(19, -38, "12"), mark(19, -22, "34"), window=narrow) == ["o12  o"]


def test_what_is_not_on_the_map_is_not_marked() -> None:
    assert "".join(marked(mark(50, 10, "9"))).strip() == ""


def test_the_coasts_of_one_part_of_the_world_are_drawn_once() -> None:
    window = window_of([BERLIN, HAMBURG, NEW_YORK, SYDNEY], 90, 17)
    map_lines(window, [BERLIN], [], is_solid=True)
    before = _coast_cells.cache_info()
    map_lines(window, [BERLIN, NEW_YORK], [], is_solid=True)
    after = _coast_cells.cache_info()
    assert (after.hits, after.misses) == (before.hits + 1, before.misses)
