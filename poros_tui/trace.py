"""The wiring: transport, engine, channel and collector in one nursery, for either front end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from functools import partial
from time import time
from typing import Final

import msgspec
import trio

from poros_tui.collector import collect
from poros_tui.config import SessionConfig
from poros_tui.engine.all_paths import NeighbourPlan
from poros_tui.engine.mtu_probing import MtuPlan, MtuProbing
from poros_tui.engine.session import Session
from poros_tui.engine.ways import OpenWay
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.session import (
    Message,
    PathSnapshot,
    PathUpdate,
    Publish,
    SessionControls,
    Way,
)
from poros_tui.probe.transport import ProbeTransport

CHANNEL_SIZE: Final = 256
"""Outcomes between engine and collector; both run in one thread, so this is one burst's worth."""

OpenTransport = Callable[[], ProbeTransport]
"""Called inside Trio: a simulated internet keeps its time by Trio's clock."""


async def run_live(
    config: SessionConfig,
    open_transport: OpenTransport,
    publish: Publish,
    on_ready: Callable[[SessionControls], None],
    open_way: OpenWay | None = None,
    mtu: MtuPlan | None = None,
    way: Way | None = None,
    neighbours: NeighbourPlan | None = None,
    chronicle: Chronicle | None = None,
) -> None:
    """Run a session for a live front end until its rounds are done or it is stopped.

    `way` is what it begins with: to raw sockets it comes back, whatever is chosen meanwhile.
    `chronicle` remembers over time what happens.
    With `mtu` the path's MTU is searched for beside the rounds, once, after the first of them: a
    path that changes later is not searched again.
    """
    send, receive = trio.open_memory_channel[Message](CHANNEL_SIZE)
    session = Session(
        config, open_transport(), send, open_way=open_way, way=way, neighbours=neighbours
    )
    try:
        async with trio.open_nursery() as nursery:
            path = Path(
                first_hop=config.first_hop,
                gap_limit=config.gap_limit,
                keep_flows=config.flows > 1,
            )
            if chronicle is not None:
                chronicle.begin(now_s=trio.current_time(), wall_s=time())
            if mtu is None:
                nursery.start_soon(partial(collect, receive, path, publish, chronicle=chronicle))
            else:
                search = _LiveSearch(mtu, config, session, path, publish)
                nursery.start_soon(
                    partial(collect, receive, path, search.publish, chronicle=chronicle)
                )
                nursery.start_soon(search.run)
            on_ready(session)
            await session.run()
    finally:
        session.close()


class _LiveSearch:
    """The search for the path's MTU beside the rounds."""

    def __init__(
        self, plan: MtuPlan, config: SessionConfig, session: Session, path: Path, publish: Publish
    ) -> None:
        self._plan = plan
        self._config = config
        self._session = session
        self._path = path
        self._publish = publish
        self._explored = trio.Event()

    def publish(self, update: PathUpdate) -> None:
        """Pass an update on, and see whether the first trace is complete."""
        self._publish(update)
        if update.session.status.stop is not None:
            self._explored.set()

    async def run(self) -> None:
        """Search when the path is known, until the session is stopped."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._end_with_session, nursery.cancel_scope)
            await self._explored.wait()
            probing = MtuProbing(
                self._plan,
                self._path.snapshot(),
                self._config,
                wait_for_turn=self._session.wait_for_turn,
                report=self._tell,
            )
            await probing.run()
            nursery.cancel_scope.cancel()

    def _tell(self, found: PathMtu) -> None:
        self._path.set_path_mtu(found)
        self._publish(self._path.take_update())

    async def _end_with_session(self, scope: trio.CancelScope) -> None:
        await self._session.wait_for_stop()
        scope.cancel()


class FinishedTrace(msgspec.Struct, frozen=True):
    """What a one-shot run knows in the end."""

    path: PathSnapshot
    duration_s: float
    """From the first probe to the end."""
    signal_number: int | None
    """The signal that ended it early, None where none did."""


async def run_once(
    config: SessionConfig,
    open_transport: OpenTransport,
    stop_signals: Sequence[int] = (),
    mtu: MtuPlan | None = None,
    neighbours: NeighbourPlan | None = None,
) -> FinishedTrace:
    """Run all rounds and keep every probe's outcome; a signal ends it with what is known. Then,
    with `mtu`, search for the path's MTU.

    The caller may hold `stop_signals` back (pthread_sigmask): they are let in while the trace
    runs and held back again after, so that none comes when nobody could report what is known.
    """
    send, receive = trio.open_memory_channel[Message](CHANNEL_SIZE)
    session = Session(config, open_transport(), send, neighbours=neighbours)
    try:
        stop = _StopOnSignal(session.stop, stop_signals)
        path = Path(
            first_hop=config.first_hop,
            gap_limit=config.gap_limit,
            keep_records=True,
            keep_flows=config.flows > 1,
        )
        # What is known when every hop has its outcomes is not all that is wanted of a discovery.
        is_all = config.failure is None
        complete_with = config.probes_per_hop * (config.rounds or 1) if is_all else None
        async with trio.open_nursery() as nursery:
            await nursery.start(stop.run)
            nursery.start_soon(session.run)
            snapshot = await collect(receive, path, complete_with=complete_with)
            now_s = trio.current_time()
            if mtu is not None and stop.signal_number is None:
                with trio.CancelScope() as stop.scope:
                    await _search_once(mtu, config, session, path)
                snapshot = path.snapshot()
            nursery.cancel_scope.cancel()
        began_at_s = session.began_at_s if session.began_at_s is not None else now_s
        return FinishedTrace(snapshot, now_s - began_at_s, stop.signal_number)
    finally:
        session.close()


async def _search_once(plan: MtuPlan, config: SessionConfig, session: Session, path: Path) -> None:
    probing = MtuProbing(
        plan,
        path.snapshot(),
        config,
        wait_for_turn=session.wait_for_turn,
        report=path.set_path_mtu,
    )
    await probing.run()


class _StopOnSignal:
    """Ends a session, or what came after it, on a signal, and remembers which it was."""

    def __init__(self, stop: Callable[[], None], numbers: Sequence[int]) -> None:
        self._stop = stop
        self._numbers = numbers
        self.signal_number: int | None = None
        self.scope: trio.CancelScope | None = None
        """What to end instead, once the session is over."""

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        if not self._numbers:
            task_status.started()
            return
        with trio.open_signal_receiver(*self._numbers) as signals:
            before = signal.pthread_sigmask(signal.SIG_UNBLOCK, self._numbers)
            try:
                task_status.started()
                async for signal_number in signals:
                    self.signal_number = self.signal_number or signal_number
                    if self.scope is not None:
                        self.scope.cancel()
                    self._stop()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
