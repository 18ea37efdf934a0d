"""The wall clock beside the session's own, which runs evenly: what time of day it was when."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from poros_tui.model.events import Event, EventKind
from poros_tui.model.lasting import lasting

STEP_LEAST_S: Final = 0.1
"""Reading both clocks takes a moment, and less than this nobody sees in a time of day."""
STEPS_MAX: Final = 1000
"""Kept in one session; the oldest go first."""


class ClockOffsets:
    """What is to be added to the session's time for the time of day, since when."""

    def __init__(self) -> None:
        self._since_s: list[float] = []
        self._offsets_s: list[float] = [0.0]
        """One more than steps: that before the first, then that since each."""

    def begin(self, *, now_s: float, wall_s: float) -> None:
        """The session begins; both clocks were read now."""
        self._since_s.clear()
        self._offsets_s[:] = [wall_s - now_s]

    def see(self, *, now_s: float, wall_s: float) -> Event | None:
        """Both clocks were read now. The step, if the wall clock made one since the last time."""
        step_s = wall_s - now_s - self._offsets_s[-1]
        if abs(step_s) < STEP_LEAST_S:
            return None
        self._since_s.append(now_s)
        self._offsets_s.append(wall_s - now_s)
        if len(self._since_s) > STEPS_MAX:
            del self._since_s[0], self._offsets_s[0]
        way = "forward" if step_s > 0 else "back"
        reason = "it was set, or this machine slept" if step_s > 0 else "it was set"
        return Event(
            kind=EventKind.CLOCK_STEP,
            at_s=now_s,
            words=f"the wall clock went {way} by {lasting(abs(step_s))}: {reason}",
        )

    def wall_s(self, at_s: float) -> float:
        """The time of day, in seconds since 1970, at a time of the session."""
        return at_s + self._offsets_s[bisect_right(self._since_s, at_s)]

    def session_s(self, wall_s: float) -> float:
        """The newest time of the session at which it was, or would have been, that time of day."""
        for place in range(len(self._since_s) - 1, -1, -1):
            at_s = wall_s - self._offsets_s[place + 1]
            if at_s >= self._since_s[place]:
                return at_s
        return wall_s - self._offsets_s[0]
