"""What a hop was like before the user's mark, and what it is like since."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy

import msgspec

from poros_tui.model.statistics import RttStatistics, loss_ratio


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and round-trip times of one stretch of time."""

    sent: int
    received: int
    lost: int
    rtt: RttStatistics

    @property
    def loss_ratio(self) -> float | None:
        """Lost over decided, 0 to 1; None while nothing is decided."""
        return loss_ratio(self.lost, self.received)


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Before the mark, and since."""

    before: Figures
    since: Figures

    def difference(self, of: Callable[[Figures], float | None]) -> float | None:
        """Since less before; None where one of the two is not known."""
        before, since = of(self.before), of(self.since)
        return None if before is None or since is None else since - before


class Baseline:
    """The mark at one hop. A probe belongs to the side on which it was decided."""

    def __init__(self, figures: Figures) -> None:
        """`figures` is all that is known of the hop now."""
        self._before = figures
        self._rtt = RttStatistics()

    def add(self, rtt_s: float) -> None:
        """A round-trip time, in seconds, that came after the mark."""
        self._rtt.add(rtt_s)

    def compare(self, now: Figures) -> Comparison:
        """`now` is all that is known of the hop. A loss from before that is taken back since is
        no loss of either side."""
        before = self._before
        return Comparison(
            before=before,
            since=Figures(
                sent=max(0, now.sent - before.sent),
                received=max(0, now.received - before.received),
                lost=max(0, now.lost - before.lost),
                rtt=copy(self._rtt),
            ),
        )
