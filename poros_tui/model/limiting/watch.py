"""Watches the outcomes of one hop for a limit on its answers, at little cost. Pure.

**Method.** If no router limits anything, the probability that the outcomes of a hop are as likely
by the buckets of `search` as E times what the best explanation of `chance` gives them, at any time
while they come in, is at most 1 / E: their ratio is no larger than that of a forecast to the truth,
which is a test martingale (Ville, 1939; Shafer et al., Stat. Sci. 26(1), 2011, p. 84), and the best
explanation is at least as likely as the truth (Wasserman et al., "Universal inference", PNAS
117(29), 2020, p. 16880). So one may look as often as one likes, and 1 - 1 / E is the confidence.
A window that has moved on is another test: the m-th has to do with 1 / (m (m + 1)) of what may go
wrong, which makes 1 in all.

Whether the loss ends at this hop is no matter of this module: only then it is the router's.
"""

from __future__ import annotations

from bisect import bisect_left
from math import exp, log
from typing import Final

from poros_tui.model.limiting import chance
from poros_tui.model.limiting.bounds import Bounds, Burst, burst_bounds, rate_bounds
from poros_tui.model.limiting.bucket import Bucket, forecast
from poros_tui.model.limiting.search import (
    RATE_LEAST_PER_S,
    RATE_MOST_PER_S,
    burst_prior,
    search,
)
from poros_tui.model.limiting.series import AnswerSeries
from poros_tui.model.rate_limit import RateLimit, roundest

FALSE_ALARMS: Final = 0.001
"""Of hops without a limit, how many may ever be taken for limited."""
_CERTAIN: Final = 1 - 1e-9
"""More confidence than this is not told."""
_CONTRADICTED: Final = -5.0
"""A limit that was found is dropped when it explains the newest outcomes so much worse than
irregular losses do (of the logarithm)."""
_FIRST_LOOK: Final = 12
"""Probes before which there is nothing to see."""
_LOOKS: Final = {False: (2, 6, 240), True: (4, 4, 120)}
"""By whether a limit is known: a look is due when the probes have grown by this part of themselves,
but not by fewer nor by more than these. A look takes 0.3 ms at a limit that is known, 2 to 5 ms at
one that is not: over 3000 probes, 5 us for each probe to a limited hop, 10 us to one that loses at
random, and nothing to others."""
_NARROW: Final = 1.6
"""Bounds of a rate, the upper divided by the lower one, that are worth a forecast of their own."""
_FAR: Final = 2.0
"""And with which no single figure is told."""


_ANEW: Final = 1.5
"""Times as many probes as a limit was found by, from which on it is looked for anew."""


class LimitWatch:
    """What is known of the limit of one hop."""

    def __init__(self) -> None:
        self.limit: RateLimit | None = None
        """As of the last look."""
        self.since = 0
        """Number of the first probe that counts: others met another router."""
        self._next_look = _FIRST_LOOK
        self._looked_at = 0
        self._tests = 1
        self._forget()

    def _forget(self) -> None:
        self.limit = None
        self._bucket: Bucket | None = None
        self._rate: Bounds = (0.0, None)
        self._burst = Burst(1, 0.0, 1, None)
        self._confidence = 0.0
        self._fitted_to = 0
        self._tally = _Tally()

    def restart(self, number: int) -> None:
        """From probe `number` on, another router answers here."""
        self.since = number
        self._forget()

    def is_due(self, decided: int, *, at_last: bool) -> bool:
        """Whether so many more probes are decided than at the last look that another is worth it;
        `at_last`: one more is enough."""
        return decided != self._looked_at if at_last else decided >= self._next_look

    def put_off(self, decided: int) -> None:
        """Not now: so many are decided, and there is no reason to look."""
        self._next_look = decided + max(4, decided // 10)

    def look(self, series: AnswerSeries, *, decided: int, lost: int, routers: int) -> None:
        """Conclude anew.

        Args:
            series: the newest outcomes, from `since` on.
            decided: probes decided in all.
            lost: of these, how many were not answered.
            routers: how many answer here now.
        """
        limited: list[float] = []
        if not self._explains(series, limited) and not self._is_found(series, limited):
            self._forget()
        part, least, most = _LOOKS[self._bucket is not None]
        self._looked_at = decided
        self._next_look = decided + min(most, max(least, decided // part))
        if self._bucket is not None:
            self._tally.count(series, limited)
            self.limit = self._value(lost=lost, routers=routers)

    def _explains(self, series: AnswerSeries, limited: list[float]) -> bool:
        """Whether the limit that was found still fits, and which probes it leaves unanswered; not
        when there is so much more to see that it is to be looked for anew."""
        if self._bucket is None:
            return False
        bucket = self._bucket
        if series.is_from_start and len(series) >= _ANEW * self._fitted_to:
            # So much is new that what was thought of the rate before would only be in the way.
            return False
        if not series.is_from_start:
            bucket = bucket._replace(is_full=False)
        told = forecast(series, bucket, limited=limited)
        if told.log_likelihood < chance.irregular(series) + _CONTRADICTED:
            return False
        if series.is_from_start:
            by_chance = chance.log_likelihood(series)
            self._be_sure_of(told.log_likelihood + _log_prior(bucket) - by_chance)
        return True

    def _is_found(self, series: AnswerSeries, limited: list[float]) -> bool:
        """Whether the series shows a limit, and which probes it leaves unanswered."""
        if series.answers in (0, len(series)):
            return False
        self._tests += not series.is_from_start
        by_chance = chance.log_likelihood(series)
        needed = -log(FALSE_ALARMS) + self._log_tests
        if -by_chance < needed:
            return False  # too little to tell anything
        found = search(series, rival=by_chance)
        if found is None or found.log_evidence - by_chance < needed:
            return False
        self._forget()
        self._be_sure_of(found.log_evidence - by_chance)
        self._fit(series, found.bucket, limited)
        return True

    @property
    def _log_tests(self) -> float:
        return log(self._tests * (self._tests + 1))

    def _be_sure_of(self, log_evidence: float) -> None:
        wrong = exp(min(0.0, self._log_tests - log_evidence))
        self._confidence = max(self._confidence, min(_CERTAIN, 1 - wrong))

    def _fit(self, series: AnswerSeries, bucket: Bucket, limited: list[float]) -> None:
        """Find the bounds with what the bucket says of each probe, and again with what they say
        if that explains the series as well."""
        limited.clear()
        told = forecast(series, bucket, limited=limited)
        self._bound(series, bucket, limited)
        least, most = self._rate
        if most is not None and least < most < _NARROW * least:
            closer = bucket._replace(
                least_per_s=least, most_per_s=most, burst=self._burst.likeliest
            )
            closer_limited: list[float] = []
            closer_told = forecast(series, closer, limited=closer_limited)
            if closer_told.log_likelihood >= told.log_likelihood:
                bucket, limited[:] = closer, closer_limited
                self._bound(series, bucket, limited)
        self._bucket = bucket
        self._fitted_to = len(series)

    def _bound(self, series: AnswerSeries, bucket: Bucket, limited: list[float]) -> None:
        self._rate = rate_bounds(series, limited, bucket.burst)
        self._burst = burst_bounds(series, limited, self._rate)

    def _value(self, *, lost: int, routers: int) -> RateLimit:
        least, most = self._rate
        burst = self._burst
        is_narrow = most is not None and least < most < _FAR * least
        return RateLimit(
            per_second=roundest(least, most) if is_narrow and most is not None else None,
            per_second_interval=self._rate,
            burst=burst.likeliest if burst.probability > 0.5 and routers == 1 else None,
            burst_interval=(burst.least, burst.most) if routers == 1 else None,
            limited=min(lost, round(self._tally.limited)),
            probes=self._tally.probes,
            confidence=self._confidence,
            routers=routers,
        )


def _log_prior(bucket: Bucket) -> float:
    """Of the bucket with the rates between its bounds."""
    share = log(bucket.most_per_s / bucket.least_per_s) / log(RATE_MOST_PER_S / RATE_LEAST_PER_S)
    return log(share * burst_prior(bucket.burst) / 4)


class _Tally:
    """How many probes were refused, those that have left the window included."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._limited: list[float] = []
        self._settled = 0.0
        self._settled_probes = 0

    def count(self, series: AnswerSeries, limited: list[float]) -> None:
        """Take the newest window for what it says, and what left it for what was said last."""
        gone = bisect_left(self._numbers, series.numbers[0])
        self._settled += sum(self._limited[:gone])
        self._settled_probes += gone
        chances = iter(limited)
        self._numbers = list(series.numbers)
        self._limited = [0.0 if answered else next(chances) for answered in series.answered]

    @property
    def limited(self) -> float:
        return self._settled + sum(self._limited)

    @property
    def probes(self) -> int:
        return self._settled_probes + len(self._numbers)
