from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Coroutine

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.mtu_probing import MtuPlan
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.clock import ClockReading
from poros_tui.model.events import EventKind
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import PathUpdate, SessionControls, SessionState
from poros_tui.model.stop import StopKind
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario, rising_path
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.probe.transport import Deliver
from poros_tui.trace import run_live

pytestmark = pytest.mark.trio

ROUND = SessionConfig(rounds=1)


class WatchedTransport(SimulatedTransport):
    """Counts how often it was closed, and does what a test wants at a certain send."""

    def __init__(self, *, at_send: int = 0, do: Callable[[], None] | None = None) -> None:
        super().__init__(SimulatedNetwork(a_path(), seed=1))
        self.closed = 0
        self.sends = 0
        self._at_send = at_send
        self._do = do

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        self.sends += 1
        if self.sends == self._at_send and self._do is not None:
            self._do()
        return await super().send(ttl, key, flow, size)

    def close(self) -> None:
        self.closed += 1


class DeafTransport(WatchedTransport):
    """Its receiver dies."""

    async def receive(self, deliver: Deliver) -> None:
        await trio.sleep(0.001)
        raise ZeroDivisionError("a defect")


def a_path() -> Scenario:
    return rising_path(hops=5, last_rtt_s=0.010)


def tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


def leaf_types(group: BaseExceptionGroup[BaseException]) -> set[type[BaseException]]:
    found: set[type[BaseException]] = set()
    for error in group.exceptions:
        found |= leaf_types(error) if isinstance(error, BaseExceptionGroup) else {type(error)}
    return found


async def test_a_one_shot_run_closes_its_transport_and_leaves_no_task(
    autojump_clock: MockClock,
) -> None:
    transport, before = WatchedTransport(), tasks()
    finished = await run_once(ROUND, lambda: transport)
    assert (transport.closed, tasks()) == (1, before)
    assert finished.path.session.distance == 5
    assert finished.signal_number is None
    assert finished.duration_s == pytest.approx(0.010, abs=1e-6)


async def test_a_live_session_publishes_its_final_state_and_closes_its_transport(
    autojump_clock: MockClock,
) -> None:
    transport, before = WatchedTransport(), tasks()
    updates: list[PathUpdate] = []
    await run_live(SessionConfig(rounds=3), lambda: transport, updates.append, lambda _: None)
    assert (transport.closed, tasks()) == (1, before)
    assert updates[-1].session.status.state is SessionState.FINISHED
    assert updates[-1].session.status.round == 2
    newest = {hop.ttl: hop.received for update in updates for hop in update.hops}
    assert newest == dict.fromkeys(range(1, 6), 3)


async def test_the_controls_are_handed_over_before_anything_is_sent(
    autojump_clock: MockClock,
) -> None:
    transport = WatchedTransport()
    sent_before: list[int] = []

    def take(controls: SessionControls) -> None:
        sent_before.append(transport.sends)
        controls.set_mode(Mode.SEQUENTIAL)

    updates: list[PathUpdate] = []
    await run_live(ROUND, lambda: transport, updates.append, take)
    assert sent_before == [0]
    assert updates[-1].session.status.mode is Mode.SEQUENTIAL
    assert updates[-1].session.sent == 5


async def test_a_live_session_that_is_stopped_publishes_what_it_knows(
    autojump_clock: MockClock,
) -> None:
    transport = WatchedTransport()
    updates: list[PathUpdate] = []
    handed_over: list[SessionControls] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(
            run_live, SessionConfig(), lambda: transport, updates.append, handed_over.append
        )
        await trio.sleep(2.5)
        handed_over[0].stop()
    assert transport.closed == 1
    last = updates[-1].session
    assert (last.status.state, last.distance, last.sent) == (SessionState.FINISHED, 5, 30 + 5 + 5)


async def test_a_live_session_that_is_cancelled_closes_its_transport(
    autojump_clock: MockClock,
) -> None:
    transport, before = WatchedTransport(), tasks()
    with trio.move_on_after(1.5):
        await run_live(SessionConfig(), lambda: transport, lambda _: None, lambda _: None)
    assert (transport.closed, tasks()) == (1, before)


@pytest.mark.parametrize("live", [True, False])
async def test_a_defect_of_the_engine_comes_out_and_leaves_nothing_behind(
    autojump_clock: MockClock, live: bool
) -> None:
    transport, before = DeafTransport(), tasks()
    running: Coroutine[object, object, object]
    if live:
        running = run_live(ROUND, lambda: transport, lambda _: None, lambda _: None)
    else:
        running = run_once(ROUND, lambda: transport)
    with pytest.raises(BaseExceptionGroup) as failed:
        await running
    assert leaf_types(failed.value) == {ZeroDivisionError}
    assert (transport.closed, tasks()) == (1, before)


async def test_a_front_end_that_fails_to_take_an_update_ends_the_session(
    autojump_clock: MockClock,
) -> None:
    def publish(_: PathUpdate) -> None:
        raise LookupError("a defect")

    transport, before = WatchedTransport(), tasks()
    with pytest.raises(BaseExceptionGroup) as failed:
        await run_live(SessionConfig(), lambda: transport, publish, lambda _: None)
    assert leaf_types(failed.value) == {LookupError}
    assert (transport.closed, tasks()) == (1, before)


async def test_a_transport_that_cannot_be_opened_is_not_closed(autojump_clock: MockClock) -> None:
    def refuse() -> SimulatedTransport:
        raise PermissionError("no")

    with pytest.raises(PermissionError):
        await run_once(ROUND, refuse)
    with pytest.raises(PermissionError):
        await run_live(ROUND, refuse, lambda _: None, lambda _: None)


async def test_a_signal_ends_a_one_shot_run_with_what_is_known() -> None:
    transport = WatchedTransport(at_send=40, do=lambda: os.kill(os.getpid(), signal.SIGUSR1))
    config = SessionConfig(rounds=1000, interval_s=0.1)
    finished = await run_once(config, lambda: transport, [signal.SIGUSR1])
    assert finished.signal_number == signal.SIGUSR1
    stop = finished.path.session.status.stop
    assert stop is not None
    assert stop.kind is StopKind.CANCELLED
    assert finished.path.session.distance == 5
    assert transport.closed == 1


async def test_a_signal_ends_the_search_for_the_path_mtu_with_what_is_known() -> None:
    class Whole(WatchedTransport):
        """The first large packet does not get away."""

        async def send(
            self, ttl: int, key: int, flow: int = 0, size: int | None = None
        ) -> ClockReading:
            if size is not None and size > 1000:
                os.kill(os.getpid(), signal.SIGUSR1)
                await trio.sleep_forever()
            return await super().send(ttl, key, flow, size)

    whole = Whole()
    plan = MtuPlan(
        open_transport=lambda: whole,
        protocol=Protocol.ICMP,
        version=4,
        small=60,
        link_mtu=1500,
    )
    finished = await run_once(
        SessionConfig(queries=1, rounds=1), WatchedTransport, [signal.SIGUSR1], plan
    )
    assert finished.signal_number == signal.SIGUSR1
    found = finished.path.session.path_mtu
    assert found is not None
    assert (found.mtu, found.is_over) == (None, True)
    assert found.words() == "Path MTU not found: the search was stopped"
    assert finished.path.session.distance == 5
    assert whole.closed == 1


async def test_a_signal_that_waits_is_let_in_while_the_trace_runs_and_held_after() -> None:
    held = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        # To this thread alone: the test runner may have others, which do not hold it back.
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        finished = await run_once(
            SessionConfig(rounds=1000), lambda: WatchedTransport(), [signal.SIGUSR1]
        )
        assert finished.signal_number == signal.SIGUSR1
        assert signal.SIGUSR1 in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


async def test_a_clock_that_is_set_is_an_event_and_earlier_times_stay(
    autojump_clock: MockClock,
) -> None:
    began_s, chronicle = trio.current_time(), Chronicle()

    def wall_clock() -> float:
        now_s = trio.current_time() - began_s
        return 1_800_000_000.0 + now_s + (-30.0 if now_s > 4.5 else 0.0)

    await run_live(
        SessionConfig(rounds=8),
        WatchedTransport,
        lambda _: None,
        lambda _: None,
        chronicle=chronicle,
        wall_clock=wall_clock,
    )
    [event] = chronicle.events()
    assert (event.kind, event.words) == (
        EventKind.CLOCK_STEP,
        "the wall clock went back by 30 s: it was set",
    )
    assert event.at_s == pytest.approx(began_s + 5)
    assert chronicle.wall_s(began_s + 4) == pytest.approx(1_800_000_004.0)
    assert chronicle.wall_s(began_s + 6) == pytest.approx(1_800_000_006.0 - 30.0)
