"""Probes that UDP sends a second time, from a port of their own, because the first answer told
nothing: they are waited for as long as any other."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Mode, Protocol, Reply
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.probe.transport import Answer, Deliver, TransportEvent
from poros_tui.probe.udp import TOO_SHORT
from poros_tui.probe.udp_sockets import UdpSockets
from tests.engine.trace import in_virtual_time, rising, run_trace

HOPS, RTT_S = 12, 0.120
SHORT_TTL = 5


class QuotesTooLittle(SimulatedTransport):
    """Hop 5 quotes nothing by which a probe could be told."""

    async def receive(self, deliver: Deliver) -> None:
        def tell(event: TransportEvent) -> None:
            is_short = isinstance(event, Answer) and str(event.responder) == f"10.0.{SHORT_TTL}.1"
            deliver(TOO_SHORT if is_short else event)

        await super().receive(tell)


def open_udp(network: SimulatedNetwork, *, protocol: Protocol, family: int) -> UdpSockets:
    def open_own(_key: int) -> SimulatedTransport:
        return SimulatedTransport(network, protocol=protocol, family=family)

    first = QuotesTooLittle(network, protocol=protocol, family=family)
    return UdpSockets(first, None, open_own)


@pytest.mark.sampled(21)
@pytest.mark.parametrize("held_up_s", [0.0, 0.6, 2.0, 4.0])
@pytest.mark.parametrize("at_s", [0.005, 0.045, 0.055, 0.085, 0.095, 0.145, 0.155])
@pytest.mark.parametrize("mode", Mode)
def test_a_probe_that_is_sent_again_has_all_the_time_of_a_new_one(
    mode: Mode, at_s: float, held_up_s: float
) -> None:
    async def hold_up(_session: object, _transport: object) -> None:
        await trio.sleep(at_s)
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, MockClock)
        clock.jump(held_up_s)

    async def scenario() -> None:
        trace = await run_trace(
            rising(HOPS, RTT_S * 1000),
            SessionConfig(mode=mode, queries=1, rounds=1),
            protocol=Protocol.UDP,
            script=hold_up,
            open_transport=open_udp,  # type: ignore[arg-type]
        )
        assert [hop.received for hop in trace.final.hops] == [1] * HOPS
        replies = {
            message.probe.ttl: message for message in trace.messages if isinstance(message, Reply)
        }
        assert [reply for reply in replies.values() if reply.was_lost or reply.is_late] == []
        rtt_s = replies[SHORT_TTL].rtt_s
        assert rtt_s == pytest.approx(RTT_S * SHORT_TTL / HOPS, abs=1e-6)

    in_virtual_time(scenario)
