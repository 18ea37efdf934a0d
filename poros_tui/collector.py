"""Outcomes in, path out: folds what the engine reports and publishes what changed."""

from __future__ import annotations

from typing import Final

import trio

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.path import Path
from poros_tui.model.session import Message, PathSnapshot, Publish, SessionStatus

PUBLISH_INTERVAL_S: Final = 0.05
"""Shortest time between two updates. Half the screen's own interval, so that it adds little."""


async def collect(
    outcomes: trio.MemoryReceiveChannel[Message],
    path: Path,
    publish: Publish | None = None,
    *,
    complete_with: int | None = None,
    chronicle: Chronicle | None = None,
) -> PathSnapshot:
    """Fold outcomes into `path` until the channel closes, and return the final state.

    `publish` gets what changed, at most every PUBLISH_INTERVAL_S seconds, but at once when the
    engine says what it does now (the end of a round, say), and once at the end.
    `complete_with` ends it early, when the path's end is known and every hop up to it has the
    outcomes of that many probes; closing the channel then tells the engine. `chronicle` remembers
    over time what comes.
    """
    publisher = _Publisher(path, publish) if publish is not None else None
    async with trio.open_nursery() as nursery, outcomes:
        if publisher is not None:
            nursery.start_soon(publisher.run)
        async for message in outcomes:
            if chronicle is not None:
                chronicle.record(message, trio.current_time())
            if isinstance(message, SessionStatus):
                path.set_status(message)
                if publisher is not None:
                    publisher.hurry.set()
            else:
                path.add(message)
            if publisher is not None:
                publisher.changed.set()
            if complete_with is not None and path.is_complete(probes_per_hop=complete_with):
                path.finish()
                break
        nursery.cancel_scope.cancel()
    if publish is not None:
        publish(path.take_update())
    return path.snapshot()


class _Publisher:
    """Publishes at once what changed after a rest, and collects while it rests."""

    def __init__(self, path: Path, publish: Publish) -> None:
        self._path = path
        self._publish = publish
        self.changed = trio.Event()
        self.hurry = trio.Event()
        """Rest no longer."""

    async def run(self) -> None:
        while True:
            await self.changed.wait()
            self.changed, self.hurry = trio.Event(), trio.Event()
            if self._path.has_status:
                self._publish(self._path.take_update())
            with trio.move_on_after(PUBLISH_INTERVAL_S):
                await self.hurry.wait()
