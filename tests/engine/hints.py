"""Simulated networks whose answers tell another distance than the way there has."""

from __future__ import annotations

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.model.quote import Quote
from poros_tui.probe.transport import Answer, Deliver, TransportEvent
from tests.engine.trace import RecordingTransport


def way_back_longer_by(hops: int) -> type[RecordingTransport]:
    """A transport whose destination answers over so many hops more than the way there has; less
    where `hops` is negative."""

    class Asymmetric(RecordingTransport):
        async def receive(self, deliver: Deliver) -> None:
            def change(event: TransportEvent) -> None:
                if isinstance(event, Answer) and event.kind.is_terminal and event.reply_ttl:
                    reply_ttl = min(255, max(1, event.reply_ttl - hops))
                    event = msgspec.structs.replace(event, reply_ttl=reply_ttl)
                deliver(event)

            await super().receive(change)

    return Asymmetric


def quoting(distance: int) -> type[RecordingTransport]:
    """A transport whose errors quote what is left of the TTL after a way of `distance` hops."""

    class Quoting(RecordingTransport):
        async def send(
            self, ttl: int, key: int, flow: int = 0, size: int | None = None
        ) -> ClockReading:
            self._asked = {**getattr(self, "_asked", {}), key: ttl}
            return await super().send(ttl, key, flow, size)

        async def receive(self, deliver: Deliver) -> None:
            def change(event: TransportEvent) -> None:
                if isinstance(event, Answer) and event.kind.is_terminal:
                    left = max(1, self._asked[event.key] - distance + 1)
                    quote = Quote(length=60, ttl=left, traffic_class=0, sent_traffic_class=0)
                    event = msgspec.structs.replace(event, quote=quote)
                deliver(event)

            await super().receive(change)

    return Quoting
