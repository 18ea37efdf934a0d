"""Keeps the rounds of several sessions apart, so that they do not leave in one burst. Pure.

Sessions that begin, go on or were held up at the same moment would send all their probes at once,
and, as their rounds have the same interval, do so again and again: 64 paths of 15 hops are 960
packets back to back, more than the send queue of a small link holds. A round that is due passes
through here, the next one a gap later; as a round is counted from when it began, they stay apart.
"""

from __future__ import annotations

from math import inf
from typing import Final

GAP_MAX_S: Final = 0.05
"""A round of 30 probes takes a few milliseconds to leave; more room is of no use."""
LAG_MAX_S: Final = 0.1
"""Gaps that went by while this process was held up count as kept: else a machine that is so for
half of the time would let through half of the rounds. After a longer rest (Ctrl-Z, a suspended
laptop) so much is made up for at once, and the rest is spread again."""
SHARE: Final = 0.5
"""Of the time from round to round, that the gaps take at most: so that nobody waits long, and the
turnstile lets through twice the rounds that are wanted."""
LONG_INTERVAL_S: Final = 1.0
"""Rounds that are farther apart are spread over no more than this: nobody wants to wait a minute
for the first trace because there is one a minute."""


class Turnstile:
    """Lets one round begin at a time. Times are seconds on the callers' clock."""

    def __init__(self) -> None:
        self._intervals_s: dict[object, float] = {}
        self._free_at_s = -inf

    def join(self, session: object, interval_s: float) -> None:
        """This session begins a round every `interval_s` seconds from now on. Call it again where
        that changes."""
        self._intervals_s[session] = interval_s

    def leave(self, session: object) -> None:
        """This session begins no more rounds. Not to have joined is no error."""
        self._intervals_s.pop(session, None)

    @property
    def gap_s(self) -> float:
        """Between the beginnings of two rounds; none where a session is alone."""
        if len(self._intervals_s) < 2:
            return 0.0
        wanted = sum(
            1 / min(interval_s, LONG_INTERVAL_S) for interval_s in self._intervals_s.values()
        )
        return min(GAP_MAX_S, SHARE / wanted)

    def take(self, due_s: float, now_s: float) -> float:
        """When a round may begin that is due since `due_s`, if that is asked for at `now_s`: at
        once, or after those that have asked before. It may be a time that is past."""
        begins_at_s = max(due_s, now_s - LAG_MAX_S, self._free_at_s)
        self._free_at_s = begins_at_s + self.gap_s
        return begins_at_s
