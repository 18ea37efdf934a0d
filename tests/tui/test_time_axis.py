from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.tui.grid import STEPS_S, Grid
from poros_tui.tui.time_axis import (
    TICK_STEPS_S,
    Tick,
    clock,
    labels_line,
    span_words,
    spell,
    ticks,
)

NOON_S = datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp()


def wall(at_s: float) -> float:
    return at_s


def grid(step_s: float, count: int, from_s: float = NOON_S) -> Grid:
    return Grid(origin_s=0.0, step_s=step_s, first=round(from_s / step_s), count=count)


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [
        (0.25, "0.25 s"),
        (1, "1 s"),
        (110, "110 s"),
        (120, "2 min"),
        (1050, "17.5 min"),
        (7199, "120 min"),
        (7200, "2 h"),
        (93_600, "26 h"),
    ],
)
def test_a_duration_is_spelt_in_the_unit_that_suits_it(duration_s: float, words: str) -> None:
    assert spell(duration_s) == words


def test_times_of_day_have_tenths_only_where_columns_are_that_short() -> None:
    assert clock(NOON_S + 61.7) == "12:01:01"
    assert clock(NOON_S + 61.7, step_s=0.5) == "12:01:01.7"


def test_the_day_is_said_where_it_is_not_today() -> None:
    one_minute = grid(1, 60)
    assert span_words(one_minute, NOON_S + 90, wall) == "12:00:00-12:01:00"
    assert span_words(one_minute, NOON_S + 86_400, wall) == "15 Jan 12:00:00-12:01:00"
    one_day = grid(600, 144)
    assert span_words(one_day, NOON_S + 86_400, wall) == "15 Jan 12:00-16 Jan 12:00"


def test_marks_stand_at_round_times_and_midnight_says_the_day() -> None:
    found = ticks(grid(600, 144), wall)
    assert found[0] == Tick(0, "12:00")
    assert found[1] == Tick(12, "14:00")
    assert Tick(72, "16 Jan") in found
    assert [tick.label for tick in ticks(grid(1, 60, NOON_S + 7), wall)] == [
        "12:00:15",
        "12:00:30",
        "12:00:45",
        "12:01:00",
    ]


@given(st.sampled_from(STEPS_S), st.integers(10, 250), st.integers(0, 86_400))
def test_marks_are_in_their_columns_and_leave_room_for_labels(
    step_s: float, count: int, shift_s: int
) -> None:
    shown = grid(step_s, count, NOON_S + shift_s)
    found = ticks(shown, wall)
    columns = [tick.column for tick in found]
    assert all(0 <= column < count for column in columns)
    widest = max((len(tick.label) for tick in found), default=0)
    distances = {later - earlier for earlier, later in pairwise(columns)}
    assert all(distance > widest for distance in distances)
    if step_s * count > 4 * TICK_STEPS_S[0] and step_s <= 1200 and count >= 40:
        assert found
    line = labels_line(found, count)
    assert len(line) == count
    below = labels_line(found, count, "|")
    assert len(below) == count
    labels = {tick.column: tick.label for tick in found}
    shown_at = [column for column, sign in enumerate(below) if sign == "|"]
    assert all(below[column + 1 :].startswith(labels[column]) for column in shown_at)
    assert len(shown_at) >= len(found) - 1


def test_labels_that_do_not_fit_whole_are_left_out() -> None:
    marks = [Tick(0, "12:00"), Tick(4, "12:01"), Tick(9, "12:02"), Tick(18, "12:03")]
    assert labels_line(marks, 20) == "12:00  12:02        "
    assert labels_line(marks, 20, "|") == "|12:00   |12:02     "
