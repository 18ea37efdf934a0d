"""Where the addresses of a scenario are, and who watches them, read from its tables of TOML."""

from __future__ import annotations

from collections.abc import Iterable

from poros_tui.model.coordinates import Coordinates
from poros_tui.model.place import Place
from poros_tui.model.probe import IPAddress
from poros_tui.probe.simulation.table import Table
from poros_tui.probe.simulation.twin import ipv6_twin

SOURCE = "the simulation"
_ACCURACY_KM = 20.0
_ACCURACY_MAX_KM = 20_000


def read_places(tables: Iterable[Table]) -> dict[IPAddress, Place]:
    """Each `[[place]]` with the addresses that are said to be there, and their IPv6 twins.

    Raises:
        ValueError: a wrong value; the key is named.
    """
    places: dict[IPAddress, Place] = {}
    for table in tables:
        at = _read_coordinates(table)
        accuracy_km = table.number("accuracy_km", 0, _ACCURACY_MAX_KM)
        place = Place(
            city=table.text("city"),
            country=table.text("country"),
            country_code=table.text("country_code"),
            at=at,
            accuracy_km=_ACCURACY_KM if accuracy_km is None else accuracy_km,
            source=SOURCE,
        )
        for address in table.addresses("addresses"):
            places[address] = places[ipv6_twin(address)] = place
        table.finish()
    return places


def read_home(table: Table | None) -> Coordinates | None:
    """The `[home]` of who watches; None where nobody says."""
    if table is None:
        return None
    home = _read_coordinates(table)
    table.finish()
    return home


def _read_coordinates(table: Table) -> Coordinates:
    latitude_deg = table.number("latitude", -90, 90)
    longitude_deg = table.number("longitude", -180, 180)
    if latitude_deg is None or longitude_deg is None:
        raise table.complain("latitude", "and longitude must be there")
    return Coordinates(latitude_deg=latitude_deg, longitude_deg=longitude_deg)
