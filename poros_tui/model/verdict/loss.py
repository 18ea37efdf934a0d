"""What is said of loss: end to end, where it begins, and what is a router's own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import (
    difference_interval,
    difference_statistic,
    loss_likelihood,
    normal_quantile,
    wilson_interval,
)
from poros_tui.model.verdict.meaning import FAILURE, THEIR_OWN, meanings
from poros_tui.model.verdict.spell import DECIDED_LEAST, FELT_LOSS, Spell
from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.model.verdict.stretch import Delay, segment
from poros_tui.model.verdict.words import hops as hops_words
from poros_tui.model.verdict.words import link, part, percent, short_link, span


def end_to_end(destination: HopSnapshot, spell: Spell | None = None) -> Statement | None:
    """`spell` is the newest that is known. None while nothing is decided."""
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
    is_going_on = spell is not None and spell.ended is None
    is_said = spell is not None and spell.is_open_outage
    is_felt = low >= FELT_LOSS and not (spell is not None and spell.is_past)
    refused = f", {destination.refused} of them refused" if destination.refused else ""
    return Statement(
        topic=Topic.LOSS,
        weight=Weight.TROUBLE if (is_going_on or is_felt) and not is_said else Weight.NOTE,
        short=spell.short(ratio) if spell else f"{percent(ratio)} % lost end to end",
        brief="" if is_going_on else f"{percent(ratio)} % lost end to end",
        words=(
            f"{percent(ratio)} % of the probes to the destination are lost: {lost} of "
            f"{decided}{refused}, 95 % interval {span(low, high)}.{spell.words if spell else ''}"
        ),
        ttl=destination.ttl,
    )


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


Share = tuple[int, int]
"""Lost, and decided."""


class _Split(msgspec.Struct, frozen=True):
    """The path in two: lost and decided before and behind, all hops of a side together."""

    after_ttl: int
    ttl: int
    before: Share
    behind: Share

    @property
    def likelihood(self) -> float:
        """Logarithm, with a loss ratio for each side."""
        return loss_likelihood(*self.before) + loss_likelihood(*self.behind)


def place(
    hops: Sequence[HopSnapshot],
    delays: Sequence[Delay],
    shares: Mapping[int, Share] | None = None,
    since_words: str = "",
) -> Statement | None:
    """The stretch in which packets are lost; None where it cannot be told or nothing is lost.

    `shares` are those of each hop by its TTL since a time that `since_words` says; None: of all
    time. `hops` is the path in its order. What loses behind the place also loses for all hops
    behind it: so the place is where the path falls most likely in two parts with a loss ratio
    each. It is named if two ratios are clearly likelier than one (Wilks, Ann. Math. Stat. 9(1),
    1938: twice the difference of the logarithms is chi squared), as wide as other places are
    nearly as likely. Hops whose loss is their own are left out.
    """
    meant = meanings(hops)
    asked = [hop for hop in hops if hop.received and meant[hop.ttl] not in THEIR_OWN]
    if not asked or not asked[-1].is_destination:
        return None
    if shares is None:
        shares = {hop.ttl: (hop.lost, hop.lost + hop.received) for hop in asked}
    known = [hop.ttl for hop in asked if shares.get(hop.ttl, (0, 0))[1]]
    if not known or known[-1] != asked[-1].ttl or not shares[known[-1]][0]:
        return None
    splits = _splits(known, shares)
    best = max(splits, key=lambda split: split.likelihood)
    clear = normal_quantile(FAILURE / len(splits)) ** 2
    is_clear = difference_statistic(best.behind, best.before) > clear
    if not is_clear or _ratio(best.behind) <= _ratio(best.before):
        return None
    likely = [one for one in splits if 2 * (best.likelihood - one.likelihood) <= clear]
    return _placed(likely[0].after_ttl, likely[-1].ttl, best, hops, delays, since_words)


def _splits(known: Sequence[int], shares: Mapping[int, Share]) -> list[_Split]:
    """All ways to part the path of these TTLs. This machine loses nothing of what it has sent."""
    total = [(0, shares[known[-1]][1]), *(shares[ttl] for ttl in known)]
    ttls = [0, *known]
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
    since_words: str,
) -> Statement:
    whose = segment(after_ttl, ttl, hops, delays)
    where = part(whose, after_ttl, ttl, hops)
    interval = difference_interval(best.behind, best.before) or (0.0, 1.0)
    since = f" since {since_words}" if since_words else ""
    return Statement(
        topic=Topic.LOSS_PLACE,
        weight=Weight.TROUBLE if interval[0] >= FELT_LOSS else Weight.NOTE,
        short=f"lost at {short_link(after_ttl, ttl)}, {whose}",
        brief=f"lost at {short_link(after_ttl, ttl)}",
        words=(
            f"Packets are lost {link(after_ttl, ttl)} ({where}): of all probes{since} to hops "
            f"before it {best.before[0]} of {best.before[1]}, of those to hops "
            f"behind it {best.behind[0]} of {best.behind[1]}, {percent(interval[0])} to "
            f"{percent(interval[1])} points more (95 %). It may be the way back that loses them."
        ),
        ttl=ttl,
        after_ttl=after_ttl,
        segment=whose,
    )
