"""Routers that limit their answers: the pattern of the answers shows it, and the loss ends there.

A router answers less often than it forwards, so that loss at one hop alone is no loss of the path.
But a policer on the way leaves the same pattern in the answers of all hops behind it: that is loss.
So a pattern counts only where the loss of some later hop is clearly less, with the intervals of
both lying apart; where none answers, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.rate_limit import RateLimit
from poros_tui.model.statistics import loses_alone


def rate_limits(hops: Sequence[HopSnapshot]) -> dict[int, RateLimit]:
    """The limits of the routers of a path, by hop. `hops` is the path in its order."""
    if all(hop.answer_limit is None for hop in hops):
        return {}
    alone = loses_alone((hop.lost, hop.received) for hop in hops)
    return {
        hop.ttl: hop.answer_limit
        for hop, is_alone in zip(hops, alone, strict=True)
        if is_alone and hop.answer_limit is not None and hop.answer_limit.limited
    }


def limited_answers(hops: Sequence[HopSnapshot]) -> list[Finding]:
    """A finding for each of them."""
    return [
        Finding(kind=FindingKind.RATE_LIMIT, ttl=ttl, last_ttl=ttl, limit=limit)
        for ttl, limit in rate_limits(hops).items()
    ]
