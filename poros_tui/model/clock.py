"""Two clocks read at one moment, so that a step of the wall clock can be noticed."""

from __future__ import annotations

from typing import Final

import msgspec

STEP_MIN_NS: Final = 1_000_000
"""Differences below 1 ms are reading noise, not a step."""
SLEW_MAX_PPM: Final = 1000
"""adjtime(3) and NTP slew by at most 500 ppm each."""


class ClockReading(msgspec.Struct, frozen=True):
    """CLOCK_REALTIME and CLOCK_MONOTONIC, read together."""

    realtime_ns: int
    monotonic_ns: int

    def was_stepped_by(self, later: ClockReading) -> bool:
        """Whether the wall clock jumped between this reading and `later`."""
        elapsed_ns = later.monotonic_ns - self.monotonic_ns
        drift_ns = (later.realtime_ns - self.realtime_ns) - elapsed_ns
        return abs(drift_ns) > STEP_MIN_NS + abs(elapsed_ns) * SLEW_MAX_PPM // 1_000_000


def to_tick(time_s: float) -> float:
    """A time of the session's clock to 0.1 ms: what happens is noted no finer, so that a recording
    can hold exactly what was concluded from."""
    return round(time_s, 4)


def to_microsecond(time_s: float) -> float:
    """The same to 1 us, for what is measured between two probes."""
    return round(time_s, 6)
