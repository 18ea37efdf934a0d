"""Flows that come to nothing on the way, and flows that this machine does not send."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from poros_tui.engine.mda import Discovery, FlowProbe
from poros_tui.engine.mda_graph import graph_of
from poros_tui.model.multipath import Interface
from poros_tui.model.multipath_words import graph_words
from tests.engine.discovering import discover_with, interfaces

END = IPv4Address("203.0.113.9")
DISTANCE = 5
DEAD = 2
"""Which of four branches at TTL 2 passes nothing on."""


def branch(flow: int) -> int:
    return hash((flow, 12345)) % 4


def with_a_dead_member(probe: FlowProbe) -> Interface:
    if probe.ttl == 2:
        return IPv4Address(f"10.0.2.{1 + branch(probe.flow)}")
    if probe.ttl > 2 and branch(probe.flow) == DEAD:
        return None
    return END if probe.ttl >= DISTANCE else IPv4Address(f"10.0.{probe.ttl}.1")


@pytest.mark.parametrize("distance", [DISTANCE, 2])
def test_a_dead_member_is_told_and_not_searched_behind(distance: int) -> None:
    """Also where the trace's own flow ended in it, so that it knows of 2 hops."""
    found = discover_with(with_a_dead_member, end=END, distance=distance)
    graph = found.graph
    assert [len(each) for each in interfaces(graph)] == [1, 4, 1, 1, 1]
    assert graph.is_complete
    assert [(balancer.ttl, len(balancer.branches)) for balancer in graph.balancers] == [(1, 4)]
    (dead,) = graph.dead_ends
    assert (dead.ttl, dead.address) == (2, IPv4Address(f"10.0.2.{1 + DEAD}"))
    assert dead.flows
    assert all(branch(flow) == DEAD for flow in dead.flows)
    assert None not in {node.address for node in graph.nodes}
    assert len(found.asked) < 250


def test_a_dead_end_right_behind_a_balancer_is_told_beside_its_branches() -> None:
    """It is no interface, and a way all the same."""

    def answer(probe: FlowProbe) -> Interface:
        if probe.ttl > 1 and branch(probe.flow) == DEAD:
            return None
        return with_a_dead_member(probe)

    graph = discover_with(answer, end=END, distance=DISTANCE).graph
    (dead,) = graph.dead_ends
    assert dead.ttl == 1
    (words,) = (words for words in graph_words(graph) if "balances by flow" in words)
    assert "balances by flow over 3 and a dead end (" in words


def test_one_flow_that_is_dropped_is_a_dead_end_of_a_straight_path() -> None:
    def answer(probe: FlowProbe) -> Interface:
        if probe.flow == 1 and probe.ttl > 1:
            return None
        return END if probe.ttl >= DISTANCE else IPv4Address(f"10.0.{probe.ttl}.1")

    found = discover_with(answer, end=END, distance=DISTANCE)
    assert [len(each) for each in interfaces(found.graph)] == [1] * DISTANCE
    assert found.graph.balancers == ()
    assert not any("and a dead end" in words for words in graph_words(found.graph))
    (dead,) = found.graph.dead_ends
    assert (dead.ttl, dead.flows) == (1, (1,))
    assert len(found.asked) < 120


def test_a_router_that_never_answers_is_no_dead_end() -> None:
    def answer(probe: FlowProbe) -> Interface:
        if probe.ttl == 3:
            return None
        return END if probe.ttl >= DISTANCE else IPv4Address(f"10.0.{probe.ttl}.1")

    graph = discover_with(answer, end=END, distance=DISTANCE).graph
    assert graph.dead_ends == ()
    assert interfaces(graph)[2] == {None}


def test_a_flow_that_is_not_sent_is_left_out_and_named() -> None:
    discovery = Discovery(failure=0.05, first_ttl=1, last_ttl=30, distance=DISTANCE, gap_limit=8)
    asked = 0
    while wanted := discovery.wanted():
        for probe in wanted:
            if probe.flow == 1:
                discovery.unsent(probe, "port 40000 is in use")
                continue
            asked += 1
            who = END if probe.ttl >= DISTANCE else IPv4Address(f"10.0.{probe.ttl}.1")
            discovery.answered(probe, who, tries=1, is_end=who == END)
    graph = graph_of(discovery, sent=asked, retried=0)
    assert [len(each) for each in interfaces(graph)] == [1] * DISTANCE
    assert graph.balancers == ()
    assert [(one.flow, one.reason) for one in graph.unsent] == [(1, "port 40000 is in use")]
    assert 1 not in {flow for node in graph.nodes for flow in node.flows}
    assert any("port 40000 is in use" in line for line in graph_words(graph))
    assert asked < 60
