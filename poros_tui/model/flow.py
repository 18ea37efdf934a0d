"""What one flow meets at a hop: who answered it, how often, how fast."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from copy import copy
from typing import Final

import msgspec

from poros_tui.model.probe import AnswerKind, IPAddress, Lost, Probe, Reply, SendFailed
from poros_tui.model.statistics import RttStatistics

ADDRESSES_MAX: Final = 4
"""Newest addresses kept for a flow at a hop. It should have one; more are balancing packet by
packet, or a route that has changed."""


def flow_numbers(flows: Sequence[int]) -> str:
    """Such as `flows 1-3, 7`: people count from 1. `flows` rise."""
    spans: list[list[int]] = []
    for flow in flows:
        if spans and spans[-1][1] == flow - 1:
            spans[-1][1] = flow
        else:
            spans.append([flow, flow])
    words = (f"{a + 1}" if a == b else f"{a + 1}-{b + 1}" for a, b in spans)
    return f"{'flow' if len(flows) == 1 else 'flows'} {', '.join(words)}"


class FlowAtHop(msgspec.Struct, frozen=True, kw_only=True):
    """One flow at one TTL, as it stood at one moment."""

    flow: int
    """From 0."""
    responders: tuple[IPAddress, ...] = ()
    """Who answered it, the newest first, at most ADDRESSES_MAX. Empty while nobody did."""
    sent: int = 0
    received: int = 0
    lost: int = 0
    rtt: RttStatistics

    @property
    def responder(self) -> IPAddress | None:
        """Who answered it last, None while nobody did."""
        return self.responders[0] if self.responders else None


class FlowCounts:
    """Folds the outcomes of one flow at one TTL."""

    def __init__(self, flow: int) -> None:
        self._flow = flow
        self._responders: deque[IPAddress] = deque(maxlen=ADDRESSES_MAX)
        self._sent = self._received = self._lost = 0
        self._refused = 0
        """Of `received`, while the destination has not answered it."""
        self._is_reached = False
        self._rtt = RttStatistics()

    def add(self, outcome: Probe | Reply | Lost | SendFailed) -> None:
        """A probe that left, or what became of it."""
        match outcome:
            case Probe():
                self._sent += 1
            case Reply():
                self._count(outcome)
                if outcome.responder in self._responders:
                    self._responders.remove(outcome.responder)
                self._responders.appendleft(outcome.responder)
            case Lost():
                self._lost += 1
            case SendFailed():
                self._sent -= outcome.was_sent
                self._lost -= outcome.was_lost

    def _count(self, reply: Reply) -> None:
        """As `Hop` does: where the destination answers, what is refused is lost."""
        is_refused = reply.kind is AnswerKind.UNREACHABLE
        if reply.kind is AnswerKind.REACHED and not self._is_reached:
            self._is_reached = True
            self._received -= self._refused
            self._lost += self._refused
            if self._refused:
                self._rtt = RttStatistics()
        if is_refused and self._is_reached:
            self._lost += not reply.was_lost
            return
        self._refused += is_refused
        self._received += 1
        self._lost -= reply.was_lost
        if reply.rtt_s is not None:
            self._rtt.add(reply.rtt_s)

    def snapshot(self) -> FlowAtHop:
        """As it stands."""
        return FlowAtHop(
            flow=self._flow,
            responders=tuple(self._responders),
            sent=self._sent,
            received=self._received,
            lost=self._lost,
            rtt=copy(self._rtt),
        )
