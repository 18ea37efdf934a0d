"""What each column shows of a hop, as numbers: of all time, or since the user's mark less before.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from poros_tui.model.column import Column
from poros_tui.model.comparison import Figures
from poros_tui.model.flow import FlowAtHop
from poros_tui.model.history import Gap
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import percentile

TIMES: Final[dict[Column, Callable[[Figures | HopSnapshot | FlowAtHop], float | None]]] = {
    Column.LAST: lambda it: it.rtt.last_s,
    Column.AVERAGE: lambda it: it.rtt.mean_s,
    Column.BEST: lambda it: it.rtt.best_s,
    Column.WORST: lambda it: it.rtt.worst_s,
    Column.DEVIATION: lambda it: it.rtt.stdev_s,
    Column.JITTER: lambda it: it.rtt.jitter_mean_s,
    Column.MEDIAN: lambda it: _percentile_s(it, 50),
    Column.P95: lambda it: _percentile_s(it, 95),
}
"""In seconds."""

COUNTS: Final[dict[Column, Callable[[Figures | HopSnapshot | FlowAtHop], int | None]]] = {
    Column.SENT: lambda it: it.sent,
    Column.RECEIVED: lambda it: it.received,
    Column.LOST: lambda it: it.lost,
    Column.LATE: lambda it: it.late if isinstance(it, HopSnapshot) else None,
}
"""Of probes; None where they are not counted apart."""


def _percentile_s(it: Figures | HopSnapshot | FlowAtHop, percent: float) -> float | None:
    if not isinstance(it, HopSnapshot):
        return None  # its samples are not kept
    samples = [sample for sample in it.history if not isinstance(sample, Gap)]
    return percentile(samples, percent)


def time_s(hop: HopSnapshot, column: Column, *, is_difference: bool) -> float | None:
    """The time in a column, in seconds; None where it is not known."""
    if not is_difference:
        return TIMES[column](hop)
    if hop.comparison is None:
        return None
    if column is Column.LAST:
        # One sample less one sample says nothing: it is held against the average before.
        before_s, last_s = hop.comparison.before.rtt.mean_s, hop.comparison.since.rtt.last_s
        return None if before_s is None or last_s is None else last_s - before_s
    return hop.comparison.difference(TIMES[column])


def loss_share(hop: HopSnapshot, *, is_difference: bool) -> float | None:
    """Lost of decided, 0 to 1, or by how much that has changed; None where it is not known."""
    if not is_difference:
        return hop.loss_ratio
    comparison = hop.comparison
    return comparison.difference(lambda it: it.loss_ratio) if comparison is not None else None


def count_of(hop: HopSnapshot, column: Column, *, is_difference: bool) -> int | None:
    """Probes of that kind, of all time or since the mark; None while none has left, or where it
    is not known."""
    if not is_difference:
        return COUNTS[column](hop) if hop.sent else None
    since = hop.comparison.since if hop.comparison is not None else None
    return COUNTS[column](since) if since is not None and since.sent else None
