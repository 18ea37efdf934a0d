from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.bins import EMPTY_BIN, Bin
from poros_tui.tui.heat_map import HeatRow, heat_cells
from poros_tui.tui.heat_scale import HeatScale, absolute_scale, added_scale
from poros_tui.tui.spans import HEAT_ROLES, Role, line_text
from poros_tui.tui.sparkline import level as sparkline_level
from poros_tui.tui.time_glyphs import LOST_ALL, SHADED, SOLID

SCALE = HeatScale((1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0))


def answered(median_ms: float, received: int = 10, lost: int = 0) -> Bin:
    return Bin(received=received, lost=lost, median_s=median_ms / 1e3)


def cells(
    *bins: Bin, is_solid: bool = True, is_silent: bool = False, base_ms: float = 0.0
) -> list[tuple[str, Role]]:
    row = HeatRow(bins=bins, base_s=base_ms / 1e3, lost_role=Role.LOST, is_silent=is_silent)
    line = heat_cells(row, SCALE, is_solid=is_solid)
    return [(letter, role) for text, role in line for letter in text]


@pytest.mark.parametrize(
    ("added_ms", "level"),
    [(-3, 0), (0, 0), (0.9, 0), (1.1, 1), (4.9, 2), (7, 3), (10.1, 4), (49, 5), (51, 6), (900, 7)],
)
def test_a_cell_has_the_level_of_what_is_added(added_ms: float, level: int) -> None:
    one = answered(30 + added_ms)
    assert cells(one, base_ms=30) == [(SOLID[level], HEAT_ROLES[level])]
    assert cells(one, base_ms=30, is_solid=False) == [(SHADED[level], HEAT_ROLES[level])]


def test_without_colour_shades_still_rise_with_the_level() -> None:
    order = " ░▒▓█"
    ranks = [order.index(shade) for shade in SHADED]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 4


def test_losses_thin_a_cell_and_total_loss_is_a_hole() -> None:
    shown = cells(
        answered(0.5, 99, 1), answered(0.5, 7, 3), answered(0.5, 1, 9), Bin(lost=4), EMPTY_BIN
    )
    assert shown == [
        ("▓", HEAT_ROLES[0]),
        ("▒", HEAT_ROLES[0]),
        ("░", HEAT_ROLES[0]),
        (LOST_ALL, Role.LOST),
        (" ", Role.TEXT),
    ]
    shaded = cells(answered(0.5, 7, 3), Bin(lost=4), is_solid=False)
    assert shaded == [("%", Role.LOST), (LOST_ALL, Role.LOST)]


def test_what_is_no_loss_of_the_path_does_not_look_like_one() -> None:
    assert cells(Bin(lost=3), is_silent=True) == [("·", Role.FAINT)]
    assert cells(Bin(unsent=3)) == [("∅", Role.WARN)]
    assert cells(Bin(received=3)) == [("?", Role.DIM)]


def test_a_cell_is_held_until_the_next_probe_but_not_over_a_pause() -> None:
    one, other = answered(0.5), answered(7)
    row = [one, EMPTY_BIN, one, EMPTY_BIN, other, EMPTY_BIN, Bin(lost=1), EMPTY_BIN, one]
    shown = "".join(text for text, _role in cells(*row, is_solid=False))
    assert shown == f"░░░░▒▒{LOST_ALL}{LOST_ALL}░"
    paused = [one, one, EMPTY_BIN, EMPTY_BIN, EMPTY_BIN, one, one, EMPTY_BIN]
    assert "".join(text for text, _role in cells(*paused)) == "██   ██ "


def test_nothing_is_shown_of_a_hop_while_the_path_has_not_got_it() -> None:
    one = answered(0.5)
    row = HeatRow(
        bins=[one, EMPTY_BIN, one, EMPTY_BIN, one],
        base_s=0.0,
        lost_role=Role.LOST,
        is_silent=False,
        there=[False, False, True, True, False],
    )
    assert line_text(heat_cells(row, SCALE, is_solid=True)) == "  ██ "


@given(st.floats(0.1, 400))
def test_the_added_scale_ends_near_the_round_trip_of_the_path(best_ms: float) -> None:
    bounds = added_scale(best_ms / 1e3, None).bounds_ms
    assert list(bounds) == sorted(set(bounds))
    assert bounds[-1] == pytest.approx(100 * bounds[0])
    if best_ms >= 10:
        assert 0.6 * best_ms <= bounds[-1] <= 1.7 * best_ms


def test_the_added_scale_never_gets_finer() -> None:
    far = added_scale(0.200, None)
    assert added_scale(0.010, far) == far
    assert added_scale(0.900, far).bounds_ms > far.bounds_ms


@given(st.floats(0.001, 2), st.floats(0, 2))
def test_the_absolute_scale_is_that_of_the_sparklines(top_s: float, rtt_s: float) -> None:
    scale = absolute_scale(top_s)
    if all(abs(rtt_s * 1e3 - bound) > bound * 0.06 for bound in scale.bounds_ms):
        assert scale.level(rtt_s * 1e3) == sparkline_level(rtt_s, top_s)


def test_the_legend_has_every_sign_once_with_where_it_begins() -> None:
    assert line_text(SCALE.legend(is_solid=True)) == "█<1 █1 █2 █5 █10 █20 █50 █100"
    assert line_text(SCALE.legend(is_solid=False)) == "░<2 ▒2 ▓10 █50"
