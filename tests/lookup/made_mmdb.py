"""Files with places, as MaxMind has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.lookup.mmdb import written

Records = Mapping[str, Mapping[str, object]]


def city(
    name: str | None,
    code: str,
    country: str,
    latitude: float,
    longitude: float,
    radius: int | None = 20,
) -> dict[str, object]:
    """A record as MaxMind has it."""
    location: dict[str, object] = {"latitude": latitude, "longitude": longitude}
    if radius is not None:
        location["accuracy_radius"] = radius
    record: dict[str, object] = {
        "country": {"iso_code": code, "names": {"en": country, "de": "anders"}},
        "location": location,
    }
    if name is not None:
        record["city"] = {"geoname_id": 1, "names": {"de": "anders", "en": name}}
    return record


BERLIN = city("Berlin", "DE", "Germany", 52.52, 13.405)
NEW_YORK = city("New York", "US", "United States", 40.7128, -74.006)


def write_mmdb(
    path: Path, records: Records, *, kind: str = "GeoLite2-City", ip_version: int = 6
) -> Path:
    """The file, with these records by their networks."""
    rows = dict(records)
    return written(path, rows, ip_version=ip_version, database_type=kind)  # type: ignore[arg-type]
