"""Reports that are written while the trace goes on, a line at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time
from typing import TYPE_CHECKING

from poros_tui.cli.byte_stream import ByteStream, stdout_descriptor
from poros_tui.engine.plan import TracePlan
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
    from poros_tui.once import Listen


class LineStream(ByteStream):
    """Lines to where they are read, each at once."""

    def add(self, line: str) -> None:
        """Write it, or keep it for later."""
        self.put(line.encode() + b"\n")


def stream_to_stdout() -> LineStream:
    """Lines to standard output.

    Raises:
        CannotRun: it is closed.
    """
    return LineStream(stdout_descriptor())


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
