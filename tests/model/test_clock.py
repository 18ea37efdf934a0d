"""A step of the wall clock is told from its drift."""

from __future__ import annotations

import pytest

from poros_tui.model.clock import SLEW_MAX_PPM, STEP_MIN_NS, ClockReading

SECOND_NS = 10**9
START = ClockReading(realtime_ns=1_700_000_000 * SECOND_NS, monotonic_ns=5 * SECOND_NS)


def later(*, elapsed_ns: int, drift_ns: int) -> ClockReading:
    return ClockReading(START.realtime_ns + elapsed_ns + drift_ns, START.monotonic_ns + elapsed_ns)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_jump_of_the_wall_clock_in_either_direction_is_a_step(direction: int) -> None:
    assert START.was_stepped_by(later(elapsed_ns=SECOND_NS, drift_ns=direction * SECOND_NS))
    assert START.was_stepped_by(later(elapsed_ns=0, drift_ns=direction * (STEP_MIN_NS + 1)))


@pytest.mark.parametrize("direction", [1, -1])
def test_reading_noise_and_slewing_are_no_step(direction: int) -> None:
    assert not START.was_stepped_by(later(elapsed_ns=0, drift_ns=direction * STEP_MIN_NS))
    slewed_ns = 60 * SECOND_NS * SLEW_MAX_PPM // 1_000_000
    assert not START.was_stepped_by(
        later(elapsed_ns=60 * SECOND_NS, drift_ns=direction * slewed_ns)
    )
