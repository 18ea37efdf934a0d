from __future__ import annotations

from itertools import product

import pytest

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.answer import Message
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.node import Mischief
from poros_tui.probe.simulation.scenario import Scenario
from tests.lab.expectation import Responders, visible_path, visible_ways
from tests.lab.tun import load_scenario, scenario_names

PROBES_PER_HOP = 60
SEEDS = 12
"""A balancer by destination sends every probe to the same router: another in another network."""


def heard(scenario: Scenario, family: int, protocol: Protocol, at_s: float) -> list[Responders]:
    """Ask the simulated network itself, TTL by TTL, until somebody ends the path."""
    networks = [SimulatedNetwork(scenario, seed=seed) for seed in range(SEEDS)]
    path: list[Responders] = []
    for ttl in range(1, 40):
        responders: set[IPAddress] = set()
        messages: set[Message] = set()
        for number in range(PROBES_PER_HOP):
            serial = ttl * PROBES_PER_HOP + number
            for answer in networks[number % SEEDS].answers(
                ttl=ttl, protocol=protocol, flow=serial, serial=serial, family=family, now_s=at_s
            ):
                if answer.mischief is Mischief.NONE:
                    responders.add(answer.responder)
                    messages.add(answer.message)
        path.append(frozenset(responders))
        if messages - {Message.TIME_EXCEEDED}:
            return path
    while path and not path[-1]:
        path.pop()
    return path


@pytest.mark.sampled(10)
@pytest.mark.parametrize("name", scenario_names())
def test_what_is_visible_is_what_the_network_answers(name: str) -> None:
    scenario = load_scenario(name)
    for route in scenario.routes:
        for family in (4, 6):
            for protocol in Protocol:
                expected = visible_path(scenario, family=family, protocol=protocol, at_s=route.at_s)
                assert heard(scenario, family, protocol, route.at_s) == expected


def walked(network: SimulatedNetwork, flow: int, ways: list[list[Responders]]) -> list[Responders]:
    """What this flow meets, as far as the way goes whose beginning that is."""
    path: list[Responders] = []
    for ttl in range(1, 40):
        answers = network.answers(
            ttl=ttl, protocol=Protocol.TCP, flow=flow, serial=ttl, family=6, now_s=0
        )
        path.append(frozenset(answer.responder for answer in answers))
        if path in ways:
            return path
    raise AssertionError(path)


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("balanced-by-flow", 4), ("balanced-by-destination", 3), ("diamond-4x3", 4),
        ("diamond-weighted", 3), ("diamonds-two", 6), ("diamond-unequal", 5),
        ("diamond-meshed", 10), ("straight12", 1), ("silent-hops", 1), ("ttl-keep", 1),
    ],
)  # fmt: skip
def test_the_ways_are_those_that_flows_take(name: str, count: int) -> None:
    scenario = load_scenario(name)
    ways = visible_ways(scenario, family=6, protocol=Protocol.TCP)
    assert len(ways) == count
    taken = {
        tuple(walked(SimulatedNetwork(scenario, seed=seed), flow, ways))
        for seed in range(SEEDS)
        for flow in range(PROBES_PER_HOP)
    }
    assert taken == set(map(tuple, ways))


@pytest.mark.parametrize("name", scenario_names())
def test_all_ways_together_are_the_path(name: str) -> None:
    scenario = load_scenario(name)
    for family, protocol in product((4, 6), Protocol):
        path = visible_path(scenario, family=family, protocol=protocol)
        ways = visible_ways(scenario, family=family, protocol=protocol)
        assert min(map(len, ways)) == len(path)
        for ttl, responders in enumerate(path):
            assert frozenset().union(*(way[ttl] for way in ways)) == responders
