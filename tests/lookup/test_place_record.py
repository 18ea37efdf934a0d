from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.lookup.place_record import place_of
from poros_tui.model.clean import clean
from poros_tui.model.coordinates import Coordinates, are_on_earth
from poros_tui.model.place import NAME_MAX, Place
from tests.lookup.made_mmdb import BERLIN

AT_BERLIN = Coordinates(latitude_deg=52.52, longitude_deg=13.405)


def told(record: object) -> tuple[object, ...]:
    place = place_of(record, "x.mmdb")
    assert place is not None
    assert place.source == "x.mmdb"
    return place.city, place.country, place.country_code, place.at, place.accuracy_km


RECORDS: Mapping[str, tuple[object, tuple[object, ...]]] = {
    "MaxMind": (BERLIN, ("Berlin", "Germany", "DE", AT_BERLIN, 20.0)),
    "MaxMind, country alone": (
        {"country": {"iso_code": "DE", "names": {"en": "Germany"}}, "continent": {"code": "EU"}},
        (None, "Germany", "DE", None, None),
    ),
    "DB-IP": (
        {
            "city": {"names": {"en": "Berlin"}},
            "country": {"iso_code": "DE", "names": {"en": "Germany"}},
            "location": {"latitude": 52.52, "longitude": 13.405},
        },
        ("Berlin", "Germany", "DE", AT_BERLIN, None),
    ),
    "IPinfo, with text": (
        {"city": "Berlin", "region": "x", "country": "DE", "lat": "52.52", "lng": "13.405"},
        ("Berlin", None, "DE", AT_BERLIN, None),
    ),
    "IPinfo, with names": (
        {
            "city": "Berlin",
            "country": "DE",
            "country_name": "Germany",
            "loc": "52.52,13.405",
            "radius": 50,
        },
        ("Berlin", "Germany", "DE", AT_BERLIN, 50.0),
    ),
    "IPinfo Lite": (
        {"country": "Germany", "country_code": "DE", "asn": "AS64500", "as_name": "Example"},
        (None, "Germany", "DE", None, None),
    ),
    "flat": (
        {"city": "Berlin", "country_code": "de", "latitude": 52.52, "longitude": 13.405},
        ("Berlin", None, "DE", AT_BERLIN, None),
    ),
}


@pytest.mark.parametrize("maker", RECORDS)
def test_records_of_every_maker_are_read(maker: str) -> None:
    record, expected = RECORDS[maker]
    assert told(record) == expected


@pytest.mark.parametrize(
    "record",
    [
        None,
        {},
        "Berlin",
        7,
        [BERLIN],
        {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"},
        {"asn": "AS64500", "name": "Example"},
        {"city": {"names": {"de": "Berlin"}}},
        {"city": "", "country": {"iso_code": "D"}},
        {"location": {"latitude": 52.52}},
        {"location": {"latitude": 91, "longitude": 0}},
        {"location": {"latitude": math.nan, "longitude": 0}},
        {"location": {"latitude": 0, "longitude": 0}},
        {"location": {"latitude": True, "longitude": True}},
        {"location": {"latitude": 10**400, "longitude": 1}},
        {"loc": "here"},
        {"loc": "1" * 100_000},
    ],
)
def test_a_record_without_a_place_is_none(record: object) -> None:
    assert place_of(record, "") is None


HOSTILE = (
    "\x1b[31mBerlin\x1b[0m",
    "[red]Berlin[/red]",
    "\N{RIGHT-TO-LEFT OVERRIDE}nilreB",
    "Berlin\r\nX",
    "B" * 10_000,
    "\udcff\x00\x9b31m",
    "a" + "\N{COMBINING ACUTE ACCENT}" * 5000,
)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_cleaned_and_cut(text: str) -> None:
    place = place_of({"city": text, "country_name": text, "country_code": text}, "")
    if place is None:
        assert clean(text, NAME_MAX) == ""
        return
    for name in (place.city, place.country):
        assert name == clean(text, NAME_MAX)
        assert name is not None
        assert len(name) <= NAME_MAX
        assert name.isprintable()
    assert place.country_code is None


FIELDS = (
    *("city", "country", "names", "en", "name", "iso_code", "country_code", "location"),
    *("latitude", "longitude", "lat", "lng", "loc", "accuracy_radius", "radius"),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | st.sampled_from(HOSTILE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(values)
def test_whatever_a_record_is_a_place_is_sound_or_none(record: object) -> None:
    place = place_of(record, "")
    if place is None:
        return
    assert place != Place()
    for name in (place.city, place.country, place.country_code):
        assert name is None or (name.isprintable() and 0 < len(name) <= NAME_MAX)
    if place.at is not None:
        assert are_on_earth(place.at.latitude_deg, place.at.longitude_deg)
    assert place.accuracy_km is None or 0 < place.accuracy_km < 20_100
