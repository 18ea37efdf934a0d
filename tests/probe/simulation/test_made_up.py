"""Paths drawn from names."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_network

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.probe.simulation.made_up import made_up_path


@given(st.text(max_size=300))
def test_every_name_has_a_path_and_always_the_same(name: str) -> None:
    path = made_up_path(name)
    assert path == made_up_path(name)
    assert path.destination.address in ip_network("198.18.0.0/15")
    (route,) = path.routes
    assert 4 <= len(route.hops) < 20
    assert 0.004 <= route.destination_rtt_s <= 0.24


def test_names_have_paths_of_their_own() -> None:
    paths = [made_up_path(f"host{number}") for number in range(256)]
    assert len({path.destination.address for path in paths}) >= 255
    assert len({len(path.routes[0].hops) for path in paths}) > 10
    assert 20 < sum(path.destination.manner.loss > 0 for path in paths) < 90


def test_an_address_is_kept() -> None:
    address = IPv4Address("192.0.2.7")
    assert made_up_path("x", address).destination.address == address
