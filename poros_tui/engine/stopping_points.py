"""When enough flows have been asked: the stopping points of the MDA. Pure.

Veitch, Augustin, Teixeira and Friedman, "Failure Control in Multipath Route Tracing" (IEEE INFOCOM
2009), section III: whoever has found k next interfaces of a load balancer asks on until n(k) flows
have gone through it; where the k + 1st has not shown itself by then, there is held to be none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

BRANCHES_MAX: Final = 128
"""More next hops of one router are not looked for; the widest seen by Vermeulen et al. (IMC 2018,
section 5) is 96 interfaces at one hop."""


class StoppingPoints:
    """n(1), n(2), ... for one bound on the probability to miss an interface of a balancer.

    n(k) is the smallest number for which a balancer of k + 1 equally likely branches is left too
    early with a probability of at most `failure`, earlier stopping points included. The state is
    how many branches have been seen: a probe finds a new one of K with probability (K - seen) / K.
    With 0.05: 6, 11, 16, 21, 27, 33, 38, 44, 51, 57, ...
    """

    def __init__(self, failure: float) -> None:
        """`failure` is a probability, above 0 and below 1."""
        self.failure = failure
        self._points: list[int] = []

    def after(self, found: int) -> int:
        """Flows to be asked before `found` (1 or more) branches are held to be all."""
        found = min(found, BRANCHES_MAX)
        while len(self._points) < found:
            self._points.append(self._next())
        return self._points[found - 1]

    def _next(self) -> int:
        """n(k) for the next k, given those before it."""
        known = len(self._points)
        branches = known + 2
        seen = [0.0] * (branches + 1)  # probability of having seen so many, and not stopped
        seen[0] = 1.0
        failed, asked = 0.0, 0
        for stop, point in enumerate(self._points, 1):
            while asked < point:
                seen, asked = _ask(seen, branches), asked + 1
            failed += seen[stop]
            seen[stop] = 0.0
        while failed + sum(seen[: known + 2]) > self.failure:
            seen, asked = _ask(seen, branches), asked + 1
        return asked


def _ask(seen: list[float], branches: int) -> list[float]:
    """One more flow."""
    return [
        probability * count / branches
        + (seen[count - 1] * (branches - count + 1) / branches if count else 0.0)
        for count, probability in enumerate(seen)
    ]


@lru_cache(maxsize=256)
def stopping_points(failure: float) -> StoppingPoints:
    """The same for the same bound, computed once."""
    return StoppingPoints(failure)


def share_of_failure(failure: float, balancer: int) -> float:
    """The part of a graph's `failure` that its n-th balancer (from 0) may use up.

    Section III.D of the paper splits the bound of a whole graph evenly over as many balancers as it
    may have. How many there are is not known before: 1/2, 1/6, 1/12, ... add up to 1 whatever their
    number. Until the first failure each balancer that was passed has been found, and so counted:
    all failures together are no more probable than `failure`.
    """
    return failure / ((balancer + 1) * (balancer + 2))
