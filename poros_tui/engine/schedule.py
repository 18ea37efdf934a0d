"""What to send next in one pass over the hops, and when that pass is over. Pure.

In every mode the same slots are filled; the mode only says which of them may go now:

- concurrent: first every TTL once (up to max_hops while the path has never been explored), then
  the further queries, but only to hops known to exist: below an answer, or up to the end of the
  path. So a whole trace sends no more beyond the destination than its first burst held, and 12
  hops with 3 queries cost at most 30 + 2 x 12 probes.
- sequential: one slot at a time, TTL by TTL.
- adaptive: batches whose size doubles on answers and halves on silence.

Waiting for the destination's answer before the second query makes a long path take two round
trips: see `rush` for the exception. Asking all TTLs before the distance is known costs a probe for
each TTL beyond it: see `scout` for what a thrifty trace does instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from poros_tui.config import SessionConfig
from poros_tui.engine.patience import FLOOR_S, RoundTripMemory
from poros_tui.engine.rush import Rush
from poros_tui.engine.scout import Scout
from poros_tui.engine.slot import Slot, SlotState
from poros_tui.engine.window import AdaptiveWindow
from poros_tui.model.extent import PathExtent
from poros_tui.model.probe import Mode, Reply
from poros_tui.model.stop import StopKind, StopReason


class TraceSchedule:
    """One round. Every time is an argument, in seconds on the caller's clock."""

    def __init__(
        self,
        config: SessionConfig,
        mode: Mode,
        *,
        extent: PathExtent,
        memory: RoundTripMemory,
        window: AdaptiveWindow,
        is_first: bool,
        started_at_s: float,
    ) -> None:
        """`extent`, `memory` and `window` are the session's, and grow while this round runs.
        `is_first`: the path has never been explored to its end."""
        self._config = config
        self._mode = mode
        self._extent = extent
        self._memory = memory
        self._window = window
        self._is_first = is_first
        self._scout = self._new_scout()
        may_rush = is_first and mode is Mode.CONCURRENT and self._scout is None
        self._rush = Rush(config.first_hop, started_at_s) if may_rush else None
        self._open = list(self._slots(config.max_hops))
        self._states: dict[Slot, SlotState] = {}
        self._sent_at_s: dict[Slot, float] = {}  # of those the view waits for
        self._beyond_at_s: dict[Slot, float] = {}  # when those left that are beyond the end
        self._batch: list[Slot] = []

    def _new_scout(self) -> Scout | None:
        """One to go ahead, where the path may end anywhere."""
        config, end = self._config, self._extent.end
        if not (config.thrifty and self._is_first and self._mode is Mode.CONCURRENT):
            return None
        # An end at the last TTL may be what an earlier scout, of a round that was dropped, found.
        is_open = end is None or end == config.max_hops
        return Scout(config) if is_open and config.first_hop < config.max_hops else None

    # --- what is worth sending -----------------------------------------------------------------

    @property
    def _known_limit(self) -> int:
        """The highest TTL worth asking by what is known now."""
        return self._extent.limit(max_hops=self._config.max_hops, gap_limit=self._config.gap_limit)

    @property
    def _burst_limit(self) -> int:
        if self._is_first and self._mode is Mode.CONCURRENT and self._extent.end is None:
            return self._config.max_hops
        return self._known_limit

    def _slots(self, limit: int) -> Iterator[Slot]:
        """All slots up to `limit` in the order of this mode."""
        ttls, queries = range(self._config.first_hop, limit + 1), range(self._config.probes_per_hop)
        if self._mode is Mode.SEQUENTIAL:
            yield from (Slot(ttl, query) for ttl in ttls for query in queries)
            return
        for query in queries:
            # Far hops answer last. Asked again first, they have the time it takes to send the
            # rest: 60 probes take 3 to 15 ms.
            far_first = query > 0 and self._mode is Mode.CONCURRENT
            yield from (Slot(ttl, query) for ttl in (reversed(ttls) if far_first else ttls))

    def ready(self, now_s: float) -> int:
        """How many probes may leave now."""
        match self._mode:
            case Mode.CONCURRENT:
                return sum(1 for _ in self._allowed(now_s))
            case Mode.SEQUENTIAL:
                return int(not self._is_waiting and any(True for _ in self._allowed(now_s)))
            case Mode.ADAPTIVE:
                return len(self._rest_of_batch(now_s))

    def take_next(self, now_s: float) -> Slot | None:
        """The slot to send now, handed over to the caller; None while there is none."""
        match self._mode:
            case Mode.CONCURRENT:
                slot = next(self._allowed(now_s), None)
            case Mode.SEQUENTIAL:
                slot = None if self._is_waiting else next(self._allowed(now_s), None)
            case Mode.ADAPTIVE:
                slot = next(iter(self._rest_of_batch(now_s)), None)
        if slot is not None:
            self._open.remove(slot)
            self._states[slot] = SlotState.HANDED
        return slot

    @property
    def _is_waiting(self) -> bool:
        limit = self._burst_limit
        return any(
            not state.is_decided and slot.ttl <= limit for slot, state in self._states.items()
        )

    def _allowed(self, now_s: float) -> Iterator[Slot]:
        first, further = self._burst_limit, self._further_limit(now_s)
        if (scout := self._scout) is not None:
            if scout.is_awaited:
                return (slot for slot in self._open if slot == Slot(scout.ttl, 0))
            if self._is_end_open:
                first = min(first, scout.limit(self._is_judged))
        return (slot for slot in self._open if slot.ttl <= (further if slot.query else first))

    def _rest_of_batch(self, now_s: float) -> list[Slot]:
        limit = self._burst_limit
        rest = [slot for slot in self._batch if slot not in self._states and slot.ttl <= limit]
        if not rest and not self._is_waiting:
            self._judge_batch()
            rest = self._batch = list(islice(self._allowed(now_s), self._window.size))
        return rest

    def _judge_batch(self) -> None:
        asked = [self._states[slot] for slot in self._batch if slot in self._states]
        self._batch = []
        if asked and all(state is not SlotState.SILENT for state in asked):
            self._window.grow()
        elif asked:
            self._window.shrink()

    @property
    def _is_end_open(self) -> bool:
        """Whether nobody but the scout has said yet where the path ends."""
        scout = self._scout
        return (
            scout is not None
            and self._extent.end in (None, scout.ttl)
            and not self._first_queries_are_decided
        )

    def _is_decided(self, ttl: int) -> bool:
        """Whether it is known what became of the first query to this TTL."""
        state = self._states.get(Slot(ttl, 0))
        return state is not None and state.is_decided

    def _is_judged(self, ttl: int) -> bool:
        """Whether this TTL has been asked enough to know that it does not end the path, if nobody
        there has said so: by a router's answer, or by the silence of every query."""
        if self._states.get(Slot(ttl, 0)) is SlotState.ANSWERED:
            return True
        slots = (Slot(ttl, query) for query in range(self._config.probes_per_hop))
        return all((state := self._states.get(slot)) and state.is_decided for slot in slots)

    def _further_limit(self, now_s: float) -> int:
        """The highest TTL worth asking more than once."""
        extent = self._extent
        rushes = self._rush is not None and self._rush.is_on(now_s, self._memory)
        if (scout := self._scout) is not None and self._is_end_open:
            limit = scout.limit(self._is_judged)
            # Where the end is expected and silent it is asked again before what may lie beyond.
            is_hint = limit < scout.ttl
            is_silent = is_hint and self._states.get(Slot(limit, 0)) is SlotState.SILENT
            may_go = rushes or is_silent or scout.is_certain(self._is_judged)
            return limit if may_go else extent.last_answer or 0
        if extent.end is not None:
            return extent.end
        if self._mode is Mode.SEQUENTIAL:
            return self._burst_limit
        if self._mode is Mode.CONCURRENT and (not self._is_first or rushes):
            return self._burst_limit
        # Nothing beyond the last answer, unless the first query of every hop of the gap is silent.
        return self._known_limit if self._first_queries_are_decided else extent.last_answer or 0

    @property
    def _first_queries_are_decided(self) -> bool:
        ttls = range(self._config.first_hop, self._known_limit + 1)
        return all(self._is_decided(ttl) for ttl in ttls)

    # --- what became of it ---------------------------------------------------------------------

    def sent(self, slot: Slot, now_s: float) -> None:
        """The probe of this slot left."""
        self._states[slot] = SlotState.SENT
        self._sent_at_s[slot] = now_s
        if (scout := self._scout_of(slot)) is not None:
            scout.sent(now_s)
        elif self._scout is not None and self._rush is None:
            # The burst begins only now.
            self._rush = Rush(self._config.first_hop, now_s)

    def sent_again(self, slot: Slot, now_s: float) -> None:
        """The probe of this slot left a second time; if the view waits for it, it begins anew."""
        if slot in self._sent_at_s:
            self._sent_at_s[slot] = now_s

    def failed(self, slot: Slot) -> None:
        """The probe of this slot could not leave."""
        self._decide(slot, SlotState.FAILED)
        if (scout := self._scout_of(slot)) is not None:
            scout.give_up()

    def answered(self, slot: Slot, reply: Reply) -> None:
        """The probe of this slot was answered."""
        self._decide(slot, SlotState.ANSWERED)
        if (scout := self._scout_of(slot)) is not None:
            scout.answered(reply)

    def _scout_of(self, slot: Slot) -> Scout | None:
        scout = self._scout
        return scout if scout is not None and slot == Slot(scout.ttl, 0) else None

    def _decide(self, slot: Slot, state: SlotState) -> None:
        self._states[slot] = state
        self._sent_at_s.pop(slot, None)
        self._beyond_at_s.pop(slot, None)

    def decide(self, now_s: float) -> list[Slot]:
        """The slots whose senders need not wait any longer: silent by now, or beyond the end."""
        limit = self._burst_limit
        self._await_again(limit)
        beyond = {slot: at_s for slot, at_s in self._sent_at_s.items() if slot.ttl > limit}
        silent = [slot for slot in self._overdue(now_s) if slot.ttl <= limit]
        for slot in beyond:
            self._decide(slot, SlotState.BEYOND)
        self._beyond_at_s |= beyond
        for slot in silent:
            self._decide(slot, SlotState.SILENT)
        return [*beyond, *silent, *self._give_up_scout(now_s)]

    def _await_again(self, limit: int) -> None:
        """Where flows take ways of different length, the end that one of them found is not that
        of the next: what was beyond it is to be waited for after all."""
        for slot in [slot for slot in self._beyond_at_s if slot.ttl <= limit]:
            self._states[slot] = SlotState.SENT
            self._sent_at_s[slot] = self._beyond_at_s.pop(slot)

    def _give_up_scout(self, now_s: float) -> list[Slot]:
        """A scout that is late holds nobody back any longer. Its TTL is still waited for, like any
        other."""
        scout = self._scout
        if scout is None or not scout.is_overdue(now_s):
            return []
        scout.give_up()
        return [Slot(scout.ttl, 0)]

    def is_overdue(self, now_s: float) -> bool:
        """Whether time has come to decide on the silence of a slot."""
        is_scout_overdue = self._scout is not None and self._scout.is_overdue(now_s)
        return is_scout_overdue or any(True for _ in self._overdue(now_s))

    def _overdue(self, now_s: float) -> Iterator[Slot]:
        for slot, sent_at_s in self._sent_at_s.items():
            if now_s >= sent_at_s + self._memory.patience_s(slot.ttl):
                yield slot

    def wake_at_s(self, now_s: float) -> float:
        """When time alone may change something here. What is sent after this call changes
        nothing before that: no patience is shorter than the floor."""
        times = [
            sent_at_s + self._memory.patience_s(slot.ttl)
            for slot, sent_at_s in self._sent_at_s.items()
        ]
        times.append(now_s + min(FLOOR_S, self._config.timeout_s))
        if self._rush is not None and self._rush.decides_at_s > now_s:
            times.append(self._rush.decides_at_s)
        if self._scout is not None and (overdue_at_s := self._scout.overdue_at_s) is not None:
            times.append(overdue_at_s)
        return min(times)

    @property
    def is_over(self) -> bool:
        """Whether every slot up to the end of the path, or of the gap, is decided."""
        limit = self._known_limit
        if any(slot.ttl <= limit for slot in self._sent_at_s):
            return False
        return all(
            (state := self._states.get(slot)) is not None and state.is_decided
            for slot in self._slots(limit)
            if self._is_owed(slot)
        )

    @property
    def has_more(self) -> bool:
        """Whether a slot is still to be sent, now or later."""
        limit = self._known_limit
        return any(slot.ttl <= limit and self._is_owed(slot) for slot in self._open)

    @property
    def is_waiting_only(self) -> bool:
        """Whether nothing is left to send and an answer is still to come: until then, and while
        extent and memory stay as they are, only time changes anything."""
        limit = self._known_limit
        return not self.has_more and any(slot.ttl <= limit for slot in self._sent_at_s)

    def _is_owed(self, slot: Slot) -> bool:
        """Beyond the end (a doubted destination) one query is enough."""
        end = self._extent.end
        return end is None or slot.ttl <= end or slot.query == 0

    @property
    def failed_entirely(self) -> bool:
        """Whether no probe of this round got out, as far as is known."""
        states = set(self._states.values())
        return SlotState.FAILED in states and not states & {SlotState.ANSWERED, SlotState.SILENT}

    def stop_reason(self, problem: str) -> StopReason:
        """Why the round ended where it did. `problem` is why the newest send failed, in words."""
        if (end := self._extent.stop_reason) is not None:
            return end
        if self.failed_entirely:
            return StopReason(kind=StopKind.FAILED, detail=problem)
        if self._known_limit < self._config.max_hops:
            return StopReason(
                kind=StopKind.GAP_LIMIT,
                ttl=self._extent.last_answer,
                detail=str(self._config.gap_limit),
            )
        return StopReason(kind=StopKind.MAX_HOPS, ttl=self._config.max_hops)
