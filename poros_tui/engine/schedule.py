"""What to send next in one pass over the hops, and when that pass is over. Pure.

A *slot* is one query to one TTL. In every mode the same slots are filled; the mode only says
which of them may go now:

- concurrent: first every TTL once (up to max_hops while the path has never been explored), then
  the further queries, but only to hops known to exist: below an answer, or up to the end of the
  path. So a whole trace sends no more beyond the destination than its first burst held, and 12
  hops with 3 queries cost at most 30 + 2 x 12 probes.
- sequential: one slot at a time, TTL by TTL.
- adaptive: batches whose size doubles on answers and halves on silence.

Waiting for the destination's answer before the second query makes a long path take two round
trips. So there is one exception, the rush: all queries go at once when the hops answered within
RUSH_RTT_S say that waiting is dear and haste is harmless. At least RUSH_HOPS_MIN of them: the
access link is fast, and the queries will not queue behind each other there. None beyond
RUSH_HOPS_MAX: else a path of usual length (15 hops) would end within 45 ms, and waiting for that
costs nobody anything. And the next hop is not overdue: where routers are silent, fewer answers
do not mean a longer path.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple

from poros_tui.config import SessionConfig
from poros_tui.engine.patience import FLOOR_S, RoundTripMemory
from poros_tui.engine.window import AdaptiveWindow
from poros_tui.model.extent import PathExtent
from poros_tui.model.probe import Mode
from poros_tui.model.stop import StopKind, StopReason

RUSH_RTT_S: Final = 0.0145
RUSH_AFTER_S: Final = 0.0155
"""When to decide, seconds after the first probe: time enough to read what came within RUSH_RTT_S.
A 30-hop path whose round trips rise evenly to 120 ms is then known 1.15 round trips after its
first packet, not 2."""
RUSH_UNTIL_S: Final = 0.024
"""On a busy machine the decision may come a little later; after this it is too late for it."""
RUSH_HOPS_MIN: Final = 3
RUSH_HOPS_MAX: Final = 4


class Slot(NamedTuple):
    """One query to one TTL."""

    ttl: int
    query: int


class _State(Enum):
    HANDED = "handed to a sender"
    SENT = "sent"
    ANSWERED = "answered"
    SILENT = "silent"
    FAILED = "not sent"
    BEYOND = "beyond the end of the path"

    @property
    def is_decided(self) -> bool:
        return self not in (_State.HANDED, _State.SENT)


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
        self._started_at_s = started_at_s
        self._rushes = False
        self._open = list(self._slots(config.max_hops))
        self._states: dict[Slot, _State] = {}
        self._sent_at_s: dict[Slot, float] = {}  # of those the view waits for
        self._batch: list[Slot] = []

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
        ttls, queries = range(self._config.first_hop, limit + 1), range(self._config.queries)
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
            self._states[slot] = _State.HANDED
        return slot

    @property
    def _is_waiting(self) -> bool:
        limit = self._burst_limit
        return any(
            not state.is_decided and slot.ttl <= limit for slot, state in self._states.items()
        )

    def _allowed(self, now_s: float) -> Iterator[Slot]:
        first, further = self._burst_limit, self._further_limit(now_s)
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
        if asked and all(state is not _State.SILENT for state in asked):
            self._window.grow()
        elif asked:
            self._window.shrink()

    def _further_limit(self, now_s: float) -> int:
        """The highest TTL worth asking more than once."""
        extent = self._extent
        if extent.end is not None:
            return extent.end
        if self._mode is Mode.SEQUENTIAL:
            return self._burst_limit
        if self._mode is Mode.CONCURRENT and (not self._is_first or self._rush_now(now_s)):
            return self._burst_limit
        # Nothing beyond the last answer, unless the first query of every hop of the gap is silent.
        return self._known_limit if self._first_queries_are_decided else extent.last_answer or 0

    def _rush_now(self, now_s: float) -> bool:
        # As absolute times: the difference of two floats may fall just short of what was added.
        earliest_s = self._started_at_s + RUSH_AFTER_S
        latest_s = self._started_at_s + RUSH_UNTIL_S
        if not self._rushes and earliest_s <= now_s <= latest_s:
            self._rushes = self._is_long(self._memory.within(RUSH_RTT_S))
        return self._rushes

    def _is_long(self, prompt_s: dict[int, float]) -> bool:
        """Whether these prompt hops, TTL to round trip, look like the start of a long path."""
        if len(prompt_s) < RUSH_HOPS_MIN:
            return False
        farthest = max(prompt_s)
        hops = farthest - self._config.first_hop + 1
        next_due_s = prompt_s[farthest] * (hops + 1) / hops
        return hops <= RUSH_HOPS_MAX and next_due_s > RUSH_RTT_S

    @property
    def _first_queries_are_decided(self) -> bool:
        return all(
            (state := self._states.get(Slot(ttl, 0))) is not None and state.is_decided
            for ttl in range(self._config.first_hop, self._known_limit + 1)
        )

    # --- what became of it ---------------------------------------------------------------------

    def sent(self, slot: Slot, now_s: float) -> None:
        """The probe of this slot left."""
        self._states[slot] = _State.SENT
        self._sent_at_s[slot] = now_s

    def failed(self, slot: Slot) -> None:
        """The probe of this slot could not leave."""
        self._decide(slot, _State.FAILED)

    def answered(self, slot: Slot) -> None:
        """The probe of this slot was answered."""
        self._decide(slot, _State.ANSWERED)

    def _decide(self, slot: Slot, state: _State) -> None:
        self._states[slot] = state
        self._sent_at_s.pop(slot, None)

    def decide(self, now_s: float) -> list[Slot]:
        """The slots whose senders need not wait any longer: silent by now, or beyond the end."""
        limit = self._burst_limit
        beyond = [slot for slot in self._sent_at_s if slot.ttl > limit]
        silent = [slot for slot in self._overdue(now_s) if slot.ttl <= limit]
        for slot in beyond:
            self._decide(slot, _State.BEYOND)
        for slot in silent:
            self._decide(slot, _State.SILENT)
        return beyond + silent

    def is_overdue(self, now_s: float) -> bool:
        """Whether time has come to decide on the silence of a slot."""
        return any(True for _ in self._overdue(now_s))

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
        rush_at_s = self._started_at_s + RUSH_AFTER_S
        if self._is_first and rush_at_s > now_s:
            times.append(rush_at_s)
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
        return _State.FAILED in states and not states & {_State.ANSWERED, _State.SILENT}

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
