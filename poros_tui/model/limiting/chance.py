"""How well loss without any limit explains which probes are answered. Pure.

Each explanation may choose its figures after the fact, as they fit best. So it is at least as
likely as the truth, if the truth is of its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf, log
from typing import Final

from poros_tui.model.limiting.series import AnswerSeries

_OUTAGES_PER_S: Final = 1 / 300
"""Outages begin once in five minutes at most, on average ..."""
_RETURNS_PER_S: Final = 1.0
"""... and last for a second at least."""
_GAP_LEAST_S: Final = 0.001
"""Probes that leave at once arrive one after the other."""
_IN_TURN: Final = (2, 3, 4)
"""Routers that may share out packets in turn."""
_LOSS_RATIOS: Final = (0.001, 0.03, 0.3)
"""Of the answers between outages."""


def log_likelihood(series: AnswerSeries) -> float:
    """The logarithm of the probability that the best of these gives to the series:

    - what `irregular` has;
    - each flow loses its own share of the answers: one of several routers may be silent;
    - of probes in turn every other, every third or every fourth loses its own share: of up to
      four routers that share out packets in turn, some may be silent.
    """
    answered = series.answered
    return max(
        irregular(series),
        _each_its_own(_by_flow(series)) if series.flows else -inf,
        *(
            _each_its_own(answered[place::in_turn] for place in range(in_turn))
            for in_turn in _IN_TURN
        ),
    )


def irregular(series: AnswerSeries) -> float:
    """The same of those that know no pattern:

    - every answer is lost with the same probability;
    - nothing is answered during outages, and some is lost between them.
    """
    outages = _Outages(series)
    return max(
        _one_for_all(series.answers, len(series)),
        *(outages.log_likelihood(ratio) for ratio in _LOSS_RATIOS),
    )


def _one_for_all(answers: int, probes: int) -> float:
    if answers in (0, probes):
        return 0.0
    share = answers / probes
    return answers * log(share) + (probes - answers) * log(1.0 - share)


def _each_its_own(parts: Iterable[Sequence[bool]]) -> float:
    return sum(_one_for_all(sum(part), len(part)) for part in parts)


def _by_flow(series: AnswerSeries) -> Iterable[Sequence[bool]]:
    parts: dict[int, list[bool]] = {}
    for flow, answered in zip(series.flows, series.answered, strict=True):
        parts.setdefault(flow, []).append(answered)
    return parts.values()


class _Outages:
    """Each run of losses is chance, or an outage that begins and ends within it."""

    def __init__(self, series: AnswerSeries) -> None:
        times_s = series.times_s
        self._answers = series.answers
        self._runs: list[tuple[int, float, float, float]] = []
        """Of each run of losses: how many, how long it lasts, how long the gap is before it, and
        after it: beyond the edges of the series it may have gone on for any time."""
        for answered, begin, end in series.runs:
            if not answered:
                before_s = times_s[begin] - times_s[begin - 1] if begin else inf
                after_s = times_s[end] - times_s[end - 1] if end < len(series) else inf
                lasts_s = times_s[end - 1] - times_s[begin]
                self._runs.append(
                    (end - begin, lasts_s, max(_GAP_LEAST_S, before_s), max(_GAP_LEAST_S, after_s))
                )

    def log_likelihood(self, loss_ratio: float) -> float:
        """At most this, if that share of the answers is lost between outages."""
        total = self._answers * log(1.0 - loss_ratio)
        for losses, lasts_s, before_s, after_s in self._runs:
            within_s = loss_ratio * lasts_s
            begins = min(1.0, _OUTAGES_PER_S * (before_s + within_s))
            ends = min(1.0, _RETURNS_PER_S * (after_s + within_s))
            total += log(min(1.0, loss_ratio**losses + begins * ends))
        return total
