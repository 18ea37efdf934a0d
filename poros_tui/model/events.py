"""What happened in a session, as values with their time: the lines of its log."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from typing import Final

import msgspec

from poros_tui.model.time_unit import TimeUnit

EVENTS_MAX: Final = 10_000
"""Kept in one session; the oldest go first. A path that flaps at every round fills it in 3 h."""


class EventKind(StrEnum):
    """What can happen."""

    PATH_CHANGED = "path changed"
    RESPONDER_ADDED = "responder added"
    """One more address shares a hop."""
    RESPONDER_GONE = "responder gone"
    LOSS_BEGAN = "loss began"
    LOSS_ENDED = "loss ended"
    DELAY_SHIFTED = "delay shifted"
    UNREACHABLE = "unreachable"
    """The destination does not answer any more, or somebody says that it can't be reached."""
    REACHABLE_AGAIN = "reachable again"
    NETWORK_DOWN = "network down"
    """This machine can't send."""
    NETWORK_UP = "network up"
    CLOCK_STEP = "clock step"
    MODE_CHANGED = "mode changed"
    PROTOCOL_CHANGED = "protocol changed"
    INTERVAL_CHANGED = "interval changed"
    PAUSED = "paused"
    RESUMED = "resumed"
    RESET = "reset"
    BASELINE_SET = "baseline set"
    """The user's mark, to which figures are compared from then on."""
    BASELINE_CLEARED = "baseline cleared"


class EventGroup(StrEnum):
    """Kinds that are looked at together."""

    PATH = "path"
    LOSS = "loss"
    DELAY = "delay"
    NETWORK = "network"
    USER = "user"


GROUPS: Final[dict[EventKind, EventGroup]] = {
    EventKind.PATH_CHANGED: EventGroup.PATH,
    EventKind.RESPONDER_ADDED: EventGroup.PATH,
    EventKind.RESPONDER_GONE: EventGroup.PATH,
    EventKind.LOSS_BEGAN: EventGroup.LOSS,
    EventKind.LOSS_ENDED: EventGroup.LOSS,
    EventKind.DELAY_SHIFTED: EventGroup.DELAY,
    EventKind.UNREACHABLE: EventGroup.NETWORK,
    EventKind.REACHABLE_AGAIN: EventGroup.NETWORK,
    EventKind.NETWORK_DOWN: EventGroup.NETWORK,
    EventKind.NETWORK_UP: EventGroup.NETWORK,
    EventKind.CLOCK_STEP: EventGroup.NETWORK,
    EventKind.MODE_CHANGED: EventGroup.USER,
    EventKind.PROTOCOL_CHANGED: EventGroup.USER,
    EventKind.INTERVAL_CHANGED: EventGroup.USER,
    EventKind.PAUSED: EventGroup.USER,
    EventKind.RESUMED: EventGroup.USER,
    EventKind.RESET: EventGroup.USER,
    EventKind.BASELINE_SET: EventGroup.USER,
    EventKind.BASELINE_CLEARED: EventGroup.USER,
}


_GOES_ON: Final = frozenset(
    (
        EventKind.PATH_CHANGED,
        EventKind.LOSS_BEGAN,
        EventKind.LOSS_ENDED,
        EventKind.DELAY_SHIFTED,
    )
)
"""From the hop that is named on."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened."""

    kind: EventKind
    at_s: float
    """When it happened, not when it was noticed; on the session's clock."""
    words: str
    """One clause with its numbers, without time and hop."""
    ttl: int | None = None
    """The hop it is about, None where it is about none."""
    round: int | None = None
    """The round in which it happened, from 0; None where it is of no round."""
    shift_s: tuple[float, float] | None = None
    """The round trips before and since that its words begin with; None where they do not."""
    noticed_at_s: float | None = None
    """When it could be told, on the same clock; None: at once."""

    @property
    def group(self) -> EventGroup:
        """What it is looked at together with."""
        return GROUPS[self.kind]

    def words_in(self, unit: TimeUnit) -> str:
        """Its words with their times in that unit."""
        if self.shift_s is None or unit is TimeUnit.MS:
            return self.words
        told = TimeUnit.MS.shift(*self.shift_s)
        return unit.shift(*self.shift_s) + self.words.removeprefix(told)

    def concerns(self, ttl: int) -> bool:
        """Whether it tells of this hop: at it, or before it where what lies beyond changes too."""
        if self.ttl is None:
            return False
        return self.ttl == ttl or (self.kind in _GOES_ON and self.ttl < ttl)


class EventLog:
    """The newest events in the order of their time."""

    def __init__(self, length: int = EVENTS_MAX) -> None:
        self._length = length
        self._events: deque[Event] = deque(maxlen=length)
        self.count = 0
        """All that were ever added: it grows with every event."""

    def add(self, event: Event) -> None:
        """Put it in its place. What is noticed late goes before what came after it."""
        self.count += 1
        later: list[Event] = []
        while self._events and self._events[-1].at_s > event.at_s:
            later.append(self._events.pop())
        if len(self._events) + len(later) < self._length or self._events:
            self._events.append(event)
        self._events.extend(reversed(later))

    def renew(self, beyond: int) -> None:
        """Count on from there, so that it is noticed that these are others."""
        self.count = max(self.count, beyond) + 1

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def concerning(self, ttl: int, count: int) -> tuple[Event, ...]:
        """The newest of a hop, at most `count`, newest first."""
        return tuple(
            islice((event for event in reversed(self._events) if event.concerns(ttl)), count)
        )

    def between(self, from_s: float, to_s: float) -> tuple[Event, ...]:
        """Those of a span of time, its end not included, oldest first."""
        return tuple(event for event in self._events if from_s <= event.at_s < to_s)
