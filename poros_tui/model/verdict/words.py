"""How the statements write times, shares and places. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.model.findings.finding import hops_words
from poros_tui.model.hop import HopSnapshot


def percent(ratio: float) -> str:
    """`0`, `1.3`, `12.5`, `100`; little is not nothing, and nearly all is not all."""
    value = ratio * 100
    if 0 < value < 0.05:
        return "<0.1"
    if 99.95 <= value < 100:
        return ">99.9"
    return f"{value:.1f}".removesuffix(".0")


def span(low: float, high: float) -> str:
    """An interval of shares: `0 to 1.3 %`."""
    return f"{percent(low)} to {percent(high)} %"


def link(after_ttl: int, ttl: int) -> str:
    """Where a link is: `between hop 3 and hop 4`, `before hop 1`."""
    return f"between hop {after_ttl} and hop {ttl}" if after_ttl else f"before hop {ttl}"


def part(whose: str, after_ttl: int, ttl: int, hops: Sequence[HopSnapshot]) -> str:
    """Whose part of the path a link is, and the networks of its ends where both are known: `the
    provider, in AS64500`, `the long haul, between AS64500 and AS64501`."""
    known = {hop.ttl: hop.responder.network for hop in hops if hop.responder is not None}
    near, far = (
        network.as_text if (network := known.get(end)) is not None else None
        for end in (after_ttl, ttl)
    )
    if near is None or far is None:
        return whose
    return f"{whose}, in {far}" if near == far else f"{whose}, between {near} and {far}"


def short_link(after_ttl: int, ttl: int) -> str:
    """The same for one line: `hop 3→4`, `hop 1`."""
    return f"hop {after_ttl}→{ttl}" if after_ttl else f"hop {ttl}"


def hops(ttls: Sequence[int]) -> str:
    """`hop 4`, `hops 4 and 5`, `hops 4 to 7`."""
    return hops_words(ttls)
