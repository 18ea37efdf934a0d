"""From which hop on a burst of losses is met."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, log
from typing import Final

from poros_tui.model.watching.rounds import Round

_USUAL_LEAST: Final = 0.01
_USUAL_MOST: Final = 0.98
_SHARED_MOST: Final = 0.999
_UNSURE_ROUNDS: Final = 40
"""Before a burst, and of what there is before it half at most, that are not usual either: one of
30 % may have begun so much earlier than its losses show (the networks of tests.engine.stories)."""


class _Counts:
    """Of one hop, before the burst and in it."""

    __slots__ = ("lost", "sent", "usual_lost", "usual_sent")

    def __init__(self) -> None:
        self.lost = self.sent = self.usual_lost = self.usual_sent = 0

    @property
    def is_silent(self) -> bool:
        """Whether it never answers anyway."""
        return self._usual >= _USUAL_MOST

    @property
    def _usual(self) -> float:
        usual = (self.usual_lost + 0.5) / (self.usual_sent + 1)
        return min(_USUAL_MOST, max(_USUAL_LEAST, usual))

    def evidence(self, burst: float) -> float:
        """For its losing, beside what it usually does, this share of its probes (0 to 1): a log
        likelihood ratio. A hop that never answers has none either way."""
        usual = self._usual
        shared = min(_SHARED_MOST, usual + (1 - usual) * burst)
        return self.lost * log(shared / usual) + (self.sent - self.lost) * log(
            (1 - shared) / (1 - usual)
        )


class LossPlace:
    """Counts the losses of every hop during a burst. The place is the hop from which on, back from
    the farthest, the sum of their evidence is greatest: one hop in between that answers all the
    same, or a nearer one with a limit of its own, does not decide it. What share the burst takes is
    told by all hops from there on: the farthest alone, by whose losses it was found, tells more
    than that."""

    def __init__(self, kept: Iterable[Round], *, from_round: int, to_round: int) -> None:
        """`kept` are the rounds before the burst, which began in `from_round`, and those since;
        later ones than `to_round` are left out."""
        self._hops: dict[int, _Counts] = {}
        before: list[Round] = []
        for one in kept:
            if one.number > to_round:
                break
            if one.number < from_round:
                before.append(one)
            else:
                self.add(one)
        for one in before[: len(before) - min(_UNSURE_ROUNDS, len(before) // 2)]:
            for ttl, hop in one.hops.items():
                counts = self._hops.setdefault(ttl, _Counts())
                counts.usual_lost += hop.lost
                counts.usual_sent += hop.sent

    def add(self, one: Round, sign: int = 1) -> None:
        """Count a round of the burst, or with a sign of -1 take it back."""
        for ttl, hop in one.hops.items():
            counts = self._hops.setdefault(ttl, _Counts())
            counts.lost += sign * hop.lost
            counts.sent += sign * hop.sent

    def first_losing(self, farthest: int) -> int:
        """The first hop that meets the losses of the hop `farthest`."""
        first, most = farthest, -inf
        met: list[_Counts] = []
        lost = sent = 0
        for ttl in sorted((ttl for ttl in self._hops if ttl <= farthest), reverse=True):
            counts = self._hops[ttl]
            met.append(counts)
            if counts.sent and not counts.is_silent:
                lost, sent = lost + counts.lost, sent + counts.sent
            burst = (lost + 0.5) / (sent + 1)
            evidence = sum(one.evidence(burst) for one in met)
            if evidence > most:
                first, most = ttl, evidence
        return first
