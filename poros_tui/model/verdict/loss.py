"""What is said of loss: end to end, where it begins, and what is a router's own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.bins import Bin
from poros_tui.model.events import Event, EventKind
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import (
    difference_interval,
    difference_statistic,
    loss_likelihood,
    normal_quantile,
    wilson_interval,
)
from poros_tui.model.verdict.meaning import FAILURE, THEIR_OWN, meanings
from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.model.verdict.stretch import Delay, segment
from poros_tui.model.verdict.words import hops as hops_words
from poros_tui.model.verdict.words import link, percent, short_link, span

DECIDED_LEAST: Final = 10
"""Probes to the destination below which nothing is claimed of its loss: 0 of 10 still leaves up to
28 % open."""
FELT_LOSS: Final = 0.01
"""From here on loss is trouble and not only worth a note: calls and TCP feel 1 %."""


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """The newest burst of losses that the log of events has."""

    began: Event
    ended: Event | None
    """None while it goes on."""
    began_words: str
    """When, as people read it."""
    ended_words: str = ""
    since: Bin | None = None
    """The destination's probes since it began; None where they are not kept."""

    @property
    def words(self) -> str:
        """A sentence for behind that about all loss."""
        if self.ended is not None:
            return (
                f" The last burst began at {self.began_words} and ended at {self.ended_words},"
                f" {self.ended.words}."
            )
        place = f" at hop {self.began.ttl}" if self.began.ttl is not None else ""
        if self.since is None or not self.since.decided:
            return f" A burst goes on that began at {self.began_words}{place}."
        lost, decided = self.since.lost, self.since.decided
        return (
            f" A burst goes on that began at {self.began_words}{place}: {lost} of {decided} "
            f"since then, {span(*(wilson_interval(lost, decided) or (0.0, 1.0)))}."
        )

    def short(self, ratio: float) -> str:
        """The figure that counts: of all that was sent `ratio` is lost."""
        if self.ended is not None:
            return f"{percent(ratio)} % lost end to end, last burst {self.began_words}"
        if self.since is not None and self.since.decided:
            ratio = self.since.lost / self.since.decided
        return f"{percent(ratio)} % lost end to end since {self.began_words}"


def end_to_end(destination: HopSnapshot, burst: Burst | None = None) -> Statement | None:
    """`burst` is the newest that is known. None while nothing is decided."""
    lost, decided = destination.lost, destination.lost + destination.received
    interval = wilson_interval(lost, decided)
    if interval is None:
        return None
    low, high = interval
    if decided < DECIDED_LEAST:
        return Statement(
            topic=Topic.LOSS,
            weight=Weight.UNKNOWN,
            short=f"loss: too little data ({decided} of {DECIDED_LEAST} probes)",
            brief="loss: too little data",
            words=(
                f"Too little data to speak of loss: {lost} of {decided} probes lost, which leaves "
                f"{span(low, high)} open."
            ),
            ttl=destination.ttl,
        )
    if not lost:
        return Statement(
            topic=Topic.LOSS,
            weight=Weight.FINE,
            short=f"no loss in {decided} probes",
            words=(
                f"The destination loses nothing: 0 of {decided} probes, which leaves up to "
                f"{percent(high)} % open (95 %)."
            ),
            ttl=destination.ttl,
        )
    ratio = lost / decided
    is_going_on = burst is not None and burst.ended is None
    return Statement(
        topic=Topic.LOSS,
        weight=Weight.TROUBLE if is_going_on or low >= FELT_LOSS else Weight.NOTE,
        short=burst.short(ratio) if burst else f"{percent(ratio)} % lost end to end",
        brief="" if is_going_on else f"{percent(ratio)} % lost end to end",
        words=(
            f"{percent(ratio)} % of the probes to the destination are lost: {lost} of "
            f"{decided}, 95 % interval {span(low, high)}.{burst.words if burst else ''}"
        ),
        ttl=destination.ttl,
    )


def newest_burst(events: Sequence[Event]) -> tuple[Event, Event | None] | None:
    """How the newest burst of losses began, and how it ended if it has."""
    ended = None
    for event in reversed(events):
        if event.kind is EventKind.LOSS_ENDED:
            ended = event
        if event.kind is EventKind.LOSS_BEGAN:
            return event, ended
    return None


def limits(local: Sequence[HopSnapshot], proof: HopSnapshot | None) -> Statement | None:
    """Hops whose loss is their own: `proof` is a later hop that loses least."""
    if not local or proof is None:
        return None
    hops = hops_words([hop.ttl for hop in local])
    shares = ", ".join(
        f"{percent(hop.loss_ratio or 0)} % of {hop.lost + hop.received} at hop {hop.ttl}"
        for hop in local[:4]
    )
    more = f" and {len(local) - 4} more" if len(local) > 4 else ""
    decided = proof.lost + proof.received
    return Statement(
        topic=Topic.LIMITS,
        weight=Weight.NOTE,
        short=f"loss at {hops} is their own" if len(local) > 1 else f"loss at {hops} is its own",
        words=(
            f"Loss at {hops} is no loss of the path ({shares}{more}): hop {proof.ttl}, which is "
            f"farther, loses {proof.lost} of {decided}. "
            + ("It answers" if len(local) == 1 else "They answer")
            + f" less than is forwarded.{_known_limits(local)}"
        ),
        ttl=local[0].ttl,
    )


def _known_limits(local: Sequence[HopSnapshot]) -> str:
    """Of those that are told from loss by chance, at most two."""
    known = [hop for hop in local if hop.answer_limit is not None and hop.answer_limit.limited]
    return "".join(
        f" Hop {hop.ttl} limits its answers: {hop.answer_limit.words()}."
        for hop in known[:2]
        if hop.answer_limit is not None
    )


class _Split(msgspec.Struct, frozen=True):
    """The path in two: lost and decided before and behind, all hops of a side together."""

    after_ttl: int
    ttl: int
    before: tuple[int, int]
    behind: tuple[int, int]

    @property
    def likelihood(self) -> float:
        """Logarithm, with a loss ratio for each side."""
        return loss_likelihood(*self.before) + loss_likelihood(*self.behind)


def place(hops: Sequence[HopSnapshot], delays: Sequence[Delay]) -> Statement | None:
    """The stretch in which packets are lost; None where it cannot be told or nothing is lost.

    `hops` is the path in its order. What loses behind the place also loses for all hops behind
    it: so the place is where the path falls most likely in two parts with a loss ratio each. It is
    named if two ratios are clearly likelier than one (Wilks, Ann. Math. Stat. 9(1), 1938: twice
    the difference of the logarithms is chi squared), as wide as other places are nearly as likely.
    Hops whose loss is their own are left out.
    """
    meant = meanings(hops)
    asked = [hop for hop in hops if hop.received and meant[hop.ttl] not in THEIR_OWN]
    end = asked[-1] if asked else None
    if end is None or not end.is_destination or not end.lost:
        return None
    splits = _splits(asked)
    best = max(splits, key=lambda split: split.likelihood)
    clear = normal_quantile(FAILURE / len(splits)) ** 2
    is_clear = difference_statistic(best.behind, best.before) > clear
    if not is_clear or _ratio(best.behind) <= _ratio(best.before):
        return None
    likely = [one for one in splits if 2 * (best.likelihood - one.likelihood) <= clear]
    return _placed(likely[0].after_ttl, likely[-1].ttl, best, hops, delays)


def _splits(asked: Sequence[HopSnapshot]) -> list[_Split]:
    """All ways to part the path. This machine loses nothing of what it has sent."""
    shares = [(hop.lost, hop.lost + hop.received) for hop in asked]
    total = [(0, shares[-1][1]), *shares]
    ttls = [0, *(hop.ttl for hop in asked)]
    splits = []
    for place in range(1, len(total)):
        before, behind = total[:place], total[place:]
        splits.append(
            _Split(
                ttls[place - 1],
                ttls[place],
                (sum(lost for lost, _ in before), sum(decided for _, decided in before)),
                (sum(lost for lost, _ in behind), sum(decided for _, decided in behind)),
            )
        )
    return splits


def _ratio(share: tuple[int, int]) -> float:
    return share[0] / share[1] if share[1] else 0.0


def _placed(
    after_ttl: int,
    ttl: int,
    best: _Split,
    hops: Sequence[HopSnapshot],
    delays: Sequence[Delay],
) -> Statement:
    whose = segment(after_ttl, ttl, hops, delays)
    interval = difference_interval(best.behind, best.before) or (0.0, 1.0)
    return Statement(
        topic=Topic.LOSS_PLACE,
        weight=Weight.TROUBLE if interval[0] >= FELT_LOSS else Weight.NOTE,
        short=f"lost at {short_link(after_ttl, ttl)}, {whose}",
        brief=f"lost at {short_link(after_ttl, ttl)}",
        words=(
            f"Packets are lost {link(after_ttl, ttl)} ({whose}): of all probes to hops before it "
            f"{best.before[0]} of {best.before[1]} are lost, of those to hops behind it "
            f"{best.behind[0]} of {best.behind[1]}, {percent(interval[0])} to "
            f"{percent(interval[1])} points more (95 %). It may be the way back that loses them."
        ),
        ttl=ttl,
        after_ttl=after_ttl,
        segment=whose,
    )
