from __future__ import annotations

import random
from collections import Counter
from ipaddress import IPv4Address
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poros_tui.engine.mda import FLOWS_MAX, FlowProbe
from poros_tui.model.multipath import Balance, Interface
from tests.engine.discovering import Discovered, discover, discover_with, interfaces, links
from tests.lab.graph import true_graph
from tests.lab.tun import load_scenario

SEEDS = 20
"""`python -m tests.engine.mda_table` runs 100 of each."""


@pytest.mark.sampled(2)
@pytest.mark.parametrize(
    "name", ["diamond-4x3", "diamonds-two", "diamond-unequal", "diamond-meshed"]
)
def test_the_whole_graph_is_found(name: str) -> None:
    scenario = load_scenario(name)
    truth = true_graph(scenario, family=4)
    found = [discover(scenario, seed=seed).is_whole(truth) for seed in range(SEEDS)]
    assert sum(found) >= SEEDS - 1


@pytest.mark.parametrize("name", ["diamond-4x3", "diamonds-two", "straight12"])
def test_a_uniform_stretch_costs_what_mda_lite_needs_and_no_more(name: str) -> None:
    for seed in range(SEEDS):
        probes = discover(load_scenario(name), seed=seed).graph.probes
        assert probes.sent - probes.repeated <= probes.lite + 2


def test_what_is_not_uniform_is_asked_interface_by_interface() -> None:
    for name, stretch in (("diamond-unequal", (2, 9)), ("diamond-meshed", (2, 6))):
        run = discover(load_scenario(name), seed=1)
        assert run.graph.full_from == (stretch,)
        assert run.graph.probes.sent > run.graph.probes.mda
    assert discover(load_scenario("diamond-4x3"), seed=1).graph.full_from == ()


def test_no_probe_is_asked_for_twice() -> None:
    for name in ("diamond-4x3", "diamond-unequal", "balanced-by-packet"):
        counts = Counter(discover(load_scenario(name), seed=3).asked)
        assert set(counts.values()) == {1}


def test_links_tell_which_flows_took_them() -> None:
    run = discover(load_scenario("diamonds-two"), seed=4)
    for link in run.graph.links:
        near, far = run.discovery.table.column(link.ttl), run.discovery.table.column(link.ttl + 1)
        assert link.flows
        for flow in link.flows:
            assert far.met[flow] == link.far
            assert near.met.get(flow, link.near) == link.near


def test_a_balancer_by_flow_is_told_by_flows_that_come_back_to_the_same_interface() -> None:
    (balancer,) = discover(load_scenario("diamond-4x3"), seed=2).graph.balancers
    assert (balancer.ttl, len(balancer.branches)) == (2, 4)
    assert balancer.balance is Balance.FLOW
    assert balancer.strayed == 0
    assert balancer.confidence == pytest.approx(1 - 4**-balancer.repeated)
    assert balancer.confidence >= 0.95


def test_a_balancer_by_packet_is_told_by_flows_that_stray() -> None:
    told = [discover(load_scenario("balanced-by-packet"), seed=seed).graph for seed in range(SEEDS)]
    kinds = Counter(balancer.balance for graph in told for balancer in graph.balancers)
    assert kinds[Balance.PACKET] >= SEEDS - 2
    for graph in told:
        (balancer,) = graph.balancers
        if balancer.balance is Balance.PACKET:
            assert balancer.strayed > 0
            assert "met another interface than before" in balancer.evidence
            assert [link.flows for link in graph.links if 3 <= link.ttl <= 4] == [()] * 6


def test_no_links_are_made_up_where_packets_are_shared_out_one_by_one() -> None:
    chance = random.Random(7)
    end = IPv4Address("203.0.113.9")

    def answer(probe: FlowProbe) -> Interface:
        if probe.ttl in (2, 3):
            return IPv4Address(f"10.0.{probe.ttl}.{chance.randrange(2)}")
        return end if probe.ttl == 5 else IPv4Address(f"10.0.{probe.ttl}.1")

    graph = discover_with(answer, end=end, distance=5).graph
    assert graph.unlinked == (2,)
    assert {link.ttl for link in graph.links} == {1, 3, 4}


def test_balancing_by_destination_shows_one_interface_and_no_balancer() -> None:
    graph = discover(load_scenario("balanced-by-destination"), seed=1).graph
    assert graph.balancers == ()
    assert all(len(graph.at(ttl)) == 1 for ttl in graph.ttls)


def test_silent_routers_are_in_the_graph_as_nobody() -> None:
    graph = discover(load_scenario("silent-hops"), seed=1).graph
    assert interfaces(graph)[1] == frozenset({None})
    assert (1, IPv4Address("10.0.1.1"), None) in links(graph)
    assert graph.probes.unanswered == 0


def test_a_silent_branch_is_a_branch() -> None:
    end = IPv4Address("203.0.113.9")

    def answer(probe: FlowProbe) -> Interface:
        if probe.ttl == 2:
            return None if probe.flow % 2 else IPv4Address("10.0.2.1")
        return end if probe.ttl == 4 else IPv4Address(f"10.0.{probe.ttl}.1")

    graph = discover_with(answer, end=end, distance=4).graph
    assert interfaces(graph)[1] == {None, IPv4Address("10.0.2.1")}
    assert len(links(graph)) == 5


@pytest.mark.sampled(0)
def test_a_network_of_endless_width_ends_the_search() -> None:
    end = IPv4Address("203.0.113.9")

    def answer(probe: FlowProbe) -> Interface:
        return end if probe.ttl == 3 else IPv4Address(0x0A000000 + probe.ttl * 65536 + probe.flow)

    run = discover_with(answer, end=end, distance=3)
    assert not run.graph.is_complete
    assert len(run.asked) < 4 * FLOWS_MAX


@st.composite
def layered(draw: st.DrawFn) -> list[list[list[int]]]:
    """For each layer, for each of its interfaces, those of the next layer that it leads to."""
    widths = [1, *draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)), 1]
    layers = []
    for width, behind in pairwise(widths):
        ways = [sorted(draw(st.sets(st.integers(0, behind - 1), min_size=1))) for _ in range(width)]
        for orphan in set(range(behind)) - {far for fars in ways for far in fars}:
            ways[orphan % width].append(orphan)
        layers.append(ways)
    return layers


def walked(layers: list[list[list[int]]], seed: int) -> Discovered:
    end = IPv4Address("203.0.113.9")

    def answer(probe: FlowProbe) -> Interface:
        at = 0
        for ttl, ways in enumerate(layers[: probe.ttl - 1], 1):
            chance = random.Random(f"{seed}/{ttl}/{at}/{probe.flow}")
            at = chance.choice(ways[at])
        if probe.ttl > len(layers):
            return end
        return IPv4Address(0x0A000000 + probe.ttl * 256 + at)

    return discover_with(answer, end=end, distance=len(layers) + 1, failure=0.01)


def least_met(layers: list[list[list[int]]]) -> float:
    """The share of flows that meet the interface that is met by the fewest."""
    shares = [1.0]
    least = 1.0
    for ways in layers:
        behind = [0.0] * (1 + max(far for fars in ways for far in fars))
        for share, fars in zip(shares, ways, strict=True):
            for far in fars:
                behind[far] += share / len(fars)
        shares = behind
        least = min(least, *shares)
    return least


@settings(max_examples=30, deadline=None)
@given(layers=layered(), seed=st.integers(0, 10**6))
def test_nothing_is_ever_found_that_is_not_there(layers: list[list[list[int]]], seed: int) -> None:
    graph = walked(layers, seed).graph
    if least_met(layers) >= 1 / 8:
        assert graph.is_complete  # behind a rarer one there may be too few of FLOWS_MAX flows
    for link in graph.links:
        assert link.near is not None
        near = int(link.near) & 0xFF
        if link.ttl < len(layers):
            assert link.far is not None
            assert int(link.far) & 0xFF in layers[link.ttl - 1][near]
    nodes = {(node.ttl, node.address) for node in graph.nodes}
    for ttl, near, far in links(graph):
        assert {(ttl, near), (ttl + 1, far)} <= nodes
    for node in graph.nodes:
        is_linked = node.is_end or any(link.near == node.address for link in graph.links)
        assert is_linked
