"""A trace as far as it can be compared with another: who answered, how fast, and what was lost."""

from __future__ import annotations

from statistics import fmean

import msgspec

from poros_tui.model.statistics import loss_ratio, percentile


class MeasuredHop(msgspec.Struct, frozen=True, kw_only=True):
    """One hop."""

    ttl: int
    responders: tuple[str, ...] = ()
    """Addresses, those with most answers first; empty where nobody answered."""
    rtts_ms: tuple[float, ...] = ()
    told_mean_ms: float | None = None
    """Of round trips that are not told one by one; None where they are, or nothing is told."""
    lost: int = 0
    received: int = 0

    @property
    def decided(self) -> int:
        """Answered or lost."""
        return self.lost + self.received

    @property
    def median_ms(self) -> float | None:
        """None where nothing was timed."""
        return percentile(self.rtts_ms, 50)

    @property
    def mean_ms(self) -> float | None:
        """None where nothing was timed."""
        return fmean(self.rtts_ms) if self.rtts_ms else self.told_mean_ms

    @property
    def loss_ratio(self) -> float | None:
        """0 to 1; None where nothing is decided."""
        return loss_ratio(self.lost, self.received)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One trace."""

    source: str
    """Where it is from: a file, or a host that was traced now."""
    target: str
    destination: str
    started_at: str | None
    """ISO 8601; None where it is not told."""
    protocol: str | None
    """None where it is not told."""
    distance: int | None
    """TTL of the destination; None where it did not answer."""
    hops: tuple[MeasuredHop, ...]
    """By TTL."""
    may_go_on: bool = False
    """Whether there may be more hops behind the last, that were not told."""
    is_end_known: bool = True
    """Whether it is told that the destination answered, or that it did not."""

    @property
    def end(self) -> MeasuredHop | None:
        """The destination; None where it was not reached."""
        return next((hop for hop in self.hops if hop.ttl == self.distance), None)

    def leaves_out(self, after: MeasuredHop | None, before: MeasuredHop | None) -> bool:
        """Whether there may be hops between two that follow on each other here, of which nothing
        is told. None: from the first hop of the path on, or up to its end."""
        begin = after.ttl if after is not None else 0
        if before is not None:
            return before.ttl > begin + 1
        return self.may_go_on if self.distance is None else self.distance > begin
