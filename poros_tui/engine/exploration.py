"""Carries out a discovery of all paths, or a search among neighbours: sends what it wants, and
never takes a router's limit on answers for a link that is not there.

A router may answer once a second and no more (Linux: a burst of 6, then 1 a second). So each TTL
has a pace of its own: as many probes at once as such a burst holds, then ever slower with silence
and faster with answers, and who was not answered is asked again. Silence that no waiting cures is
no limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar
from typing import Protocol as TypingProtocol

import trio

from poros_tui.engine.ledger import Ledger
from poros_tui.engine.patience import RoundTripMemory
from poros_tui.engine.pulse import Pulse
from poros_tui.engine.round import Means
from poros_tui.errors import SendError
from poros_tui.model.probe import AnswerKind, IPAddress, Probe, ProbeOutcome, Reply, SendFailed
from poros_tui.model.stray import Stray
from poros_tui.probe.transport import ProbeTransport

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
UNCURED_MAX: Final = 4
"""Probes that were sent again in vain at a TTL, and none with success, after which asking slowly is
held to be of no use. By then 3 seconds have passed: a limit of one answer a second gives way."""


class Wish(TypingProtocol):
    """A probe that a search wants to be sent."""

    @property
    def ttl(self) -> int:
        """Where it is to expire."""

    @property
    def flow(self) -> int:
        """Its flow, from 0."""


Wanted = TypeVar("Wanted", bound=Wish)


class Search(TypingProtocol[Wanted]):
    """What decides which probes are sent. Its wishes are hashable, and never the same twice."""

    def wanted(self) -> list[Wanted]:
        """Probes to be sent now, each named once. Empty with none under way: all is known."""

    def answered(self, probe: Wanted, who: IPAddress, *, tries: int, is_end: bool) -> None:
        """The n-th try was answered. `is_end`: nothing lies behind whoever answered."""

    def silent(self, probe: Wanted, *, tries: int) -> None:
        """It was not answered, in so many tries."""

    def unsent(self, probe: Wanted, reason: str) -> None:
        """This machine could not send it, and it is not tried again."""

    def expects_answer(self, probe: Wanted, *, is_known: bool) -> bool:
        """Whether silence is a surprise that may come from asking too fast. `is_known`: others
        were answered at that TTL."""

    def gives_up(self, probe: Wanted, *, tries: int, is_known: bool) -> bool:
        """Whether so many tries are enough. `is_known`: others were answered at that TTL."""


class Lane(NamedTuple):
    """What a probe is sent through, and the book that it is entered into."""

    transport: ProbeTransport
    ledger: Ledger


class Pace:
    """When the next probe to a TTL may leave."""

    def __init__(self, now_s: float) -> None:
        self._interval_s = PACE_FASTEST_S
        self._burst = BURST
        self._sent_at_s = now_s
        self._uncured = 0
        self._is_curable = False

    @property
    def due_s(self) -> float:
        """On Trio's clock."""
        return self._sent_at_s + (0.0 if self._burst else self._interval_s)

    def sent(self, now_s: float) -> None:
        """One left."""
        self._sent_at_s = now_s
        self._burst = max(0, self._burst - 1)

    def heard(self, *, tries: int) -> None:
        """One was answered, at its n-th try."""
        self._is_curable |= tries > 1
        self._interval_s = max(PACE_FASTEST_S, self._interval_s * PACE_SHRINKING)

    def missed(self, *, tries: int) -> None:
        """One was not, in so many tries."""
        self._uncured += tries > 1
        if self._uncured >= UNCURED_MAX and not self._is_curable:
            self._interval_s = PACE_FIRST_SILENCE_S
            return
        slower_s = max(PACE_FIRST_SILENCE_S, self._interval_s * PACE_GROWTH)
        self._interval_s = min(PACE_SLOWEST_S, slower_s)


class Exploration(Generic[Wanted]):
    """One search under way."""

    def __init__(
        self,
        means: Means,
        search: Search[Wanted],
        memory: RoundTripMemory,
        *,
        round_number: int,
        lane_of: Callable[[Wanted], Lane] | None = None,
        paces: dict[int, Pace] | None = None,
    ) -> None:
        """
        Args:
            means: of the session.
            search: what it wants is sent.
            memory: knows how long to wait for an answer of a hop; what is learned goes there.
            round_number: of the newest round.
            lane_of: what each probe is sent through, if not through the session's own transport.
                Raises SendError where there is nothing.
            paces: what an exploration before this one has learnt of the TTLs.
        """
        self._means = means
        self._search = search
        self._memory = memory
        self._round = round_number
        self._lane_of = lane_of or (lambda _: Lane(means.transport, means.ledger))
        self._changed = Pulse()
        self._queues: dict[int, deque[tuple[Wanted, int]]] = {}
        self.paces = paces if paces is not None else {}
        self._asked: dict[int, tuple[Wanted, int]] = {}
        """Serial number to probe and try."""
        self._decisions: dict[int, trio.Event] = {}
        self._decided: set[Wanted] = set()
        self._under_way = 0
        self.sent = 0
        """Probes, by now."""
        self.retried = 0
        """Of these, those sent again because an answer did not come."""
        self.send_errors = 0
        """Probes that this machine could not send."""
        self.reached_at: int | None = None
        """Nearest TTL at which the destination itself answered."""
        self.is_complete = False

    async def run(self) -> None:
        """Ask until all is known."""
        async with trio.open_nursery() as probes:
            while not self.is_complete:
                changed = self._changed.next
                now_s = trio.current_time()
                if not any(self._queues.values()):
                    self._enqueue(now_s)
                for ttl, queue in self._queues.items():
                    pace = self.paces[ttl]
                    while queue and pace.due_s <= now_s:
                        pace.sent(now_s)
                        self._under_way += 1
                        probes.start_soon(self._ask, *queue.popleft())
                waiting = [self.paces[ttl].due_s for ttl, queue in self._queues.items() if queue]
                if not waiting and not self._under_way:
                    self.is_complete = True
                    return
                with trio.move_on_at(min(waiting, default=float("inf"))):
                    await changed.wait()

    def _enqueue(self, now_s: float) -> None:
        for probe in self._search.wanted():
            self._queues.setdefault(probe.ttl, deque()).append((probe, 1))
            if probe.ttl not in self.paces:
                self.paces[probe.ttl] = Pace(now_s)

    async def _ask(self, probe: Wanted, tries: int) -> None:
        """Send one probe and wait for its answer, as long as the view waits for any."""
        means = self._means
        try:
            async with means.places:
                await means.bucket.take()
                try:
                    lane = self._lane_of(probe)
                    number = await self._send(probe, tries, lane)
                except SendError as refusal:
                    self._refuse(probe, refusal.reason)
                else:
                    decision = self._decisions[number] = trio.Event()
                    with trio.move_on_after(self._memory.patience_s(probe.ttl)):
                        await decision.wait()
                    if not decision.is_set():
                        lane.transport.hear()
                    self._decisions.pop(number)
            if probe not in self._decided:
                self._miss(probe, tries)
        finally:
            self._under_way -= 1
            self._changed.beat()

    async def _send(self, probe: Wanted, tries: int, lane: Lane) -> int:
        """Send it. Returns its serial number.

        Raises:
            SendError: it could not leave.
        """
        means, ledger = self._means, lane.ledger
        sent = Probe(
            number=next(means.numbers),
            ttl=probe.ttl,
            round=self._round,
            query=tries - 1,
            generation=DISCOVERY_GENERATION,
            flow=probe.flow,
        )
        key = ledger.take_key()
        sent_at = await lane.transport.send(probe.ttl, key, probe.flow)
        was_idle = ledger.next_expiry_s is None
        ledger.open(key, sent, sent_at=sent_at, now_s=trio.current_time())
        if was_idle:
            means.changed.beat()
        self._asked[sent.number] = probe, tries
        self.sent += 1
        self.retried += tries > 1
        return sent.number

    def _refuse(self, probe: Wanted, reason: str) -> None:
        """It did not leave: that is nobody's silence."""
        self.send_errors += 1
        if probe not in self._decided:
            self._decide(probe)
            self._search.unsent(probe, reason)

    def _decide(self, probe: Wanted) -> None:
        self._decided.add(probe)
        queue = self._queues[probe.ttl]
        for again in [again for again in queue if again[0] == probe]:
            queue.remove(again)  # its answer took longer than the view's patience

    def _miss(self, probe: Wanted, tries: int) -> None:
        """No answer: ask again later, unless it is plain that there will be none."""
        is_known = self._memory.has_answered(probe.ttl)
        if self._search.expects_answer(probe, is_known=is_known):
            self.paces[probe.ttl].missed(tries=tries)
        if not self._search.gives_up(probe, tries=tries, is_known=is_known):
            self._queues[probe.ttl].append((probe, tries + 1))
            return
        self._decided.add(probe)
        self._search.silent(probe, tries=tries)

    def take(self, outcome: ProbeOutcome) -> None:
        """What became of one of its probes. Silence is decided here, not told."""
        if isinstance(outcome, Stray) or (number := outcome.probe.number) not in self._asked:
            return
        match outcome:
            case Reply():
                self._hear(outcome, *self._asked[number])
            case SendFailed(reason=reason):
                self.sent -= outcome.was_sent
                self._refuse(self._asked[number][0], reason)
            case _:
                return
        if (decision := self._decisions.get(number)) is not None:
            decision.set()
        self._changed.beat()

    def _hear(self, reply: Reply, probe: Wanted, tries: int) -> None:
        if reply.rtt_s is not None:
            self._memory.add(probe.ttl, reply.rtt_s)
        if reply.kind is AnswerKind.REACHED:
            self.reached_at = min(probe.ttl, self.reached_at or probe.ttl)
        self.paces[probe.ttl].heard(tries=tries)
        if probe not in self._decided:
            self._decide(probe)
            self._search.answered(
                probe, reply.responder, tries=tries, is_end=reply.kind.is_terminal
            )
