"""A transport at work in a test: everything it delivers, and waiting for what matters."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import trio

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import AnswerKind, IPAddress
from poros_tui.probe.shared_socket import SharedSocket
from poros_tui.probe.transport import (
    Answer,
    LocalFailure,
    ProbeTransport,
    SendTimes,
    TransportEvent,
)
from poros_tui.probe.udp_sockets import UdpSockets

PATIENCE_S = 30.0
"""Real packets on a busy machine; what is waited for comes."""


class Ear:
    """What was heard, in order."""

    def __init__(self, transport: ProbeTransport) -> None:
        self.transport = transport
        self.events: list[TransportEvent] = []
        self.sent: dict[int, ClockReading] = {}
        self._news = trio.Event()

    def deliver(self, event: TransportEvent) -> None:
        self.events.append(event)
        self._news.set()

    async def send(self, ttl: int, key: int) -> None:
        self.sent[key] = await self.transport.send(ttl, key)

    async def until(self, condition: Callable[[], bool]) -> None:
        with trio.fail_after(PATIENCE_S):
            while not condition():
                self._news = trio.Event()
                await self._news.wait()

    async def until_answered(self, keys: Iterable[int]) -> None:
        wanted = set(keys)
        await self.until(lambda: wanted <= {answer.key for answer in self.answers})

    @property
    def answers(self) -> list[Answer]:
        return [event for event in self.events if isinstance(event, Answer)]

    @property
    def stamps(self) -> dict[int, int]:
        stamps: dict[int, int] = {}
        for event in self.events:
            if isinstance(event, SendTimes):
                stamps |= event.sent_at_ns
        return stamps

    @property
    def failures(self) -> list[LocalFailure]:
        return [event for event in self.events if isinstance(event, LocalFailure)]

    def path(self) -> dict[int, tuple[IPAddress, AnswerKind]]:
        return {answer.key: (answer.responder, answer.kind) for answer in self.answers}


def first_socket(transport: ProbeTransport) -> SharedSocket:
    """The socket of the first flow."""
    if isinstance(transport, UdpSockets):
        transport = transport._flows[0]
    assert isinstance(transport, SharedSocket)
    return transport


@asynccontextmanager
async def listening(transport: ProbeTransport) -> AsyncIterator[Ear]:
    """Receive in the background; the sockets are closed at the end."""
    ear = Ear(transport)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(transport.receive, ear.deliver)
            await trio.sleep(transport.settle_s)
            yield ear
            nursery.cancel_scope.cancel()
    finally:
        transport.close()
