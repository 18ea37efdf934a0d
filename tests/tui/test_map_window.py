from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.coordinates import Coordinates
from poros_tui.tui.map_window import FINEST_DEG, MapWindow, the_world, unrolled, window_of
from tests.model.test_coordinates import AUCKLAND, BERLIN, HONOLULU, NEW_YORK, SYDNEY, at

HAMBURG = at(53.55, 9.99)
sizes = st.tuples(st.integers(10, 250), st.integers(3, 60))
points = st.builds(Coordinates, latitude_deg=st.floats(-85, 85), longitude_deg=st.floats(-180, 180))


@given(st.lists(points, max_size=6), sizes)
def test_all_places_of_a_path_are_on_the_map(
    path: list[Coordinates], size: tuple[int, int]
) -> None:
    window = window_of(path, *size)
    longitudes = unrolled(path)
    if not path or max(longitudes) - min(longitudes) >= 360:
        assert window == the_world(*size)
        return
    for place in path:
        cell = window.cell(place)
        assert cell is not None
        assert 0 <= cell[0] < size[0]
        assert 0 <= cell[1] < size[1]


@given(st.lists(points, max_size=6), sizes)
def test_a_map_is_never_more_than_the_world_nor_beyond_the_poles(
    path: list[Coordinates], size: tuple[int, int]
) -> None:
    window = window_of(path, *size)
    assert 0 < window.across_deg <= 360
    assert -180 <= window.west_deg < 180
    assert window.north_deg <= 90 + 1e-9
    assert window.north_deg - window.down_deg >= -90 - 1e-9


def aspect(window: MapWindow) -> float:
    """How many times as long as high a square on the ground looks, in the middle of the map."""
    middle_deg = window.north_deg - window.down_deg / 2
    across = window.dots_across / window.across_deg
    down = window.dots_down / window.down_deg
    return across / math.cos(math.radians(middle_deg)) / down


@pytest.mark.parametrize("size", [(76, 10), (120, 20), (60, 50)])
@pytest.mark.parametrize("path", [[BERLIN], [BERLIN, HAMBURG], [SYDNEY, AUCKLAND]])
def test_shapes_are_right_in_the_middle(path: list[Coordinates], size: tuple[int, int]) -> None:
    assert aspect(window_of(path, *size)) == pytest.approx(1, abs=0.02)


def test_a_short_path_has_a_map_around_it() -> None:
    window = window_of([BERLIN, HAMBURG], 76, 10)
    assert window.down_deg == pytest.approx(FINEST_DEG * 40)
    assert window.cell(NEW_YORK) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ([], []),
        ([BERLIN, NEW_YORK], [13.405, -74.006]),
        ([AUCKLAND, HONOLULU], [174.7645, 202.1417]),
        ([HONOLULU, AUCKLAND], [-157.8583, -185.2355]),
        ([at(0, 0), at(0, 120), at(0, -120), at(0, 0)], [0, 120, 240, 360]),
    ],
)
def test_a_path_goes_the_shorter_way_round(path: list[Coordinates], expected: list[float]) -> None:
    assert unrolled(path) == pytest.approx(expected)


def test_over_the_date_line_a_map_is_in_one_piece() -> None:
    window = window_of([AUCKLAND, HONOLULU], 100, 20)
    assert window.across_deg < 190
    left, right = window.cell(AUCKLAND), window.cell(HONOLULU)
    assert left is not None
    assert right is not None
    assert left[0] < right[0]


def test_the_world_has_all_cities_of_a_path_round_it() -> None:
    path = [at(0, 0), at(0, 120), at(0, -120), at(0, -1)]
    assert window_of(path, 80, 20).across_deg == 360
    assert all(the_world(80, 20).cell(place) for place in path)
