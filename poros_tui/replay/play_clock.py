"""The time that is played."""

from __future__ import annotations

import time
from collections.abc import Callable


class PlayClock:
    """The time that is played. For two threads: each reading is of one moment."""

    def __init__(
        self, at_s: float, ends_at_s: float, real: Callable[[], float] = time.monotonic
    ) -> None:
        """From `at_s` on, at rest."""
        self._real = real
        self._ends_at_s = ends_at_s
        self._state = (at_s, real(), 0.0)
        """The time played, when that was, and how fast it goes."""
        self.speed = 1.0

    def now_s(self) -> float:
        """The time that is played now."""
        at_s, since_s, speed = self._state
        return min(self._ends_at_s, at_s + (self._real() - since_s) * speed)

    @property
    def is_playing(self) -> bool:
        """Whether it goes on."""
        return self._state[2] > 0

    def set(self, at_s: float | None = None, *, plays: bool | None = None) -> None:
        """Go on from another time, or rest there."""
        goes_on = self.is_playing if plays is None else plays
        at_s = self.now_s() if at_s is None else at_s
        self._state = (at_s, self._real(), self.speed if goes_on else 0.0)

    def set_speed(self, speed: float) -> None:
        """Go on so many times as fast as it was."""
        self.speed = speed
        self.set()
