"""Carries out a discovery of all paths: sends what it wants, and never takes a router's limit on
answers for a link that is not there.

A router may answer once a second and no more (Linux: a burst of 6, then 1 a second). So each TTL
has a pace of its own: as many probes at once as such a burst holds, then ever slower with silence
and faster with answers, and who was not answered is asked again.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import trio

from poros_tui.engine.mda import Discovery, FlowProbe
from poros_tui.engine.mda_graph import graph_of
from poros_tui.engine.patience import RoundTripMemory
from poros_tui.engine.pulse import Pulse
from poros_tui.engine.round import Means
from poros_tui.errors import SendError
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.probe import Probe, ProbeOutcome, Reply

DISCOVERY_GENERATION: Final = -1
"""Of its probes: no statistic of the hops counts them."""
BURST: Final = 6
"""Probes to one TTL at once: what a Linux router answers after a rest (icmp_msgs_burst is 50 for
all peers, but its limit for one peer is a burst of 6)."""
PACE_FASTEST_S: Final = 0.02
PACE_FIRST_SILENCE_S: Final = 0.25
PACE_SLOWEST_S: Final = 1.5
PACE_GROWTH: Final = 2.0
"""By silence."""
PACE_SHRINKING: Final = 0.7
"""By an answer: less than a half, so that a router that answers every other probe is not asked
faster and faster."""
TRIES_MAX: Final = 8
"""Of one flow at a TTL where somebody answers. With 30 % loss 1 in 15,000 is silent for so long."""
TRIES_WHERE_NOBODY_ANSWERS: Final = 2


class _Pace:
    """When the next probe to a TTL may leave."""

    def __init__(self, now_s: float) -> None:
        self._interval_s = PACE_FASTEST_S
        self._burst = BURST
        self._sent_at_s = now_s

    @property
    def due_s(self) -> float:
        return self._sent_at_s + (0.0 if self._burst else self._interval_s)

    def sent(self, now_s: float) -> None:
        self._sent_at_s = now_s
        self._burst = max(0, self._burst - 1)

    def heard(self) -> None:
        self._interval_s = max(PACE_FASTEST_S, self._interval_s * PACE_SHRINKING)

    def missed(self) -> None:
        slower_s = max(PACE_FIRST_SILENCE_S, self._interval_s * PACE_GROWTH)
        self._interval_s = min(PACE_SLOWEST_S, slower_s)


class Exploration:
    """One discovery under way."""

    def __init__(
        self, means: Means, discovery: Discovery, memory: RoundTripMemory, *, round_number: int
    ) -> None:
        """`memory` knows how long to wait for an answer of a hop; what is learned goes there."""
        self._means = means
        self._discovery = discovery
        self._memory = memory
        self._round = round_number
        self._changed = Pulse()
        self._queues: dict[int, deque[tuple[FlowProbe, int]]] = {}
        self._paces: dict[int, _Pace] = {}
        self._asked: dict[int, tuple[FlowProbe, int]] = {}
        """Serial number to probe and try."""
        self._decisions: dict[int, trio.Event] = {}
        self._decided: set[FlowProbe] = set()
        self._under_way = 0
        self._sent = 0
        self._retried = 0
        self.is_complete = False

    def graph(self) -> MultipathGraph:
        """What is known by now."""
        return graph_of(
            self._discovery, sent=self._sent, retried=self._retried, is_complete=self.is_complete
        )

    async def run(self) -> None:
        """Ask until all is known."""
        async with trio.open_nursery() as probes:
            while not self.is_complete:
                changed = self._changed.next
                now_s = trio.current_time()
                if not any(self._queues.values()):
                    self._enqueue(now_s)
                for ttl, queue in self._queues.items():
                    pace = self._paces[ttl]
                    while queue and pace.due_s <= now_s:
                        pace.sent(now_s)
                        self._under_way += 1
                        probes.start_soon(self._ask, *queue.popleft())
                waiting = [self._paces[ttl].due_s for ttl, queue in self._queues.items() if queue]
                if not waiting and not self._under_way:
                    self.is_complete = True
                    return
                with trio.move_on_at(min(waiting, default=float("inf"))):
                    await changed.wait()

    def _enqueue(self, now_s: float) -> None:
        for probe in self._discovery.wanted():
            self._queues.setdefault(probe.ttl, deque()).append((probe, 1))
            if probe.ttl not in self._paces:
                self._paces[probe.ttl] = _Pace(now_s)

    async def _ask(self, probe: FlowProbe, tries: int) -> None:
        """Send one probe and wait for its answer, as long as the view waits for any."""
        means = self._means
        try:
            async with means.places:
                await means.bucket.take()
                number = await self._send(probe, tries)
                if number is not None:
                    decision = self._decisions[number] = trio.Event()
                    with trio.move_on_after(self._memory.patience_s(probe.ttl)):
                        await decision.wait()
                    if not decision.is_set():
                        means.transport.hear()
                    self._decisions.pop(number)
            if probe not in self._decided:
                self._miss(probe, tries)
        finally:
            self._under_way -= 1
            self._changed.beat()

    async def _send(self, probe: FlowProbe, tries: int) -> int | None:
        """Send it. Returns its serial number, None where it could not leave."""
        means = self._means
        sent = Probe(
            number=next(means.numbers),
            ttl=probe.ttl,
            round=self._round,
            query=tries - 1,
            generation=DISCOVERY_GENERATION,
            flow=probe.flow,
        )
        key = means.ledger.take_key()
        try:
            sent_at = await means.transport.send(probe.ttl, key, probe.flow)
        except SendError:
            return None
        was_idle = means.ledger.next_expiry_s is None
        means.ledger.open(key, sent, sent_at=sent_at, now_s=trio.current_time())
        if was_idle:
            means.changed.beat()
        self._asked[sent.number] = probe, tries
        self._sent += 1
        self._retried += tries > 1
        return sent.number

    def _miss(self, probe: FlowProbe, tries: int) -> None:
        """No answer: ask again later, unless it is plain that there will be none."""
        column = self._discovery.table.column(probe.ttl)
        answers = column.has_answered or self._memory.has_answered(probe.ttl)
        if answers:
            self._paces[probe.ttl].missed()
        tries_max = TRIES_MAX if answers else TRIES_WHERE_NOBODY_ANSWERS
        if tries < tries_max and not column.is_router_silent(tries):
            self._queues[probe.ttl].append((probe, tries + 1))
            return
        self._decided.add(probe)
        self._discovery.silent(probe, tries=tries)

    def take(self, outcome: ProbeOutcome) -> None:
        """What became of one of its probes. Only answers count: silence is decided here."""
        if isinstance(outcome, Reply) and outcome.probe.number in self._asked:
            self._hear(outcome, *self._asked[outcome.probe.number])

    def _hear(self, reply: Reply, probe: FlowProbe, tries: int) -> None:
        if reply.rtt_s is not None:
            self._memory.add(probe.ttl, reply.rtt_s)
        self._paces[probe.ttl].heard()
        if probe not in self._decided:
            self._decided.add(probe)
            queue = self._queues[probe.ttl]
            for again in [again for again in queue if again[0] == probe]:
                queue.remove(again)  # its answer took longer than the view's patience
            self._discovery.answered(
                probe, reply.responder, tries=tries, is_end=reply.kind.is_terminal
            )
        if (decision := self._decisions.get(reply.probe.number)) is not None:
            decision.set()
        self._changed.beat()
