"""Distances against Karney's geodesics on the ellipsoid, and light against the constants."""

from __future__ import annotations

import math

import pytest
from geographiclib.geodesic import Geodesic
from hypothesis import example, given
from hypothesis import strategies as st

from poros_tui.model.coordinates import (
    EARTH_RADIUS_KM,
    SPHERE_ERROR,
    Coordinates,
    are_on_earth,
    distance_km,
    least_rtt_s,
    reach_km,
)

points = st.builds(Coordinates, latitude_deg=st.floats(-90, 90), longitude_deg=st.floats(-180, 180))


def at(latitude_deg: float, longitude_deg: float) -> Coordinates:
    return Coordinates(latitude_deg=latitude_deg, longitude_deg=longitude_deg)


BERLIN, NEW_YORK, SYDNEY, AUCKLAND, HONOLULU = (
    at(52.52, 13.405),
    at(40.7128, -74.006),
    at(-33.8688, 151.2093),
    at(-36.8509, 174.7645),
    at(21.3069, -157.8583),
)


def on_ellipsoid_km(here: Coordinates, there: Coordinates) -> float:
    geodesic = Geodesic.WGS84.Inverse(
        here.latitude_deg, here.longitude_deg, there.latitude_deg, there.longitude_deg
    )
    return float(geodesic["s12"]) / 1e3


@given(points, points)
@example(BERLIN, NEW_YORK)
@example(at(0, 0), at(0, 180))
@example(at(90, 0), at(-90, 77))
def test_a_distance_is_that_on_the_ellipsoid_but_for_the_error_told(
    here: Coordinates, there: Coordinates
) -> None:
    expected_km = on_ellipsoid_km(here, there)
    assert distance_km(here, there) == pytest.approx(expected_km, rel=0.0057, abs=1e-6)


@given(points, points)
def test_a_distance_less_its_error_is_never_too_long(here: Coordinates, there: Coordinates) -> None:
    assert distance_km(here, there) * (1 - SPHERE_ERROR) <= on_ellipsoid_km(here, there) + 1e-6


@pytest.mark.parametrize(
    ("here", "there", "expected_km"),
    [
        (BERLIN, NEW_YORK, 6385),
        (SYDNEY, AUCKLAND, 2156),
        (AUCKLAND, HONOLULU, 7062),
        (BERLIN, SYDNEY, 16089),
    ],
)
def test_known_cities_are_as_far_apart_as_they_are(
    here: Coordinates, there: Coordinates, expected_km: float
) -> None:
    assert distance_km(here, there) == pytest.approx(expected_km, rel=0.006)


@given(points, points)
def test_there_is_as_far_as_back_and_never_farther_than_half_round(
    here: Coordinates, there: Coordinates
) -> None:
    assert distance_km(here, there) == pytest.approx(distance_km(there, here), abs=1e-6)
    assert 0 <= distance_km(here, there) <= math.pi * EARTH_RADIUS_KM + 1e-6


def test_light_covers_102_km_of_fibre_in_a_millisecond_there_and_back() -> None:
    assert reach_km(1e-3) == pytest.approx(299_792.458 / 1.468 / 2 / 1000)
    assert reach_km(1e-3) == pytest.approx(102.1, abs=0.05)


@given(st.floats(0, 25_000))
def test_the_least_round_trip_reaches_just_as_far(away_km: float) -> None:
    assert reach_km(least_rtt_s(away_km)) == pytest.approx(away_km)


@pytest.mark.parametrize(
    ("latitude_deg", "longitude_deg", "expected"),
    [
        (0, 0, True),
        (-90, 180, True),
        (90.01, 0, False),
        (0, -180.01, False),
        (math.nan, 0, False),
        (0, math.inf, False),
    ],
)
def test_what_is_not_on_the_earth(
    latitude_deg: float, longitude_deg: float, expected: bool
) -> None:
    assert are_on_earth(latitude_deg, longitude_deg) is expected


def test_coordinates_are_told_with_their_hemispheres() -> None:
    assert NEW_YORK.words == "40.71 N, 74.01 W"
    assert SYDNEY.words == "33.87 S, 151.21 E"
