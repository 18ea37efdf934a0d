"""Between two worlds: the Trio engine in a thread of its own, and Textual on asyncio.

What comes from the engine waits in a mailbox that keeps only the newest snapshot of each hop, so
that a terminal which stops reading for seconds costs no memory and never slows the engine. What
goes to the engine goes through its TrioToken. Everything that crosses is frozen.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.session import PathUpdate, Publish, SessionControls, SessionSnapshot

if TYPE_CHECKING:
    import trio

RunSession = Callable[[Publish, Callable[[SessionControls], None]], Awaitable[None]]
"""Runs a whole session in Trio. Calls the second argument once, with the controls, when they can
be used; calls the first with every update; returns when the session is over."""

STOP_LIMIT_S: Final = 2.0
"""How long quitting waits for the engine. It only has sockets to close; a thread that hangs must
not keep the terminal."""


class Mailbox:
    """The newest of everything that was published and not yet taken. For two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generation = -1
        self._hops: dict[int, HopSnapshot] = {}
        self._session: SessionSnapshot | None = None

    def put(self, update: PathUpdate) -> bool:
        """Keep what is new. True where the mailbox was empty, so that somebody must be told."""
        with self._lock:
            if update.generation < self._generation:
                return False
            if update.generation > self._generation:
                self._generation = update.generation
                self._hops.clear()
            was_empty = self._session is None
            self._hops.update((hop.ttl, hop) for hop in update.hops)
            self._session = update.session
            return was_empty

    def take(self) -> PathUpdate | None:
        """All that waits, as one update; None where nothing does."""
        with self._lock:
            if self._session is None:
                return None
            update = PathUpdate(
                generation=self._generation,
                hops=tuple(self._hops[ttl] for ttl in sorted(self._hops)),
                session=self._session,
            )
            self._hops.clear()
            self._session = None
            return update


class EngineBridge:
    """Starts the engine, hands commands to it, and sees it end. Use from asyncio's thread."""

    def __init__(
        self,
        run_session: RunSession,
        *,
        on_mail: Callable[[], None],
        on_end: Callable[[BaseException | None], None],
    ) -> None:
        """`on_mail` is called when the mailbox was empty and is not any more; `on_end` once, with
        what the engine died of, or None. Both in asyncio's thread."""
        self._run_session = run_session
        self._on_mail = on_mail
        self._on_end = on_end
        self._mailbox = Mailbox()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ended = asyncio.Event()
        self._lock = threading.Lock()
        self._token: trio.lowlevel.TrioToken | None = None
        self._scope: trio.CancelScope | None = None
        self._controls: SessionControls | None = None
        self._waiting: list[Callable[[SessionControls], None]] = []
        self._is_stopping = False

    def start(self) -> None:
        """Run the engine in its thread. Call once, in a running loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def take(self) -> PathUpdate | None:
        """What came since the last time."""
        return self._mailbox.take()

    def command(self, command: Callable[[SessionControls], None]) -> None:
        """Do this in the engine's thread; as soon as it is ready, where it is not yet. A command
        to an engine that has ended is no error, and does nothing."""
        with self._lock:
            controls = self._controls
            if controls is None:
                self._waiting.append(command)
                return
        self._in_engine(lambda: command(controls))

    async def stop(self) -> None:
        """End the engine and wait for it, but not longer than STOP_LIMIT_S."""
        if self._thread is None:
            return
        with self._lock:
            self._is_stopping = True
            scope = self._scope
        if scope is not None:
            self._in_engine(scope.cancel)
        try:
            await asyncio.wait_for(self._ended.wait(), STOP_LIMIT_S)
        except TimeoutError:
            return
        self._thread.join(STOP_LIMIT_S)

    def _in_engine(self, function: Callable[[], None]) -> None:
        from trio import RunFinishedError

        if self._token is not None:
            with contextlib.suppress(RunFinishedError):
                self._token.run_sync_soon(function)

    # In the engine's thread

    def _run(self) -> None:
        # Trio takes 65 ms to import: here, it does not hold up the first paint.
        import trio

        failure: BaseException | None = None
        try:
            trio.run(self._main)
        except BaseException as error:  # noqa: BLE001 - handed over whole, to be told to the user
            failure = error
        self._tell(lambda: self._end(failure))

    async def _main(self) -> None:
        import trio

        with trio.CancelScope() as scope:
            with self._lock:
                self._token = trio.lowlevel.current_trio_token()
                self._scope = scope
                if self._is_stopping:
                    return
            await self._run_session(self._publish, self._take_controls)

    def _publish(self, update: PathUpdate) -> None:
        if self._mailbox.put(update):
            self._tell(self._on_mail)

    def _take_controls(self, controls: SessionControls) -> None:
        with self._lock:
            self._controls = controls
            waiting, self._waiting = self._waiting, []
        for command in waiting:
            command(controls)

    def _tell(self, callback: Callable[[], None]) -> None:
        if self._loop is not None:
            # The loop is closed where the screen did not wait for us any longer.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(callback)

    # In asyncio's thread again

    def _end(self, failure: BaseException | None) -> None:
        self._ended.set()
        self._on_end(failure)
