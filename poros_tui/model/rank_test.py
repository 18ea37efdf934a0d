"""Whether one sample of numbers lies higher or lower than another, by their order alone.

The test of Mann and Whitney (Ann. Math. Statist. 18(1), 1947, pp. 50-60): its chance of a false
alarm is the same whatever the distribution, and one huge value counts no more than one that is
just above the others. Its distribution is reckoned exactly here: the normal approximation says
7e-6 where 50 values and the 8 after them do not overlap at all, and it is 1e-9.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, comb


def overlap(first: Sequence[float], second: Sequence[float]) -> float:
    """Pairs that stand in the rarer order, a tie counting half: 0 where the samples do not overlap,
    half of all pairs at most."""
    return overlaps([*first, *second])[len(first)]


def overlaps(values: Sequence[float]) -> list[float]:
    """The overlap of the first n values with the rest, for each n from 0 to all of them."""
    count = len(values)
    order = sorted(range(count), key=values.__getitem__)
    ranks = [0.0] * count
    start = 0
    while start < count:
        end = start + 1
        while end < count and values[order[end]] == values[order[start]]:
            end += 1
        for place in range(start, end):
            ranks[order[place]] = (start + end + 1) / 2
        start = end
    found = [0.0]
    rank_sum = 0.0
    for number, rank in enumerate(ranks, 1):
        rank_sum += rank
        pairs_below = rank_sum - number * (number + 1) / 2
        found.append(min(pairs_below, number * (count - number) - pairs_below))
    return found


def chance(first: int, second: int, overlapping: float) -> float:
    """The probability, 0 to 1, that two samples of these sizes overlap by at most so many pairs
    though they come from one distribution; two-sided. With ties it is what it would be if each
    tie stood in the rarer order, which is too much rather than too little."""
    return _chance(min(first, second), max(first, second), ceil(overlapping))


@lru_cache(maxsize=512)
def _chance(fewer: int, more: int, most: int) -> float:
    """The numbers of orders by their overlap are the coefficients of the Gaussian binomial
    (fewer + more over fewer): a product of (1 - q^(more + i)) / (1 - q^i)."""
    counts = [1] + [0] * most
    for factor in range(1, fewer + 1):
        for power in range(most, more + factor - 1, -1):
            counts[power] -= counts[power - more - factor]
        for power in range(factor, most + 1):
            counts[power] += counts[power - factor]
    return min(1.0, 2 * sum(counts) / comb(fewer + more, fewer))
