"""How long the path was at any time, for as long as figures of its hops are kept.

It ends where the destination, or who refuses, answers first behind all routers that answer in the
same half minute. One round alone does not tell: the first burst goes beyond every destination, and
so do rounds in which its own hop is silent, and it answers there.
"""

from __future__ import annotations

from typing import Final

from poros_tui.model.probe import AnswerKind
from poros_tui.model.watching.rounds import Round

STEP_S: Final = 30
_KEPT: Final = 30 * 3600 // STEP_S
"""Steps: as long as a hop's figures are kept."""


class PathLengths:
    """One length for each step of half a minute, in a byte."""

    def __init__(self) -> None:
        self._first = 0
        """Of the steps that are kept; counted from zero of the session's clock."""
        self._lengths = bytearray()
        self._last_router = 0
        self._ends: set[int] = set()
        """What the rounds of the newest step have seen, as TTLs."""

    def add(self, round_: Round) -> None:
        """A round is complete; they come in their order. What its probes saw is still known."""
        if not round_.hops:
            return
        self._go_to(int(min(hop.at_s for hop in round_.hops.values()) // STEP_S))
        for ttl, hop in round_.hops.items():
            for seen in hop.seen:
                if seen.kind is AnswerKind.TIME_EXCEEDED:
                    self._last_router = max(self._last_router, ttl)
                else:
                    self._ends.add(ttl)
        last = self._last_router
        self._lengths[-1] = min((ttl for ttl in self._ends if ttl > last), default=last)

    def _go_to(self, step: int) -> None:
        newest = self._first + len(self._lengths) - 1
        if self._lengths and step <= newest:
            return
        self._last_router = 0
        self._ends.clear()
        if not self._lengths or step - newest > _KEPT:
            self._first, newest = step, step - 1
            self._lengths.clear()
        self._lengths.extend(bytes(step - newest))
        excess = max(0, len(self._lengths) - _KEPT)
        del self._lengths[:excess]
        self._first += excess

    def longest(self, from_s: float, to_s: float) -> int:
        """TTL of the last hop that the path had within a span of time, to the half minute; 0 where
        none is known."""
        first = max(0, int(from_s // STEP_S) - self._first)
        end = max(0, -int(-to_s // STEP_S) - self._first)
        return max(self._lengths[first:end], default=0)
