"""What each column shows of a hop, as numbers: of all time, or since the user's mark less before.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from poros_tui.model.comparison import Figures
from poros_tui.model.flow import FlowAtHop
from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.columns import Column

TIMES: Final[dict[Column, Callable[[Figures | HopSnapshot | FlowAtHop], float | None]]] = {
    Column.LAST: lambda it: it.rtt.last_s,
    Column.AVERAGE: lambda it: it.rtt.mean_s,
    Column.BEST: lambda it: it.rtt.best_s,
    Column.WORST: lambda it: it.rtt.worst_s,
    Column.DEVIATION: lambda it: it.rtt.stdev_s,
    Column.JITTER: lambda it: it.rtt.jitter_mean_s,
}
"""In seconds."""


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


def sent(hop: HopSnapshot, *, is_difference: bool) -> int:
    """Probes that left, of all time or since the mark."""
    if not is_difference:
        return hop.sent
    return hop.comparison.since.sent if hop.comparison is not None else 0
