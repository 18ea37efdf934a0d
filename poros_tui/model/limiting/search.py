"""How likely a series of outcomes is if a token bucket decides who is answered. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil, exp, inf, log
from typing import Final, NamedTuple

from poros_tui.model.limiting.bucket import SLACK_S, Bucket, forecast
from poros_tui.model.limiting.series import AnswerSeries

RATE_LEAST_PER_S: Final = 0.01
RATE_MOST_PER_S: Final = 1000.0
"""Slower limits are silence; faster ones no tracer ever meets."""
BURST_MOST: Final = 256
"""Larger buckets do not run dry within the probes that are remembered of a hop."""
USUAL: Final = 0.25
"""Probability, before anything is known, that it is the limit of Linux ..."""
_USUAL_PER_S: Final = 1.0
"""... which lets so many answers through (icmp_ratelimit, 1000 ms), to a part of _USUAL_OFF."""
_USUAL_OFF: Final = 0.002
_CELL_RATIO: Final = 1.25
"""Rates are looked at in cells: the upper bound of each, divided by its lower bound."""
_CELLS: Final = ceil(log(RATE_MOST_PER_S / RATE_LEAST_PER_S) / log(_CELL_RATIO))
_USUAL_BURST: Final = 6
"""Of Linux (XRLIM_BURST_FACTOR in net/ipv4/inetpeer.c)."""
FULL: Final = 0.75
"""Probability that the bucket is full before the first probe: somebody may have traced just now."""
_LEVELS: Final = 2
_PARTS: Final = 5
"""The best cell is divided so often into so many."""
_WHOLE: Final = 0.75
"""Probability that goes to a cell as a whole, and not to its parts."""
_BETTER: Final = 0.1
"""By how much of the logarithm a cell must be better for the one behind it to be looked at."""


class Found(NamedTuple):
    """What the search found."""

    log_evidence: float
    """Logarithm of the probability that all buckets together give to the series."""
    bucket: Bucket
    """The best of them, with the bounds of its cell."""


def burst_prior(burst: int) -> float:
    """How likely a burst is before anything is known: a quarter goes to Linux's, which has it at
    whatever rate, and the rest falls as 1 / (n (n + 1)), whose sum over all n is 1."""
    return 0.25 * (burst == _USUAL_BURST) + 0.75 / (burst * (burst + 1))


def search(series: AnswerSeries, *, rival: float) -> Found | None:
    """The token buckets that explain a series with answers and losses.

    The evidence is over Linux's limit (with the probability USUAL) and over all rates, evenly by
    their logarithm; all bursts by `burst_prior`; buckets that are full before the first probe and
    others; and lost answers that took a token and others. Only what is likely is looked at: cells
    of rates, from the one that the counts suggest up and down as long as that makes it better, and
    the parts of the best. So it is too low rather than too high.

    Args:
        series: the outcomes.
        rival: logarithm of the likelihood of the series by another explanation. None is returned
            where no bucket comes near it.
    """
    return _Search(series, rival).run()


class _Search:
    def __init__(self, series: AnswerSeries, rival: float) -> None:
        self._series = series
        self._rival = rival
        self._weights: list[float] = []
        """Logarithms of the likelihoods of what was looked at, with those of the priors."""
        self._best = -inf
        self._bucket: Bucket | None = None
        self._refuses = False
        """Whether the best explains most losses; where it takes them for strays, no rate does."""

    def run(self) -> Found | None:
        start, may_be_slower = self._start()
        self._look_at(start)
        best_cell = start
        for cells in (range(start + 1, _CELLS), range(start - 1, -1, -1)):
            for cell in cells:
                before = self._best
                self._look_at(cell)
                if self._best <= before + _BETTER:
                    break
                best_cell = cell
        if self._bucket is None:
            return None
        if may_be_slower and best_cell > 0:
            self._weights.append(self._best + log(best_cell))
        for level in range(1, _LEVELS + 1 if self._refuses else 1):
            for part in _parts(self._bucket):
                self._look_into(part, level)
        by_rate = log_sum(self._weights) + log((1 - USUAL) / _CELLS)
        return Found(log_sum((by_rate, self._usual(by_rate))), self._bucket)

    def _usual(self, by_rate: float) -> float:
        """The evidence of the bucket of Linux. It is the best where it has more than all others."""
        bucket = Bucket(
            _USUAL_PER_S * (1 - _USUAL_OFF),
            _USUAL_PER_S * (1 + _USUAL_OFF),
            _USUAL_BURST,
            is_full=self._series.is_from_start,
        )
        prior = log(USUAL * (FULL if bucket.is_full else 1.0))
        told = forecast(self._series, bucket, rival=max(self._rival, by_rate) - prior)
        evidence = told.log_likelihood + prior
        if evidence > by_rate:
            self._bucket = bucket
        return evidence

    def _look_into(self, part: Bucket, level: int) -> None:
        """A part of a cell, with the burst of the cell and with those that these rates need: the
        whole cell may need another."""
        least = ceil(burst_needed(self._series, part.most_per_s) - 0.3)
        for burst in sorted({part.burst, least, least + 1}):
            if 1 <= burst <= BURST_MOST:
                self._try(part._replace(burst=burst), level)

    def _start(self) -> tuple[int, bool]:
        """The cell to begin with, and whether slower ones are as good: nothing came in between."""
        series = self._series
        lost = [run for run in series.runs if not run.answered]
        first, last = lost[0].begin, lost[-1].end - 1
        wanting_s = series.times_s[last] - series.times_s[first]
        between = sum(series.answered[first:last])
        if between and wanting_s:
            rate_per_s = between / wanting_s
        else:
            rate_per_s = 0.05 / max(wanting_s, SLACK_S)
        cell = int(log(max(1.0, rate_per_s / RATE_LEAST_PER_S)) / log(_CELL_RATIO))
        return min(_CELLS - 1, cell), not between

    def _look_at(self, cell: int) -> None:
        least_per_s = RATE_LEAST_PER_S * _CELL_RATIO**cell
        most_per_s = least_per_s * _CELL_RATIO
        # Of the fastest rate: over a long time a slower one falls short by more than any bucket.
        least = ceil(burst_needed(self._series, most_per_s) - 0.3)
        best = -inf
        for burst in range(max(1, least), min(BURST_MOST, least + 2) + 1):
            weight = self._try_all(Bucket(least_per_s, most_per_s, burst, is_full=True))
            if weight <= best:
                break
            best = weight

    def _try_all(self, bucket: Bucket) -> float:
        """Full before the first probe or not, lost answers paid for or not; the best of these."""
        best = -inf
        for is_full in self._starts(bucket.burst):
            start = bucket._replace(is_full=is_full)
            weight, has_strays = self._try(start)
            if has_strays:
                weight = max(weight, self._try(start._replace(pays_for_lost=True))[0])
            best = max(best, weight)
            if best == -inf:
                break  # another beginning would not help so much
        return best

    def _starts(self, burst: int) -> tuple[bool, ...]:
        if not self._series.is_from_start:
            return (False,)
        return (True, False) if burst > 1 else (True,)

    def _try(self, bucket: Bucket, level: int = 0) -> tuple[float, bool]:
        """Its weight, and whether answers were lost that may have taken a token."""
        prior = log(burst_prior(bucket.burst) * _share_of_part(level))
        if len(self._starts(bucket.burst)) > 1:
            prior += log(FULL if bucket.is_full else 1 - FULL)
        told = forecast(self._series, bucket, rival=max(self._rival, self._best - prior))
        if told.strays:
            prior -= log(2)  # the other half is for those that are paid for, or are not
        weight = told.log_likelihood + prior
        self._weights.append(weight)
        if weight > self._best:
            self._best, self._bucket = weight, bucket
            lost = len(self._series) - self._series.answers
            self._refuses = told.strays < lost / 2
        return weight, told.strays > 0


def _parts(bucket: Bucket) -> Iterable[Bucket]:
    ratio = (bucket.most_per_s / bucket.least_per_s) ** (1 / _PARTS)
    for part in range(_PARTS):
        least_per_s = bucket.least_per_s * ratio**part
        yield bucket._replace(least_per_s=least_per_s, most_per_s=least_per_s * ratio)


def _share_of_part(level: int) -> float:
    """Of the probability of a cell, what goes to one part of a part ... of it."""
    return _WHOLE * ((1 - _WHOLE) / _PARTS) ** level


def burst_needed(series: AnswerSeries, rate_per_s: float, *, end: int | None = None) -> float:
    """Tokens of the smallest bucket of that rate that lets all the answers through, up to place
    `end`: the burst of an arrival curve (Le Boudec and Thiran, "Network Calculus", 2001, section
    1.2)."""
    level = most = 0.0
    at_s = series.times_s[0]
    for answered, time_s in zip(series.answered[:end], series.times_s, strict=False):
        if answered:
            level = max(0.0, level - rate_per_s * (time_s - at_s)) + 1.0
            at_s = time_s
            most = max(most, level)
    return most


def log_sum(values: Iterable[float]) -> float:
    """The logarithm of the sum of what these are the logarithms of."""
    every = list(values)
    most = max(every)
    if most == -inf:
        return most
    return most + log(sum(exp(value - most) for value in every))
