"""What the records of several makers of databases say of a place. Pure.

| maker | fields |
| --- | --- |
| MaxMind (GeoLite2, GeoIP2), DB-IP, IP2Location | `city.names.en`, `country.iso_code`, \
`country.names.en`, `location.latitude`, `.longitude`, `.accuracy_radius` (km) |
| IPinfo | `city`, `country` (a name, or a code and `country_name`), `country_code`, `lat` and \
`lng` (text) or `latitude` and `longitude`, `loc` (`50.11,8.68`), `radius` (km) |
| flat ones made of these | `city`, `country_code`, `latitude`, `longitude` |

A record is from outside: any field may be missing, of any type and any size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.coordinates import Coordinates, are_on_earth
from poros_tui.model.place import NAME_MAX, Place

_LANGUAGE: Final = "en"
_RADIUS_MAX_KM: Final = 20_016
"""Half round the Earth."""
_FIGURE_MAX: Final = 24
"""Characters of a number that is told as text."""


def place_of(record: object, source: str) -> Place | None:
    """The place in a record; None where it tells none. `source` is who says it."""
    city = _text(_value(record, "city"))
    code, country = _country(record)
    at = _coordinates(record)
    if city is None and code is None and country is None and at is None:
        return None
    return Place(
        city=city,
        country=country,
        country_code=code,
        at=at,
        accuracy_km=_radius_km(record) if at is not None else None,
        source=source,
    )


def _value(record: object, *names: str) -> object:
    """What stands under the first of these names that is there."""
    if isinstance(record, Mapping):
        for name in names:
            if record.get(name) is not None:
                found: object = record[name]
                return found
    return None


def _text(value: object) -> str | None:
    """A name as it is, or as it is in English."""
    if isinstance(value, Mapping):
        value = _value(_value(value, "names"), _LANGUAGE) or _value(value, "name")
    if not isinstance(value, str):
        return None
    return clean(value, NAME_MAX) or None


def _country(record: object) -> tuple[str | None, str | None]:
    """The code and the name."""
    value = _value(record, "country")
    code = _code(_value(value, "iso_code")) or _code(_value(record, "country_code"))
    name = _text(value) or _text(_value(record, "country_name"))
    if code is None and isinstance(value, str):
        code = _code(value)
    if name is not None and _code(name) == code:
        name = _text(_value(record, "country_name"))
    return code, name


def _code(value: object) -> str | None:
    if isinstance(value, str) and len(value) == 2 and value.isascii() and value.isalpha():
        return value.upper()
    return None


def _coordinates(record: object) -> Coordinates | None:
    location = _value(record, "location")
    where = location if isinstance(location, Mapping) else record
    pair = _value(where, "latitude", "lat"), _value(where, "longitude", "lng", "lon")
    loc = _value(record, "loc")
    if pair == (None, None) and isinstance(loc, str):
        latitude, _comma, longitude = loc[: 2 * _FIGURE_MAX].partition(",")
        pair = latitude, longitude
    latitude_deg, longitude_deg = map(_number, pair)
    if latitude_deg is None or longitude_deg is None:
        return None
    if not are_on_earth(latitude_deg, longitude_deg):
        return None
    if latitude_deg == longitude_deg == 0:
        return None  # stands for not known; there is nothing but sea
    return Coordinates(latitude_deg=latitude_deg, longitude_deg=longitude_deg)


def _radius_km(record: object) -> float | None:
    radius = _number(
        _value(_value(record, "location"), "accuracy_radius") or _value(record, "radius")
    )
    return radius if radius is not None and 0 < radius <= _RADIUS_MAX_KM else None


def _number(value: object) -> float | None:
    if isinstance(value, str) and len(value) <= _FIGURE_MAX:
        try:
            return float(value)
        except ValueError:
            return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return None
    return None
