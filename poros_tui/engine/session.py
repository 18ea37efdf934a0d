"""The session: round after round in one nursery, until stopped.

Four kinds of task live in the nursery: one that receives, one that expires, one that hands
outcomes over, and one for each probe whose answer the view still waits for (see `round`). What to
send is the schedule's business, what became of it the ledger's.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from itertools import count
from math import inf
from typing import Final

import msgspec
import trio

from poros_tui.config import INTERVAL_MAX_S, INTERVAL_MIN_S, SessionConfig
from poros_tui.engine.all_paths import AllPaths, NeighbourPlan, Setting
from poros_tui.engine.exploration import DISCOVERY_GENERATION
from poros_tui.engine.ledger import Ledger
from poros_tui.engine.limiter import TokenBucket
from poros_tui.engine.outbox import Outbox
from poros_tui.engine.patience import RoundTripMemory
from poros_tui.engine.pulse import Pulse
from poros_tui.engine.round import Means, Round
from poros_tui.engine.schedule import TraceSchedule
from poros_tui.engine.turnstile import Turnstile
from poros_tui.engine.ways import OpenWay, Sockets, Ways
from poros_tui.engine.window import AdaptiveWindow
from poros_tui.errors import PorosError
from poros_tui.model.extent import PathExtent
from poros_tui.model.probe import Lost, Mode, Probe, Protocol, Reply, SendFailed
from poros_tui.model.session import Message, Refusal, SessionState, SessionStatus, Shape, Way
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.model.stray import Stray
from poros_tui.probe.transport import ProbeTransport, SentAgain, TransportEvent

RESTART_MIN_S: Final = 0.2
"""From the start of a round that a command drops to the start of the next, unless the interval is
shorter: a key held down comes 30 times a second, and each round asks every hop."""


class Sharing(msgspec.Struct, frozen=True):
    """What the sessions of several targets have in common."""

    bucket: TokenBucket
    """Packets a second, of all together."""
    turnstile: Turnstile
    """Where their rounds begin one after the other."""

    @classmethod
    def under(cls, config: SessionConfig) -> Sharing:
        """With nobody yet."""
        return cls(TokenBucket(config.rate_limit_pps), Turnstile())


class Session:
    """One target, traced again and again. Its methods are `SessionControls`."""

    def __init__(
        self,
        config: SessionConfig,
        transport: ProbeTransport,
        outcomes: trio.MemorySendChannel[Message],
        *,
        open_way: OpenWay | None = None,
        way: Way | None = None,
        neighbours: NeighbourPlan | None = None,
        sharing: Sharing | None = None,
        randomness: random.Random | None = None,
    ) -> None:
        """`outcomes` is closed when the session ends. `open_way` opens the sockets of another
        protocol, `neighbours` those to other addresses beside the destination; `way` is what
        `transport` is, None where that is of no matter. `sharing` is what this session has in
        common with others. `randomness` chooses the keys that travel in the probes; by default the
        system's.
        """
        sharing = sharing or Sharing.under(config)
        self._config = config
        chance = randomness or random.SystemRandom()
        self._ways = Ways(config, transport, way, open_way, chance)
        self._receiving = trio.CancelScope()
        self._way: Way | None = None
        self._refusal: Refusal | None = None
        self._outbox = Outbox(outcomes)
        self._mode = config.mode
        self._interval_s = config.interval_s
        self._changed = Pulse()
        self._turnstile = sharing.turnstile
        self._turnstile.join(self, self._interval_s)
        self._means = Means(
            transport=transport,
            ledger=self._ledger,
            outbox=self._outbox,
            places=trio.CapacityLimiter(config.places),
            bucket=sharing.bucket,
            changed=self._changed,
            numbers=count(),
            flows=config.flows,
        )
        self._state = SessionState.STARTING
        self._stop_reason: StopReason | None = None
        self._stop_wanted = False
        self._generation = 0
        self._baselines = 0
        self._has_baseline = False
        self._round: Round | None = None
        self._rounds_begun = 0
        self._rounds_done = 0
        self._was_dropped = False
        self._paths = AllPaths(config, neighbours, chance, self._announce)
        self._neighbours = neighbours
        self._forget_path()

    def _forget_path(self) -> None:
        self._extent = PathExtent(self._config.first_hop)
        self._memory = RoundTripMemory(self._config.timeout_s)
        self._window = AdaptiveWindow(self._config.places)
        self._is_explored = False
        self._paths.forget()

    @property
    def _transport(self) -> ProbeTransport:
        return self._ways.now.transport

    @property
    def _ledger(self) -> Ledger:
        return self._ways.now.ledger

    # --- controls: called by the user interface, in the engine's thread ------------------------

    def set_mode(self, mode: Mode) -> None:
        """Go on in another mode at once: the round under way is dropped, its answers are kept."""
        if mode is not self._mode:
            self._mode = mode
            self._drop_round()

    def pause(self) -> None:
        """Send nothing more until `resume`. Answers under way are still counted."""
        if self._state in (SessionState.STARTING, SessionState.RUNNING):
            self._state = SessionState.PAUSED
            self._drop_round()

    def resume(self) -> None:
        """Begin a round at once and go on."""
        if self._state is SessionState.PAUSED:
            self._state = SessionState.RUNNING
            self._announce()

    def reset(self) -> None:
        """Forget statistics and path, and begin anew. What is in flight is not counted."""
        self._generation += 1
        self._has_baseline = False
        self._rounds_begun = self._rounds_done = 0
        self._stop_reason = None
        self._forget_path()
        self._drop_round()

    def set_baseline(self) -> None:
        """Compare with what is known now, from now on."""
        self._baselines += 1
        self._has_baseline = True
        self._announce()

    def clear_baseline(self) -> None:
        """Compare no longer."""
        self._has_baseline = False
        self._announce()

    def set_protocol(self, protocol: Protocol) -> None:
        """Probe with another protocol: as after `reset`, since answers to different probes do not
        belong into one statistic. Where it cannot be, say why and go on as before."""
        self._use(lambda: self._ways.change(protocol))

    def set_shape(self, shape: Shape) -> None:
        """Send probes of another size, or to another port: in the same way."""
        self._use(lambda: self._ways.reshape(shape))

    def _use(self, others: Callable[[], Sockets | None]) -> None:
        if self._state is SessionState.FINISHED:
            return
        try:
            before = others()
        except PorosError as refusal:
            number = self._refusal.number + 1 if self._refusal is not None else 1
            self._refusal = Refusal(number, str(refusal))
            self._announce()
            return
        if before is None:
            return
        self._way = self._ways.now.way
        self._means = msgspec.structs.replace(
            self._means, transport=self._transport, ledger=self._ledger
        )
        self.reset()
        # Cancelled first: who waits for a socket that is closed gets an error.
        self._receiving.cancel()
        self._ways.leave(before)

    async def wait_for_turn(self) -> None:
        """Return when one packet beside the rounds may be sent: not while the session is paused,
        and within its rate limit."""
        while self._state is SessionState.PAUSED:
            await self._changed.next.wait()
        await self._means.bucket.take()

    async def wait_for_stop(self) -> None:
        """Return when somebody ends the session; not when its rounds are done."""
        while not self._stop_wanted:
            await self._changed.next.wait()

    @property
    def began_at_s(self) -> float | None:
        """When the first probe left, on Trio's clock; None before that."""
        return self._outbox.first_sent_at_s

    def close(self) -> None:
        """Close the sockets. May be called twice."""
        self._ways.close()
        if self._neighbours is not None:
            self._neighbours.close()
        self._turnstile.leave(self)

    def set_interval(self, interval_s: float) -> None:
        """Seconds from the start of a round to the start of the next, brought within bounds."""
        self._interval_s = min(INTERVAL_MAX_S, max(INTERVAL_MIN_S, interval_s))
        if self._state is not SessionState.FINISHED:
            self._turnstile.join(self, self._interval_s)
        self._announce()

    def stop(self) -> None:
        """End the session now; what is known stays known."""
        self._stop_wanted = True
        self._drop_round()

    def _drop_round(self) -> None:
        self._was_dropped = True
        if self._round is not None:
            self._round.drop()
        self._paths.cancel(keeps_parts=self._stop_wanted)
        self._announce()

    def _announce(self) -> None:
        self._outbox.put(
            SessionStatus(
                generation=self._generation,
                state=self._state,
                mode=self._mode,
                round=max(0, self._rounds_begun - 1),
                interval_s=self._interval_s,
                stop=self._stop_reason,
                way=self._way,
                refusal=self._refusal,
                baseline=self._baselines if self._has_baseline else None,
                is_discovering=self._paths.is_under_way,
                graph=self._paths.graph,
            )
        )
        self._changed.beat()

    # --- the nursery ---------------------------------------------------------------------------

    async def run(self) -> None:
        """Trace until all rounds are done, `stop` is called, or the consumer has gone."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hand_over, nursery.cancel_scope)
            async with trio.open_nursery() as network:
                network.start_soon(self._receive)
                network.start_soon(self._expire)
                async with trio.open_nursery() as probes:
                    await self._run_rounds(probes)
                    probes.cancel_scope.cancel()
                network.cancel_scope.cancel()
            self._finish()
            self._outbox.close()

    async def _receive(self) -> None:
        while True:
            with trio.CancelScope() as self._receiving:
                # What these sockets have heard is for their own ledger, whichever is in use by
                # the time that it is read.
                await self._transport.receive(partial(self._take, self._ledger))

    async def _hand_over(self, session_scope: trio.CancelScope) -> None:
        try:
            await self._outbox.run()
        except trio.BrokenResourceError:
            # The consumer has left: nobody wants the rest.
            session_scope.cancel()

    async def _run_rounds(self, probes: trio.Nursery) -> None:
        self._announce()
        settled = self._transport
        await trio.sleep(settled.settle_s)
        if self._state is SessionState.STARTING:
            self._state = SessionState.RUNNING
        started_at_s = -inf
        while await self._wait_for_next_round(started_at_s):
            if self._transport is not settled:  # the sockets of another protocol
                settled = self._transport
                await trio.sleep(settled.settle_s)
                continue
            started_at_s = trio.current_time()
            self._was_dropped = False
            await self._run_round(probes, started_at_s)
            self._rounds_done += not self._was_dropped
            if self._paths.is_wanted and not self._was_dropped:
                await self._explore()
                if self._was_dropped:
                    continue  # paused, say: it begins anew after the next round
            if self._config.rounds is not None and self._rounds_done >= self._config.rounds:
                return

    async def _wait_for_next_round(self, started_at_s: float) -> bool:
        """Wait until the next round is due. Returns False when there is to be none."""
        turn_s: float | None = None
        known_due_s: float | None = None
        called_at_s = -inf
        while not self._stop_wanted:
            changed = self._changed.next
            pause_s = self._interval_s
            if self._was_dropped:
                pause_s = min(pause_s, RESTART_MIN_S)
            due_s = started_at_s + pause_s
            now_s = trio.current_time()
            if self._state is SessionState.PAUSED:
                turn_s = known_due_s = None
                await changed.wait()
                continue
            if due_s != known_due_s:
                # A command that calls for a round calls for it from now on.
                known_due_s, called_at_s = due_s, now_s
            if now_s >= due_s and turn_s is None:
                turn_s = self._turnstile.take(max(due_s, called_at_s), now_s)
            begins_at_s = due_s if turn_s is None else turn_s
            if now_s >= begins_at_s:
                return True
            with trio.move_on_at(begins_at_s):
                await changed.wait()
        return False

    async def _run_round(self, probes: trio.Nursery, started_at_s: float) -> None:
        """One pass over the hops, unless a command drops it."""
        schedule = TraceSchedule(
            self._config,
            self._mode,
            extent=self._extent,
            memory=self._memory,
            window=self._window,
            is_first=not self._is_explored,
            started_at_s=started_at_s,
        )
        current = self._round = Round(
            self._means, schedule, number=self._rounds_begun, generation=self._generation
        )
        self._rounds_begun += 1
        self._announce()
        await current.run(
            probes,
            lambda: started_at_s + self._interval_s if self._may_overlap else inf,
        )
        self._round = None
        if not self._was_dropped:
            self._is_explored = self._is_explored or not schedule.failed_entirely
            self._stop_reason = schedule.stop_reason(current.problem)
            self._announce()

    async def _explore(self) -> None:
        """Find all paths, while no rounds use up what routers answer. What drops a round drops
        this too, and the next complete round begins it anew; stopped, it keeps what it has."""
        await self._paths.run(
            Setting(
                means=self._means,
                memory=self._memory,
                extent=self._extent,
                round_number=self._rounds_begun - 1,
                protocol=None if self._way is None else self._way.protocol,
            )
        )

    @property
    def _may_overlap(self) -> bool:
        """Whether the next round may begin while this one waits for its last answers."""
        if self._paths.is_wanted:
            return False
        has_next = self._config.rounds is None or self._rounds_done + 1 < self._config.rounds
        is_known = self._is_explored or self._extent.end is not None
        return has_next and is_known and self._mode is not Mode.SEQUENTIAL

    # --- what comes in -------------------------------------------------------------------------

    def _take(self, ledger: Ledger, event: TransportEvent) -> None:
        now_s = trio.current_time()
        if isinstance(event, SentAgain):
            probe = ledger.sent_again(event.key, now_s=now_s)
            if probe is not None and (current := self._round_of(probe)) is not None:
                current.sent_again(probe, now_s)
            return
        outcome = ledger.take(event, now_s=now_s)
        if outcome is None:
            return
        if not isinstance(outcome, Stray) and outcome.probe.generation == DISCOVERY_GENERATION:
            self._paths.take(outcome)
            return
        self._outbox.put(outcome)
        match outcome:
            case Reply():
                self._learn(outcome)
            case SendFailed():
                if (current := self._round_of(outcome.probe)) is not None:
                    current.failed(outcome.probe, outcome.reason)

    def _learn(self, reply: Reply) -> None:
        if reply.probe.generation != self._generation:
            return
        is_news = reply.rtt_s is not None and self._memory.add(reply.probe.ttl, reply.rtt_s)
        is_news |= self._extent.add_reply(reply)
        if (current := self._round_of(reply.probe)) is not None:
            # On a known path most answers change nothing for anybody who waits; to wake them for
            # each took a fifth of the engine's time.
            is_news |= current.answered(reply)
        if is_news:
            self._changed.beat()

    def _round_of(self, probe: Probe) -> Round | None:
        """The round under way, if this is a probe of it."""
        current = self._round
        if current is None:
            return None
        is_of_it = (probe.generation, probe.round) == (current.generation, current.number)
        return current if is_of_it else None

    async def _expire(self) -> None:
        while True:
            changed = self._changed.next
            now_s, expiry_s = trio.current_time(), self._ledger.next_expiry_s
            if expiry_s is not None and expiry_s <= now_s:
                # What came in time may not have been read yet, if this process was held up.
                self._transport.hear()
            self._lose(self._ledger.expire(now_s=now_s))
            # Probes expire in the order of sending: a new one never comes before this time.
            expiry_s = self._ledger.next_expiry_s
            if expiry_s is None:
                await changed.wait()
            else:
                await trio.sleep_until(expiry_s)

    def _lose(self, probes: list[Lost]) -> None:
        for lost in probes:
            if lost.probe.generation == DISCOVERY_GENERATION:
                continue
            self._outbox.put(lost)
            if lost.probe.generation == self._generation:
                self._extent.add_lost(lost)
        if probes:
            self._changed.beat()

    # --- the end -------------------------------------------------------------------------------

    def _finish(self) -> None:
        was_interrupted = self._stop_wanted and self._config.rounds is not None
        if was_interrupted or self._stop_reason is None:
            self._stop_reason = StopReason(kind=StopKind.CANCELLED)
        if not self._stop_wanted:
            # What the view decided stands. Stopped by the user, the rest is simply not known.
            self._lose(self._ledger.give_up(now_s=trio.current_time()))
        self._state = SessionState.FINISHED
        self._turnstile.leave(self)
        self._announce()
