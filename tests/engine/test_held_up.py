"""A process that does not run for some seconds, while the network answers in time."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.model.probe import Lost, Mode, Reply
from poros_tui.probe.transport import Deliver
from tests.engine.trace import RecordingTransport, in_virtual_time, rising, run_trace

HOPS = 12


class LateReader(RecordingTransport):
    """Reads some turns after it has been woken, as when all time is taken elsewhere."""

    async def receive(self, deliver: Deliver) -> None:
        self._deliver = deliver
        while True:
            await trio.sleep(0.001)
            for _turn in range(20):
                await trio.lowlevel.checkpoint()
            self.hear()


@pytest.mark.parametrize("held_up_s", [2.0, 5.0], ids=["beyond-patience", "beyond-timeout"])
@pytest.mark.parametrize("at_s", [0.05, 0.7])
@pytest.mark.parametrize("mode", Mode)
def test_what_came_in_time_is_no_loss_however_late_it_is_read(
    mode: Mode, at_s: float, held_up_s: float
) -> None:
    async def hold_up(_session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(at_s)
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, MockClock)
        clock.jump(held_up_s)

    async def scenario() -> None:
        config = SessionConfig(mode=mode, queries=1, rounds=1)
        trace = await run_trace(
            rising(HOPS, 120), config, script=hold_up, open_transport=LateReader
        )
        assert [hop.received for hop in trace.final.hops] == [1] * HOPS
        replies = [message for message in trace.messages if isinstance(message, Reply)]
        assert not any(reply.was_lost or reply.is_late for reply in replies)
        lost = [message for message in trace.messages if isinstance(message, Lost)]
        assert all(message.probe.ttl > HOPS for message in lost)

    in_virtual_time(scenario)
