from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from poros_tui.tui.value_axis import Scale, scale_for

TIMES_MS = st.floats(0.001, 5000)


@given(TIMES_MS, TIMES_MS, st.integers(1, 60), st.booleans())
def test_everything_lies_between_bounds_that_are_near(
    one_ms: float, other_ms: float, lines: int, from_zero: bool
) -> None:
    least_ms, most_ms = sorted((one_ms, other_ms))
    scale = scale_for(least_ms, most_ms, lines, from_zero=from_zero)
    slack = 1e-6 * most_ms
    assert scale.floor_ms <= least_ms + slack
    assert scale.top_ms >= most_ms - slack
    assert scale.floor_ms >= 0
    if from_zero:
        assert scale.floor_ms == 0
    else:
        spread_ms = max(most_ms - least_ms, most_ms * 0.02, 0.05)
        assert scale.top_ms - scale.floor_ms <= 1.5 * spread_ms
    ticks_ms = scale.ticks_ms()
    assert all(scale.floor_ms - slack <= tick <= scale.top_ms + slack for tick in ticks_ms)
    rows = [scale.share(tick) * lines for tick in ticks_ms]
    if lines > 1:
        assert all(later - earlier >= 1 for earlier, later in pairwise(rows))
    assert len(ticks_ms) >= 2
    labels = [scale.label(tick) for tick in ticks_ms]
    assert len(set(labels)) == len(labels)
    assert [float(label) for label in labels] == pytest.approx(ticks_ms, abs=5e-4)


@pytest.mark.parametrize(
    ("least_ms", "most_ms", "lines", "ticks"),
    [
        (97.9, 122.0, 17, ["95", "100", "105", "110", "115", "120", "125"]),
        (97.9, 122.0, 5, ["100", "120"]),
        (101.0, 119.0, 4, ["100", "120"]),
        (20.1, 23.4, 3, ["20.0", "23.5"]),
        (0.9, 1.8, 15, ["1.0", "1.2", "1.4", "1.6", "1.8"]),
        (0.11, 0.13, 15, ["0.10", "0.11", "0.12", "0.13", "0.14"]),
        (1200.0, 4100.0, 12, ["1000", "2000", "3000", "4000"]),
    ],
)
def test_marks_are_round(least_ms: float, most_ms: float, lines: int, ticks: list[str]) -> None:
    scale = scale_for(least_ms, most_ms, lines, from_zero=False)
    assert [scale.label(tick) for tick in scale.ticks_ms()] == ticks


@given(TIMES_MS, TIMES_MS)
def test_the_scale_stays_while_it_fits(one_ms: float, other_ms: float) -> None:
    least_ms, most_ms = sorted((one_ms, other_ms))
    assume(most_ms > least_ms * 1.05 + 0.2)
    before = scale_for(least_ms, most_ms, 15, from_zero=False)
    middle_ms = (least_ms + most_ms) / 2
    inside = least_ms + 0.1 * (middle_ms - least_ms)
    assert scale_for(inside, most_ms, 15, from_zero=False, before=before) is before
    higher_ms = before.top_ms * 1.01
    after = scale_for(least_ms, higher_ms, 15, from_zero=False, before=before)
    assert after.top_ms >= higher_ms * (1 - 1e-9)
    flat = scale_for(middle_ms, middle_ms * 1.001, 15, from_zero=False, before=before)
    assert flat.top_ms - flat.floor_ms < before.top_ms - before.floor_ms


def test_what_is_beyond_is_cut_off() -> None:
    scale = Scale(10.0, 20.0, 5.0, 1.0)
    assert [scale.share(value) for value in (0, 10, 15, 20, 99)] == [0, 0, 0.5, 1, 1]
