"""Who answers one flow at one hop: who belongs there, who has come, who has gone.

Balancing packet by packet, one stray answer, and a changed route look alike at first:

- **Others in a row**: none of those who belong there answers any more, only others do. Whether
  they have taken the place or take turns is not told by one hop: see `routes`.
- **Added**: somebody new answers beside them, 3 times at least, and that all of his answers are
  among the last ones has a chance below 1 in a million (Fisher's exact test: (k over m) of
  (n + k over m), m answers of his among the last k, n before). Who comes while little is known of
  a hop was perhaps always there: he belongs there without a word.
- **Gone**: one of several does not answer any more, and by the same test that has a chance below 1
  in 1e9, because it is asked at every answer. Who has less than a sixth of the answers is not shown
  any more after 120 without one, and again when he answers, but neither is told.
"""

from __future__ import annotations

from math import comb, exp, lgamma
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress
from poros_tui.model.watching.rounds import Sight

KNOWN_AFTER: Final = 2
"""Repeated answers before which nothing is known of a hop."""
RELEARNED_AFTER: Final = 3
"""Answers in a row from others that then count for more."""
ADDED_CHANCE: Final = 1e-6
ADDED_LEAST: Final = 3
ADDED_WITHIN: Final = 64
"""Answers after which it is no longer a question of something new."""
ALWAYS_THERE_BEFORE: Final = 20
"""Who comes within so many answers was perhaps always there."""
GONE_CHANCE: Final = 1e-9
GONE_LEAST: Final = 20
GONE_WITHIN: Final = 120
NEWCOMERS_MAX: Final = 16
MEMBERS_MAX: Final = 64
_MEMORY: Final = 1024
"""Answers after which all counts are halved, so that shares are those of the recent past."""


class Added(msgspec.Struct, frozen=True):
    """Somebody shares this hop since."""

    address: IPAddress
    sight: Sight
    """His first answer."""
    answers: int
    of: int
    """His own of all since then."""
    before: int
    """Answers of others before."""
    chance: float
    """If he had been there always, 0 to 1."""

    @property
    def words(self) -> str:
        """One clause with the numbers."""
        return (
            f"{self.address} answers too: {self.answers} of {self.of}, none of {self.before}"
            f" before (p = {self.chance:.0e})"
        )


class Gone(msgspec.Struct, frozen=True):
    """Somebody does not share this hop any more."""

    address: IPAddress
    sight: Sight
    """The first answer of another after his last."""
    since: int
    """Answers of others after that."""
    answers: int
    of: int
    """His own of all before."""
    chance: float
    """If he were still there, 0 to 1."""

    @property
    def words(self) -> str:
        """One clause with the numbers."""
        return (
            f"{self.address} answers no more: none of {self.since}, {self.answers} of {self.of}"
            f" before (p = {self.chance:.0e})"
        )


class _Member(msgspec.Struct):
    answers: int
    last: Sight
    last_index: int
    is_end: bool
    missed: Sight | None = None
    """The first answer of another since his last."""


class _Newcomer(msgspec.Struct):
    first: Sight
    first_index: int
    before: int
    """Answers of the hop before his first."""
    answers: int
    last: Sight
    is_end: bool


class Responders:
    """Folds the answers to one flow at one TTL, in the order of sending."""

    __slots__ = (
        "_index",
        "_known",
        "_newcomers",
        "_run",
        "_run_from",
        "_total",
        "members",
    )

    def __init__(self) -> None:
        self.members: dict[IPAddress, _Member] = {}
        """Who belongs here."""
        self._newcomers: dict[IPAddress, _Newcomer] = {}
        self._index = 0
        self._total = 0
        self._known = 0
        """Answers of members beside the first of each, up to KNOWN_AFTER."""
        self._run = 0
        """Answers in a row by newcomers alone."""
        self._run_from: Sight | None = None

    @property
    def run(self) -> int:
        """Answers in a row from others than those who belong here."""
        return self._run

    @property
    def run_from(self) -> Sight | None:
        """The first of these, None where there are none."""
        return self._run_from if self._run else None

    @property
    def last_round(self) -> int:
        """The newest round in which one who belongs here answered, -1 for none."""
        return max((member.last.round for member in self.members.values()), default=-1)

    def is_end(self) -> bool:
        """Whether none but the destination belongs here."""
        is_known = False
        for member in self.members.values():
            if self._index - member.last_index <= GONE_WITHIN:
                if not member.is_end:
                    return False
                is_known = True
        return is_known

    def add_since(self, round_number: int, found: set[IPAddress]) -> None:
        """Put those who belong here, and have answered in this round or later and among the last
        answers, into `found`."""
        for address, member in self.members.items():
            is_recent = self._index - member.last_index <= GONE_WITHIN
            if is_recent and member.last.round >= round_number:
                found.add(address)

    def repeat(self, address: IPAddress, is_end: bool, sight: Sight, since_round: int) -> bool:
        """Take the answer of the only one who belongs here, and nothing else: the shortest way for
        what nearly every answer is. False: it is something else, for `take`. He must have answered
        in `since_round` or later before."""
        if self._newcomers or self._known < KNOWN_AFTER or len(self.members) != 1:
            return False
        member = self.members.get(address)
        if member is None or member.is_end is not is_end or member.last.round < since_round:
            return False
        self._index += 1
        self._total += 1
        if self._total >= _MEMORY:
            self._halve()
        member.answers += 1
        member.last, member.last_index, member.missed = sight, self._index, None
        self._run = 0
        return True

    def take(self, address: IPAddress, is_end: bool, sight: Sight) -> Added | Gone | None:
        """One answer. `is_end`: it is the destination's."""
        self._index += 1
        self._total += 1
        if self._total >= _MEMORY:
            self._halve()
        member = self.members.get(address)
        if member is None:
            return self._take_new(address, is_end, sight)
        member.answers += 1
        member.last, member.last_index, member.is_end = sight, self._index, is_end
        member.missed = None
        self._run = 0
        if self._known < KNOWN_AFTER:
            self._known += 1
        if self._newcomers:
            return self._weigh_newcomers()
        if len(self.members) > 1:
            return self._weigh_absent(sight)
        return None

    def _halve(self) -> None:
        self._total //= 2
        for member in self.members.values():
            member.answers = (member.answers + 1) // 2

    def _take_new(self, address: IPAddress, is_end: bool, sight: Sight) -> Added | None:
        if not self.members:
            self.members[address] = _Member(1, sight, self._index, is_end)
            return None
        newcomer = self._newcomers.get(address)
        if newcomer is None:
            if len(self._newcomers) >= NEWCOMERS_MAX:
                del self._newcomers[next(iter(self._newcomers))]
            newcomer = self._newcomers[address] = _Newcomer(
                sight, self._index, self._total - 1, 0, sight, is_end
            )
        newcomer.answers += 1
        newcomer.last, newcomer.is_end = sight, is_end
        self._run += 1
        if self._run == 1:
            self._run_from = sight
        if self._known < KNOWN_AFTER:
            if self._run >= RELEARNED_AFTER:
                self._learn_anew()
            return None
        return self._weigh(address, newcomer)

    def _learn_anew(self) -> None:
        """Next to nothing was known: what answers now belongs here, and who answered once does not
        if one other has answered all the time since."""
        if len(self._newcomers) == 1:
            self.members.clear()
        for address in list(self._newcomers):
            self._join(address)
        self._run = 0

    def replace(self) -> None:
        """Those who have answered in a row since belong here now, and nobody else."""
        run_from = self._run_from
        recent = {
            address: newcomer
            for address, newcomer in self._newcomers.items()
            if run_from is not None and newcomer.last.round >= run_from.round
        }
        self.members.clear()
        self._newcomers = recent
        self._total = self._run
        for address in list(recent):
            self._join(address)
        self._known = max(0, self._run - len(self.members))
        self._run = 0

    def absorb(self, other: Responders) -> None:
        """Take over what another knows, whose flow meets the same routers by turns."""
        self._total += other._total
        self._known = KNOWN_AFTER
        for address in list(other._newcomers):
            other._join(address)
        for address, member in other.members.items():
            known = self.members.get(address)
            if known is not None:
                known.answers += member.answers
                known.last = max(known.last, member.last)
            elif len(self.members) < MEMBERS_MAX:
                member.last_index, member.missed = self._index, None
                self.members[address] = member

    def clear(self) -> None:
        """Nobody belongs here any more."""
        self.members.clear()
        self._newcomers.clear()
        self._known = self._total = self._run = 0

    def _join(self, address: IPAddress) -> None:
        newcomer = self._newcomers.pop(address)
        if len(self.members) < MEMBERS_MAX:
            self.members[address] = _Member(
                newcomer.answers, newcomer.last, self._index, newcomer.is_end
            )

    def _weigh_newcomers(self) -> Added | None:
        """One who belongs here has answered: newcomers share the hop with him, or were a stray."""
        for address, newcomer in list(self._newcomers.items()):
            if newcomer.before < ALWAYS_THERE_BEFORE:
                self._join(address)
            elif (found := self._weigh(address, newcomer)) is not None:
                return found
        return None

    def _weigh(self, address: IPAddress, newcomer: _Newcomer) -> Added | None:
        last = self._index - newcomer.first_index + 1
        if last <= self._run:
            return None  # nobody but newcomers since: they may be replacing the others
        own, before = newcomer.answers, newcomer.before
        if own >= ADDED_LEAST:
            chance = comb(last, own) / comb(before + last, own)
            if chance <= ADDED_CHANCE:
                self._join(address)
                return Added(address, newcomer.first, own, last, before, chance)
        if last >= ADDED_WITHIN:
            if own >= ADDED_LEAST:
                self._join(address)
            else:
                del self._newcomers[address]
        return None

    def _weigh_absent(self, sight: Sight) -> Gone | None:
        for address, member in self.members.items():
            if member.last_index == self._index:
                continue
            if member.missed is None:
                member.missed = sight
            since = self._index - member.last_index
            if not GONE_LEAST <= since <= GONE_WITHIN or since % 4:
                continue
            chance = _all_before(member.answers, self._total, since)
            if chance <= GONE_CHANCE:
                del self.members[address]
                return Gone(
                    address,
                    member.missed,
                    since,
                    member.answers,
                    max(member.answers, self._total - since),
                    chance,
                )
        return None


def _all_before(own: int, total: int, since: int) -> float:
    """The chance that all `own` of `total` answers come before the last `since`, if their order is
    left to chance: Fisher's exact test, (total - since over own) of (total over own)."""
    first = total - since
    if own > first:
        return 0.0
    return exp(
        lgamma(first + 1) - lgamma(first - own + 1) - lgamma(total + 1) + lgamma(total - own + 1)
    )
