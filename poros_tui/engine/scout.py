"""One probe that goes ahead of a thrifty trace to learn how far the destination is. Pure.

It is the first query to the last TTL, so that it costs nothing but the wait for its answer. That
tells the distance, or suggests it (see `distance_hint`); then all TTLs up to there go at once, and
a path of 12 hops with 3 queries costs 1 + 3 x 12 probes. The hint only says what may go first.
Where the path ends is learned from the answers as ever, so a wrong hint costs probes or time:

- too long: each TTL beyond the destination costs one probe, as in a burst;
- too short: a router answers at the hint, or nobody does, however often it is asked. Then
  EXTENSION_HOPS more go, and then all the rest: two round trips at most where routers answer;
- none: all go at once.

Until an answer from below the scout ends the path, further queries go as in a burst: below an
answer, or all at once in a rush. A distance that is certain lets all go at once too. So a trace
takes one round trip more than without the scout where the distance is guessed, and none where it is
certain and a burst would not have rushed: straight12 of the lab 48, 72 and 48 ms.

A burst asks the destination's own TTL first, here the scout comes before it. So where a destination
sends one port unreachable in half a second, the scout gets it, and a trace with UDP may find the
destination a hop or more too far away.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from poros_tui.config import SessionConfig
from poros_tui.model.distance_hint import DistanceHint, distance_hint
from poros_tui.model.probe import Reply

SCOUT_PATIENCE_S: Final = 0.5
"""How long the scout alone is waited for. Round trips on the ground are shorter; beyond a satellite
(600 ms) or a silent destination this is what the attempt costs, and no probe more."""
EXTENSION_HOPS: Final = 4
"""How many TTLs follow a hint that was too short. Ways there and back often differ by a few hops;
a hint that is wrong by more is worth nothing."""


class Scout:
    """One round's. It is awaited from the beginning until it is answered or given up."""

    def __init__(self, config: SessionConfig) -> None:
        self.ttl = config.max_hops
        self.is_awaited = True
        self._first_hop = config.first_hop
        self._patience_s = min(SCOUT_PATIENCE_S, config.timeout_s)
        self._sent_at_s: float | None = None
        self._hint: DistanceHint | None = None

    def sent(self, now_s: float) -> None:
        """It left at `now_s`, seconds on the caller's clock."""
        self._sent_at_s = now_s

    def answered(self, reply: Reply) -> None:
        """Take the hint, even if it comes late: what was sent meanwhile stays sent."""
        self.is_awaited = False
        self._hint = distance_hint(reply)

    def give_up(self) -> None:
        """Wait no longer."""
        self.is_awaited = False

    @property
    def overdue_at_s(self) -> float | None:
        """When it is to be given up; None while it has not left, or is not awaited any more."""
        if not self.is_awaited or self._sent_at_s is None:
            return None
        return self._sent_at_s + self._patience_s

    def is_overdue(self, now_s: float) -> bool:
        """Whether it is to be given up now."""
        return (at_s := self.overdue_at_s) is not None and now_s >= at_s

    def limit(self, is_judged: Callable[[int], bool]) -> int:
        """The highest TTL worth asking while the end is open. `is_judged`: whether it is known
        that the path does not end at a TTL."""
        if self._hint is not None:
            hinted = self._hinted(self._hint)
            for limit in (hinted, min(self.ttl, hinted + EXTENSION_HOPS)):
                if not is_judged(limit):
                    return limit
        return self.ttl

    def is_certain(self, is_judged: Callable[[int], bool]) -> bool:
        """Whether the distance is certain, and nothing speaks against it yet."""
        hint = self._hint
        return hint is not None and hint.is_certain and not is_judged(self._hinted(hint))

    def _hinted(self, hint: DistanceHint) -> int:
        return max(self._first_hop, hint.distance)
