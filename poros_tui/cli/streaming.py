"""Reports that are written while the trace goes on, a line at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import time
from typing import TYPE_CHECKING

from poros_tui.cli.byte_stream import ByteStream, stdout_descriptor
from poros_tui.engine.plan import TracePlan
from poros_tui.model.privacy import is_from_near, redacted
from poros_tui.model.probe import AnswerKind, Duplicate, Reply
from poros_tui.report.as_ndjson import (
    error_line,
    event_line,
    message_line,
    summary_line,
    trace_line,
)
from poros_tui.report.hiding import addresses_of, near_addresses, untold_reply, without_near
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


def _refuses_from_near(message: Reply | Duplicate, private_hops: int) -> bool:
    """A router that sends no other answers may refuse probes to hops beyond it."""
    return (
        isinstance(message, Reply)
        and message.kind is AnswerKind.UNREACHABLE
        and is_from_near(message.reply_ttl, private_hops)
    )


class Streaming:
    """Tells every stream what happens to all targets."""

    def __init__(
        self,
        streams: Sequence[LineStream],
        wall_clock: Callable[[], float] = time,
        *,
        private_hops: int = 0,
    ) -> None:
        """`wall_clock` is the time of day in seconds since 1970. So many hops from here are told of
        without their addresses."""
        self._streams = streams
        self._wall_clock = wall_clock
        self._private_hops = private_hops
        self._private: frozenset[str] = frozenset()
        """Addresses that may not be written, as far as they are known."""

    def listen_to(self, plan: TracePlan) -> Listen:
        """A trace begins: what is told of it is written."""
        target, chronicle = plan.identity.target, plan.chronicle
        if self._private_hops and plan.identity.source is not None:
            self._private |= {str(plan.identity.source)}
        self._write(trace_line(plan.identity, plan.config, self._wall_clock()))

        def listen(message: Message, events: Sequence[Event]) -> bool:
            now_s = self._wall_clock()
            if self._private_hops:
                message = self._without_near(message, events)
            line = message_line(target, message, now_s)
            if line is not None:
                self._write(line)
            if chronicle is not None:
                for event in events:
                    self._write(event_line(target, event, chronicle.wall_s(event.at_s), now_s))
            return all(stream.has_reader for stream in self._streams)

        return listen

    def _without_near(self, message: Message, events: Sequence[Event]) -> Message:
        """Remember who may not be named, and leave out what else they say."""
        near = self._private_hops
        for event in events:
            self._private |= addresses_of(event, near)
        if isinstance(message, Reply | Duplicate) and (
            message.probe.ttl <= near or _refuses_from_near(message, near)
        ):
            self._private |= {str(message.responder)}
            if isinstance(message, Reply):
                return untold_reply(message)
        return message

    def end(self, run: FinishedRun | Untraced) -> None:
        """It has come to something."""
        now_s = self._wall_clock()
        if isinstance(run, FinishedRun):
            self._private |= near_addresses(run, self._private_hops)
            self._write(summary_line(without_near(run, self._private_hops), now_s))
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
        line = redacted(line, self._private)
        for stream in self._streams:
            stream.add(line)
