from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.bins import EMPTY_BIN, Bin
from poros_tui.tui.plot import DotField, draw_band, draw_line
from poros_tui.tui.time_glyphs import dots
from poros_tui.tui.value_axis import Scale

UNIT = Scale(0.0, 15.0, 5.0, 5.0)
"""On four lines of four dots, a millisecond is a dot."""
LOST = Bin(lost=1)


def at(median_ms: float, low_ms: float | None = None, high_ms: float | None = None) -> Bin:
    low_ms, high_ms = low_ms or median_ms, high_ms or median_ms
    return Bin(received=9, low_s=low_ms / 1e3, median_s=median_ms / 1e3, high_s=high_ms / 1e3)


def lit(field: DotField) -> set[tuple[int, int]]:
    """The dots that are on, read from the characters."""
    found = set()
    for row in range(field.height):
        for column, mask in enumerate(field.row(row)):
            for bit in range(8):
                if mask & 1 << bit:
                    # Unicode's order of the dots: 1 2 3 down the left, 4 5 6 down the right, 7 8.
                    x, y = ((0, bit) if bit < 3 else (1, bit - 3)) if bit < 6 else (bit - 6, 3)
                    found.add((column * 2 + x, (field.height - 1 - row) * 4 + 3 - y))
    return found


def line(bins: Sequence[Bin]) -> set[tuple[int, int]]:
    field = DotField((len(bins) + 1) // 2, 4)
    draw_line(bins, UNIT, field)
    return lit(field)


@given(st.sets(st.tuples(st.integers(0, 9), st.integers(0, 15))))
def test_every_dot_has_its_own_place(wanted: set[tuple[int, int]]) -> None:
    field = DotField(5, 4)
    for x, y in wanted:
        field.put(x, y)
    assert lit(field) == wanted


def test_dots_are_unicode_braille() -> None:
    field = DotField(1, 1)
    field.put(0, 3)
    field.put(1, 0)
    assert dots(field.row(0)[0]) == "\N{BRAILLE PATTERN DOTS-18}"


def test_a_line_joins_its_points_without_gaps() -> None:
    assert line([at(0), at(5), at(5), at(2)]) == {
        *((0, y) for y in (0, 1, 2)),
        *((1, y) for y in (2, 3, 4, 5)),
        (2, 5),
        (2, 4),
        *((3, y) for y in (4, 3, 2)),
    }


@given(st.lists(st.floats(0, 15), min_size=2, max_size=30))
def test_a_joined_line_is_one_piece_that_meets_all_its_points(values: list[float]) -> None:
    found = line([at(value) for value in values])
    assert {(x, round(value)) for x, value in enumerate(values)} <= found
    reached = {next(iter(found))}
    edge = set(reached)
    while edge:
        edge = {
            (x + dx, y + dy) for x, y in edge for dx in (-1, 0, 1) for dy in (-1, 0, 1)
        } & found - reached
        reached |= edge
    assert reached == found


def test_losses_and_pauses_part_the_line() -> None:
    lost = line([at(0), at(0), LOST, at(6), at(6)])
    assert lost == {(0, 0), (1, 0), (3, 6), (4, 6)}
    partly = line([at(0), Bin(received=1, lost=1, low_s=0, median_s=0, high_s=0), at(0)])
    assert partly == {(0, 0), (1, 0), (2, 0)}
    pause = line([at(0), at(0), EMPTY_BIN, EMPTY_BIN, EMPTY_BIN, at(9), at(9)])
    assert (3, 4) not in pause
    assert {(1, 0), (5, 9)} <= pause


def test_columns_finer_than_the_probes_are_joined() -> None:
    bins = [EMPTY_BIN] * 13
    for x in (0, 4, 8, 12):
        bins[x] = at(3)
    assert line(bins) == {(x, 3) for x in range(13)}


def test_the_newest_point_is_told() -> None:
    field = DotField(3, 4)
    assert draw_line([EMPTY_BIN, EMPTY_BIN], UNIT, field) is None
    assert draw_line([at(1), at(7), LOST, EMPTY_BIN], UNIT, field) == (1, 7)


@pytest.mark.parametrize("median_ms", [8, 9])
def test_a_band_is_every_other_dot_of_its_range_and_nothing_where_it_is_flat(
    median_ms: int,
) -> None:
    field = DotField(2, 4)
    draw_band([at(median_ms, 5, 11), at(median_ms, 5, 11), at(3), LOST], UNIT, field)
    assert lit(field) == {(x, y) for x in (0, 1) for y in range(5, 12) if (x + y) % 2 == 0}
