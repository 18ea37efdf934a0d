from __future__ import annotations

import pytest

from poros_tui.model.coordinates import Coordinates
from poros_tui.model.place import Place

BERLIN = Coordinates(latitude_deg=52.52, longitude_deg=13.405)


@pytest.mark.parametrize(
    ("place", "words", "short"),
    [
        (
            Place(city="Berlin", country="Germany", country_code="DE"),
            "Berlin, Germany",
            "Berlin, DE",
        ),
        (Place(city="Berlin"), "Berlin", "Berlin"),
        (Place(country="Germany", country_code="DE"), "Germany", "DE"),
        (Place(country_code="DE"), "DE", "DE"),
        (Place(country="Germany"), "Germany", "Germany"),
        (Place(at=BERLIN), "52.52 N, 13.40 E", "52.52 N, 13.40 E"),
        (Place(), "", ""),
    ],
)
def test_a_place_is_told_as_far_as_it_is_known(place: Place, words: str, short: str) -> None:
    assert (place.words, place.short_words) == (words, short)


@pytest.mark.parametrize(
    ("place", "error_km", "is_a_spot"),
    [
        (Place(city="Berlin", at=BERLIN), 50.0, True),
        (Place(city="Berlin", at=BERLIN, accuracy_km=5), 5.0, True),
        (Place(country="Germany", at=BERLIN), None, False),
        (Place(country="Germany", at=BERLIN, accuracy_km=200), 200.0, True),
        (Place(country="Russia", at=BERLIN, accuracy_km=1000), 1000.0, False),
        (Place(city="Berlin", accuracy_km=5), None, False),
    ],
)
def test_how_far_off_it_may_be(place: Place, error_km: float | None, is_a_spot: bool) -> None:
    assert place.error_km == error_km
    assert place.is_a_spot is is_a_spot
