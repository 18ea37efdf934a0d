"""What is known of which address, and when to ask for which. Pure: times are arguments, in seconds
of any clock that runs evenly."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Final, Generic

from poros_tui.lookup.asking import Answer, FactT
from poros_tui.model.probe import IPAddress

SIZE: Final = 16384
"""Addresses kept, some 8 MB where there are so many: as 256 targets have with 64 responders each.
The one that was seen first goes first, and may come again."""
TTL_MIN_S: Final = 60.0
"""An address is asked for no more often, whatever its record says: 0 is legal (RFC 1035 3.2.1), and
would be a question for each answer of a router."""
TTL_MAX_S: Final = 86400.0
"""And at least once a day."""
ABSENT_TTL_MIN_S: Final = 300.0
"""Who has no name, say, seldom gets one while somebody watches."""
ABSENT_TTL_MAX_S: Final = 10800.0
"""RFC 2308 5: three hours have proved to work well for what is not there."""
PAUSES_S: Final = (10.0, 30.0, 90.0, 270.0)
"""After the first failure, the second, ... When the last of them was in vain too, that address is
given up for this session."""


class AnswerCache(Generic[FactT]):
    """Facts of one kind with their times."""

    def __init__(self, kind: type[FactT], size: int = SIZE) -> None:
        """`size`: addresses kept at most."""
        self._kind = kind
        self._size = size
        self._entries: dict[IPAddress, tuple[FactT | None, float, int]] = {}
        """What is known (None: nothing yet), when to ask again, and failures in a row."""
        self._known: dict[IPAddress, FactT] = {}

    @property
    def known(self) -> Mapping[IPAddress, FactT]:
        """What is known now: the same mapping always. A fact is known until there is another, also
        while it is asked for again."""
        return self._known

    def take(self, address: IPAddress, now_s: float) -> bool:
        """Whether to ask for this address now. Who is told so must ask: until `put` or `fail` says
        what came of it, nobody else is."""
        entry = self._entries.get(address)
        if entry is None:
            if len(self._entries) >= self._size:
                oldest = next(iter(self._entries))
                del self._entries[oldest]
                self._known.pop(oldest, None)
            self._entries[address] = None, inf, 0
            return True
        fact, again_at_s, failures = entry
        if now_s < again_at_s:
            return False
        self._entries[address] = fact, inf, failures
        return True

    def put(self, address: IPAddress, answer: Answer[FactT], now_s: float) -> bool:
        """What was answered. True where that is news."""
        if address not in self._entries:  # so many have come meanwhile that it has gone
            return False
        self._entries[address] = answer.fact, now_s + lasting_s(answer), 0
        return self._know(address, answer.fact)

    def fail(self, address: IPAddress, problem: str, now_s: float) -> bool:
        """Nobody answered. True where that is news: what is known stays."""
        entry = self._entries.get(address)
        if entry is None:
            return False
        fact, _, failures = entry
        pause_s = PAUSES_S[failures] if failures < len(PAUSES_S) else inf
        self._entries[address] = fact, now_s + pause_s, failures + 1
        if fact is not None:
            return False
        return self._know(address, self._kind(problem=problem))

    def _know(self, address: IPAddress, fact: FactT) -> bool:
        if self._known.get(address) == fact:
            return False
        self._known[address] = fact
        return True


def lasting_s(answer: Answer[FactT]) -> float:
    """For how long it is not asked for again: as its record says, within our bounds."""
    least_s, most_s = TTL_MIN_S, TTL_MAX_S
    if answer.fact.problem:
        least_s, most_s = ABSENT_TTL_MIN_S, ABSENT_TTL_MAX_S
    return most_s if answer.ttl_s is None else max(least_s, min(most_s, answer.ttl_s))
