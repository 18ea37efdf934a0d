"""The links of a path by what stays up behind them: the least that any later hop shows. Pure.

A packet to a later hop has passed the nearer ones, so delay or loss that a later hop does not show
is no property of the way there: it is how one router answers, or the way back of its answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from itertools import pairwise
from typing import Final

import msgspec

from poros_tui.model.history import Gap
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import IPAddress
from poros_tui.model.statistics import median_interval, percentile
from poros_tui.model.verdict.statement import Segment

LONG_HAUL_S: Final = 0.015
"""From here on a rise of the shortest round trips is called a long haul: 15 ms are 1,500 km of
fibre there and back (5 us a kilometre each way)."""


class Delay(msgspec.Struct, frozen=True, kw_only=True):
    """Round trips of one hop, from its newest samples."""

    ttl: int
    count: int
    best_s: float
    """The shortest while the path was this one."""
    median_s: float
    low_s: float
    high_s: float
    """95 % interval of the median."""
    p95_s: float


def timed(hop: HopSnapshot, newest: int | None) -> list[float]:
    """Of its newest samples so many, None: of all, those with a time, in seconds."""
    history = hop.history if newest is None else hop.history[-newest:] if newest else ()
    return [sample for sample in history if not isinstance(sample, Gap)]


def delay_of(
    hop: HopSnapshot, least: int, *, newest: int | None = None, shortest_s: float | None = None
) -> Delay | None:
    """None where the hop has fewer than `least` samples with a time, or says that the path ends
    there: how long somebody takes to find that out is no delay of the path.

    `newest` is how many samples are of the path as it is now, None: all. `shortest_s` is the
    shortest round trip since then, None: that of the samples.
    """
    times = timed(hop, newest)
    if len(times) < least or hop.is_unreachable:
        return None
    interval = median_interval(times)
    median_s, p95_s = percentile(times, 50), percentile(times, 95)
    if interval is None or median_s is None or p95_s is None:
        return None
    low_s, high_s = interval
    return Delay(
        ttl=hop.ttl,
        count=len(times),
        best_s=min(times) if shortest_s is None else min(shortest_s, *times),
        median_s=median_s,
        low_s=low_s,
        high_s=high_s,
        p95_s=p95_s,
    )


def settled(delays: Sequence[Delay], of: Callable[[Delay], float]) -> list[Delay]:
    """For each hop the one among it and all later ones that shows least."""
    result: list[Delay] = []
    for delay in reversed(delays):
        is_less = not result or of(delay) <= of(result[-1])
        result.append(delay if is_less else result[-1])
    result.reverse()
    return result


def first_like(
    far: Delay,
    delays: Sequence[Delay],
    after_ttl: int,
    floor: Callable[[Delay], float] = lambda _: 0.0,
) -> int:
    """The first hop behind `after_ttl` that may well show what `far` shows, above its `floor`.

    One that shows clearly more does not tell: it is slow to answer. One that shows more only by
    chance does.
    """
    return next(
        delay.ttl
        for delay in delays
        if delay.ttl > after_ttl and delay.low_s - floor(delay) <= far.high_s - floor(far)
    )


class Rise(msgspec.Struct, frozen=True, kw_only=True):
    """What a link adds and later hops keep."""

    after_ttl: int
    """The near end: the last hop before with samples; 0: this machine."""
    ttl: int
    rise_s: float
    low_s: float
    high_s: float
    """95 % interval of the rise: of independent medians, so wider than it need be."""
    best_rise_s: float
    """Of it, what the shortest round trips show too."""


def rises(delays: Sequence[Delay]) -> list[Rise]:
    """Of the medians, from hop to hop, as far as they stay up."""
    medians = settled(delays, lambda delay: delay.median_s)
    bests = settled(delays, lambda delay: delay.best_s)
    result: list[Rise] = []
    if delays:
        first, best = medians[0], bests[0]
        result.append(
            Rise(
                after_ttl=0,
                ttl=first_like(first, delays, 0),
                rise_s=first.median_s,
                low_s=first.low_s,
                high_s=first.high_s,
                best_rise_s=best.best_s,
            )
        )
    places = {delay.ttl: place for place, delay in enumerate(delays)}
    for near, far in pairwise(medians):
        if far is not near:
            result.append(
                Rise(
                    after_ttl=near.ttl,
                    ttl=first_like(far, delays, near.ttl),
                    rise_s=far.median_s - near.median_s,
                    low_s=max(0.0, far.low_s - near.high_s),
                    high_s=max(0.0, far.high_s - near.low_s),
                    best_rise_s=bests[places[far.ttl]].best_s - bests[places[near.ttl]].best_s,
                )
            )
    return result


def segment(
    after_ttl: int, ttl: int, hops: Sequence[HopSnapshot], delays: Sequence[Delay]
) -> Segment:
    """Whose part the link between two hops is.

    Your own link ends at the first router or, where that has a private address, behind the line
    to the next. The far end begins at the last router. Between the two the long haul is the link
    with the largest rise of the shortest round trips, if that is LONG_HAUL_S or more.
    """
    first = next((hop for hop in hops if hop.responder is not None), None)
    has_private_first = (
        first is not None
        and first.ttl == 1
        and first.responder is not None
        and _is_private(first.responder.address)
    )
    if after_ttl == 0 or ttl <= (2 if has_private_first else 1):
        return Segment.OWN
    between = [rise for rise in rises(delays) if rise.after_ttl > 0]
    haul = max(between, key=lambda rise: rise.best_rise_s, default=None)
    if haul is not None and haul.best_rise_s >= LONG_HAUL_S:
        if (after_ttl, ttl) == (haul.after_ttl, haul.ttl) or after_ttl < haul.ttl <= ttl:
            return Segment.LONG_HAUL
        return Segment.PROVIDER if ttl <= haul.after_ttl else Segment.FAR_END
    routers = [hop.ttl for hop in hops if hop.received and not hop.is_destination]
    return Segment.FAR_END if routers and after_ttl >= routers[-1] else Segment.PROVIDER


_PRIVATE: Final = tuple(
    ip_network(network)
    for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
"""RFC 1918, RFC 6598 (a provider's space before its NAT), RFC 4193."""


def _is_private(address: IPAddress) -> bool:
    return address.is_link_local or any(address in network for network in _PRIVATE)
