from __future__ import annotations

from ipaddress import IPv4Address, ip_address, ip_network
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poros_tui.model.neighbours import neighbours_of, network_of, routes_needed
from poros_tui.model.probe import IPAddress

BASE = int(IPv4Address("192.0.2.0"))


@pytest.mark.parametrize(
    ("address", "network"),
    [("192.0.2.10", "192.0.2.0/24"), ("2001:db8::cb00:710a", "2001:db8::cb00:7100/120")],
)
def test_the_network_has_256_addresses(address: str, network: str) -> None:
    assert network_of(ip_address(address)) == ip_network(network)


@given(st.integers(0, 255), st.sampled_from(["192.0.2.0", "2001:db8::5:100"]))
def test_neighbours_are_all_others_but_the_first_and_the_last(own: int, base: str) -> None:
    first = ip_address(base)
    address = first + own
    neighbours = neighbours_of(address)
    assert sorted(neighbours) == [
        first + place for place in range(1, 255) if first + place != address
    ]
    in_common = [(int(address) ^ int(one)).bit_length() for one in neighbours]
    assert in_common == sorted(in_common)


def test_the_nearest_comes_first() -> None:
    assert neighbours_of(IPv4Address("192.0.2.2"))[:5] == tuple(
        IPv4Address(f"192.0.2.{place}") for place in (3, 1, 6, 7, 4)
    )


def by_brute_force(ways: dict[IPAddress, str]) -> int:
    """Try all sets of routes over three bits, from the smallest on."""
    prefixes = [(value, length) for length in range(4) for value in range(1 << length)]
    colours = sorted(set(ways.values()))
    for count in range(1, len(prefixes) + 1):
        for chosen in combinations(prefixes, count):
            if (0, 0) not in chosen:
                continue
            for given_ways in product(colours, repeat=count):
                table = dict(zip(chosen, given_ways, strict=True))
                if all(looked_up(table, int(a) & 7) == way for a, way in ways.items()):
                    return count
    raise AssertionError("a route for each address always does")


def looked_up(table: dict[tuple[int, int], str], address: int) -> str:
    return next(
        table[address >> 3 - length, length]
        for length in (3, 2, 1, 0)
        if (address >> 3 - length, length) in table
    )


@pytest.mark.sampled(0)
@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(0, 7), st.sampled_from("abc"), min_size=1, max_size=6))
def test_no_fewer_routes_would_do(places: dict[int, str]) -> None:
    ways: dict[IPAddress, str] = {IPv4Address(BASE + place): way for place, way in places.items()}
    assert routes_needed(ways) == by_brute_force(ways)


def test_a_part_of_the_network_takes_one_route_more_and_every_other_address_one_each() -> None:
    def ways(width: int) -> dict[IPAddress, int]:
        return {IPv4Address(BASE + place): place // width % 2 for place in range(32)}

    assert [routes_needed(ways(width)) for width in (32, 16, 8, 4, 1)] == [1, 2, 3, 5, 17]
