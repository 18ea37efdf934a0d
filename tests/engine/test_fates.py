from __future__ import annotations

import random
from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poros_tui.engine.fates import BEYOND, Fates
from poros_tui.engine.mda import FLOWS_MAX, UNSENT_MAX, Discovery, FlowProbe
from poros_tui.engine.mda_graph import graph_of
from poros_tui.model.multipath import Interface
from tests.engine.discovering import Answer, discover_with, interfaces, links

END = IPv4Address("203.0.113.9")
DISTANCE = 6


def router(ttl: int, number: int = 0) -> IPv4Address:
    return IPv4Address(0x0A000000 + ttl * 256 + number)


def straight(probe: FlowProbe) -> Interface:
    return END if probe.ttl >= DISTANCE else router(probe.ttl)


def members(count: int, dead: frozenset[int], seed: int) -> Answer:
    """So many ways at hop 3 alone; what comes by some of them gets no further."""

    def answer(probe: FlowProbe) -> Interface:
        member = random.Random(f"{seed}/{probe.flow}").randrange(count)
        if probe.ttl > 3 and member in dead:
            return None
        return router(3, member) if probe.ttl == 3 else straight(probe)

    return answer


@pytest.mark.parametrize("seed", range(10))
def test_what_a_dead_member_swallows_makes_no_interfaces(seed: int) -> None:
    way = members(4, frozenset({2}), seed)
    run = discover_with(way, end=END, distance=DISTANCE, failure=0.001)
    graph = run.graph
    assert graph.is_complete
    assert None not in {node.address for node in graph.nodes}
    assert graph.ttls == (1, 2, 3, 4, 5, 6)
    assert [node.ttl for node in graph.nodes if node.address == END] == [DISTANCE]
    assert [(one.ttl, one.address) for one in graph.balancers] == [(2, router(2))]
    (dead,) = graph.dead_ends
    assert (dead.ttl, dead.address, dead.passed) == (3, router(3, 2), 0)
    assert dead.asked_to == DISTANCE + BEYOND
    assert {near for ttl, near, _ in links(graph) if ttl == 3} == {
        router(3, member) for member in (0, 1, 3)
    }
    # What is asked behind the dead end: each flow up to the horizon, once.
    assert len(run.asked) <= graph.probes.lite + 2 + len(dead.flows) * (DISTANCE + BEYOND)


def test_a_single_flow_that_is_swallowed_is_no_branch() -> None:
    def answer(probe: FlowProbe) -> Interface:
        return None if probe.flow == 2 and probe.ttl > 1 else straight(probe)

    run = discover_with(answer, end=END, distance=DISTANCE)
    assert run.graph.balancers == ()
    assert interfaces(run.graph) == interfaces(
        discover_with(straight, end=END, distance=DISTANCE).graph
    )
    (dead,) = run.graph.dead_ends
    assert (dead.ttl, dead.address, dead.flows) == (1, router(1), (2,))
    assert dead.passed >= 6
    assert max(probe.ttl for probe in run.asked) == DISTANCE + BEYOND


def test_all_other_flows_are_followed_where_that_of_the_trace_ends() -> None:
    seed = next(
        seed for seed in range(100) if members(2, frozenset({0}), seed)(FlowProbe(4, 0)) is None
    )
    run = discover_with(members(2, frozenset({0}), seed), end=END, distance=3)
    assert run.graph.is_complete
    assert [node.ttl for node in run.graph.nodes if node.is_end] == [DISTANCE]
    (dead,) = run.graph.dead_ends
    assert 0 in dead.flows


@pytest.mark.parametrize("gap_limit", [1, 3, 8])
def test_where_nothing_answers_any_flow_each_is_followed_up_to_the_gap_limit(
    gap_limit: int,
) -> None:
    def answer(probe: FlowProbe) -> Interface:
        return router(probe.ttl) if probe.ttl <= 2 else None

    run = discover_with(answer, end=END, distance=2, gap_limit=gap_limit)
    assert run.graph.is_complete
    assert run.graph.ttls == (1, 2)
    (dead,) = run.graph.dead_ends
    assert (dead.ttl, len(dead.flows), dead.passed) == (2, 7, 0)
    assert dead.asked_to == 2 + gap_limit
    assert len(run.asked) == 7 * (2 + gap_limit)


def test_without_a_gap_limit_a_flow_is_followed_to_the_last_hop() -> None:
    fates = Fates(gap_limit=0, first_ttl=1, last_ttl=30)
    assert fates.horizon(5) == 30
    fates.add_answer(1, 9, is_end=True)
    assert fates.horizon(5) == 9 + BEYOND


def test_a_silent_router_behind_which_a_longer_way_goes_on_is_a_node() -> None:
    def answer(probe: FlowProbe) -> Interface:
        if probe.flow % 2 == 0:
            return END if probe.ttl >= 4 else router(probe.ttl)
        if probe.ttl in (3, 4):
            return None
        return END if probe.ttl >= 5 else router(probe.ttl)

    graph = discover_with(answer, end=END, distance=4).graph
    assert graph.dead_ends == ()
    assert {(node.ttl, node.address) for node in graph.nodes} >= {(3, None), (4, None), (5, END)}


def test_a_destination_that_is_silent_behind_its_distance_is_no_dead_end() -> None:
    def answer(probe: FlowProbe) -> Interface:
        if probe.flow % 2 == 0:
            return None if probe.ttl > 3 else END if probe.ttl == 3 else router(probe.ttl)
        return END if probe.ttl == 5 else router(probe.ttl)

    graph = discover_with(answer, end=END, distance=5).graph
    assert graph.dead_ends == ()
    assert {node.ttl for node in graph.nodes if node.is_end} == {3, 5}


def test_a_late_answer_raises_the_dead() -> None:
    fates = Fates(gap_limit=2, first_ttl=1, last_ttl=30)
    fates.add_answer(4, 1, is_end=False)
    fates.add_silence(4, 2, tries=2)
    fates.dead[4] = 2
    fates.add_answer(4, 3, is_end=False)
    assert fates.dead == {}
    assert fates.goes_on(4, 2)
    assert fates.run_of(4) == {}


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(2, 4),
    gap_limit=st.integers(1, 10),
    data=st.data(),
)
def test_nothing_is_found_behind_the_dead_and_it_ends(
    seed: int, count: int, gap_limit: int, data: st.DataObject
) -> None:
    alive = data.draw(st.sets(st.integers(0, count - 1), min_size=1))
    dead = frozenset(range(count)) - alive
    run = discover_with(
        members(count, dead, seed), end=END, distance=DISTANCE, failure=0.01, gap_limit=gap_limit
    )
    graph = run.graph
    assert graph.is_complete
    assert None not in {node.address for node in graph.nodes}
    for link in graph.links:
        assert (link.ttl, link.near) not in {(3, router(3, member)) for member in dead}
    assert {(one.ttl, one.address) for one in graph.dead_ends} <= {
        (3, router(3, member)) for member in dead
    }
    flows = {probe.flow for probe in run.asked}
    assert len(flows) < FLOWS_MAX / 4
    assert max(probe.ttl for probe in run.asked) <= DISTANCE + BEYOND


def refusing(refused: frozenset[int]) -> Discovery:
    """A discovery of a straight path, by whom some flows are not sent."""
    discovery = Discovery(failure=0.05, first_ttl=1, last_ttl=30, distance=DISTANCE, gap_limit=8)
    while wanted := discovery.wanted():
        for probe in wanted:
            if probe.flow in refused:
                discovery.unsent(probe, "no")
            else:
                who = straight(probe)
                assert who is not None
                discovery.answered(probe, who, tries=1, is_end=who == END)
    return discovery


def test_flows_that_are_not_sent_count_for_nothing() -> None:
    graph = graph_of(refusing(frozenset({1, 5})), sent=0, retried=0)
    assert graph.is_complete
    assert [(one.flow, one.reason) for one in graph.unsent] == [(1, "no"), (5, "no")]
    assert {node.flows for node in graph.nodes} == {(0, 2, 3, 4, 6, 7, 8)}
    assert (graph.dead_ends, graph.balancers) == ((), ())


def test_where_no_flow_is_sent_that_is_the_end() -> None:
    discovery = refusing(frozenset(range(FLOWS_MAX)))
    graph = graph_of(discovery, sent=0, retried=0)
    assert not graph.is_complete
    assert graph.nodes == ()
    assert UNSENT_MAX <= len(graph.unsent) < 2 * UNSENT_MAX
