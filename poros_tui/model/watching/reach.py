"""When the destination could not be reached any more, and when it could again.

- **By silence**: it has answered before, and then not in 10 rounds in a row and 30 seconds at
  least, and not by its usual loss (which must have a chance below 1e-9 to be silent for so long).
- **By word**: somebody says that the path ends before it, in 3 rounds while it does not answer
  itself. One such word alone may be a moment of routing.

Either began with the first round without an answer of the destination. Rounds in which it was not
asked, because the user changed something, or in which nothing left this machine, do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log
from typing import Final

from poros_tui.model.events import EventKind
from poros_tui.model.lasting import lasting
from poros_tui.model.probe import AnswerKind, Reply
from poros_tui.model.watching.rounds import HopRound, Round, Sight
from poros_tui.model.watching.told import Told
from poros_tui.packets.icmp_codes import unreachable_words

SILENT_ROUNDS: Final = 10
SILENT_S: Final = 30.0
SILENT_CHANCE: Final = 1e-9
REFUSED_ROUNDS: Final = 3


class ReachWatch:
    """Folds rounds, in order."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._distance: int | None = None
        """Where it answered last."""
        self._asked = self._silent_by_loss = 0
        self._since: Sight | None = None
        """The first round without an answer."""
        self._rounds = self._refusals = 0
        """Rounds without an answer, and those in which somebody said why."""
        self._is_told = False

    def pause(self) -> None:
        """The user sends nothing: silence begins anew after that."""
        if not self._is_told:
            self._since, self._rounds, self._refusals = None, 0, 0

    def see(self, round_: Round) -> Iterator[Told]:
        """What a round shows."""
        first_s = min((hop.at_s for hop in round_.hops.values()), default=None)
        if self._began_s is None:
            self._began_s = first_s
        if round_.reached is not None:
            yield from self._reach(round_, round_.hops[round_.reached])
            return
        refused = _refused(round_)
        if refused is None and not self._was_asked(round_):
            return
        if self._since is None:
            ttl = refused if refused is not None else self._distance
            at_s = round_.hops[ttl].at_s if ttl in round_.hops else first_s or 0.0
            self._since = Sight(round_.number, at_s)
        self._rounds += 1
        refusal = round_.hops[refused].refusal if refused is not None else None
        self._refusals += refusal is not None
        if self._is_told:
            return
        if refusal is not None and self._refusals >= REFUSED_ROUNDS:
            yield self._refuse(refusal, self._since)
        elif first_s is not None and self._is_silent_for_long(first_s - self._since.at_s):
            yield self._fall_silent(self._since)

    def _was_asked(self, round_: Round) -> bool:
        """Whether a probe left that should have got to it."""
        distance = self._distance
        return distance is not None and any(
            ttl >= distance and hop.sent for ttl, hop in round_.hops.items()
        )

    def _reach(self, round_: Round, hop: HopRound) -> Iterator[Told]:
        sight = Sight(round_.number, hop.at_s)
        is_first = self._distance is None
        ttl = self._distance = self._distance_now(round_)
        if self._is_told and self._since is not None:
            silent_s = hop.at_s - self._since.at_s
            yield Told(
                kind=EventKind.REACHABLE_AGAIN,
                ttl=ttl,
                sight=sight,
                words=f"after {lasting(silent_s)}, {self._rounds} rounds without an answer",
            )
        elif is_first and self._began_s is not None and hop.at_s - self._began_s >= SILENT_S:
            yield Told(
                kind=EventKind.REACHABLE_AGAIN,
                ttl=ttl,
                sight=sight,
                words=f"answers for the first time, after {lasting(hop.at_s - self._began_s)}",
            )
        self._asked += 1 + (0 if self._is_told else self._rounds)
        self._silent_by_loss += 0 if self._is_told else self._rounds
        self._since, self._rounds, self._refusals, self._is_told = None, 0, 0, False

    def _distance_now(self, round_: Round) -> int | None:
        """A round in which its own hop is silent may have an answer to a probe with a higher TTL:
        it is farther away only where a router stands in its place."""
        reached, known = round_.reached, self._distance
        if reached is None or known is None or reached <= known:
            return reached
        there = round_.hops.get(known)
        is_router = there is not None and any(
            seen.kind is AnswerKind.TIME_EXCEEDED for seen in there.seen
        )
        return reached if is_router else known

    def _is_silent_for_long(self, silent_s: float) -> bool:
        if self._distance is None or self._rounds < SILENT_ROUNDS or silent_s < SILENT_S:
            return False
        usual_loss = (self._silent_by_loss + 3) / (self._asked + 6)
        return self._rounds * log(usual_loss) <= log(SILENT_CHANCE)

    def _fall_silent(self, since: Sight) -> Told:
        self._is_told = True
        return Told(
            kind=EventKind.UNREACHABLE,
            ttl=self._distance,
            sight=since,
            words=f"the destination has not answered in {self._rounds} rounds in a row",
        )

    def _refuse(self, refusal: Reply, since: Sight) -> Told:
        self._is_told = True
        who = refusal.responder
        words = unreachable_words(who.version, refusal.icmp_type, refusal.icmp_code)
        return Told(
            kind=EventKind.UNREACHABLE,
            ttl=refusal.probe.ttl,
            sight=since,
            words=f"{words}, says {who}",
        )


def _refused(round_: Round) -> int | None:
    """The nearest hop where somebody says that the path ends."""
    return min((ttl for ttl, hop in round_.hops.items() if hop.refusal is not None), default=None)
