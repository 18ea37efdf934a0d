"""Which places can't be, against brute force where there is a truth."""

from __future__ import annotations

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.coordinates import Coordinates, distance_km, least_rtt_s, reach_km
from poros_tui.model.place import Place
from poros_tui.model.place_doubt import doubts
from poros_tui.model.placed import Placed
from tests.model.test_coordinates import BERLIN, NEW_YORK, SYDNEY, at

HAMBURG, FRANKFURT = at(53.55, 9.99), at(50.11, 8.68)
CITIES = {
    "Berlin": BERLIN,
    "Hamburg": HAMBURG,
    "Frankfurt": FRANKFURT,
    "New York": NEW_YORK,
    "Sydney": SYDNEY,
}


def placed(ttl: int, city: str | None, rtt_ms: float, accuracy_km: float | None = None) -> Placed:
    return Placed(
        address=ip_address(f"198.51.100.{ttl}"),
        ttls=(ttl,),
        place=Place(
            city=city,
            country="Somewhere",
            at=CITIES[city] if city else BERLIN,
            accuracy_km=accuracy_km,
        ),
        best_rtt_s=rtt_ms / 1e3,
    )


def doubted(*path: Placed, home: Coordinates | None = None) -> set[int]:
    """The hops whose places are."""
    found = doubts(path, home)
    return {one.ttls[0] for one in path if one.address in found}


def test_a_place_farther_from_home_than_light_gets_is_doubted_and_it_is_said_why() -> None:
    near = placed(1, "Hamburg", 4.0)
    far = placed(2, "New York", 1.2)
    found = doubts([near, far], BERLIN)
    assert found == {far.address: "1.2 ms away, but New York is 6385 km from home: 63 ms at least"}


def test_a_place_as_far_from_home_as_light_gets_is_not() -> None:
    assert doubted(placed(1, "New York", 63.0), home=BERLIN) == set()
    # 50 km of home, 50 of the place and the 0.56 % of the sphere are let pass.
    assert doubted(placed(1, "New York", 61.3), home=BERLIN) == set()
    assert doubted(placed(1, "New York", 61.1), home=BERLIN) == {1}


def test_how_exact_a_place_is_counts() -> None:
    assert doubted(placed(1, "Hamburg", 0.5), home=BERLIN) == {1}
    assert doubted(placed(1, "Hamburg", 0.5, accuracy_km=200), home=BERLIN) == set()


def test_the_middle_of_a_country_is_no_place_to_be_doubted() -> None:
    assert doubted(placed(1, None, 0.1), home=SYDNEY) == set()
    assert doubted(placed(1, None, 0.1, accuracy_km=500), home=SYDNEY) == {1}


def test_without_home_the_one_that_contradicts_several_is_doubted() -> None:
    path = (
        placed(1, "Berlin", 1.0),
        placed(2, "Hamburg", 3.9),
        placed(3, "New York", 4.1),
        placed(4, "Frankfurt", 9.0),
        placed(5, "Sydney", 300.0),
    )
    assert doubted(*path) == {3}
    assert doubts(path, None)[path[2].address] == (
        "New York is 6385 km from Berlin (hop 1): their round trips would be 63 ms together at"
        " least, and are 5.1 ms; and 2 more"
    )


def test_without_home_two_that_contradict_each_other_alone_are_both_doubted() -> None:
    assert doubted(placed(1, "Berlin", 1.0), placed(2, "New York", 2.0)) == {1, 2}
    assert doubted(placed(1, "Berlin", 1.0), placed(2, "New York", 70.0)) == set()


def test_two_wrong_ones_are_found_one_after_the_other() -> None:
    path = (
        placed(1, "Berlin", 1.0),
        placed(2, "Hamburg", 3.9),
        placed(3, "Frankfurt", 5.0),
        placed(4, "New York", 6.0),
        placed(5, "Sydney", 7.0),
    )
    assert doubted(*path) == {4, 5}


def test_with_home_the_majority_does_not_matter() -> None:
    path = (placed(1, "New York", 1.0), placed(2, "New York", 2.0), placed(3, "Berlin", 3.0))
    assert doubted(*path) == {3}
    assert doubted(*path, home=BERLIN) == {1, 2}


points = st.builds(Coordinates, latitude_deg=st.floats(-89, 89), longitude_deg=st.floats(-180, 180))


@given(points, st.lists(st.tuples(points, st.floats(1, 3)), max_size=8))
def test_right_places_are_never_doubted(
    home: Coordinates, truth: list[tuple[Coordinates, float]]
) -> None:
    """Whatever they are, and however much longer than light the way takes."""
    path = [
        Placed(
            address=ip_address(f"198.51.100.{number}"),
            ttls=(number,),
            place=Place(city="X", at=where, accuracy_km=0),
            best_rtt_s=least_rtt_s(distance_km(home, where)) * longer,
        )
        for number, (where, longer) in enumerate(truth)
    ]
    assert doubts(path, home) == {}
    assert doubts(path, None) == {}


@given(points, st.lists(st.tuples(points, st.floats(1, 1.2)), min_size=3, max_size=6), points)
def test_a_wrong_place_far_from_all_others_is_the_one_doubted(
    home: Coordinates, truth: list[tuple[Coordinates, float]], wrong: Coordinates
) -> None:
    path = [
        Placed(
            address=ip_address(f"198.51.100.{number}"),
            ttls=(number,),
            place=Place(city="X", at=where, accuracy_km=0),
            best_rtt_s=least_rtt_s(distance_km(home, where)) * longer,
        )
        for number, (where, longer) in enumerate(truth)
    ]
    liar = Placed(
        address=ip_address("203.0.113.1"),
        ttls=(99,),
        place=Place(city="Y", at=wrong, accuracy_km=0),
        best_rtt_s=0.0001,
    )
    contradicted = [
        one
        for one in path
        if one.place.at is not None
        and distance_km(wrong, one.place.at) * 0.9944 > reach_km(one.best_rtt_s + 0.0001)
    ]
    expected = set() if not contradicted else {liar.address}
    if len(contradicted) == 1:
        expected.add(contradicted[0].address)
    assert set(doubts([*path, liar], None)) == expected


def test_every_contradiction_has_someone_who_is_doubted() -> None:
    """By brute force over all assignments of four places to four hops."""
    names = list(CITIES)
    for number in range(len(names) ** 4):
        cities = [names[number // len(names) ** place % len(names)] for place in range(4)]
        path = [placed(ttl, city, 2.0 * ttl) for ttl, city in enumerate(cities, 1)]
        blamed = doubted(*path)
        for one in path:
            for other in path:
                limit_km = 102.1088 * (one.best_rtt_s + other.best_rtt_s) * 1e3
                apart_km = distance_km(
                    CITIES[cities[one.ttls[0] - 1]], CITIES[cities[other.ttls[0] - 1]]
                )
                if apart_km * 0.9944 - 100 > limit_km:
                    assert {one.ttls[0], other.ttls[0]} & blamed, (cities, blamed)


def test_of_very_many_those_that_answer_soonest_are_held_against_each_other() -> None:
    path = [
        Placed(
            address=ip_address(0x0909_0000 + number),
            ttls=(number // 64 + 1,),
            place=Place(city="New York" if number else "Berlin", at=NEW_YORK if number else BERLIN),
            best_rtt_s=(number + 1) / 1e3,
        )
        for number in range(64 * 30)
    ]
    found = doubts(path, None)
    assert list(found) == [path[0].address]
    # 61.3 ms lie between the two at least, and its own is 1 ms.
    assert found[path[0].address].endswith("; and 58 more")
