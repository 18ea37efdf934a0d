"""The engine's end of the outcome channel: never blocks the receiver, and slows the sender."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

import trio

from poros_tui.model.probe import Duplicate, Sent
from poros_tui.model.session import Message
from poros_tui.model.stray import Stray, StrayReason

ROOM_MAX: Final = 1000
"""Outcomes that may wait for a slow consumer before no new probe is sent. Each probe yields at
most a handful, so the queue stays bounded by this and the probes in flight."""
FLOOD_MAX: Final = 20_000
"""Outcomes that may wait before copies of answers are no longer counted. Only who has seen a probe
can send copies of its answer, but then as many as the link carries."""


class Outbox:
    """A queue before a bounded channel, for when that is full. A consumer that is slow stops
    sending, not hearing: answers are read and stamped as they come, and no deadlock is possible."""

    def __init__(self, channel: trio.MemorySendChannel[Message]) -> None:
        self._channel = channel
        self._queue: deque[Message] = deque()
        self._strays: Counter[StrayReason] = Counter()
        self._filled = trio.Event()
        self._drained = trio.Event()
        self._closing = False
        self.first_sent_at_s: float | None = None
        """When the first probe left, on Trio's clock; None before that."""

    def put_sent(self, message: Sent) -> None:
        """Queue that a probe left."""
        if self.first_sent_at_s is None:
            self.first_sent_at_s = message.at_s
        self.put(message)

    def put(self, message: Message) -> None:
        """Queue one message, in order. Strays, which anybody can send, wait beside the queue in
        one sum for each reason: they belong to no probe."""
        if isinstance(message, Stray):
            self._strays[message.reason] += message.count
        elif not self._queue and self._hand_over(message):
            return  # the usual case, without the detour of a task
        elif not isinstance(message, Duplicate) or len(self._queue) < FLOOD_MAX:
            self._queue.append(message)
        self._filled.set()

    def _hand_over(self, message: Message) -> bool:
        """Put a message into the channel where there is room. A closed one is `run`'s to tell."""
        try:
            self._channel.send_nowait(message)
        except (trio.WouldBlock, trio.BrokenResourceError, trio.ClosedResourceError):
            return False
        return True

    async def wait_for_room(self) -> None:
        """Return at once unless the consumer is far behind."""
        while len(self._queue) >= ROOM_MAX:
            self._drained = trio.Event()
            await self._drained.wait()

    def close(self) -> None:
        """Nothing more will be put: `run` returns when all is handed over."""
        self._closing = True
        self._filled.set()

    async def run(self) -> None:
        """Hand the queue over until it is closed and empty.

        Raises:
            trio.BrokenResourceError: the consumer is gone.
        """
        async with self._channel:
            while True:
                while self._queue or self._strays:
                    await self._channel.send(self._next())
                    if len(self._queue) < ROOM_MAX:
                        self._drained.set()
                if self._closing:
                    return
                self._filled = trio.Event()
                await self._filled.wait()

    def _next(self) -> Message:
        if self._queue:
            return self._queue.popleft()
        return Stray(*self._strays.popitem())
