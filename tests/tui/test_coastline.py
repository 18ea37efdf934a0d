"""The coasts that come with the program against Natural Earth, from which they are made."""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.tui import coastline
from tests.tui.make_coastline import SOURCE, TOLERANCE_DEG, Point, coasts, made, rings

ROUNDED_DEG = 0.0708
"""Half a tenth of a degree, east and north at once."""


def away_deg(point: Point, lines: Iterable[Sequence[Point]]) -> float:
    """From the nearest stretch of all lines, by brute force, as complex numbers."""
    here, best = complex(*point), 1e9
    for line in lines:
        for start, end in pairwise(complex(*one) for one in line):
            along = end - start
            share = ((here - start) * along.conjugate()).real / (abs(along) ** 2 or 1)
            best = min(best, abs(here - start - along * max(0.0, min(1.0, share))))
    return best


def test_the_file_is_what_is_made_from_natural_earth() -> None:
    assert coastline.FILE.read_bytes() == made()
    assert coastline.FILE.stat().st_size < 8000


@pytest.mark.sampled(0)
def test_the_coasts_drawn_are_where_the_source_has_them_and_none_is_left_out() -> None:
    source = coasts(rings(lzma.decompress(SOURCE.read_bytes())))
    drawn = coastline.coasts()
    for point in [point for line in drawn for point in line][::23]:
        assert away_deg(point, source) <= ROUNDED_DEG, point
    for point in [point for line in source for point in line][::37]:
        assert away_deg(point, drawn) <= TOLERANCE_DEG + ROUNDED_DEG, point


def test_no_line_runs_over_land_or_across_the_map() -> None:
    """Where countries meet there is no coast, and where the source cuts the world there is none."""
    drawn = coastline.coasts()
    for inland in ((10.0, 50.5), (-100.0, 49.0), (25.0, 5.0), (180.0, 67.0), (0.0, -90.0)):
        assert away_deg(inland, drawn) > 1, inland
    for line in drawn:
        for start, end in pairwise(line):
            assert abs(end[0] - start[0]) < 30, line


tenths = st.tuples(st.integers(-1800, 1800), st.integers(-900, 900))


@pytest.mark.sampled(0)
@given(st.lists(st.lists(tenths, min_size=2, max_size=9), max_size=5))
def test_lines_come_back_as_they_were_written(lines: list[list[tuple[int, int]]]) -> None:
    kept = [
        [point for n, point in enumerate(line) if n == 0 or point != line[n - 1]] for line in lines
    ]
    expected = tuple(tuple((x / 10, y / 10) for x, y in line) for line in kept if len(line) > 1)
    written = coastline.encoded([[(x / 10, y / 10) for x, y in line] for line in lines])
    assert coastline.decoded(written) == expected
