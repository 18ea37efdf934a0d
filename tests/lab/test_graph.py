from __future__ import annotations

import math
from collections import Counter
from ipaddress import IPv4Address, ip_address

import pytest

from poros_tui.model.neighbours import neighbours_of
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from tests.lab.graph import balancers_by_destination, true_graph
from tests.lab.tun import load_scenario

DIAMONDS = ["diamond-4x3", "diamond-meshed", "diamonds-two", "diamond-unequal", "diamond-weighted"]
FLOWS = 600


def way_of(network: SimulatedNetwork, flow: int, family: int = 4) -> list[IPAddress]:
    """Who answers a flow at TTL 1, 2, ... up to the destination."""
    destination = network.scenario.destination.responder(family)
    way: list[IPAddress] = []
    while not way or way[-1] != destination:
        ttl = len(way) + 1
        (answer,) = network.answers(
            ttl=ttl, protocol=Protocol.UDP, flow=flow, serial=ttl, family=family, now_s=0.0
        )
        way.append(answer.responder)
    return way


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", DIAMONDS)
@pytest.mark.parametrize("family", [4, 6])
def test_all_flows_together_walk_the_whole_graph_and_nothing_else(name: str, family: int) -> None:
    scenario = load_scenario(name)
    network = SimulatedNetwork(scenario, seed=5)
    graph = true_graph(scenario, family=family)
    ways = [way_of(network, flow, family) for flow in range(FLOWS)]
    longest = max(map(len, ways))
    met = [{way[ttl] for way in ways if ttl < len(way)} for ttl in range(longest)]
    links = {(ttl, way[ttl - 1], way[ttl]) for way in ways for ttl in range(1, len(way))}
    assert met == list(graph.interfaces)
    assert links == graph.links


def test_a_shorter_branch_puts_what_is_behind_it_at_two_ttls() -> None:
    graph = true_graph(load_scenario("diamond-unequal"), family=4)
    router, destination = IPv4Address("10.0.5.1"), IPv4Address("203.0.113.10")
    assert [ttl for ttl, met in enumerate(graph.interfaces, 1) if router in met] == [4, 5]
    assert [ttl for ttl, met in enumerate(graph.interfaces, 1) if destination in met] == [8, 9]


def test_balancers_decide_independently_of_each_other() -> None:
    network = SimulatedNetwork(load_scenario("diamonds-two"), seed=2)
    pairs = Counter((way[2], way[6]) for way in (way_of(network, flow) for flow in range(FLOWS)))
    share = FLOWS / 6
    assert len(pairs) == 6
    # Chi-squared with 5 degrees of freedom: above 20.5 in one of 1,000 fair draws.
    assert sum((count - share) ** 2 / share for count in pairs.values()) < 20.5


def test_weights_are_shares() -> None:
    network = SimulatedNetwork(load_scenario("diamond-weighted"), seed=3)
    counts = Counter(str(way_of(network, flow)[3])[-1] for flow in range(FLOWS))
    for number, weight in (("1", 8), ("2", 3), ("3", 1)):
        share = weight / 12
        assert abs(counts[number] - FLOWS * share) < 4 * math.sqrt(FLOWS * share * (1 - share))


def test_a_balancer_by_destination_sends_all_one_way_and_another_seed_another() -> None:
    scenario = load_scenario("balanced-by-destination")
    chosen = set()
    for seed in range(20):
        network = SimulatedNetwork(scenario, seed=seed)
        (responder,) = {way_of(network, flow)[3] for flow in range(20)}
        chosen.add(responder)
    assert len(chosen) == 3


def way_to(network: SimulatedNetwork, neighbour: IPAddress, flow: int, length: int) -> list[str]:
    """Who answers a flow to another address of the destination's network."""
    answered = []
    for ttl in range(1, length + 1):
        (answer,) = network.answers(
            ttl=ttl,
            protocol=Protocol.UDP,
            flow=flow,
            serial=ttl,
            family=neighbour.version,
            now_s=0.0,
            destination=neighbour,
        )
        answered.append(str(answer.responder))
    return answered


@pytest.mark.parametrize("end", ["203.0.113.10", "2001:db8::cb00:710a"])
def test_a_balancer_by_destination_sends_each_neighbour_its_own_way(end: str) -> None:
    network = SimulatedNetwork(load_scenario("balanced-by-destination"), seed=1)
    ways = {}
    for neighbour in neighbours_of(ip_address(end))[:40]:
        (way,) = {tuple(way_to(network, neighbour, flow, 8)) for flow in range(5)}
        ways[neighbour] = way
        assert way[-1] == str(neighbour)  # where the destination is there are hosts like it
    assert len({way[3] for way in ways.values()}) == 3
    assert len({way[2:3] + way[4:7] for way in ways.values()}) == 1


def test_a_balancer_by_flow_looks_at_addresses_too() -> None:
    network = SimulatedNetwork(load_scenario("diamond-4x3"), seed=1)
    nearest, *_ = neighbours_of(IPv4Address("203.0.113.10"))
    own = [str(way_of(network, flow)[2]) for flow in range(20)]
    assert own != [way_to(network, nearest, flow, 3)[2] for flow in range(20)]


def test_a_route_of_their_own_is_for_four_addresses() -> None:
    network = SimulatedNetwork(load_scenario("routed-apart"), seed=1)
    end = IPv4Address("203.0.113.10")
    apart = {
        int(neighbour) & 0xFF
        for neighbour in neighbours_of(end)
        if way_to(network, neighbour, 0, 4)[3] != str(way_of(network, 0)[3])
    }
    assert apart == {12, 13, 14, 15}


def test_who_balances_by_destination_is_known_with_its_next_interfaces() -> None:
    assert balancers_by_destination(load_scenario("diamond-4x3"), family=4) == frozenset()
    ((ttl, address, behind),) = balancers_by_destination(
        load_scenario("diamond-by-destination"), family=4
    )
    assert (ttl, str(address)) == (2, "10.0.2.1")
    assert set(map(str, behind)) == {"10.0.3.1", "10.0.3.2"}
    at_once = Scenario.from_toml(
        'destination = "203.0.113.10"\n[[hop]]\nbalance = "destination"\n'
        'addresses = ["10.0.1.1", "10.0.1.2"]\nrtt_ms = 1\n'
    )
    ((ttl, address, _),) = balancers_by_destination(at_once, family=4)
    assert (ttl, address) == (0, None)


def test_a_hop_without_an_address_is_in_the_graph_as_nobody() -> None:
    text = 'destination = "203.0.113.10"\n[[hop]]\nsilent = true\n'
    graph = true_graph(Scenario.from_toml(text), family=4)
    destination = IPv4Address("203.0.113.10")
    assert graph.interfaces == (frozenset({None}), frozenset({destination}))
    assert graph.links == {(1, None, destination)}
