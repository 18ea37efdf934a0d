"""Keeps a session in a file while it goes on, and never in the way of a probe: what has happened is
put together in the engine's thread, 10 us a probe, and written by another once a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import trio

from poros_tui.config import SessionConfig
from poros_tui.errors import CannotRun
from poros_tui.model.about import About
from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import Message, TraceIdentity
from poros_tui.record.recorder import Recorder
from poros_tui.record.target import Target

WRITE_INTERVAL_S: Final = 1.0
"""A session that is killed loses no more than this."""


class Keeping:
    """All targets of a process, in one file."""

    def __init__(self, write: Callable[[bytes], None], *, version: str) -> None:
        """`write` appends to the file; raises CannotRun where it cannot. `version` is the
        program's."""
        self._write = write
        self._version = version
        self._recorder: Recorder | None = None
        self._known: dict[IPAddress, About] = {}
        """Before there is a session."""
        self._failure: CannotRun | None = None

    def keeper(
        self,
        *,
        number: int,
        place: tuple[int, int],
        name: str,
        identity: TraceIdentity,
        config: SessionConfig,
        path: Path,
        chronicle: Chronicle,
    ) -> TargetKeeper:
        """Who keeps what is learned of one target, from its beginning."""

        def target(*, now_s: float, wall_s: float) -> Target:
            return Target(
                number=number,
                place=place,
                name=name,
                identity=identity,
                config=config,
                began_at_s=now_s,
                began_wall_s=wall_s,
                samples_max=chronicle.samples_max,
            )

        return TargetKeeper(self, number, target, path, chronicle)

    def begin(self, target: Target, path: Path, chronicle: Chronicle) -> None:
        """The session of one target begins."""
        if self._recorder is None:
            self._recorder = Recorder(
                version=self._version, began_wall_s=target.began_wall_s, now_s=target.began_at_s
            )
            for address, about in self._known.items():
                self._recorder.learn(address, about)
        self._recorder.add(target, path, chronicle)

    @property
    def recorder(self) -> Recorder | None:
        """Where all is put together; None before the first session, and when it is over."""
        return self._recorder

    def learn(self, address: IPAddress, about: About) -> None:
        """More is known of an address."""
        if self._recorder is None:
            self._known[address] = about
        else:
            self._recorder.learn(address, about)

    async def run(self, tell: Callable[[str], None]) -> None:
        """Write until cancelled. Where that fails, `tell` is called with a sentence, once, and
        nothing more is kept."""
        while self._failure is None:
            await trio.sleep(WRITE_INTERVAL_S)
            if self._recorder is None:
                continue
            ready = self._recorder.push()
            if ready:
                # A file on a network may take its time.
                await trio.to_thread.run_sync(self._append, ready)
        self._recorder = None
        tell(f"{self._failure.sentence}; tracing goes on, nothing more is recorded")

    def _append(self, ready: bytes) -> None:
        try:
            self._write(ready)
        except CannotRun as failure:
            self._failure = failure

    def close(self) -> None:
        """Write the rest. Call when the engine has ended.

        Raises:
            CannotRun: it cannot be written, and nobody was told so yet.
        """
        recorder, self._recorder = self._recorder, None
        if recorder is not None and self._failure is None:
            self._write(recorder.end())


class TargetKeeper:
    """Keeps one target: a `model.keeping.Keeper`."""

    def __init__(
        self,
        keeping: Keeping,
        number: int,
        target: Callable[..., Target],
        path: Path,
        chronicle: Chronicle,
    ) -> None:
        self._keeping = keeping
        self._number = number
        self._target = target
        self._path = path
        self._chronicle = chronicle

    def begin(self, *, now_s: float, wall_s: float) -> None:
        """The session begins."""
        self._keeping.begin(self._target(now_s=now_s, wall_s=wall_s), self._path, self._chronicle)

    def take(self, message: Message, events: Sequence[Event], now_s: float) -> None:
        """A message came."""
        if self._keeping.recorder is not None:
            self._keeping.recorder.take(self._number, message, events, now_s)

    def see_clock(self, *, now_s: float, wall_s: float) -> None:
        """The time of day was set."""
        if self._keeping.recorder is not None:
            self._keeping.recorder.see_clock(self._number, now_s=now_s, wall_s=wall_s)

    def learn_mtu(self, found: PathMtu, now_s: float) -> None:
        """The search for the path's MTU knows more."""
        if self._keeping.recorder is not None:
            self._keeping.recorder.learn_mtu(self._number, found, now_s)

    def end(self) -> None:
        """The target is traced no longer."""
        if self._keeping.recorder is not None:
            self._keeping.recorder.drop(self._number)
