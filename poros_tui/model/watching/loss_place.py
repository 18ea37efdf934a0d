"""From which hop on a burst of losses is met."""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import Final

from poros_tui.model.watching.rounds import Round

_USUAL_LEAST: Final = 0.01
_USUAL_MOST: Final = 0.98
_SHARED_MOST: Final = 0.999


class _Counts:
    """Of one hop, before the burst and in it."""

    __slots__ = ("lost", "sent", "usual_lost", "usual_sent")

    def __init__(self) -> None:
        self.lost = self.sent = self.usual_lost = self.usual_sent = 0

    def evidence(self, burst: float) -> float:
        """For its losing, beside what it usually does, this share of its probes (0 to 1): a log
        likelihood ratio. A hop that never answers has none either way."""
        usual = (self.usual_lost + 0.5) / (self.usual_sent + 1)
        usual = min(_USUAL_MOST, max(_USUAL_LEAST, usual))
        shared = min(_SHARED_MOST, usual + (1 - usual) * burst)
        return self.lost * log(shared / usual) + (self.sent - self.lost) * log(
            (1 - shared) / (1 - usual)
        )


class LossPlace:
    """Counts the losses of every hop during a burst. The place is the hop from which on, back from
    the farthest, the sum of their evidence is greatest: one hop in between that answers all the
    same, or a nearer one with a limit of its own, does not decide it."""

    def __init__(self, kept: Iterable[Round], *, from_round: int, to_round: int) -> None:
        """`kept` are the rounds before the burst, which began in `from_round`, and those since;
        later ones than `to_round` are left out."""
        self._hops: dict[int, _Counts] = {}
        for one in kept:
            if one.number > to_round:
                break
            if one.number >= from_round:
                self.add(one)
                continue
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
        whole = self._hops.get(farthest)
        burst = (whole.lost + 0.5) / (whole.sent + 1) if whole is not None else 0.5
        first, evidence, most = farthest, 0.0, 0.0
        for ttl in sorted((ttl for ttl in self._hops if ttl < farthest), reverse=True):
            evidence += self._hops[ttl].evidence(burst)
            if evidence > most:
                first, most = ttl, evidence
        return first
