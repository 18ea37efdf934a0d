from __future__ import annotations

import pytest

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.answer import Message
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.node import Mischief
from poros_tui.probe.simulation.scenario import Scenario
from tests.lab.expectation import Responders, visible_path
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


@pytest.mark.parametrize("name", scenario_names())
def test_what_is_visible_is_what_the_network_answers(name: str) -> None:
    scenario = load_scenario(name)
    for route in scenario.routes:
        for family in (4, 6):
            for protocol in Protocol:
                expected = visible_path(scenario, family=family, protocol=protocol, at_s=route.at_s)
                assert heard(scenario, family, protocol, route.at_s) == expected
