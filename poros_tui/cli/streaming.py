"""Reports that are written while the trace goes on, a line at a time."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable, Sequence
from time import time
from typing import TYPE_CHECKING, Final

from poros_tui.engine.plan import TracePlan
from poros_tui.errors import CannotRun
from poros_tui.model.clean import clean
from poros_tui.report.as_ndjson import (
    error_line,
    event_line,
    message_line,
    summary_line,
    trace_line,
)
from poros_tui.report.run import FinishedRun, Untraced

if TYPE_CHECKING:
    from poros_tui.model.events import Event
    from poros_tui.model.session import Message
    from poros_tui.trace import Listen

PIECE: Final = 4096
"""Bytes that go into a pipe at once, where it has room for any (PIPE_BUF, pipe(7))."""
WAITING_MAX: Final = 64 << 20
"""Bytes that wait for a reader. More would be a leak: then the trace waits for it too."""
_PATH_MAX: Final = 240


class LineStream:
    """Lines to where they are read, each at once. A reader that is slow holds up no probe: what
    does not go yet waits."""

    def __init__(self, descriptor: int, path: str | None = None) -> None:
        """To an open file, `path` for a sentence; None: it is standard output."""
        self._descriptor = descriptor
        self._path = path
        self._waiting = bytearray()
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._problem: OSError | None = None

    @property
    def has_reader(self) -> bool:
        """Whether what is added may still be read by somebody."""
        return self._problem is None

    def add(self, line: str) -> None:
        """Write it, or keep it for later."""
        self._waiting += line.encode() + b"\n"
        while self.has_more and (len(self._waiting) > WAITING_MAX or self._poll.poll(0)):
            self._write_piece()

    def finish(self) -> None:
        """Write what waits, however long that takes.

        Raises:
            OSError: standard output is full, or its reader has left.
            CannotRun: the file cannot be written.
        """
        while self.has_more:
            self._write_piece()
        if self._problem is None:
            return
        if self._path is None:
            raise self._problem
        reason = (self._problem.strerror or "error").lower()
        raise CannotRun(f"can't write {clean(self._path, _PATH_MAX)}: {reason}")

    @property
    def has_more(self) -> bool:
        """Something waits for the reader."""
        return bool(self._waiting) and self._problem is None

    def _write_piece(self) -> None:
        try:
            written = os.write(self._descriptor, self._waiting[:PIECE])
        except OSError as error:
            self._problem = error
        else:
            del self._waiting[:written]


def stream_to_stdout() -> LineStream:
    """Lines to standard output.

    Raises:
        CannotRun: it is closed.
    """
    if sys.stdout is None:
        raise CannotRun("standard output is closed", "give the report somewhere to go")
    sys.stdout.flush()
    return LineStream(sys.stdout.fileno())


class Streaming:
    """Tells every stream what happens to all targets."""

    def __init__(
        self, streams: Sequence[LineStream], wall_clock: Callable[[], float] = time
    ) -> None:
        """`wall_clock` is the time of day in seconds since 1970."""
        self._streams = streams
        self._wall_clock = wall_clock

    def listen_to(self, plan: TracePlan) -> Listen:
        """A trace begins: what is told of it is written."""
        target, chronicle = plan.identity.target, plan.chronicle
        self._write(trace_line(plan.identity, plan.config, self._wall_clock()))

        def listen(message: Message, events: Sequence[Event]) -> bool:
            now_s = self._wall_clock()
            line = message_line(target, message, now_s)
            if line is not None:
                self._write(line)
            if chronicle is not None:
                for event in events:
                    self._write(event_line(target, event, chronicle.wall_s(event.at_s), now_s))
            return all(stream.has_reader for stream in self._streams)

        return listen

    def end(self, run: FinishedRun | Untraced) -> None:
        """It has come to something."""
        now_s = self._wall_clock()
        if isinstance(run, FinishedRun):
            self._write(summary_line(run, now_s))
        else:
            self._write(error_line(run, now_s))

    @property
    def is_held_up(self) -> bool:
        """Something waits for a reader."""
        return any(stream.has_more for stream in self._streams)

    def finish(self) -> None:
        """Write what waits.

        Raises:
            OSError: standard output is full, or its reader has left.
            CannotRun: a file cannot be written.
        """
        for stream in self._streams:
            stream.finish()

    def _write(self, line: str) -> None:
        for stream in self._streams:
            stream.add(line)
