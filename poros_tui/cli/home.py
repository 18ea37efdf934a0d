"""The value of --home: where this machine is, as two numbers."""

from __future__ import annotations

import re
from typing import Final

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.model.coordinates import Coordinates, are_on_earth

_SHOWN_MAX: Final = 60
_NUMBER: Final = r"([+-]?[0-9]{1,3}(?:\.[0-9]{0,12})?)"
_PAIR: Final = re.compile(rf"{_NUMBER}\s*,\s*{_NUMBER}")


def parse_home(text: str) -> Coordinates:
    """The place at `52.52,13.40`: latitude and longitude in degrees, south and west negative.

    Raises:
        UsageError: it is no such pair, or there is no such place.
    """
    match = _PAIR.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"--home {clean(text, _SHOWN_MAX)!r} is no latitude and longitude",
            "give degrees north and east, such as 52.52,13.40 (south and west are negative)",
        )
    latitude_deg, longitude_deg = float(match[1]), float(match[2])
    if not are_on_earth(latitude_deg, longitude_deg):
        raise UsageError(
            f"--home {clean(text, _SHOWN_MAX)!r} is not on the Earth",
            "give a latitude from -90 to 90, then a longitude from -180 to 180",
        )
    return Coordinates(latitude_deg=latitude_deg, longitude_deg=longitude_deg)
