"""Between two worlds: the Trio engine in a thread of its own, and Textual on asyncio.

What comes from the engine waits in a mailbox that keeps only the newest snapshot of each hop and of
each target, so that a terminal which stops reading for seconds costs no memory and never slows the
engine. What goes to the engine goes through its TrioToken. Everything that crosses is frozen.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.session import PathUpdate, SessionSnapshot
from poros_tui.model.targets import FleetControls, Front, TargetSnapshot

if TYPE_CHECKING:
    import trio

T = TypeVar("T")

RunFleet = Callable[[Front, Callable[[FleetControls], None]], Awaitable[None]]
"""Traces targets in Trio until it is cancelled. Calls the second argument once, with the controls,
when they can be used; tells the first what becomes of the targets."""

STOP_LIMIT_S: Final = 2.0
"""How long quitting waits for the engine. It only has sockets to close; a thread that hangs must
not keep the terminal."""


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine has told since the last time."""

    paths: Mapping[int, PathUpdate]
    """By the number of the target."""
    targets: tuple[TargetSnapshot, ...]
    """New, or changed; each once."""
    dropped: tuple[tuple[int, str], ...]
    """The numbers of those that are gone, and why."""


class _PathMail:
    """The newest of everything that was told of one path."""

    def __init__(self, session: SessionSnapshot) -> None:
        self.session = session
        self.hops: dict[int, HopSnapshot] = {}


class Mailbox:
    """The newest of everything that was published and not yet taken. For two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._generations: dict[int, int] = {}
        self._paths: dict[int, _PathMail] = {}
        self._targets: dict[int, TargetSnapshot] = {}
        self._dropped: dict[int, str] = {}

    @property
    def _is_empty(self) -> bool:
        return not (self._paths or self._targets or self._dropped)

    def put_path(self, number: int, update: PathUpdate) -> bool:
        """Keep what is new. True where the mailbox was empty, so that somebody must be told."""
        with self._lock:
            generation = self._generations.get(number, -1)
            if update.generation < generation:
                return False
            was_empty = self._is_empty
            known = self._paths.get(number)
            if known is None or update.generation > generation:
                self._generations[number] = update.generation
                known = self._paths[number] = _PathMail(update.session)
            known.hops.update((hop.ttl, hop) for hop in update.hops)
            known.session = update.session
            return was_empty

    def put_targets(self, snapshots: Iterable[TargetSnapshot]) -> bool:
        """The same for lines of targets."""
        with self._lock:
            was_empty = self._is_empty
            self._targets.update((snapshot.number, snapshot) for snapshot in snapshots)
            return was_empty

    def put_dropped(self, number: int, reason: str) -> bool:
        """The same for a target that is gone."""
        with self._lock:
            was_empty = self._is_empty
            self._dropped[number] = reason
            self._paths.pop(number, None)
            self._targets.pop(number, None)
            self._generations.pop(number, None)
            return was_empty

    def take(self) -> Mail | None:
        """All that waits; None where nothing does."""
        with self._lock:
            if self._is_empty:
                return None
            mail = Mail(
                paths={
                    number: PathUpdate(
                        generation=self._generations[number],
                        hops=tuple(path.hops[ttl] for ttl in sorted(path.hops)),
                        session=path.session,
                    )
                    for number, path in self._paths.items()
                },
                targets=tuple(self._targets.values()),
                dropped=tuple(self._dropped.items()),
            )
            for taken in (self._paths, self._targets, self._dropped):
                taken.clear()
            return mail


class EngineBridge:
    """Starts the engine, hands commands to it, and sees it end. Use from asyncio's thread."""

    def __init__(
        self,
        run_fleet: RunFleet,
        *,
        on_mail: Callable[[], None],
        on_end: Callable[[BaseException | None], None],
    ) -> None:
        """`on_mail` is called when the mailbox was empty and is not any more; `on_end` once, with
        what the engine died of, or None. Both in asyncio's thread."""
        self._run_fleet = run_fleet
        self._on_mail = on_mail
        self._on_end = on_end
        self._mailbox = Mailbox()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: contextvars.Context | None = None
        self._thread: threading.Thread | None = None
        self._ended = asyncio.Event()
        self._lock = threading.Lock()
        self._token: trio.lowlevel.TrioToken | None = None
        self._scope: trio.CancelScope | None = None
        self._controls: FleetControls | None = None
        self._waiting: list[Callable[[FleetControls], None]] = []
        self._is_stopping = False

    def start(self) -> None:
        """Run the engine in its thread. Call once, in a running loop."""
        self._loop = asyncio.get_running_loop()
        # Of the app: in the engine's own Textual does not know which app is the active one.
        self._context = contextvars.copy_context()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    def take(self) -> Mail | None:
        """What came since the last time."""
        return self._mailbox.take()

    def command(self, command: Callable[[FleetControls], None]) -> None:
        """Do this in the engine's thread; as soon as it is ready, where it is not yet. A command
        to an engine that has ended is no error, and does nothing."""
        with self._lock:
            controls = self._controls
            if controls is None:
                self._waiting.append(command)
                return
        self._in_engine(lambda: command(controls))

    def ask(self, question: Callable[[FleetControls], T], answered: Callable[[T], None]) -> None:
        """Have a question answered in the engine's thread; `answered` is called with the answer in
        asyncio's. An engine that has ended answers nothing."""

        def answer(controls: FleetControls) -> None:
            self._tell(partial(answered, question(controls)))

        self.command(answer)

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
            await self._run_fleet(self, self._take_controls)

    def show_path(self, number: int, update: PathUpdate) -> None:
        """As `Front`: the target that is looked at has changed."""
        if self._mailbox.put_path(number, update):
            self._tell(self._on_mail)

    def show_targets(self, snapshots: Sequence[TargetSnapshot]) -> None:
        """As `Front`: these are new, or have changed."""
        if self._mailbox.put_targets(snapshots):
            self._tell(self._on_mail)

    def drop_target(self, number: int, reason: str) -> None:
        """As `Front`: there is no such target any more."""
        if self._mailbox.put_dropped(number, reason):
            self._tell(self._on_mail)

    def _take_controls(self, controls: FleetControls) -> None:
        with self._lock:
            self._controls = controls
            waiting, self._waiting = self._waiting, []
        for command in waiting:
            command(controls)

    def _tell(self, callback: Callable[[], None]) -> None:
        if self._loop is not None:
            # The loop is closed where the screen did not wait for us any longer.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(callback, context=self._context)

    # In asyncio's thread again

    def _end(self, failure: BaseException | None) -> None:
        self._ended.set()
        self._on_end(failure)
