"""Outcomes in, path out: folds what the engine reports and publishes what changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import trio

from poros_tui.model.clock import to_tick
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.path import Path
from poros_tui.model.privacy import hops_back
from poros_tui.model.probe import AnswerKind, IPAddress, Reply
from poros_tui.model.session import Message, PathSnapshot, Publish, SessionStatus

if TYPE_CHECKING:  # a report of one round needs none
    from poros_tui.model.chronicle import Chronicle
    from poros_tui.model.events import Event

Hear = Callable[[Message, "Sequence[Event]", float], None]
"""Told of each message as it comes, of the events that it tells of, and when that was, on the
session's clock."""

PUBLISH_INTERVAL_S: Final = 0.05
"""Shortest time between two updates. Half the screen's own interval, so that it adds little."""


class Attention:
    """Whether anybody looks at what is published. Who does not costs next to nothing."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.is_there = is_there
        self._there = trio.Event()
        if is_there:
            self._there.set()

    def turn(self, *, is_there: bool) -> None:
        """Somebody looks from now on, or nobody does."""
        if is_there == self.is_there:
            return
        self.is_there = is_there
        if is_there:
            self._there.set()
        else:
            self._there = trio.Event()

    async def wait(self) -> None:
        """Return when somebody looks."""
        while not self.is_there:
            await self._there.wait()


async def collect(
    outcomes: trio.MemoryReceiveChannel[Message],
    path: Path,
    publish: Publish | None = None,
    *,
    complete_with: int | None = None,
    chronicle: Chronicle | None = None,
    attention: Attention | None = None,
    on_status: Callable[[SessionStatus], None] | None = None,
    hear: Hear | None = None,
    on_responder: Callable[[IPAddress, int], None] | None = None,
) -> PathSnapshot:
    """Fold outcomes into `path` until the channel closes, and return the final state.

    `publish` gets what changed, at most every PUBLISH_INTERVAL_S seconds, but at once when the
    engine says what it does now (the end of a round, say), and once at the end.
    `complete_with` ends it early, when the path's end is known and every hop up to it has the
    outcomes of that many probes; closing the channel then tells the engine. `chronicle` remembers
    over time what comes. While `attention` is not there nothing is published: what has changed is
    kept in the path for when it is. `on_status` is told of each status once the path has it,
    `hear` of every message, `on_responder` of who has sent each answer, and the TTL of its probe,
    also of all paths that are found.
    """
    attention = attention or Attention()
    publisher = _Publisher(path, publish, attention) if publish is not None else None
    async with trio.open_nursery() as nursery, outcomes:
        if publisher is not None:
            nursery.start_soon(publisher.run)
        async for message in outcomes:
            events: Sequence[Event] = ()
            now_s = to_tick(trio.current_time())
            if chronicle is not None:
                events = chronicle.record(message, now_s)
            if isinstance(message, SessionStatus):
                if on_responder is not None:
                    _show_new(message.graph, path.status, on_responder)
                path.set_status(message)
                if on_status is not None:
                    on_status(message)
                if publisher is not None:
                    publisher.hurry.set()
            else:
                path.add(message)
                if on_responder is not None and isinstance(message, Reply):
                    on_responder(message.responder, _ttl_of_responder(message))
            if hear is not None:
                hear(message, events, now_s)
            if publisher is not None:
                publisher.changed.set()
            if complete_with is not None and path.is_complete(probes_per_hop=complete_with):
                _finish(path, chronicle, hear, now_s)
                break
        nursery.cancel_scope.cancel()
    if publish is not None and attention.is_there:
        publish(path.take_update())
    return path.snapshot()


def _ttl_of_responder(reply: Reply) -> int:
    """At which hop it is: who refuses probes may be nearer than their TTLs."""
    if reply.kind is AnswerKind.UNREACHABLE and reply.reply_ttl is not None:
        return min(reply.probe.ttl, hops_back(reply.reply_ttl))
    return reply.probe.ttl


def _show_new(
    graph: MultipathGraph | None,
    before: SessionStatus | None,
    on_responder: Callable[[IPAddress, int], None],
) -> None:
    """The answers of a discovery come as its graph."""
    if graph is None or (before is not None and before.graph is graph):
        return
    for node in graph.nodes:
        if node.address is not None:
            on_responder(node.address, node.ttl)


def _finish(path: Path, chronicle: Chronicle | None, hear: Hear | None, now_s: float) -> None:
    """Nothing more is needed; the engine is not waited for to say so. Who keeps what is heard has
    the end as well."""
    path.finish()
    status = path.status
    if status is None:
        return
    events = chronicle.record(status, now_s) if chronicle is not None else ()
    if hear is not None:
        hear(status, events, now_s)


class _Publisher:
    """Publishes at once what changed after a rest, and collects while it rests."""

    def __init__(self, path: Path, publish: Publish, attention: Attention) -> None:
        self._path = path
        self._publish = publish
        self._attention = attention
        self.changed = trio.Event()
        self.hurry = trio.Event()
        """Rest no longer."""

    async def run(self) -> None:
        while True:
            await self.changed.wait()
            await self._attention.wait()
            self.changed, self.hurry = trio.Event(), trio.Event()
            if self._path.has_status:
                self._publish(self._path.take_update())
            with trio.move_on_after(PUBLISH_INTERVAL_S):
                await self.hurry.wait()
