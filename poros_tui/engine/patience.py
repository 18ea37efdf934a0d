"""How long the view waits for a silent hop: a small multiple of the round trips already seen.

Two different times (the idea is Linux traceroute's `-w max,here,near`): the statistic waits the
whole timeout, the view does not keep its user waiting for hops that will not answer. Pure.
"""

from __future__ import annotations

from typing import Final

HERE_FACTOR: Final = 3.0
"""Times the slowest round trip seen at the same hop; traceroute's `here`."""
LATER_FACTOR: Final = 10.0
"""Times the round trip of the nearest later hop that answered; traceroute's `near`."""
FLOOR_S: Final = 0.5
"""Never decide sooner: a router may write its answer on a slow and busy processor, while what lies
behind it answers within milliseconds. With 0.2 s, 3 of 300 random paths with hops of up to 250 ms
lacked a hop that had answered."""
TAIL_FLOOR_S: Final = 1.0
"""Past the last answer: the next link may be a satellite (600 ms and more)."""


class RoundTripMemory:
    """The round trips seen so far, by hop."""

    def __init__(self, timeout_s: float) -> None:
        """No patience is longer than `timeout_s` seconds."""
        self._timeout_s = timeout_s
        self._slowest_s: dict[int, float] = {}
        self._patience_s: dict[int, float] = {}

    def add(self, ttl: int, rtt_s: float) -> bool:
        """An answer of this hop took `rtt_s` seconds. Returns whether that changes any patience."""
        if rtt_s <= self._slowest_s.get(ttl, 0.0):
            return False
        self._slowest_s[ttl] = rtt_s
        self._patience_s.clear()
        return True

    def has_answered(self, ttl: int) -> bool:
        """Whether this hop has ever."""
        return ttl in self._slowest_s

    def within(self, rtt_s: float) -> dict[int, float]:
        """The hops that never answered more slowly than `rtt_s` seconds: TTL to slowest answer."""
        return {ttl: slowest for ttl, slowest in self._slowest_s.items() if slowest <= rtt_s}

    def patience_s(self, ttl: int) -> float:
        """Seconds from sending after which silence of this hop is decided."""
        known = self._patience_s.get(ttl)
        if known is None:
            known = self._patience_s[ttl] = min(self._timeout_s, self._unbounded_s(ttl))
        return known

    def _unbounded_s(self, ttl: int) -> float:
        if ttl in self._slowest_s:
            return max(FLOOR_S, HERE_FACTOR * self._slowest_s[ttl])
        later = min((answered for answered in self._slowest_s if answered > ttl), default=None)
        if later is not None:
            return max(FLOOR_S, LATER_FACTOR * self._slowest_s[later])
        if self._slowest_s:
            return max(TAIL_FLOOR_S, LATER_FACTOR * max(self._slowest_s.values()))
        return self._timeout_s
