from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.model.about import UNKNOWN
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.network import Network
from poros_tui.model.privacy import hops_untold, without_addresses
from poros_tui.model.stretch import has_networks, stretches
from tests.tui.made_path import MadePath


def path(*hops: tuple[str | None, int | str | None]) -> tuple[HopSnapshot, ...]:
    """Hops by address (None: silent), and number or name of the network."""
    made = MadePath()
    for ttl, (address, network) in enumerate(hops, 1):
        if address is None:
            made.lose(ttl)
            continue
        made.reply(ttl, float(ttl), address)
        if isinstance(network, int):
            made.know(address, Network(asn=network, name=f"NET-{network}", source="test"))
        elif network is not None:
            made.know(address, Network(name=network, source="test"))
    return made.path.hops()


def told(hops: tuple[HopSnapshot, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(one.words, one.ttls) for one in stretches(hops)]


def test_hops_of_one_network_in_a_row_are_a_stretch() -> None:
    hops = path(("192.168.1.1", None), ("8.0.0.1", 1), ("8.0.0.2", 1), ("9.0.0.1", 2))
    assert told(hops) == [
        ("private addresses", (1,)),
        ("AS1 NET-1", (2, 3)),
        ("AS2 NET-2", (4,)),
    ]
    assert has_networks(hops)


def test_a_silent_hop_is_of_the_network_around_it_or_of_none() -> None:
    hops = path(
        ("8.0.0.1", 1), (None, None), (None, None), ("8.0.0.2", 1), (None, None), ("9.0.0.1", 2)
    )
    assert told(hops) == [
        ("AS1 NET-1", (1, 2, 3, 4)),
        ("network not known", (5,)),
        ("AS2 NET-2", (6,)),
    ]


def test_who_is_not_known_makes_a_stretch_with_the_silent_beside_it() -> None:
    hops = path(("8.0.0.1", 1), (None, None), ("9.0.0.1", None), (None, None))
    assert told(hops)[1] == ("network not known", (2, 3, 4))


def test_a_network_may_come_twice_and_may_have_a_name_alone() -> None:
    hops = path(("8.0.0.1", 1), ("9.0.0.1", "Example"), ("8.0.0.2", 1))
    assert told(hops) == [("AS1 NET-1", (1,)), ("Example", (2,)), ("AS1 NET-1", (3,))]


def test_ranges_of_different_kinds_are_different_stretches() -> None:
    hops = path(("10.0.0.1", None), ("192.168.0.1", None), ("100.64.0.1", None), ("fe80::1", None))
    assert told(hops) == [
        ("private addresses", (1, 2)),
        ("addresses shared by customers", (3,)),
        ("link-local addresses", (4,)),
    ]
    assert not has_networks(hops)


def test_a_special_address_whose_network_is_told_is_of_that() -> None:
    assert told(path(("10.0.0.1", 1), ("192.0.2.1", 1))) == [("AS1 NET-1", (1, 2))]


def test_nothing_is_no_stretch() -> None:
    assert stretches(()) == ()


@pytest.mark.parametrize("problem", ["nobody announces this address"])
def test_an_answer_that_says_nothing_makes_no_network(problem: str) -> None:
    made = MadePath()
    made.reply(1, 1.0, "8.0.0.1")
    made.know("8.0.0.1", Network(problem=problem, source="test"))
    assert told(made.path.hops()) == [("network not known", (1,))]
    assert not has_networks(made.path.hops())


def test_hidden_hops_have_no_network_and_are_a_stretch_of_their_own() -> None:
    hops = path(("8.0.0.1", 1), ("8.0.0.2", 1), ("8.0.0.3", 1))
    shown = tuple(without_addresses(hop, 2) for hop in hops)
    assert told(shown) == [("hidden", (1, 2)), ("AS1 NET-1", (3,))]
    known = hops_untold(hops, 2)
    assert [hop.responders[0].network and hop.responders[0].network.asn for hop in known] == [
        None,
        None,
        1,
    ]
    assert known[0].responders[0].address == ip_address("8.0.0.1")
    assert hops_untold(hops, 0) == hops


def test_a_hidden_hop_has_no_name_that_a_format_could_write_in_another_way() -> None:
    made = MadePath()
    made.reply(1, 1.0, "8.0.0.1")
    made.name("8.0.0.1", "gateway.example")
    made.know("8.0.0.1", Network(asn=1))
    (hop,) = hops_untold(made.path.hops(), 1)
    assert hop.responders[0].about == UNKNOWN
    assert hop.responders[0].address == ip_address("8.0.0.1")


def test_an_exchange_is_a_stretch_of_its_own_whoever_announces_its_lan() -> None:
    made = MadePath()
    for ttl, address in enumerate(("8.0.0.1", "80.81.192.1", "80.81.192.2", "9.0.0.1"), 1):
        made.reply(ttl, float(ttl), address)
    made.know("8.0.0.1", Network(asn=1, source="test"))
    made.know("80.81.192.2", Network(asn=1, source="test"))
    made.place_at("80.81.192.1", "DE-CIX Frankfurt")
    made.place_at("80.81.192.2", "DE-CIX Frankfurt")
    hops = made.path.hops()
    assert told(hops) == [
        ("AS1", (1,)),
        ("IX DE-CIX Frankfurt", (2, 3)),
        ("network not known", (4,)),
    ]
    assert [one.is_known for one in stretches(hops)] == [True, True, False]
    assert has_networks(hops[1:2])
    assert has_networks(hops_untold(hops, 2)[1:2]) is False
