"""A diamond of which one way leads nowhere, and transports that do not send some flows."""

from __future__ import annotations

from typing import ClassVar, Final

import trio

from poros_tui.errors import SendError
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.transport import LocalFailure
from tests.engine.trace import RecordingTransport, rising

MEMBERS: Final = 4
REASON: Final = "--source-port 40000 is in use by another program"


def dead_branch(dead: int, more: str = "") -> Scenario:
    """Five hops: four ways at hop 3, of which this one (from 0) answers, and passes nothing on."""
    addresses = ", ".join(f'"10.0.3.{1 + number}"' for number in range(MEMBERS))
    links = ", ".join("[]" if number == dead else "[0]" for number in range(MEMBERS))
    hop = f"\n[[hop]]\nttl = 3\naddresses = [{addresses}]\nlinks = [{links}]\n"
    return rising(5, 20, hop + more)


def member_of(flow: int, *, seed: int) -> int:
    """Which of the four ways a flow takes."""
    network = SimulatedNetwork(dead_branch(-1), seed=seed)
    (answer,) = network.answers(
        ttl=3, protocol=Protocol.ICMP, flow=flow, serial=0, family=4, now_s=0
    )
    return int(answer.responder) % 256 - 1


class PickyTransport(RecordingTransport):
    """Does not send some flows."""

    refused: ClassVar[frozenset[int]] = frozenset({1})

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        if flow in self.refused:
            raise SendError(REASON)
        return await super().send(ttl, key, flow, size)


class LonelyTransport(PickyTransport):
    """Sends the first flow alone."""

    refused = frozenset(range(1, 1000))


class BelatedTransport(RecordingTransport):
    """Says only afterwards that the second flow could not be sent."""

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        if flow != 1:
            return await super().send(ttl, key, flow, size)
        self._put(trio.current_time() + 0.01, LocalFailure(key, REASON))
        return ClockReading(realtime_ns=0, monotonic_ns=0)
