"""Between what bounds the rate and the burst of a limit lie, by which probes were answered. Pure.

When a probe is refused the bucket holds less than one token, and when one is answered it holds one
at least. So of a refused probe and a later answered one: the rate has made up for the answers in
between. Of a refused probe and an earlier answered one: it has made no more than one token beside
those that the answers took, provided that none flowed over. The longer the time from one to the
other, the closer together these bounds are; so the early probes are compared with the late ones.

That is exact if it is known which probes were refused. It is not where answers are lost besides:
then each bound is what most of the probes agree on, and a token wider.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil, exp, floor, inf, log
from typing import Final, NamedTuple

from poros_tui.model.limiting.bucket import SLACK_S
from poros_tui.model.limiting.search import (
    BURST_MOST,
    FULL,
    RATE_LEAST_PER_S,
    burst_needed,
    burst_prior,
)
from poros_tui.model.limiting.series import AnswerSeries

TOLD_MOST_PER_S: Final = 0.5 / SLACK_S
"""Of faster rates half a token comes back within the slack: they are not told apart."""
_SURE: Final = 0.95
"""Probability from which on a probe counts as refused."""
_EXACT, _ROUGH = 0.5, 1.0
"""Tokens by which a bound is wider than is exact, without and with other losses: a probe that was
lost when a token was about to be there is taken for refused."""
_DISSENT: Final = 0.2
"""Share of the probes that may contradict a bound where answers are lost besides."""
_DOUBTED: Final = 3
"""Of so many refused probes one surely was, where answers are lost besides."""
_TRIED: Final = 8
"""First refused probes among which is the one that emptied the bucket."""
_EDGE: Final = 1 / 3
"""Share of the time that is early, and that is late."""
_RATES: Final = 5
"""Between the bounds, at which bursts are considered."""
_TOKENS_OFF: Final = 0.1
"""How well the level of a bucket is known in the end, beside what the slack makes."""
_TAIL: Final = 0.025
"""Probability beyond each of the bounds of the burst."""

Bounds = tuple[float, float | None]


class Burst(NamedTuple):
    """Tokens of a full bucket."""

    likeliest: int
    probability: float
    """Of the likeliest."""
    least: int
    most: int | None
    """Bounds with 95 % between them; None where it may be as large as anything."""


class _Counts(NamedTuple):
    """What happened up to each place, exclusive, and which places count."""

    answers: list[int]
    strays: list[int]
    """Losses that do not count as refused."""
    refused: list[int]
    """The last refused probe of each run."""
    answered: list[int]


def rate_bounds(series: AnswerSeries, limited: Sequence[float], burst: int) -> Bounds:
    """Answers a second: 0 where it may be as slow as anything, None where as fast as anything.

    Args:
        series: the outcomes.
        limited: the probability that it was refused of each probe that was not answered.
        burst: tokens of a full bucket, about.
    """
    counts = _counts(series, limited)
    if not counts.refused:
        return 0.0, None
    least_per_s = _least_rate(series, counts)
    most_per_s = min(
        _between_answers(series, counts), _most_rate(series, counts, least_per_s, burst)
    )
    if most_per_s < least_per_s:
        # They contradict each other: some losses are taken for what they are not.
        least_per_s, most_per_s = most_per_s, least_per_s
    return (
        least_per_s if least_per_s > RATE_LEAST_PER_S else 0.0,
        most_per_s if most_per_s < TOLD_MOST_PER_S else None,
    )


def _counts(series: AnswerSeries, limited: Sequence[float]) -> _Counts:
    answered = series.answered
    chances = iter(limited)
    is_refused = [not each and next(chances) >= _SURE for each in answered]
    strays = (not a and not r for a, r in zip(answered, is_refused, strict=True))
    last_refused = (
        next((place for place in range(run.end - 1, run.begin - 1, -1) if is_refused[place]), None)
        for run in series.runs
    )
    return _Counts(
        answers=list(accumulate(answered, initial=0)),
        strays=list(accumulate(strays, initial=0)),
        refused=[place for place in last_refused if place is not None],
        answered=[place for place, each in enumerate(answered) if each],
    )


def _least_rate(series: AnswerSeries, counts: _Counts) -> float:
    """From early refused probes to late answers. What flows over makes the rate higher still."""
    times_s, answers = series.times_s, counts.answers
    early, late = _edges(series, counts.refused, counts.answered)
    spare = _spare(counts)
    bounds = [
        max(
            (answers[a] - answers[r] - spare) / (times_s[a] - times_s[r] + SLACK_S)
            for a in late
        )
        for r in early
    ]  # fmt: skip
    return max(0.0, _agreed(bounds, counts, highest=True)) if bounds and late else 0.0


def _between_answers(series: AnswerSeries, counts: _Counts) -> float:
    """Until the last refused probe after an answer there was no whole token, whatever came
    before."""
    times_s, strays = series.times_s, counts.strays
    bounds = []
    for r in counts.refused:
        before = r
        while before >= 0 and not series.answered[before]:
            before -= 1
        if before >= 0:
            lost = strays[r] - strays[before]
            bounds.append((1 + lost) / _shorter_s(times_s[r] - times_s[before]))
    return _agreed(bounds, counts, highest=False) if bounds else inf


def _most_rate(series: AnswerSeries, counts: _Counts, least_per_s: float, burst: int) -> float:
    """From early answers to late refused probes, where nothing can have flowed over meanwhile."""
    times_s, answers, strays = series.times_s, counts.answers, counts.strays
    part = max(
        _parts(series, counts, least_per_s, burst),
        key=lambda part: answers[part[-1]] - answers[part[0]],
    )
    within = [place for place in counts.answered if part[0] < place < part[-1]]
    early, late = _edges(series, within, part)
    spare = _spare(counts)
    bounds = [
        min(
            (answers[r] - answers[a + 1] + strays[r] - strays[a] + 1 + spare)
            / _shorter_s(times_s[r] - times_s[a])
            for a in early
        )
        for r in late
    ] if early else []  # fmt: skip
    return _agreed(bounds, counts, highest=False) if bounds else inf


def _parts(
    series: AnswerSeries, counts: _Counts, least_per_s: float, burst: int
) -> list[list[int]]:
    """The refused probes, parted where the bucket may have been full in between."""
    times_s, answers = series.times_s, counts.answers
    parts = [[counts.refused[0]]]
    for before, after in pairwise(counts.refused):
        begin_s, taken = times_s[before], answers[before]
        highest = max(
            least_per_s * (times_s[place] - begin_s) - (answers[place] - taken)
            for place in range(before + 1, after + 1)
        )
        if highest >= max(0, burst - 2):
            parts.append([])
        parts[-1].append(after)
    return parts


def _edges(
    series: AnswerSeries, first: Sequence[int], second: Sequence[int]
) -> tuple[list[int], list[int]]:
    """The early ones of the first, and the late ones of the second."""
    if not first or not second:
        return [], []
    times_s = series.times_s
    begin_s, end_s = times_s[first[0]], times_s[second[-1]]
    edge_s = _EDGE * (end_s - begin_s)
    return (
        [place for place in first if times_s[place] <= begin_s + edge_s],
        [place for place in second if times_s[place] >= max(begin_s, end_s - edge_s)],
    )


def _spare(counts: _Counts) -> float:
    return _ROUGH if counts.strays[-1] else _EXACT


def _agreed(bounds: Sequence[float], counts: _Counts, *, highest: bool) -> float:
    """The closest bound, or the closest that most agree on where some losses are no refusals."""
    ordered = sorted(bounds, reverse=highest)
    return ordered[floor(len(ordered) * _DISSENT) if counts.strays[-1] else 0]


def _shorter_s(time_s: float) -> float:
    """A time that may be wrong by the slack, but is not nothing."""
    return time_s - SLACK_S if time_s > 2 * SLACK_S else time_s / 2 + 1e-6


def burst_bounds(series: AnswerSeries, limited: Sequence[float], rate_per_s: Bounds) -> Burst:
    """How large the bucket is, given the bounds of the rate.

    By `burst_prior`, and how many the bucket held before the first probe: all, or any number. Of a
    series whose beginning is not known, only how large it must be.
    """
    rates_per_s = _between(rate_per_s)
    needed = burst_needed(series, rates_per_s[-1]) - _off(rates_per_s[-1])
    if not series.is_from_start:
        return Burst(
            likeliest=max(1, ceil(needed)), probability=0.0, least=max(1, ceil(needed)), most=None
        )
    counts = _counts(series, limited)
    at_each = [_bursts(series, counts, each_per_s, needed) for each_per_s in rates_per_s]
    weights: dict[int, float] = {}
    for burst in range(min(least for least, _ in at_each), BURST_MOST + 1):
        by_any = sum(least <= burst for least, _ in at_each)
        by_full = sum(least <= burst <= most for least, most in at_each)
        weights[burst] = burst_prior(burst) * (by_any * (1 - FULL) / burst + by_full * FULL)
    likeliest = max(weights, key=lambda burst: weights[burst])
    total = sum(weights.values())
    least, most = _middle_of(weights, total)
    return Burst(
        likeliest=likeliest,
        probability=weights[likeliest] / total,
        least=least,
        most=most if most < BURST_MOST else None,
    )


def _between(rate_per_s: Bounds) -> list[float]:
    """Some rates from the least to the most, evenly by their logarithm."""
    low = log(max(RATE_LEAST_PER_S, rate_per_s[0]))
    high = log(rate_per_s[1] or max(TOLD_MOST_PER_S, rate_per_s[0]))
    return [exp(low + (high - low) * part / (_RATES - 1)) for part in range(_RATES)]


def _bursts(
    series: AnswerSeries, counts: _Counts, rate_per_s: float, needed: float
) -> tuple[int, int]:
    """At this rate, how large a bucket must be for the answers up to the first refusal, and how
    large it may be for that if it was full before the first probe. `needed`: for all answers."""
    off = _off(rate_per_s)
    doubted = _DOUBTED if counts.strays[-1] else 1
    least = max(1, ceil(needed))
    for place, refused in enumerate(counts.refused[:_TRIED]):
        until_then = burst_needed(series, rate_per_s, end=refused) - off
        least = max(1, ceil(max(needed, until_then)))
        most = max(
            floor(_missing(series, rate_per_s, each) + counts.strays[each] + 1 + off)
            for each in counts.refused[place : place + doubted]
        )
        if most >= least:
            return least, most
    return least, BURST_MOST


def _off(rate_per_s: float) -> float:
    """How well the level of a bucket is known."""
    return _TOKENS_OFF + rate_per_s * SLACK_S


def _missing(series: AnswerSeries, rate_per_s: float, place: int) -> float:
    """Tokens that are missing when the probe of that place comes, if the bucket was full."""
    missing, at_s = 0.0, series.times_s[0]
    for time_s, answered in zip(series.times_s[:place], series.answered, strict=False):
        if answered:
            missing = max(0.0, missing - rate_per_s * (time_s - at_s)) + 1
            at_s = time_s
    return max(0.0, missing - rate_per_s * (series.times_s[place] - at_s))


def _middle_of(weights: dict[int, float], total: float) -> tuple[int, int]:
    below, least, most = 0.0, 1, 1
    for burst, weight in weights.items():
        if below <= _TAIL * total:
            least = burst
        if below < (1 - _TAIL) * total:
            most = burst
        below += weight
    return least, most
