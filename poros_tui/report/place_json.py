"""Where an address is said to be, as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.place import Place
from poros_tui.report.json_value import JsonObject


def place_object(place: Place | None) -> JsonObject | None:
    """None where nobody has said anything, or nothing is known."""
    if place is None or place.problem:
        return None
    at = place.at
    return {
        "city": place.city,
        "country": place.country,
        "country_code": place.country_code,
        "latitude": at.latitude_deg if at is not None else None,
        "longitude": at.longitude_deg if at is not None else None,
        "accuracy_km": place.accuracy_km,
        "source": place.source,
    }
