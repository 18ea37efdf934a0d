"""Zoom and place in time, and the columns that come of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.series import COARSE_STEP_S, FINE_STEP_S
from poros_tui.tui.grid import STEPS_S, Grid, step_for
from poros_tui.tui.time_window import ZOOMS_S, TimeWindow

ORIGIN_S = -1_800_000_000.0
BEGAN_S = 1000.0


def grid(window: TimeWindow, now_s: float, columns: int = 100) -> Grid:
    return window.grid(columns, now_s=now_s, began_s=BEGAN_S, origin_s=ORIGIN_S)


def zoom(window: TimeWindow, by: int, now_s: float) -> bool:
    return window.zoom(by, now_s=now_s, began_s=BEGAN_S)


def scroll(window: TimeWindow, by: int, now_s: float) -> bool:
    return window.scroll(by, now_s=now_s, began_s=BEGAN_S)


def at_zoom(span_s: float, now_s: float) -> TimeWindow:
    window = TimeWindow()
    while window.span_s(now_s, BEGAN_S) < span_s:
        assert zoom(window, 1, now_s)
    while window.span_s(now_s, BEGAN_S) > span_s:
        assert zoom(window, -1, now_s)
    return window


# Columns


@given(st.sampled_from(ZOOMS_S), st.integers(20, 250))
def test_columns_show_all_of_the_time_and_little_more(span_s: float, columns: int) -> None:
    step_s = step_for(span_s, columns)
    assert step_s * columns >= span_s * (1 - 1e-9)
    assert step_s * columns <= 2 * span_s
    assert step_s in STEPS_S


def test_long_columns_are_whole_bins_and_so_are_their_halves() -> None:
    for step_s in STEPS_S:
        if step_s > FINE_STEP_S:
            assert step_s % FINE_STEP_S == 0
        if step_s >= 2 * COARSE_STEP_S:
            assert step_s / 2 % FINE_STEP_S == 0


@given(st.sampled_from(STEPS_S), st.floats(0, 1e6), st.integers(1, 250))
def test_a_moment_lies_in_the_column_that_says_so(step_s: float, now_s: float, count: int) -> None:
    whole = Grid(origin_s=ORIGIN_S, step_s=step_s, first=0, count=count)
    shown = Grid(
        origin_s=ORIGIN_S, step_s=step_s, first=whole.number(now_s) - count // 2, count=count
    )
    column = shown.column(now_s)
    assert column == count // 2
    assert shown.start_s(column) - 1e-5 <= now_s < shown.start_s(column + 1) + 1e-5
    assert shown.column(shown.from_s - step_s / 2) is None
    assert shown.column(shown.to_s + step_s / 2) is None
    assert [shown.column(shown.start_s(each)) for each in range(count)] == list(range(count))
    halved = shown.halved()
    assert (halved.from_s, halved.to_s, halved.count) == (shown.from_s, shown.to_s, 2 * count)


# The window


@pytest.mark.parametrize(
    ("age_s", "span_s"), [(0, 60), (60, 60), (61, 300), (301, 900), (5000, 900), (90_000, 900)]
)
def test_it_grows_with_the_session_until_somebody_zooms(age_s: float, span_s: float) -> None:
    window = TimeWindow()
    assert window.span_s(BEGAN_S + age_s, BEGAN_S) == span_s
    assert zoom(window, 1, BEGAN_S + age_s)
    assert window.span_s(BEGAN_S + 90_000, BEGAN_S) == ZOOMS_S[ZOOMS_S.index(span_s) + 1]


def test_zoom_ends_at_a_minute_and_at_a_day() -> None:
    window = at_zoom(60, 5000)
    assert not zoom(window, -1, 5000)
    window = at_zoom(86_400, 5000)
    assert not zoom(window, 1, 5000)
    assert window.span_s(5000, BEGAN_S) == 86_400


def test_a_young_session_fills_it_from_the_left() -> None:
    window = at_zoom(900, BEGAN_S + 40)
    first = grid(window, BEGAN_S + 40)
    assert first.number(BEGAN_S) == first.first
    assert grid(window, BEGAN_S + 400) == first


@given(st.sampled_from(ZOOMS_S), st.integers(10, 250), st.floats(0, 200_000))
def test_the_present_is_always_shown(span_s: float, columns: int, age_s: float) -> None:
    now_s = BEGAN_S + age_s
    shown = grid(at_zoom(span_s, now_s), now_s, columns)
    assert shown.count == columns
    assert shown.column(now_s) is not None
    assert shown.from_s <= max(now_s - span_s / 2, BEGAN_S + shown.step_s)


def test_what_follows_moves_on_at_most_every_20_s() -> None:
    for span_s in ZOOMS_S:
        now_s = BEGAN_S + 100_000
        window = at_zoom(span_s, now_s)
        moves = {grid(window, now_s + second).first for second in range(600)}
        assert len(moves) <= 600 / 20 + 1
        assert len(moves) > 600 / grid(window, now_s).span_s


def test_scrolled_back_it_stays_where_it_is() -> None:
    window = at_zoom(300, 5000)
    assert scroll(window, -1, 5000)
    assert not window.is_following
    before = grid(window, 5000)
    assert before.column(5000 - 150) == before.count - 1
    assert grid(window, 9000) == before
    assert scroll(window, -1, 9000)
    assert grid(window, 9000).to_s == pytest.approx(before.to_s - 150, abs=before.step_s)
    window.follow()
    assert window.is_following
    assert grid(window, 9000).column(9000) is not None


def test_scrolling_forth_ends_at_the_present_and_back_at_the_beginning() -> None:
    window = at_zoom(300, 5000)
    assert not scroll(window, 1, 5000)
    assert scroll(window, -1, 5000)
    assert scroll(window, 1, 5000)
    assert window.is_following
    steps = 0
    while scroll(window, -1, 5000):
        steps += 1
    assert steps == pytest.approx((5000 - BEGAN_S - 300) / 150, abs=1)
    assert grid(window, 5000).column(BEGAN_S) == 0


def test_a_session_shorter_than_the_window_has_nothing_to_scroll_to() -> None:
    window = at_zoom(900, BEGAN_S + 200)
    assert not scroll(window, -1, BEGAN_S + 200)
    assert window.is_following


def test_zooming_keeps_the_middle_of_the_past() -> None:
    window = at_zoom(3600, 50_000)
    for _ in range(4):
        scroll(window, -1, 50_000)
    middle_s = 50_000 - 4 * 1800 - 1800
    for span_s in (900, 300, 60):
        assert zoom(window, -1, 50_000)
        shown = grid(window, 50_000, columns=60)
        assert shown.to_s == pytest.approx(middle_s + span_s / 2, abs=shown.step_s)


def test_zooming_goes_to_the_moment_pointed_at() -> None:
    window = at_zoom(21_600, 50_000)
    window.moment_s = 40_000.0
    assert zoom(window, -1, 50_000)
    assert zoom(window, -1, 50_000)
    shown = grid(window, 50_000, columns=90)
    assert shown.column(40_000) == pytest.approx(45, abs=1)
    window.follow()
    assert window.moment_s is None
