"""When a burst of losses began, when it ended, and from which hop on the path lost.

Looked at is the destination, or the farthest hop that answers where nothing is heard of the
destination: of each round the share of its probes that was lost, since probes of one round meet
the same queues. Two cumulative sums (Page, Biometrika 41, 1954, pp. 100-115) of log likelihood
ratios ask at every round whether it still loses as usual, or at the rate of a burst: one for
hard bursts (half of what usually arrives is lost), one for lesser ones (10 % more than usual).

- **Usual** is the share that was lost before, taken at the upper bound of its interval (Wilson, 2
  deviations), and at least 1 %: after 100 rounds without a loss it is 4 %, after 400 1 %.
- What may have been a burst (a sum was above ln(100), but not enough) is no part of what is usual
  for the sum of hard bursts: else a burst or two at the beginning, before much is known, would hide
  all others. That is learnt anew then.
- **It began** when a sum is above ln(1e8) = 18.4: if the path loses as usual, each round for
  itself, that takes 1e8 rounds on average or more (Lorden, Ann. Math. Statist. 42(6), 1971, pp.
  1897-1908), three years at one a second; in 120 simulated days of 12 steady losses from 0 to 90 %
  it never came. On a path that never loses 5 rounds in a row are enough. The beginning is the first
  loss since the sum was 0.
- **It ended** when a sum the other way, from the burst's rate to the usual one, is above ln(1000):
  after a hard burst 10 answers in a row or so. The rate is what was lost in it so far, up to that
  of the sum which found it: else a lull in a burst that loses a third would pass for its end. The
  end is the first answer since that sum was 0, just behind the last loss.
- **Who says that the destination cannot be reached** gives no answer of the destination: such a
  probe is lost, as in all statistics. It begins no burst, for that is an outage (see `reach`), but
  ends none either: routers that say so are mostly silent at first, and now and then later.
- **Where** is told by the losses of all hops meanwhile, see `loss_place`. Where the farthest hop is
  not the destination, its losses alone may be its own limit: then nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import log
from typing import Final

import msgspec

from poros_tui.model.events import EventKind
from poros_tui.model.lasting import lasting
from poros_tui.model.watching.cumulative_sum import Rates, Sum, Usual
from poros_tui.model.watching.loss_place import LossPlace
from poros_tui.model.watching.rounds import HopRound, Round, Sight
from poros_tui.model.watching.told import Told

USUAL_MOST: Final = 0.9
"""Share beyond which nothing is a burst: hardly anything is answered anyway."""
KNOWN_AFTER: Final = 20
"""Rounds before which nothing is usual."""
LESSER_MORE: Final = 0.1
BEGAN: Final = log(1e8)
ENDED: Final = log(1e3)
DOUBTFUL: Final = log(1e2)
HELD_MAX: Final = 64
OPEN_MAX: Final = 1024
"""Rounds since a sum was 0 that are remembered; past these they count as usual."""


class _Trial(msgspec.Struct, frozen=True):
    """A round of the farthest hop."""

    round_: Round
    ttl: int
    hop: HopRound

    @property
    def loss(self) -> float:
        """Share that was lost; late answers may make it less afterwards."""
        return self.hop.loss or 0.0

    @property
    def sight(self) -> Sight:
        """When it was asked."""
        return Sight(self.round_.number, self.hop.at_s)


class _Burst(msgspec.Struct, kw_only=True):
    """What is lost since it began."""

    rates: Rates
    began: Sight
    is_of_destination: bool
    """Not of the farthest hop that answers, in its stead."""
    is_told: bool
    place: LossPlace
    trials: list[_Trial]
    counted: list[int]
    """Sent, lost and late of trials that are not kept any more, and the longest run of losses."""
    run: int = 0
    losses: float = 0.0
    """Of all rounds since it began, the shares that they lost."""
    rounds: int = 0
    share: float = 1.0
    """What was lost up to when the sum the other way was last 0."""
    against: float = 0.0
    """The sum the other way."""
    ended: Sight | None = None
    """The first answer since that sum was 0."""

    def lost(self, trial: _Trial) -> int:
        """Probes of a round that were lost, or refused in the destination's place."""
        return trial.hop.lost + (trial.hop.refused if self.is_of_destination else 0)

    def loss(self, trial: _Trial) -> float:
        """The share of these."""
        return self.lost(trial) / trial.hop.sent if trial.hop.sent else 0.0


class LossWatch:
    """Folds rounds, in order."""

    def __init__(self) -> None:
        self._usual = Usual()
        self._recent = Usual()
        """Since there may have been a burst."""
        self._open: list[_Trial] = []
        self._sums: tuple[Sum, ...] = ()
        self._burst: _Burst | None = None
        self._late = 0
        self._held: list[_Trial] = []
        """Since it is in doubt where the destination is."""

    def see(
        self, round_: Round, kept: Sequence[Round], end: int | None, farthest: int
    ) -> Iterator[Told]:
        """`kept` are the newest rounds, this one included; `end` is the destination's TTL where it
        is known, `farthest` the last hop that answers."""
        ttl = end or farthest
        hop = round_.hops.get(ttl)
        if hop is None or not hop.sent:
            return
        trial = _Trial(round_, ttl, hop)
        if self._is_in_doubt(trial, end) and len(self._held) < HELD_MAX:
            self._held.append(trial)
            return
        held, self._held = self._held, []
        for one in held:
            if one.ttl != ttl:  # it has moved indeed
                moved = one.round_.hops.get(ttl)
                if moved is None or not moved.sent:
                    continue
                one = _Trial(one.round_, ttl, moved)
            yield from self._take(one, kept, is_destination=end is not None)
        yield from self._take(trial, kept, is_destination=end is not None)

    def _is_in_doubt(self, trial: _Trial, end: int | None) -> bool:
        """Whether the destination may just have moved: it does not answer here, but farther away.
        (While it is silent for long the engine asks beyond it, and it answers from any distance.)
        """
        if end is None or trial.hop.answered:
            return False
        return bool(self._held) or (trial.round_.reached or 0) > end

    def _take(
        self, trial: _Trial, kept: Sequence[Round], *, is_destination: bool
    ) -> Iterator[Told]:
        if self._burst is None:
            yield from self._look_for_beginning(trial, kept, is_destination=is_destination)
        else:
            yield from self._look_for_end(self._burst, trial, kept)

    # Whether one begins

    def _look_for_beginning(
        self, trial: _Trial, kept: Sequence[Round], *, is_destination: bool
    ) -> Iterator[Told]:
        if self._usual.rounds < KNOWN_AFTER:
            self._as_usual(trial.loss)
            return
        if not self._open:
            if not trial.loss:
                self._as_usual(0.0)  # by far the most rounds
                return
            usual = self._usual.bound
            if usual > USUAL_MOST:
                self._as_usual(trial.loss)
                return
            recent = usual
            if self._recent.rounds >= KNOWN_AFTER:
                recent = min(usual, self._recent.bound)
            self._sums = (
                Sum(Rates(recent, (1 + recent) / 2)),
                Sum(Rates(usual, min(usual + LESSER_MORE, (1 + usual) / 2))),
            )
        self._open.append(trial)
        late = sum(one.hop.late for one in self._open)
        if late != self._late:
            self._late = late
            self._count_again()
        else:
            for one in self._sums:
                one.add(trial.loss, len(self._open) - 1)
        reached = [one for one in self._sums if one.value >= BEGAN]
        if reached:
            yield from self._begin(reached[0], kept, is_destination=is_destination)
        elif all(one.value <= 0.0 for one in self._sums) or len(self._open) >= OPEN_MAX:
            self._close()

    def _as_usual(self, loss: float) -> None:
        self._usual.add(loss)
        self._recent.add(loss)

    def _count_again(self) -> None:
        """Late answers have taken losses back."""
        for one in self._sums:
            one.value = one.highest = 0.0
            for index, trial in enumerate(self._open):
                one.add(trial.loss, index)

    def _close(self) -> None:
        """Nothing has begun, as far as can be said: it was as usual."""
        is_doubtful = len(self._open) < OPEN_MAX and any(
            one.highest >= DOUBTFUL for one in self._sums
        )
        for trial in self._open:
            self._as_usual(trial.loss)
        if is_doubtful:
            self._recent = Usual()
        self._open.clear()
        self._late = 0

    def _begin(self, found: Sum, kept: Sequence[Round], *, is_destination: bool) -> Iterator[Told]:
        trials = self._open[found.start :]
        for trial in self._open[: found.start]:
            self._as_usual(trial.loss)
        self._open.clear()
        self._late = 0
        began, newest = trials[0].sight, trials[-1]
        ttl = newest.ttl
        place = LossPlace(kept, from_round=began.round, to_round=newest.round_.number)
        first_hop = place.first_losing(ttl)
        burst = self._burst = _Burst(
            rates=found.rates,
            began=began,
            is_of_destination=is_destination,
            is_told=is_destination or first_hop < ttl,
            place=place,
            trials=[],
            counted=[0, 0, 0, 0],
        )
        for trial in trials:
            _count(burst, trial)
        burst.share = burst.losses / burst.rounds
        if burst.is_told:
            sent, lost, _, _ = _counts(burst)
            usual = 100 * self._usual.lost / self._usual.rounds
            where = _where(first_hop, ttl, is_destination)
            yield Told(
                kind=EventKind.LOSS_BEGAN,
                ttl=first_hop,
                sight=began,
                words=f"{lost} of {sent} lost {where}, before that {usual:.1f} %",
            )

    # Whether it is over

    def _look_for_end(self, burst: _Burst, trial: _Trial, kept: Sequence[Round]) -> Iterator[Told]:
        _count(burst, trial)
        burst.place.add(trial.round_)
        burst.against = max(0.0, burst.against - _rates_of(burst).evidence(burst.loss(trial)))
        if burst.against <= 0.0:
            burst.ended = None
            burst.share = burst.losses / burst.rounds
        elif burst.ended is None:
            burst.ended = trial.sight
        if burst.against < ENDED or burst.ended is None:
            return
        ended, self._burst = burst.ended, None
        after = [one for one in burst.trials if one.sight.round >= ended.round]
        burst.trials = [one for one in burst.trials if one.sight.round < ended.round]
        for one in after:
            self._as_usual(one.loss)
        if burst.is_told:
            sent, lost, late, longest = _counts(burst)
            for one in after:
                burst.place.add(one.round_, -1)
            more = f"; {late} came late" if late else ""
            yield Told(
                kind=EventKind.LOSS_ENDED,
                ttl=burst.place.first_losing(trial.ttl),
                sight=ended,
                words=(
                    f"after {lasting(ended.at_s - burst.began.at_s)}: {lost} of {sent} lost,"
                    f" {longest} in a row{more}"
                ),
            )


def _rates_of(burst: _Burst) -> Rates:
    """What its end is told by."""
    usual = burst.rates.usual
    least = min(usual + LESSER_MORE, (1 + usual) / 2)
    return Rates(usual, min(burst.rates.burst, max(least, burst.share)))


def _count(burst: _Burst, trial: _Trial) -> None:
    burst.losses += burst.loss(trial)
    burst.rounds += 1
    burst.trials.append(trial)
    if len(burst.trials) > OPEN_MAX:
        old = burst.trials.pop(0)
        _add_counts(burst.counted, old, burst)


def _add_counts(counted: list[int], trial: _Trial, burst: _Burst) -> None:
    lost = burst.lost(trial)
    counted[0] += trial.hop.sent
    counted[1] += lost
    counted[2] += trial.hop.late
    burst.run = burst.run + lost if burst.loss(trial) == 1 else 0
    counted[3] = max(counted[3], burst.run)


def _counts(burst: _Burst) -> tuple[int, int, int, int]:
    """Sent, lost, late, and the longest run of losses."""
    counted, run = list(burst.counted), burst.run
    for trial in burst.trials:
        _add_counts(counted, trial, burst)
    burst.run = run
    sent, lost, late, longest = counted
    return sent, lost, late, longest


def _where(first_hop: int, ttl: int, is_destination: bool) -> str:
    if first_hop == ttl:
        return "at the destination alone"
    return "from here to " + ("the destination" if is_destination else f"hop {ttl}")
