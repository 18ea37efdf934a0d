"""Routers with token buckets, and losses without: who is answered of probes sent at given times."""

from __future__ import annotations

import random
from collections.abc import Sequence

from poros_tui.model.limiting.series import AnswerSeries


def bucket(
    times_s: Sequence[float],
    per_second: float,
    burst: int,
    *,
    tokens: float | None = None,
    lost: float = 0.0,
    lost_back: float = 0.0,
    chance: random.Random | None = None,
) -> list[bool]:
    """`tokens` it holds in the beginning; None: as many as it can. `lost` of the probes get lost on
    their way there, `lost_back` of the answers on their way back."""
    chance = chance or random.Random(0)
    level = float(burst) if tokens is None else tokens
    at_s = times_s[0]
    answered = []
    for time_s in times_s:
        if chance.random() < lost:
            answered.append(False)
            continue
        level = min(float(burst), level + per_second * (time_s - at_s))
        at_s = time_s
        # What is a token but for the rounding of floats is one.
        has_token = level >= 1 - 1e-9
        level -= has_token
        answered.append(has_token and chance.random() >= lost_back)
    return answered


def steady(probes: int, interval_s: float) -> list[float]:
    """One probe after the other."""
    return [number * interval_s for number in range(probes)]


def rounds(probes: int, interval_s: float, queries: int) -> list[float]:
    """So many at once, half a millisecond apart, in every round."""
    return [number // queries * interval_s + number % queries * 0.0005 for number in range(probes)]


def shaken(times_s: Sequence[float], chance: random.Random) -> list[float]:
    """As they really leave: each up to 2 ms late."""
    return sorted(time_s + 0.002 * chance.random() for time_s in times_s)


def series_of(times_s: Sequence[float], answered: Sequence[bool]) -> AnswerSeries:
    return AnswerSeries(times_s, answered)


def of_marks(marks: str, interval_s: float = 1.0) -> AnswerSeries:
    """`.` answered, `x` not, blanks between them for people."""
    answered = [mark == "." for mark in marks if mark != " "]
    return AnswerSeries(steady(len(answered), interval_s), answered)


def by_chance(probes: int, ratio: float, chance: random.Random) -> list[bool]:
    """Each lost with the same probability."""
    return [chance.random() >= ratio for _ in range(probes)]


def with_outages(
    times_s: Sequence[float],
    chance: random.Random,
    *,
    begins_per_s: float,
    ends_per_s: float,
    lost: float = 0.01,
) -> list[bool]:
    """Nothing is answered in outages, which begin and end at random."""
    is_out, changes_s = False, chance.expovariate(begins_per_s)
    answered = []
    for time_s in times_s:
        while time_s > changes_s:
            is_out = not is_out
            changes_s += chance.expovariate(ends_per_s if is_out else begins_per_s)
        answered.append(not is_out and chance.random() >= lost)
    return answered
