"""How long the way back is, by the TTL left in the answers, and where it differs from the way
there.

Systems begin with a TTL of 32, 64, 128 or 255; what is missing was used on the way back. Paths are
shorter than 64 hops, so that a TTL left of 33 or more has one origin at most. A router with
another first TTL is wrong by a constant: one alone proves nothing. Inside an MPLS tunnel answers go
to the tunnel's end before they turn back, so that hops with labels are left out (Donnet et al.,
CCR 42(2), 2012).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.evidence import Evidence
from poros_tui.model.findings.finding import Finding, FindingKind, Proof, untold_between
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import AnswerKind, IPAddress

INITIAL_TTLS: Final = (32, 64, 128, 255)
LONGEST_WAY: Final = 64
"""Hops of the longest way back that is believed."""
ASYMMETRY_LEAST: Final = 3
"""Hops that the way back must be longer or shorter than the way there: by one or two the counting
may differ, as where a firewall or a tunnel's end does not count."""
ASYMMETRY_HOPS: Final = 3
"""Hops in a row, of different routers, that must tell so."""


class ReturnLength(msgspec.Struct, frozen=True):
    """What the TTL left in an answer says."""

    initial_ttl: int
    """What the answer began with, most likely."""
    hops: int
    """Of the way back, counted as TTLs are: 1 for the next router."""
    is_ambiguous: bool
    """Another initial TTL is as likely."""


def return_length(reply_ttl: int | None) -> ReturnLength | None:
    """The length of the way back; None where no usual initial TTL fits."""
    if reply_ttl is None:
        return None
    fitting = [
        (initial, initial - reply_ttl + 1)
        for initial in INITIAL_TTLS
        if 0 <= initial - reply_ttl < LONGEST_WAY
    ]
    if not fitting:
        return None
    # The longer way, where two fit: 32 is what systems of the last century began with.
    initial, length = fitting[-1]
    return ReturnLength(initial, length, is_ambiguous=len(fitting) > 1)


def forward_length(hop: HopSnapshot, evidence: Evidence) -> int:
    """Hops to where the answer comes from: the TTL, less what the end of the path quotes as not
    used (its nearer probes were lost)."""
    quote = evidence.quote
    if quote is None or not evidence.kind.is_terminal or not 1 < quote.ttl <= hop.ttl:
        return hop.ttl
    return hop.ttl - quote.ttl + 1


class _Measured(msgspec.Struct, frozen=True, kw_only=True):
    ttl: int
    forward: int
    back: int
    side: int
    """-1, 0 or 1: the way back is shorter, the same within the margin, or longer."""
    reply_ttl: int
    responder: IPAddress
    agreeing: int
    answers: int

    def proof(self) -> Proof:
        return Proof(
            what="length of the way back",
            sent=self.forward,
            before=self.forward,
            found=self.back,
            agreeing=self.agreeing,
            answers=self.answers,
        )


def asymmetries(
    hops: Sequence[HopSnapshot], *, before_ttl: int | None, without: frozenset[int]
) -> list[Finding]:
    """Where the way back differs over several hops in a row.

    Args:
        hops: the path in its order.
        before_ttl: from this hop on the TTL sent is not the way's length; None: nowhere.
        without: hops inside MPLS tunnels.
    """
    measured = [
        one
        for hop in hops
        if hop.ttl not in without
        and (before_ttl is None or hop.ttl < before_ttl)
        and (one := _measured(hop)) is not None
    ]
    found: list[Finding] = []
    unmoved = _unmoved(measured)
    if unmoved:
        first, last = unmoved[0], unmoved[-1]
        found.append(
            Finding(
                kind=FindingKind.REPLY_TTL_RESET,
                ttl=first.ttl,
                last_ttl=last.ttl,
                detail=(
                    f"answers of {len(unmoved)} routers in a row come with TTL {first.reply_ttl}: "
                    "it tells nothing of the way back"
                ),
            )
        )
    moved = [one for one in measured if one not in unmoved]
    found += [
        _asymmetry(run, moved, hops)
        for run in _runs(moved)
        if run[0].side and len({one.responder for one in run}) >= ASYMMETRY_HOPS
    ]
    return found


def _measured(hop: HopSnapshot) -> _Measured | None:
    telling = []
    for evidence in hop.evidence:
        back = return_length(evidence.reply_ttl)
        if back is None or back.is_ambiguous or evidence.has_labels:
            continue
        if not _is_at_its_place(hop, evidence):
            continue
        forward = forward_length(hop, evidence)
        difference = back.hops - forward
        side = (difference >= ASYMMETRY_LEAST) - (difference <= -ASYMMETRY_LEAST)
        telling.append((evidence, forward, back.hops, side))
    answers = sum(evidence.answers for evidence, *_ in telling)
    for evidence, forward, hops_back, side in telling:
        agreeing = sum(each.answers for each, _, _, other in telling if other == side)
        if 2 * agreeing > answers and evidence.reply_ttl is not None:
            return _Measured(
                ttl=hop.ttl,
                forward=forward,
                back=hops_back,
                side=side,
                reply_ttl=evidence.reply_ttl,
                responder=evidence.responder,
                agreeing=agreeing,
                answers=answers,
            )
    return None


def _is_at_its_place(hop: HopSnapshot, evidence: Evidence) -> bool:
    """Whether the answer comes from as far as the hop's TTL: one that ends the path also answers
    the probes that would have gone farther."""
    return evidence.kind is AnswerKind.TIME_EXCEEDED or hop.is_destination or hop.is_unreachable


def _runs(measured: Sequence[_Measured]) -> list[list[_Measured]]:
    result: list[list[_Measured]] = []
    for one in measured:
        if result and result[-1][-1].side == one.side:
            result[-1].append(one)
        else:
            result.append([one])
    return result


def _unmoved(measured: Sequence[_Measured]) -> list[_Measured]:
    """The longest row of different routers whose answers all have the same TTL left, if it is
    longer than chance makes it."""
    best: list[_Measured] = []
    row: list[_Measured] = []
    for one in measured:
        if row and row[-1].reply_ttl != one.reply_ttl:
            row = []
        row = [*row, one]
        if len(row) > len(best):
            best = row
    is_enough = len({one.responder for one in best}) > ASYMMETRY_HOPS
    return best if is_enough else []


def _asymmetry(
    run: Sequence[_Measured], measured: Sequence[_Measured], hops: Sequence[HopSnapshot]
) -> Finding:
    first, last = run[0], run[-1]
    after_ttl = max((one.ttl for one in measured if one.ttl < first.ttl), default=None)
    differences = [one.back - one.forward for one in run]
    low, high = min(map(abs, differences)), max(map(abs, differences))
    by = str(low) if low == high else f"{low} to {high}"
    more = "more" if first.side > 0 else "fewer"
    return Finding(
        kind=FindingKind.ASYMMETRY,
        ttl=first.ttl,
        last_ttl=None if last is measured[-1] else last.ttl,
        after_ttl=after_ttl,
        untold=untold_between(after_ttl, first.ttl, hops),
        proofs=(first.proof(),),
        detail=f"{by} hops {more} at {len(run)} hops in a row, as far as both ways are counted",
    )
