"""What is known of the largest packets that get through, as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.path_mtu import PathMtu, ToldMtu
from poros_tui.report.json_value import JsonObject


def told_mtu_object(told: ToldMtu | None) -> JsonObject | None:
    """What a router said its next link takes; None where none said so."""
    if told is None:
        return None
    return {
        "mtu": told.mtu,
        "hop": told.hop,
        "responder": str(told.responder),
        "round": told.round,
    }


def path_mtu_object(found: PathMtu | None) -> JsonObject | None:
    """What the search found; None where there was none."""
    if found is None:
        return None
    return {
        "mtu": found.mtu,
        "too_big": found.too_big,
        "exact": found.is_exact,
        "method": found.method.value if found.method else None,
        "confidence": found.confidence,
        "hop": found.hop,
        "beyond": found.beyond,
        "responder": str(found.responder) if found.responder else None,
        "return_possible": found.is_return_possible,
        "reaches": found.reaches,
        "to_destination": found.is_to_destination,
        "probes": found.probes,
        "words": found.words(),
    }
