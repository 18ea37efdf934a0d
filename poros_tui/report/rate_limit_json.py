"""How many answers a router gives, as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.rate_limit import RateLimit
from poros_tui.report.json_value import JsonObject


def rate_limit_object(limit: RateLimit | None) -> JsonObject | None:
    """None where no limit shows."""
    if limit is None:
        return None
    return {
        "per_second": limit.per_second,
        "per_second_interval": list(limit.per_second_interval),
        "burst": limit.burst,
        "burst_interval": list(limit.burst_interval) if limit.burst_interval else None,
        "limited": limit.limited,
        "probes": limit.probes,
        "confidence": limit.confidence,
        "routers": limit.routers,
    }
