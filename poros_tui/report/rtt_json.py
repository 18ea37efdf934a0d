"""Round-trip times as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.statistics import RttStatistics
from poros_tui.report.json_value import JsonObject


def round_trips(rtt: RttStatistics) -> JsonObject:
    """Of a hop, a responder or a flow, beside what else is told of it."""
    return {
        "last_ms": milliseconds(rtt.last_s),
        "best_ms": milliseconds(rtt.best_s),
        "average_ms": milliseconds(rtt.mean_s),
        "worst_ms": milliseconds(rtt.worst_s),
        "stdev_ms": milliseconds(rtt.stdev_s),
        "jitter_mean_ms": milliseconds(rtt.jitter_mean_s),
        "jitter_max_ms": milliseconds(rtt.jitter_max_s),
        "jitter_rfc3550_ms": milliseconds(rtt.jitter_rfc3550_s),
    }


def milliseconds(seconds: float | None) -> float | None:
    """Milliseconds to the nanosecond, which is what the kernel's stamps give."""
    return None if seconds is None else round(seconds * 1e3, 6)
