"""Token buckets: the only memory of a simulated internet. The time is an argument."""

from __future__ import annotations

from collections.abc import Hashable

from poros_tui.probe.simulation.node import RateLimit


class Buckets:
    """A bucket for each of whatever is limited, full at the beginning."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, what: Hashable, limit: RateLimit, now_s: float) -> bool:
        """Whether one more packet of `what` is let through at `now_s`."""
        bucket = self._buckets.get(what)
        if bucket is None:
            bucket = self._buckets[what] = _Bucket(limit)
        return bucket.take(now_s)


class _Bucket:
    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._tokens = float(limit.burst)
        self._filled_at_s = 0.0

    def take(self, now_s: float) -> bool:
        elapsed_s = max(0.0, now_s - self._filled_at_s)
        self._filled_at_s = max(now_s, self._filled_at_s)
        refilled = self._tokens + elapsed_s * self._limit.per_second
        self._tokens = min(float(self._limit.burst), refilled)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
