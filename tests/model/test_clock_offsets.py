from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.clock_offsets import STEPS_MAX, ClockOffsets
from poros_tui.model.events import EventKind


def clock() -> ClockOffsets:
    offsets = ClockOffsets()
    offsets.begin(now_s=100.0, wall_s=1000.0)
    return offsets


def test_reading_both_clocks_a_moment_apart_is_no_step() -> None:
    offsets = clock()
    assert offsets.see(now_s=200.0, wall_s=1100.09) is None
    assert offsets.wall_s(200.0) == 1100.0


@pytest.mark.parametrize(
    ("by_s", "words"),
    [
        (3600.0, "the wall clock went forward by 1 h: it was set, or this machine slept"),
        (-90.0, "the wall clock went back by 1 min 30 s: it was set"),
    ],
)
def test_times_after_a_step_are_told_by_the_new_clock_and_those_before_by_the_old(
    by_s: float, words: str
) -> None:
    offsets = clock()
    event = offsets.see(now_s=200.0, wall_s=1100.0 + by_s)
    assert event is not None
    assert (event.kind, event.at_s, event.words) == (EventKind.CLOCK_STEP, 200.0, words)
    assert offsets.wall_s(199.0) == 1099.0
    assert offsets.wall_s(201.0) == 1101.0 + by_s
    assert offsets.see(now_s=202.0, wall_s=1102.0 + by_s) is None


@given(st.lists(st.floats(1, 1000), max_size=8), st.floats(0, 3000))
def test_a_time_of_day_of_a_clock_that_only_went_forward_leads_back(
    steps_s: list[float], at_s: float
) -> None:
    offsets = ClockOffsets()
    offsets.begin(now_s=0.0, wall_s=5000.0)
    wall_s = 5000.0
    for number, step_s in enumerate(steps_s, 1):
        wall_s += 100.0 + step_s
        assert offsets.see(now_s=100.0 * number, wall_s=wall_s) is not None
    assert offsets.session_s(offsets.wall_s(at_s)) == pytest.approx(at_s)


def test_of_a_time_of_day_that_was_there_twice_the_later_counts() -> None:
    offsets = clock()
    offsets.see(now_s=200.0, wall_s=1050.0)  # it went back by 50 s
    assert offsets.session_s(1060.0) == 210.0
    assert offsets.session_s(1040.0) == 140.0


def test_steps_are_bounded() -> None:
    offsets = clock()
    for number in range(STEPS_MAX + 50):
        offsets.see(now_s=200.0 + number, wall_s=1000.0 + 10.0 * number)
    assert len(offsets._since_s) == STEPS_MAX
    assert offsets.wall_s(200.0 + STEPS_MAX + 49) == 1000.0 + 10.0 * (STEPS_MAX + 49)
