"""What the screen measures by its own clock: how fast it is sent, how long nobody has answered.

Pure: the time is an argument.
"""

from __future__ import annotations

from collections import deque
from typing import Final

_RATE_WINDOW_S: Final = 5.0
_RATE_WINDOW_ROUNDS: Final = 3
"""A round leaves in one burst: what is counted over less than some rounds jumps."""
_SILENCE_S: Final = 3.0
_SILENCE_ROUNDS: Final = 3
_SILENCE_PROBES: Final = 2
"""Unanswered at hops that have answered before. One after the other, hops that never answer make
long silences which mean nothing."""


class RateMeter:
    """Packets sent a second, of the last seconds."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._samples: deque[tuple[float, int]] = deque()
        """When, and how many had been sent by then."""

    @property
    def interval_s(self) -> float:
        """From round to round, of what is counted."""
        return self._interval_s

    def restart(self, interval_s: float) -> None:
        """Forget what was counted: from now on it is sent otherwise."""
        self._interval_s = interval_s
        self._samples.clear()

    def add(self, sent: int, now_s: float) -> None:
        """Take a sample, about once a second."""
        window_s = max(_RATE_WINDOW_S, _RATE_WINDOW_ROUNDS * self._interval_s)
        self._samples.append((now_s, sent))
        # Half a second more, for this is not called to the millisecond.
        while now_s - self._samples[0][0] > window_s + 0.5:
            self._samples.popleft()

    @property
    def rate_pps(self) -> float | None:
        """Over as many whole rounds as are known, for part of one is a burst or nothing; None
        before there is one."""
        if len(self._samples) < 2:
            return None
        last_s, last = self._samples[-1]
        # The clock that calls is as unsteady as the rounds: nearly a round is one.
        rounds = int((last_s - self._samples[0][0]) / self._interval_s + 0.05)
        if rounds == 0:
            return None
        start_s = last_s - rounds * self._interval_s
        first_s, first = min(self._samples, key=lambda sample: abs(sample[0] - start_s))
        return max(0, last - first) / (last_s - first_s) if last_s > first_s else None


class SilenceMeter:
    """How long no hop has answered that used to."""

    def __init__(self) -> None:
        self._answered: tuple[float, int, int] | None = None
        """Of the newest answer: when, how many there were, and how many probes had gone to hops
        that answer. None while nothing is sent."""

    def stop(self) -> None:
        """Nothing is sent: nobody need answer."""
        self._answered = None

    def note(self, received: int, asked: int, now_s: float) -> None:
        """Take the answers of all hops, and the probes sent to those that answer."""
        if self._answered is None or received != self._answered[1]:
            self._answered = (now_s, received, asked)

    def silent_s(self, asked: int, interval_s: float, now_s: float) -> float | None:
        """Seconds since the newest answer, once that is too long to be chance; else None."""
        if self._answered is None:
            return None
        since_s, _received, asked_before = self._answered
        silent_s = now_s - since_s
        if silent_s <= max(_SILENCE_S, _SILENCE_ROUNDS * interval_s):
            return None
        return silent_s if asked - asked_before >= _SILENCE_PROBES else None
