"""What becomes of flows that are silent at some TTL: do they go on behind it, or end there? Pure.

A router that never answers, and one that passes nothing on, look alike at their own TTL. What lies
behind tells them apart: the flows of the first are answered again. So a flow that falls silent is
followed, in steps that double, until somebody answers it, or up to the horizon: `gap_limit` silent
TTLs in a row, and where the destination is known not more than BEYOND TTLs behind the farthest
answer that any flow had.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

BEYOND: Final = 2
"""So much longer than all other ways that of a silent flow may be. The destination answers at every
TTL from its distance on, so that these are further questions to it, too."""


class Fates:
    """The flows that were silent somewhere."""

    def __init__(self, *, gap_limit: int, first_ttl: int, last_ttl: int) -> None:
        """Args:
        gap_limit: silent TTLs in a row after which a flow is followed no further; 0: no limit.
        first_ttl: nearest TTL to ask.
        last_ttl: farthest TTL to ask.
        """
        self._first_ttl = first_ttl
        self._gap_limit = gap_limit
        self._last_ttl = last_ttl
        self._farthest: dict[int, int] = {}  # flow to the farthest TTL at which it was answered
        self._ended: dict[int, int] = {}  # flow to the nearest TTL at which it came to an end
        self._silent: dict[int, dict[int, int]] = {}  # flow to TTL to tries
        self._missed: dict[int, dict[int, int]] = {}  # the same, also where it is asked again
        self._farthest_of_all = 0
        self.dead: dict[int, int] = {}
        """Flow to the first TTL from which on nobody answers it."""
        self.untold: set[int] = set()
        """Flows that were followed in vain, but so much is lost that it may be chance."""
        self.unsent: dict[int, str] = {}
        """Flow to the reason for which this machine does not send it."""

    def add_answer(self, flow: int, ttl: int, *, is_end: bool) -> None:
        """Somebody answered it."""
        self._farthest[flow] = max(ttl, self._farthest.get(flow, 0))
        self._farthest_of_all = max(ttl, self._farthest_of_all)
        if is_end:
            self._ended[flow] = min(ttl, self._ended.get(flow, ttl))
        self._silent.get(flow, {}).pop(ttl, None)
        if self.dead.get(flow, ttl + 1) <= ttl:
            del self.dead[flow]
        self.untold.discard(flow)

    def add_silence(self, flow: int, ttl: int, tries: int) -> None:
        """Nobody did, in so many tries."""
        self._silent.setdefault(flow, {})[ttl] = tries

    def add_miss(self, flow: int, ttl: int, tries: int) -> dict[int, int]:
        """Nobody did so far. Returns all tries in vain behind its last answer, by TTL."""
        missed = self._missed.setdefault(flow, {})
        missed[ttl] = tries
        after = self._farthest.get(flow, 0)
        return {ttl: tries for ttl, tries in missed.items() if ttl > after}

    def goes_on(self, flow: int, ttl: int) -> bool:
        """Whether it was answered at a farther TTL."""
        return self._farthest.get(flow, 0) > ttl

    def is_settled(self, flow: int, ttl: int) -> bool:
        """Whether it is known what the silence of a flow at a TTL means, or will not be known."""
        return (
            self.goes_on(flow, ttl)
            or flow in self.dead
            or flow in self.untold
            or flow in self._ended
        )

    def dead_at(self, ttl: int) -> list[int]:
        """Flows that nobody answers from this TTL on, in order."""
        return sorted(flow for flow, first in self.dead.items() if first == ttl)

    def asked_to(self, flow: int) -> int:
        """The farthest TTL at which it is silent; 0: at none."""
        return max(self._silent.get(flow, {}), default=0)

    def follows_silence(self, flow: int, ttl: int) -> bool:
        """Whether a flow is asked at a TTL only to see if it goes on behind its silence."""
        after = self._farthest.get(flow, 0)
        return after < ttl and any(after < silent < ttl for silent in self._silent.get(flow, ()))

    def run_of(self, flow: int) -> dict[int, int]:
        """TTLs in a row at which a flow is silent, behind its last answer, and the tries at each.
        Empty where it goes on."""
        after = self._farthest.get(flow, 0)
        silent = self._silent.get(flow, {})
        first = min((ttl for ttl in silent if ttl > after), default=None)
        run: dict[int, int] = {}
        while first is not None and first + len(run) in silent:
            run[first + len(run)] = silent[first + len(run)]
        return run

    def runs(self) -> Iterator[tuple[int, dict[int, int]]]:
        """The flows that are silent behind their last answer, and where, but for those that are
        dead or have met the end."""
        for flow in sorted(self._silent):
            is_over = flow in self.dead or flow in self.unsent or flow in self._ended
            if not is_over and (run := self.run_of(flow)):
                yield flow, run

    def is_followed(self, flow: int, run: dict[int, int]) -> bool:
        """Whether it is known where this run begins, and that nobody answers up to the horizon."""
        first = min(run)
        is_placed = first == self._first_ttl or self._farthest.get(flow, 0) == first - 1
        return is_placed and max(run) >= self.horizon(first)

    def horizon(self, first_silent: int) -> int:
        """Up to which TTL a flow is followed that is silent from this one on."""
        horizon = self._last_ttl
        if self._gap_limit:
            horizon = min(horizon, first_silent - 1 + self._gap_limit)
        if self._ended:
            horizon = min(horizon, max(first_silent, self._farthest_of_all + BEYOND))
        return horizon

    def next_ttls(self, run: dict[int, int]) -> Iterator[int]:
        """Where a flow with this run is to be asked: before it, and behind it up to the horizon."""
        first, length = min(run), len(run)
        if first > self._first_ttl:
            yield first - 1
        yield from range(first + length, min(first + 2 * length - 1, self.horizon(first)) + 1)
