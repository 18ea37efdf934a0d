"""How well a token bucket of a given rate and size foretells which probes are answered. Pure.

A router that limits its ICMP errors holds tokens, `burst` of them at most; each answer takes one,
and so many a second come back. (Linux: `inet_peer_xrlim_allow` in net/ipv4/inetpeer.c, a burst of 6
and then 1 a second. Others: Ravaioli et al., "Characterizing ICMP Rate Limitation on Routers", ICC
2015.)

The forecast goes through the probes in the order of sending, and gives the outcome of each a
probability from what came before it, and from nothing else. The product of these is a likelihood
whatever is approximated on the way (Dawid, J. R. Stat. Soc. A 147(2), 1984, p. 278). It takes the
level of the bucket to lie evenly between two bounds, which a rate that is known within bounds
drives apart, and each outcome brings together. A few answers may be lost although a token was
there, and a few may come although none was: how many is learnt on the way.
"""

from __future__ import annotations

from bisect import bisect_left
from math import inf, lgamma, log
from typing import Final, NamedTuple

from poros_tui.model.limiting.series import AnswerSeries

SLACK_S: Final = 0.005
"""How well the time is known at which a probe meets the bucket: what differs from probe to probe
on the way there, and the tick of the router's own clock (4 ms of Linux with 250 Hz)."""
_STRAYS, _OPEN = 0.5, 10.0
"""To begin with, one of 20 answers is lost where a token is there ..."""
_ODDS, _SHUT = 0.1, 20.0
"""... and one of 200 comes where none is: as many probes as it takes to learn otherwise."""
_SMALL: Final = 1e-4
"""A product of probabilities this small gives way to its logarithm."""
_HOPELESS: Final = 20.0
"""Who has fallen so far behind a rival (of the logarithm of the likelihood) does not catch up."""


class Bucket(NamedTuple):
    """A limit that is put to the test."""

    least_per_s: float
    most_per_s: float
    """Bounds of the rate, both above 0; it may change between them."""
    burst: int
    """Tokens of a full bucket, at least 1."""
    is_full: bool
    """Whether it is full before the first probe; else its level may be any."""
    pays_for_lost: bool = False
    """Whether answers that are lost took a token, as they do on their way back; probes that are
    lost on their way there take none."""


class Forecast(NamedTuple):
    """How well it fits."""

    log_likelihood: float
    """-inf where it was given up."""
    strays: int
    """Probes that were not answered although there was a token."""


def forecast(
    series: AnswerSeries,
    bucket: Bucket,
    *,
    rival: float = -inf,
    limited: list[float] | None = None,
) -> Forecast:
    """Compare the outcomes of a series with what the bucket foretells.

    Args:
        series: the outcomes.
        bucket: the limit.
        rival: logarithm of the likelihood that something else gives to the series: far behind it,
            the bucket is given up.
        limited: is filled with the probability, for each probe that was not answered, that there
            was no token for it.
    """
    # One long loop over local names: it may run a dozen times over hundreds of probes.
    times_s = series.times_s
    least_per_s, most_per_s, burst, is_full, pays_for_lost = bucket
    high = float(burst)
    low = high if is_full else 0.0
    slack = most_per_s * SLACK_S
    strays, opened, odds, shut = _STRAYS, _OPEN, _ODDS, _SHUT
    near_passed, near = 0.5, 1.0
    total, product, at_s = 0.0, 1.0, times_s[0]
    rival_per_probe = rival / len(times_s)
    for answered, begin, end in series.runs:
        place = begin
        while place < end:
            if not answered and high < 1.0 - slack:
                # For these there cannot have been a token yet.
                open_s = at_s + (1.0 - slack - high) / most_per_s
                later = bisect_left(times_s, open_s, place, end)
                if later > place:
                    sure = later - place
                    # Of each of them (shut - odds) / shut, while shut grows by 1.
                    total += lgamma(shut + sure - odds) - lgamma(shut - odds)
                    total -= lgamma(shut + sure) - lgamma(shut)
                    shut += sure
                    low += least_per_s * (times_s[later - 1] - at_s)
                    high += most_per_s * (times_s[later - 1] - at_s)
                    at_s = times_s[later - 1]
                    if limited is not None:
                        limited.extend([1.0] * sure)
                    place = later
                    continue
            low += least_per_s * (times_s[place] - at_s)
            high += most_per_s * (times_s[place] - at_s)
            at_s = times_s[place]
            place += 1
            is_near = False
            if low - slack >= 1.0:
                token = 1.0
            elif high + slack <= 1.0:
                token = 0.0
            elif high - low <= 2.0 * slack:
                # The pace meets the rate: on which side of the edge it falls is learnt too.
                token = near_passed / near
                is_near = True
            else:
                token = (high + slack - 1.0) / (high - low + 2.0 * slack)
            if high > burst:
                # Only now: what flows over says that a token is there.
                high = float(burst)
                low = min(low, high)
            passing, odd = token * (1.0 - strays / opened), (1.0 - token) * odds / shut
            if answered:
                product *= passing + odd
                if passing >= odd:
                    opened += 1.0
                    high = max(1.0, high) - 1.0
                    low = max(1.0, low) - 1.0
                    near_passed += is_near
                    near += is_near
                else:
                    odds += 1.0
                    shut += 1.0
                    low = high = 0.0
            else:
                silent = 1.0 - passing - odd
                product *= silent
                refused = (1.0 - token - odd) / silent
                if limited is not None:
                    limited.append(refused)
                if refused >= 0.5:
                    shut += 1.0
                    high = min(1.0, high)
                    low = min(1.0, low)
                    near += is_near
                else:
                    strays += 1.0
                    opened += 1.0
                    if pays_for_lost:
                        high = max(1.0, high) - 1.0
                        low = max(1.0, low) - 1.0
            if product < _SMALL:
                total += log(product)
                product = 1.0
                if total < rival_per_probe * place - _HOPELESS:
                    return Forecast(-inf, 0)
    return Forecast(total + log(product), int(strays))
