"""The realistic path with places: across the Atlantic, with one that cannot be right."""

from __future__ import annotations

from typing import Final

from poros_tui.model.coordinates import Coordinates
from poros_tui.model.place import Place
from tests.tui.stage import Stage

SOURCE: Final = "GeoLite2-City.mmdb"


def place(
    city: str | None,
    country: str,
    code: str,
    latitude_deg: float,
    longitude_deg: float,
    accuracy_km: float | None = 20.0,
) -> Place:
    return Place(
        city=city,
        country=country,
        country_code=code,
        at=Coordinates(latitude_deg=latitude_deg, longitude_deg=longitude_deg),
        accuracy_km=accuracy_km,
        source=SOURCE,
    )


BERLIN = place("Berlin", "Germany", "DE", 52.52, 13.405)
FRANKFURT = place("Frankfurt am Main", "Germany", "DE", 50.1155, 8.6842)
AMSTERDAM = place("Amsterdam", "Netherlands", "NL", 52.374, 4.8897)
NEW_YORK = place("New York", "United States", "US", 40.7128, -74.006)
ASHBURN = place("Ashburn", "United States", "US", 39.0437, -77.4875)
SYDNEY = place("Sydney", "Australia", "AU", -33.8688, 151.2093)
SOMEWHERE = place(None, "United States", "US", 37.751, -97.822, 1000.0)
PRIVATE = Place(problem="not a public address")
UNTOLD = Place(problem=f"not in {SOURCE}")
HOME = Coordinates(latitude_deg=52.4, longitude_deg=13.1)

PLACES: Final = {
    "192.168.1.1": PRIVATE,
    "10.64.0.1": PRIVATE,
    "198.51.100.18": BERLIN,
    "198.51.100.210": BERLIN,
    "198.18.124.56": FRANKFURT,
    "198.18.122.138": FRANKFURT,
    "198.18.120.6": UNTOLD,
    "198.18.136.200": AMSTERDAM,
    "198.18.112.245": NEW_YORK,
    "198.18.180.71": SYDNEY,
    "198.18.37.149": SOMEWHERE,
    "192.0.2.129": ASHBURN,
    "203.0.113.80": ASHBURN,
}


def locate(stage: Stage) -> None:
    """Let all that is known of places be known."""
    for address, where in PLACES.items():
        stage.made.locate(address, where)
    stage.show()
    stage.pass_second()
