"""Whether two samples differ by more than chance, by how much, and how many tests can be asked at
once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist, median
from typing import Final

from poros_tui.model import rank_test

_EXACT_PAIRS_MAX: Final = 2500
"""Of both samples: 50 by 50. Beyond, the exact distribution takes long, and the normal one is close
enough, and too careful rather than too bold: with 60 and 70 values it says 0.00089 where it is
0.00079."""
_PAIRS_MAX: Final = 1_000_000
"""Differences that are looked at for a shift: those of 1,000 by 1,000. Of longer samples every
n-th value in order stands for its neighbours."""


def delay_chance(first: Sequence[float], second: Sequence[float]) -> float | None:
    """The probability, 0 to 1, that two samples of one distribution differ in their order as these
    do, or more: two-sided Mann-Whitney. None where one of them is empty.

    Exact without many values; else the normal approximation with the correction for ties and for
    continuity (Lehmann, Nonparametrics, 1975, section 1.2 and p. 20).
    """
    if not first or not second:
        return None
    overlapping = rank_test.overlap(first, second)
    sizes = len(first), len(second)
    pairs = sizes[0] * sizes[1]
    if pairs <= _EXACT_PAIRS_MAX:
        return rank_test.chance(*sizes, overlapping)
    count = sum(sizes)
    ties = sum(many**3 - many for many in Counter([*first, *second]).values())
    variance = pairs / 12 * (count + 1 - ties / (count * (count - 1)))
    if variance <= 0:
        return 1.0
    z = (pairs / 2 - overlapping - 0.5) / math.sqrt(variance)
    return min(1.0, 2 * NormalDist().cdf(-max(0.0, z)))


def least_chance(first: int, second: int) -> float:
    """The smallest that `delay_chance` can be with samples of these sizes: what cannot be less can
    never mean anything."""
    return min(1.0, 2 / math.comb(first + second, first))


def shift(
    first: Sequence[float], second: Sequence[float], confidence: float
) -> tuple[float, tuple[float, float]] | None:
    """By how much the second lies above the first: the median of all differences (Hodges and
    Lehmann, Ann. Math. Statist. 34(2), 1963, p. 598), and its interval by the same test (Hollander
    and Wolfe, Nonparametric Statistical Methods, 1999, section 4.3, normal approximation for which
    difference bounds it). None where one of them is empty.
    """
    if not first or not second:
        return None
    some, others = _thinned(first), _thinned(second)
    differences = sorted(later - earlier for earlier in some for later in others)
    count, pairs = len(some) + len(others), len(differences)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    place = pairs / 2 - z * math.sqrt(pairs * (count + 1) / 12)
    bound = max(0, math.floor(place))
    return median(differences), (differences[bound], differences[pairs - 1 - bound])


def _thinned(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    step = max(1, math.ceil(len(ordered) / math.isqrt(_PAIRS_MAX)))
    return ordered[step // 2 :: step]


def loss_chance(first: tuple[int, int], second: tuple[int, int]) -> float | None:
    """The probability, 0 to 1, that losses of one ratio fall on two samples as unevenly as these,
    or more: Fisher's exact test, two-sided (Statistical Methods for Research Workers, 1934,
    section 21.02; tables that are not likelier count). Each is (lost, decided). None where nothing
    is decided on one side.
    """
    (lost, decided), (lost_later, decided_later) = first, second
    if not decided or not decided_later:
        return None
    all_lost, everything = lost + lost_later, decided + decided_later
    ways = math.comb(everything, all_lost)
    seen = math.comb(decided, lost) * math.comb(decided_later, lost_later)
    least, most = max(0, all_lost - decided_later), min(decided, all_lost)
    tables = (
        math.comb(decided, here) * math.comb(decided_later, all_lost - here)
        for here in range(least, most + 1)
    )
    return min(1.0, sum(table for table in tables if table <= seen) / ways)


def adjusted(chances: Sequence[float | None]) -> list[float | None]:
    """The same for several tests at once, so that the chance of any false alarm is that of one
    (Holm, Scand. J. Statist. 6(2), 1979, p. 65). None stays None and does not count."""
    order = sorted((chance, place) for place, chance in enumerate(chances) if chance is not None)
    result: list[float | None] = [None] * len(chances)
    most = 0.0
    for done, (chance, place) in enumerate(order):
        most = max(most, min(1.0, chance * (len(order) - done)))
        result[place] = most
    return result
