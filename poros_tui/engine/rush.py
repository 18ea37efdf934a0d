"""Whether all queries go at once, before the destination's distance is known. Pure.

They do when the hops answered within RUSH_RTT_S say that waiting is dear and haste is harmless. At
least RUSH_HOPS_MIN of them: the access link is fast, and the queries will not queue behind each
other there. None beyond RUSH_HOPS_MAX: else a path of usual length (15 hops) would end within
45 ms, and waiting for that costs nobody anything. And the next hop is not overdue: where routers
are silent, fewer answers do not mean a longer path.
"""

from __future__ import annotations

from typing import Final

from poros_tui.engine.patience import RoundTripMemory

RUSH_RTT_S: Final = 0.0145
RUSH_AFTER_S: Final = 0.0155
"""When to decide, seconds after the first probe: time enough to read what came within RUSH_RTT_S.
A 30-hop path whose round trips rise evenly to 120 ms is then known 1.15 round trips after its
first packet, not 2."""
RUSH_UNTIL_S: Final = 0.024
"""On a busy machine the decision may come a little later; after this it is too late for it."""
RUSH_HOPS_MIN: Final = 3
RUSH_HOPS_MAX: Final = 4


class Rush:
    """The decision of one round: made once, in its time or not at all."""

    def __init__(self, first_hop: int, started_at_s: float) -> None:
        """The round began at `started_at_s` on the caller's clock, with TTL `first_hop`."""
        self._first_hop = first_hop
        # As absolute times: the difference of two floats may fall just short of what was added.
        self.decides_at_s = started_at_s + RUSH_AFTER_S
        self._until_s = started_at_s + RUSH_UNTIL_S
        self._is_on = False

    def is_on(self, now_s: float, memory: RoundTripMemory) -> bool:
        """Whether all queries may go by what is remembered now."""
        if not self._is_on and self.decides_at_s <= now_s <= self._until_s:
            self._is_on = self._is_long(memory.within(RUSH_RTT_S))
        return self._is_on

    def _is_long(self, prompt_s: dict[int, float]) -> bool:
        """Whether these prompt hops, TTL to round trip, look like the start of a long path."""
        if len(prompt_s) < RUSH_HOPS_MIN:
            return False
        farthest = max(prompt_s)
        hops = farthest - self._first_hop + 1
        next_due_s = prompt_s[farthest] * (hops + 1) / hops
        return hops <= RUSH_HOPS_MAX and next_due_s > RUSH_RTT_S
