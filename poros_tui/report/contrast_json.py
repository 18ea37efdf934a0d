"""Two traces beside each other, as JSON."""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.contrast.contrast import Contrast, HopContrast
from poros_tui.model.contrast.measured import Measured, MeasuredHop

SCHEMA: Final = 1
"""Of this object; it grows when a key goes or means something else."""


def contrast_json(found: Contrast) -> str:
    """One object; what is unknown is null."""
    document = {
        "schema": SCHEMA,
        "is_different": found.is_different,
        "least_shift_percent": found.least_shift_percent,
        "tests": found.tests,
        "first": _trace(found.first),
        "second": _trace(found.second),
        "hops": [_hop(hop) for hop in found.hops],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _trace(trace: Measured) -> dict[str, object]:
    return {
        "source": trace.source,
        "target": trace.target,
        "destination": trace.destination,
        "started_at": trace.started_at,
        "protocol": trace.protocol,
        "reached": trace.distance is not None if trace.is_end_known else None,
        "distance": trace.distance,
    }


def _hop(hop: HopContrast) -> dict[str, object]:
    delay, loss = hop.delay, hop.loss
    return {
        "kind": hop.kind,
        "destination": hop.is_destination,
        "first": _side(hop.first),
        "second": _side(hop.second),
        "delay": delay
        and {
            "shift_ms": delay.shift_ms,
            "interval_95_ms": delay.interval_ms,
            "p": delay.chance,
            "is_real": delay.is_real,
            "matters": delay.matters,
            "could_tell": delay.could_tell,
        },
        "loss": loss and {"interval_95": loss.interval, "p": loss.chance, "is_real": loss.is_real},
    }


def _side(hop: MeasuredHop | None) -> dict[str, object] | None:
    if hop is None:
        return None
    return {
        "ttl": hop.ttl,
        "responders": hop.responders,
        "median_ms": hop.median_ms,
        "mean_ms": hop.mean_ms,
        "timed": len(hop.rtts_ms),
        "lost": hop.lost,
        "decided": hop.decided,
    }
