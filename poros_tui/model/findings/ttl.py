"""What the TTL of quoted probes tells: tunnels, TTLs set anew, packets forwarded with TTL 0.

A router that answers `time exceeded` got the probe with TTL 1, and quotes that or, if it quotes
after counting down, 0. Anything else has a reason:

- 1, 2, 3 ... at hops in a row: label switching routers of an MPLS tunnel that count hops in the
  label's TTL and leave the packet's alone (RFC 3443; Donnet et al., "Revealing MPLS Tunnels
  Obscured from Traceroute", CCR 42(2), 2012, section 3).
- 0 and then 1 from the same router: the router before it forwards packets whose TTL has run out
  (Augustin et al., "Avoiding traceroute anomalies with Paris traceroute", IMC 2006, section 4).
- more than was sent: the TTL was set anew on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from poros_tui.model.findings.finding import Finding, FindingKind, Proof, untold_between
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import AnswerKind, IPAddress

STUCK_HOPS: Final = 3
"""Hops in a row that one router must answer in the very same way before it is said that probes
get no farther: two may be paths of different length."""
_PROPER: Final = (0, 1)
"""Quoted TTLs of a probe that ran out as it should."""


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """The quoted TTL that most `time exceeded` of a hop tell."""

    ttl: int
    quoted: int
    agreeing: int
    answers: int
    responders: frozenset[IPAddress]
    has_labels: bool

    @property
    def is_proper(self) -> bool:
        return self.quoted in _PROPER

    def proof(self) -> Proof:
        return Proof(
            what="quoted TTL",
            sent=1,
            before=1,
            found=self.quoted,
            agreeing=self.agreeing,
            answers=self.answers,
        )


def ttls(hops: Sequence[HopSnapshot], *, takes_one_way: bool = True) -> list[Finding]:
    """All that is found in the quoted TTLs, in the order of the hops.

    `takes_one_way` False: load balancers may send each probe another way.
    """
    told = {t.ttl: t for hop in hops if (t := _told(hop)) is not None}
    found = [*_raised(told, hops), *_zero_forwarded(told)]
    others = (_arrives_raised(told, hops, takes_one_way), _stuck(told, hops))
    found += [finding for finding in others if finding is not None]
    return sorted(found, key=lambda finding: finding.ttl or 0)


def _told(hop: HopSnapshot) -> _Told | None:
    quoting = [
        (evidence, evidence.quote)
        for evidence in hop.evidence
        if evidence.quote is not None and evidence.kind is AnswerKind.TIME_EXCEEDED
    ]
    answers = sum(evidence.answers for evidence, _ in quoting)
    for quoted in dict.fromkeys(quote.ttl for _, quote in quoting):
        same = [evidence for evidence, quote in quoting if quote.ttl == quoted]
        agreeing = sum(evidence.answers for evidence in same)
        if 2 * agreeing > answers:
            return _Told(
                ttl=hop.ttl,
                quoted=quoted,
                agreeing=agreeing,
                answers=answers,
                responders=frozenset(evidence.responder for evidence in same),
                has_labels=any(evidence.has_labels for evidence in same),
            )
    return None


def _raised(told: dict[int, _Told], hops: Sequence[HopSnapshot]) -> list[Finding]:
    """Hops where the TTL ran out although the quote shows more than 1."""
    groups: list[list[_Told]] = []
    for reading in told.values():
        if reading.is_proper:
            continue
        if groups and _belongs_to(groups[-1], reading, told):
            groups[-1].append(reading)
        else:
            groups.append([reading])
    return [_raised_group(group, told, hops) for group in groups]


def _belongs_to(group: list[_Told], reading: _Told, told: dict[int, _Told]) -> bool:
    """Whether the TTL goes on rising, over silent hops too, or was never rising: one tunnel may
    follow another, and in each of them it rises from 1."""
    between = range(group[-1].ttl + 1, reading.ttl)
    if _is_rising([*group, reading]):
        return not any(ttl in told for ttl in between)
    return not between and not (len(group) > 1 and _is_rising(group))


def _is_rising(group: Sequence[_Told]) -> bool:
    return all(
        later.quoted - earlier.quoted == later.ttl - earlier.ttl
        for earlier, later in pairwise(group)
    )


def _raised_group(
    group: list[_Told], told: dict[int, _Told], hops: Sequence[HopSnapshot]
) -> Finding:
    first, last = group[0], group[-1]
    proofs = tuple(reading.proof() for reading in group[:1])
    begin = first.ttl - first.quoted + 1
    could_be_tunnel = (
        begin >= 1
        and _is_rising(group)
        and all(
            ttl not in told or told[ttl].quoted == ttl - begin + 1
            for ttl in range(begin, first.ttl)
        )
    )
    has_labels = any(reading.has_labels for reading in group)
    if could_be_tunnel and (has_labels or len(group) > 1):
        rising = ", ".join(str(reading.quoted) for reading in group)
        return Finding(
            kind=FindingKind.MPLS_TUNNEL,
            ttl=begin,
            last_ttl=last.ttl,
            proofs=proofs,
            detail=f"the quoted TTL rises ({rising}): these hops are counted in labels",
        )
    if len(group) == 1:
        reason = "an MPLS tunnel of two hops, or " if could_be_tunnel else ""
        return Finding(
            kind=FindingKind.ODD_QUOTE,
            ttl=first.ttl,
            last_ttl=last.ttl,
            proofs=proofs,
            detail=f"{reason}this router's own way to quote",
        )
    after_ttl = _last_proper(told, first.ttl)
    return Finding(
        kind=FindingKind.TTL_RESET,
        ttl=first.ttl,
        last_ttl=last.ttl,
        after_ttl=after_ttl,
        untold=untold_between(after_ttl, first.ttl, hops),
        proofs=proofs,
        detail="it ran out although it was not used up",
    )


def _last_proper(told: dict[int, _Told], before_ttl: int) -> int | None:
    return max(
        (ttl for ttl, reading in told.items() if ttl < before_ttl and reading.is_proper),
        default=None,
    )


def _zero_forwarded(told: dict[int, _Told]) -> list[Finding]:
    """One router at two hops, first with TTL 0, then with 1: the one before it is not seen."""
    return [
        Finding(
            kind=FindingKind.ZERO_TTL_FORWARDING,
            ttl=ttl,
            last_ttl=ttl,
            proofs=(reading.proof(),),
            detail=f"the router of hop {ttl + 1} answers at hop {ttl} too",
        )
        for ttl, reading in told.items()
        if reading.quoted == 0
        and (later := told.get(ttl + 1)) is not None
        and later.quoted == 1
        and later.responders == reading.responders
    ]


def _arrives_raised(
    told: dict[int, _Told], hops: Sequence[HopSnapshot], takes_one_way: bool
) -> Finding | None:
    """The end of the path quotes more than the probe can have had left."""
    end = next((hop for hop in hops if hop.is_destination or hop.is_unreachable), None)
    if end is None:
        return None
    quoting = [
        (evidence.answers, evidence.quote.ttl)
        for evidence in end.evidence
        if evidence.quote is not None and evidence.kind.is_terminal
    ]
    quoted = {ttl for _, ttl in quoting}
    if len(quoted) != 1:
        return None  # the path has just changed, or the answers come from different places
    (value,) = quoted
    place = end.ttl - value + 1
    # Where nobody answered from the place on, the probes there were lost: the end is nearer. A
    # router that cannot pass probes on says itself that a TTL runs out there.
    nearest = max(1, place + end.is_unreachable)
    # Who answered there says that the end is not nearer, unless by a shorter way.
    is_contradicted = takes_one_way and any(
        ttl in told and told[ttl].agreeing == told[ttl].answers for ttl in range(nearest, end.ttl)
    )
    if value <= end.ttl and not is_contradicted:
        return None
    if value in _PROPER:
        return None
    after_ttl = _last_proper(told, end.ttl)
    agreeing = sum(answers for answers, _ in quoting)
    return Finding(
        kind=FindingKind.TTL_RESET,
        ttl=end.ttl,
        after_ttl=after_ttl,
        untold=untold_between(after_ttl, end.ttl, hops),
        proofs=(
            Proof(
                what="quoted TTL",
                sent=end.ttl,
                before=1,
                found=value,
                agreeing=agreeing,
                answers=agreeing,
            ),
        ),
        detail=f"a probe sent with TTL {end.ttl} arrives with {value}: hops beyond are not seen",
    )


def _stuck(told: dict[int, _Told], hops: Sequence[HopSnapshot]) -> Finding | None:
    """One router answers all farther hops in the very same way: probes leave the place before it
    with one and the same TTL, whatever they had."""
    if any(hop.is_destination or hop.is_unreachable for hop in hops):
        return None
    answering = [hop for hop in hops if hop.evidence]
    same: list[HopSnapshot] = []
    for hop in reversed(answering):
        if len(hop.evidence) != 1 or (same and not _is_alike(hop, same[-1])):
            break
        same.append(hop)
    if len(same) < STUCK_HOPS or same[0].evidence[0].reply_ttl is None:
        return None
    if any(hop.ttl not in told or not told[hop.ttl].is_proper for hop in same):
        return None
    first = told[same[-1].ttl]
    after_ttl = _last_proper(told, first.ttl)
    return Finding(
        kind=FindingKind.TTL_RESET,
        ttl=first.ttl,
        after_ttl=after_ttl,
        untold=untold_between(after_ttl, first.ttl, hops),
        detail=(
            f"{next(iter(first.responders))} answers hops {first.ttl} to {same[0].ttl}, from the "
            "same distance"
        ),
    )


def _is_alike(hop: HopSnapshot, other: HopSnapshot) -> bool:
    mine, others = hop.evidence[0], other.evidence[0]
    return (mine.responder, mine.reply_ttl) == (others.responder, others.reply_ttl)
