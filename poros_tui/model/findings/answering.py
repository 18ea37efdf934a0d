"""Hops that answer under the destination's address: a NAT before them answers for them.

Who translates the destination address of probes, such as a load balancer or a router that passes a
port on, translates it back in the source of all that answers from behind (RFC 5508 section 4). So
hop after hop has the address of the destination. One router with that address would be as far away
each time; these are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from poros_tui.model.findings.finding import Finding, FindingKind, hops_words, untold_between
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import AnswerKind, IPAddress

HOPS_LEAST: Final = 2
"""Hops before the destination that must answer so. A destination that is a router itself, or gets
packets whose TTL has run out, may do so at one."""


def answers_for_others(hops: Sequence[HopSnapshot]) -> Finding | None:
    """The NAT, where there is one. `hops` is the path in its order."""
    end = next((hop for hop in hops if hop.is_destination), None)
    if end is None or not end.evidence:
        return None
    destination = end.evidence[0].responder
    before = [hop for hop in hops if hop.ttl < end.ttl and hop.evidence]
    left = {hop.ttl: _ttl_left(hop, destination) for hop in before}
    last_other = max((ttl for ttl, value in left.items() if value is None), default=None)
    alike = {
        ttl: value
        for ttl, value in left.items()
        if value is not None and (last_other is None or ttl > last_other)
    }
    if len(alike) < HOPS_LEAST or any(a <= b for a, b in pairwise(alike.values())):
        return None
    first = min(alike)
    ttls = sorted(alike)
    return Finding(
        kind=FindingKind.NAT,
        ttl=first,
        after_ttl=last_other,
        untold=untold_between(last_other, first, hops),
        detail=(
            f"{hops_words(ttls)} answer under the destination's address, each from farther away "
            f"(TTL left {', '.join(str(alike[ttl]) for ttl in ttls)}): it is translated"
        ),
    )


def _ttl_left(hop: HopSnapshot, address: IPAddress) -> int | None:
    """What is left of the TTL where most answers of the hop are `time exceeded` from the address;
    None where they are not."""
    own = [
        evidence
        for evidence in hop.evidence
        if evidence.responder == address and evidence.kind is AnswerKind.TIME_EXCEEDED
    ]
    answers = sum(evidence.answers for evidence in hop.evidence)
    if 2 * sum(evidence.answers for evidence in own) <= answers:
        return None
    return max(own, key=lambda evidence: evidence.answers).reply_ttl
