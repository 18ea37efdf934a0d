"""Both clocks of this machine, read as one."""

from __future__ import annotations

import time
from typing import Final

from poros_tui.model.clock import ClockReading

_APART_MAX_NS: Final = 50_000
_TRIES: Final = 5


def read_clocks() -> ClockReading:
    """CLOCK_REALTIME between two readings of CLOCK_MONOTONIC.

    A process that is preempted between the readings would take the pause for a step of the wall
    clock; so the pair is read again while it lies more than 50 us apart, and the closest of five
    is taken.
    """
    closest_ns: int | None = None
    for _ in range(_TRIES):
        before_ns = time.monotonic_ns()
        realtime_ns = time.time_ns()
        apart_ns = time.monotonic_ns() - before_ns
        if closest_ns is None or apart_ns < closest_ns:
            closest_ns = apart_ns
            reading = ClockReading(realtime_ns, before_ns + apart_ns // 2)
        if apart_ns <= _APART_MAX_NS:
            break
    return reading
