"""One round: a pass over the hops, from its first probe to the last decision of the view.

A task for each probe sends it and holds its place until it is answered or given up. What to send
is the schedule's business; here it gets time, places and the network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
import trio

from poros_tui.engine.ledger import Ledger
from poros_tui.engine.limiter import TokenBucket
from poros_tui.engine.outbox import Outbox
from poros_tui.engine.pulse import Pulse
from poros_tui.engine.schedule import TraceSchedule
from poros_tui.engine.slot import Slot
from poros_tui.errors import SendError
from poros_tui.model.clock import to_microsecond
from poros_tui.model.probe import Probe, Reply, SendFailed, Sent
from poros_tui.probe.transport import ProbeTransport


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """What all rounds of a session share."""

    transport: ProbeTransport
    ledger: Ledger
    outbox: Outbox
    places: trio.CapacityLimiter
    bucket: TokenBucket
    changed: Pulse
    """Beats when something happened that a round or the session may be waiting for."""
    numbers: Iterator[int]
    """Serial numbers of the session's probes."""
    flows: int = 1
    """Each query in turn belongs to another."""


class Round:
    """One pass over the hops. It may be dropped at any time; what was sent stays in flight."""

    def __init__(
        self, means: Means, schedule: TraceSchedule, *, number: int, generation: int
    ) -> None:
        self.schedule = schedule
        self.number = number
        self.generation = generation
        self.problem = ""
        """Why the newest probe that could not be sent was refused, in words."""
        self._means = means
        self._waiting: dict[Slot, trio.Event] = {}
        self._scope = trio.CancelScope()
        self._is_closed = False
        self._leaving = 0
        """Tasks of probes that have not sent yet."""

    def drop(self) -> None:
        """End it now, wherever it is."""
        self._is_closed = True
        self._scope.cancel()

    async def run(self, probes: trio.Nursery, overlap_from_s: Callable[[], float]) -> None:
        """Send and wait until all is decided. The tasks of the probes live in `probes`.

        `overlap_from_s` says from when on, on Trio's clock, the next round may begin while this
        one only waits for answers; it is asked again after every change.
        """
        with self._scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._send_all, probes)
                await self._watch(overlap_from_s)
                nursery.cancel_scope.cancel()
        # A probe whose sending ends only now holds no place any more.
        self._is_closed = True
        self._release(list(self._waiting))

    async def _send_all(self, probes: trio.Nursery) -> None:
        """Start a task for each probe the schedule asks for, as places and the rate permit."""
        means = self._means
        while True:
            changed = means.changed.next
            ready = self.schedule.ready(trio.current_time())
            if not ready:
                await changed.wait()
                continue
            await means.outbox.wait_for_room()
            # The place is taken here and given back by the probe's task, so that no tasks pile up
            # before a full limiter. Which probe it is, the task asks when it runs: tasks of one
            # turn run in any order, probes leave in that of the schedule.
            holder = object()
            await means.places.acquire_on_behalf_of(holder)
            try:
                await means.bucket.take()
            except trio.Cancelled:
                means.places.release_on_behalf_of(holder)
                raise
            self._leaving += 1
            probes.start_soon(self._probe, holder)
            if means.bucket.is_unlimited:
                for _ in range(min(ready - 1, int(means.places.available_tokens))):
                    holder = object()
                    means.places.acquire_on_behalf_of_nowait(holder)
                    self._leaving += 1
                    probes.start_soon(self._probe, holder)
            await trio.lowlevel.checkpoint()

    async def _probe(self, holder: object) -> None:
        """Send one probe, and hold its place until it is answered or the view gives it up."""
        try:
            decided = None
            slot = None if self._is_closed else self.schedule.take_next(trio.current_time())
            if slot is None or not await self._send(slot):
                # An answer that came in between made it needless, or it did not leave.
                self._means.bucket.put_back()
            elif not self._is_closed:
                decided = self._waiting[slot] = trio.Event()
            self._leaving -= 1
            if not self._leaving:
                # Of those that left together the last: the kernel has stamped them by now, mostly,
                # and to be woken for that takes as long as to send five.
                self._means.transport.hear()
            if decided is not None:
                await decided.wait()
        finally:
            self._means.places.release_on_behalf_of(holder)

    async def _send(self, slot: Slot) -> bool:
        """Send the probe of a slot. Returns whether it left."""
        means = self._means
        probe = Probe(
            number=next(means.numbers),
            ttl=slot.ttl,
            round=self.number,
            query=slot.query,
            generation=self.generation,
            flow=slot.query % means.flows,
        )
        key = means.ledger.take_key()
        try:
            sent_at = await means.transport.send(slot.ttl, key, probe.flow)
        except SendError as error:
            means.outbox.put(SendFailed(probe, error.reason))
            self.failed(probe, error.reason)
            return False
        now_s = trio.current_time()
        was_idle = means.ledger.next_expiry_s is None
        means.ledger.open(key, probe, sent_at=sent_at, now_s=now_s)
        means.outbox.put_sent(Sent(probe, to_microsecond(now_s)))
        self.schedule.sent(slot, now_s)
        if was_idle:
            means.changed.beat()
        return True

    async def _watch(self, overlap_from_s: Callable[[], float]) -> None:
        """Decide silence as time passes; return when the round is over, or when the next is due
        and this one has nothing left to send."""
        while True:
            changed = self._means.changed.next
            now_s = trio.current_time()
            if self.schedule.is_overdue(now_s):
                # Patience ran while this process perhaps did not: what came in time counts.
                self._means.transport.hear()
            self._release(self.schedule.decide(now_s))
            if self.schedule.is_over:
                return
            due_s = overlap_from_s()
            if now_s >= due_s and not self.schedule.has_more:
                return
            wake_at_s = self.schedule.wake_at_s(now_s)
            if due_s > now_s:
                wake_at_s = min(wake_at_s, due_s)
            with trio.move_on_at(wake_at_s):
                await changed.wait()
                continue
            # Time has passed, and with it the answer to what may go next.
            self._means.changed.beat()

    def answered(self, reply: Reply) -> bool:
        """A probe of this round was answered. Returns whether more is to be sent or decided."""
        slot = _slot(reply.probe)
        self.schedule.answered(slot, reply)
        self._release([slot])
        return not self.schedule.is_waiting_only

    def sent_again(self, probe: Probe, now_s: float) -> None:
        """A probe of this round is waited for from now on."""
        self.schedule.sent_again(_slot(probe), now_s)

    def failed(self, probe: Probe, reason: str) -> None:
        """A probe of this round did not get out."""
        self.problem = reason
        slot = _slot(probe)
        self.schedule.failed(slot)
        self._release([slot])
        self._means.changed.beat()

    def _release(self, slots: Iterable[Slot]) -> None:
        """Let the tasks of these probes end: the view waits for them no longer."""
        for slot in slots:
            if (decided := self._waiting.pop(slot, None)) is not None:
                decided.set()


def _slot(probe: Probe) -> Slot:
    return Slot(probe.ttl, probe.query)
