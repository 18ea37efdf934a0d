"""However a session ends, nothing of it is left, and nobody hangs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock

from poros_tui.collector import collect
from poros_tui.config import SessionConfig
from poros_tui.engine.outbox import ROOM_MAX
from poros_tui.model.clock import ClockReading
from poros_tui.model.path import Path
from poros_tui.model.probe import Lost, Mode, Reply, Sent
from poros_tui.model.session import Message, PathUpdate, SessionState, SessionStatus
from poros_tui.probe.transport import Deliver
from tests.engine.trace import RecordingTransport, changes, make_session, rising, run_trace, stop_at

pytestmark = pytest.mark.trio


@asynccontextmanager
async def nothing_left_behind() -> AsyncIterator[None]:
    """As many tasks after as before."""
    before = trio.lowlevel.current_statistics().tasks_living
    yield
    assert trio.lowlevel.current_statistics().tasks_living == before


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The exceptions in a group of groups."""
    flat: list[BaseException] = []
    for each in group.exceptions:
        flat += leaves(each) if isinstance(each, BaseExceptionGroup) else [each]
    return flat


async def drain(receive: trio.MemoryReceiveChannel[Message]) -> list[Message]:
    async with receive:
        return [message async for message in receive]


class Broken(Exception):
    """A defect of a transport."""


class BrokenSend(RecordingTransport):
    """Fails at the twentieth probe, otherwise than a kernel does."""

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        if len(self.sent) == 20:
            raise Broken
        return await super().send(ttl, key, flow, size)


class BrokenReceive(RecordingTransport):
    """Fails to hear after half a second."""

    async def receive(self, deliver: Deliver) -> None:
        with trio.move_on_after(0.5):
            await super().receive(deliver)
        raise Broken


class DeafFromTheStart(RecordingTransport):
    """Fails before anything was said."""

    async def receive(self, deliver: Deliver) -> None:
        raise Broken


class BrokenPipe(RecordingTransport):
    """Fails with the very exception that a lost consumer raises."""

    async def receive(self, deliver: Deliver) -> None:
        with trio.move_on_after(0.5):
            await super().receive(deliver)
        raise trio.BrokenResourceError


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("how", ["rounds", "stop"])
async def test_a_session_that_ends_leaves_no_task(
    autojump_clock: MockClock, mode: Mode, how: str
) -> None:
    config = SessionConfig(mode=mode, rounds=3 if how == "rounds" else None)
    async with nothing_left_behind():
        await run_trace(rising(12, 240), config, script=stop_at(2.1) if how == "stop" else None)


@pytest.mark.parametrize("at_s", [0.0, 0.01, 0.3, 1.005, 7.7])
async def test_a_cancelled_session_leaves_no_task_and_closes_its_channel(
    autojump_clock: MockClock, at_s: float
) -> None:
    async with nothing_left_behind():
        session, _, receive = make_session(rising(12, 240), SessionConfig())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(drain, receive)
            with trio.move_on_after(at_s):
                await session.run()
        assert trio.current_time() == pytest.approx(at_s)


@pytest.mark.parametrize("transport", [BrokenSend, BrokenReceive, DeafFromTheStart, BrokenPipe])
async def test_a_defect_of_the_transport_comes_out_alone_and_leaves_no_task(
    autojump_clock: MockClock, transport: type[RecordingTransport]
) -> None:
    defect = trio.BrokenResourceError if transport is BrokenPipe else Broken
    async with nothing_left_behind():
        with pytest.raises(BaseExceptionGroup) as failure:
            await run_trace(rising(12, 240), SessionConfig(), open_transport=transport)
        assert {type(each) for each in leaves(failure.value)} == {defect}


@pytest.mark.parametrize("transport", [BrokenSend, BrokenReceive, DeafFromTheStart])
async def test_a_defect_comes_out_alone_through_a_live_front_end_too(
    autojump_clock: MockClock, transport: type[RecordingTransport]
) -> None:
    updates: list[PathUpdate] = []
    async with nothing_left_behind():
        session, _, receive = make_session(
            rising(12, 240), SessionConfig(), open_transport=transport
        )

        async def run_live() -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(collect, receive, Path(first_hop=1), updates.append)
                await session.run()

        with pytest.raises(BaseExceptionGroup) as failure:
            await run_live()
        assert {type(each) for each in leaves(failure.value)} == {Broken}


@pytest.mark.parametrize("after", [0, 1, 10, 40, 100])
async def test_a_consumer_that_goes_ends_the_session_quietly(
    autojump_clock: MockClock, after: int
) -> None:
    async with nothing_left_behind():
        session, _, receive = make_session(rising(12, 240), SessionConfig(), buffer=0)

        async def take_some() -> None:
            async with receive:
                for _ in range(after):
                    await receive.receive()

        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(take_some)
                await session.run()


async def slow(
    receive: trio.MemoryReceiveChannel[Message], pause_s: float, taken: list[Message]
) -> None:
    async with receive:
        async for message in receive:
            taken.append(message)
            await trio.sleep(pause_s)


async def test_a_slow_consumer_gets_every_outcome(autojump_clock: MockClock) -> None:
    session, transport, receive = make_session(rising(12, 48), SessionConfig(rounds=3), buffer=0)
    taken: list[Message] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(slow, receive, 1.0, taken)
        await session.run()
    sent = [message.probe for message in taken if isinstance(message, Sent)]
    decided = [message.probe for message in taken if isinstance(message, Reply | Lost)]
    assert len(sent) == len(transport.sent) == 30 + 12 + 12
    assert sorted(probe.number for probe in decided) == list(range(54))
    # The probing did not wait for it, and its round-trip times are right.
    assert max(transport.times_s) == pytest.approx(2.0)
    replies = [message for message in taken if isinstance(message, Reply)]
    assert all(reply.rtt_s == pytest.approx(0.004 * min(12, reply.probe.ttl)) for reply in replies)
    final = taken[-1]
    assert isinstance(final, SessionStatus)
    assert final.state is SessionState.FINISHED


async def test_a_consumer_too_slow_for_ever_stops_the_sending_not_the_hearing(
    autojump_clock: MockClock,
) -> None:
    async with nothing_left_behind():
        session, transport, receive = make_session(
            rising(30, 120), SessionConfig(interval_s=0.1, queries=3), buffer=0
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.run)
            await trio.sleep(60)
            sent = len(transport.sent)
            assert ROOM_MAX / 2 <= sent <= ROOM_MAX
            assert len(transport.unanswered) == 0
            await trio.sleep(60)
            assert len(transport.sent) == sent
            # And when somebody listens at last, it goes on.
            taken: list[Message] = []
            nursery.start_soon(slow, receive, 0.0001, taken)
            await trio.sleep(1)
            assert len(transport.sent) > sent + 300
            nursery.cancel_scope.cancel()
    assert not [message for message in taken if isinstance(message, Reply) and message.is_late]


@pytest.mark.parametrize("at_s", [0.01, 3.0, 100.0])
async def test_a_consumer_that_never_reads_keeps_nobody_from_cancelling(
    autojump_clock: MockClock, at_s: float
) -> None:
    async with nothing_left_behind():
        session, _, _receive = make_session(rising(12, 48), SessionConfig(), buffer=0)
        with trio.move_on_after(at_s) as scope:
            await session.run()
        assert scope.cancelled_caught
        assert trio.current_time() == pytest.approx(at_s)


async def test_a_finished_session_waits_until_its_outcomes_are_taken(
    autojump_clock: MockClock,
) -> None:
    session, _, receive = make_session(rising(12, 48), SessionConfig(rounds=1), buffer=0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.run)
        await trio.sleep(100)
        taken = await drain(receive)
    assert len([message for message in taken if isinstance(message, Sent)]) == 30


async def test_silent_probes_of_a_stopped_session_hold_nothing_up(
    autojump_clock: MockClock,
) -> None:
    scenario = rising(12, 48, "icmp = false\n" + changes(*range(1, 12), what="silent = true"))
    async with nothing_left_behind():
        trace = await run_trace(scenario, SessionConfig(), script=stop_at(0.5))
    assert trace.duration_s == pytest.approx(0.5)


async def test_ending_early_tells_the_engine(autojump_clock: MockClock) -> None:
    # The answers from beyond the destination would come 50 ms later; nobody waits for them.
    scenario = rising(12, 48)
    config = SessionConfig(queries=2)
    async with nothing_left_behind():
        trace = await run_trace(scenario, config, complete_with=2)
    assert trace.duration_s < 0.1
    assert trace.stop_words == "destination reached at hop 12"
    assert trace.final.session.status.state is SessionState.FINISHED
    assert all(hop.received == 2 for hop in trace.final.hops)
