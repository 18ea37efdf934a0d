"""The wiring: transport, engine, channel and collector in one nursery, for either front end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import trio

from poros_tui.collector import collect
from poros_tui.config import SessionConfig
from poros_tui.engine.session import OpenWay, Session
from poros_tui.model.path import Path
from poros_tui.model.session import Message, PathSnapshot, Publish, SessionControls
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
) -> None:
    """Run a session for a live front end until its rounds are done or it is stopped."""
    send, receive = trio.open_memory_channel[Message](CHANNEL_SIZE)
    session = Session(config, open_transport(), send, open_way=open_way)
    try:
        async with trio.open_nursery() as nursery:
            path = Path(first_hop=config.first_hop, gap_limit=config.gap_limit)
            nursery.start_soon(collect, receive, path, publish)
            on_ready(session)
            await session.run()
    finally:
        session.close()


class FinishedTrace(msgspec.Struct, frozen=True):
    """What a one-shot run knows in the end."""

    path: PathSnapshot
    duration_s: float
    """From the first probe to the end."""
    signal_number: int | None
    """The signal that ended it early, None where none did."""


async def run_once(
    config: SessionConfig, open_transport: OpenTransport, stop_signals: Sequence[int] = ()
) -> FinishedTrace:
    """Run all rounds and keep every probe's outcome; a signal ends it with what is known.

    The caller may hold `stop_signals` back (pthread_sigmask): they are let in while the trace
    runs and held back again after, so that none comes when nobody could report what is known.
    """
    transport = open_transport()
    try:
        send, receive = trio.open_memory_channel[Message](CHANNEL_SIZE)
        session = Session(config, transport, send)
        stop = _StopOnSignal(session, stop_signals)
        path = Path(first_hop=config.first_hop, gap_limit=config.gap_limit, keep_records=True)
        complete_with = config.queries * (config.rounds or 1)
        async with trio.open_nursery() as nursery:
            await nursery.start(stop.run)
            nursery.start_soon(session.run)
            snapshot = await collect(receive, path, complete_with=complete_with)
            now_s = trio.current_time()
            nursery.cancel_scope.cancel()
        began_at_s = session.began_at_s if session.began_at_s is not None else now_s
        return FinishedTrace(snapshot, now_s - began_at_s, stop.signal_number)
    finally:
        transport.close()


class _StopOnSignal:
    """Ends a session on a signal, and remembers which it was."""

    def __init__(self, session: Session, numbers: Sequence[int]) -> None:
        self._session = session
        self._numbers = numbers
        self.signal_number: int | None = None

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
                    self._session.stop()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
