from __future__ import annotations

from ipaddress import IPv4Address

import pytest
import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.exploration import BURST, PACE_FIRST_SILENCE_S, Pace
from poros_tui.engine.session import Session
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.session import SessionState
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.dead_branch import (
    MEMBERS,
    REASON,
    BelatedTransport,
    LonelyTransport,
    PickyTransport,
    dead_branch,
    member_of,
)
from tests.engine.discovering import interfaces, links
from tests.engine.trace import RecordingTransport, Trace, changes, lab_scenario, rising, run_trace
from tests.lab.graph import true_graph

pytestmark = pytest.mark.trio

CONFIG = SessionConfig(queries=1, rounds=1, failure=0.05)
DIAMOND = (
    '\n[[hop]]\nttl = 3\naddresses = ["10.0.3.1", "10.0.3.2", "10.0.3.3"]\nlinks = [[0], [1], [2]]'
    '\n{}\n[[hop]]\nttl = 4\naddresses = ["10.0.4.1", "10.0.4.2", "10.0.4.3"]\n{}\n'
)


def diamond(what: str) -> Scenario:
    """Three ways over two hops, where all answer like this."""
    rest = changes(1, 2, 5, 6, what=what)
    return rising(7, 14, DIAMOND.format(what, what) + rest)


def graph_of(trace: Trace) -> MultipathGraph:
    graph = trace.final.session.status.graph
    assert graph is not None
    return graph


def is_whole(trace: Trace, scenario: Scenario) -> bool:
    truth, graph = true_graph(scenario, family=4), graph_of(trace)
    return interfaces(graph) == truth.interfaces and links(graph) == truth.links


@pytest.mark.parametrize("name", ["diamond-4x3", "diamonds-two", "diamond-unequal"])
async def test_the_graph_is_found_within_seconds(autojump_clock: object, name: str) -> None:
    scenario = lab_scenario(name)
    trace = await run_trace(scenario, CONFIG, seed=3)
    assert is_whole(trace, scenario)
    assert graph_of(trace).is_complete
    assert trace.duration_s < 4


async def test_what_is_lost_is_asked_again_and_no_link_is_missing(autojump_clock: object) -> None:
    scenario = diamond("loss = 0.3")
    for seed in range(4):
        trace = await run_trace(scenario, CONFIG, seed=seed)
        graph = graph_of(trace)
        assert is_whole(trace, scenario)
        assert graph.probes.retried > 10
        assert all(node.address is not None for node in graph.nodes)


async def test_a_router_that_answers_once_a_second_is_asked_so(autojump_clock: object) -> None:
    scenario = diamond("rate_limit = { per_second = 1, burst = 6 }")
    trace = await run_trace(scenario, CONFIG, seed=2)
    graph = graph_of(trace)
    assert is_whole(trace, scenario)
    assert all(node.address is not None for node in graph.nodes)
    assert graph.probes.retried < graph.probes.sent / 2
    assert trace.duration_s < 60


async def test_every_probe_of_the_discovery_is_counted(autojump_clock: object) -> None:
    scenario = lab_scenario("diamond-4x3")
    trace = await run_trace(scenario, CONFIG)
    graph, session = graph_of(trace), trace.final.session
    assert len(trace.transport.sent) == session.sent + graph.probes.sent


async def test_no_hop_counts_the_probes_of_the_discovery(autojump_clock: object) -> None:
    trace = await run_trace(lab_scenario("diamond-4x3"), CONFIG)
    assert {hop.sent for hop in trace.final.hops} == {1}
    assert {hop.lost for hop in trace.final.hops} == {0}


async def test_rounds_wait_for_the_discovery_and_go_on_after_it(autojump_clock: object) -> None:
    config = SessionConfig(rounds=3, failure=0.05)
    trace = await run_trace(lab_scenario("diamond-4x3"), config)
    assert {hop.received for hop in trace.final.hops} == {3}
    discovering = [status.is_discovering for status in trace.statuses]
    assert True in discovering
    assert [status.graph is not None for status in trace.statuses][-1]


async def test_a_stop_keeps_what_is_known_by_then(autojump_clock: object) -> None:
    async def stop(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(0.2)
        session.stop()

    config = SessionConfig(failure=0.05)
    trace = await run_trace(lab_scenario("diamond-unequal"), config, script=stop)
    graph = graph_of(trace)
    assert not graph.is_complete
    assert graph.nodes
    assert trace.final.session.status.state is SessionState.FINISHED


async def test_a_discovery_that_a_pause_ends_begins_anew(autojump_clock: object) -> None:
    async def pause(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(0.2)
        session.pause()
        await trio.sleep(10)
        session.resume()

    scenario = lab_scenario("diamond-unequal")
    trace = await run_trace(scenario, CONFIG, script=pause)
    assert is_whole(trace, scenario)
    assert not [at_s for at_s in trace.transport.times_s if 0.3 < at_s < 10]


async def test_the_rate_limit_holds_for_the_discovery(autojump_clock: object) -> None:
    config = SessionConfig(queries=1, rounds=1, failure=0.05, rate_limit_pps=20)
    trace = await run_trace(lab_scenario("diamond-4x3"), config)
    sent = len(trace.transport.sent)
    assert trace.duration_s > (sent - 3) / 20


async def test_nothing_is_looked_for_where_nothing_answers(autojump_clock: object) -> None:
    scenario = Scenario.from_toml(
        'destination = { address = "203.0.113.10", icmp = false }\nhop = [{ silent = true }]\n'
    )
    trace = await run_trace(scenario, CONFIG)
    assert trace.final.session.status.graph is None


def routers(ttl: int, *numbers: int) -> frozenset[IPv4Address]:
    return frozenset(IPv4Address(f"10.0.{ttl}.{number}") for number in numbers)


@pytest.mark.parametrize("is_own", [False, True])
@pytest.mark.parametrize(("more", "limit_s"), [("", 40), (changes(4, what="loss = 0.1"), 60)])
async def test_a_member_that_passes_nothing_on_is_told_within_seconds(
    autojump_clock: object, is_own: bool, more: str, limit_s: float
) -> None:
    """Whether the trace's own flow comes by it or not."""
    seed = 3
    own = member_of(0, seed=seed)
    number = own if is_own else (own + 1) % MEMBERS
    trace = await run_trace(dead_branch(number, more), CONFIG, seed=seed)
    graph = graph_of(trace)
    assert graph.is_complete
    assert interfaces(graph) == (
        routers(1, 1),
        routers(2, 1),
        routers(3, 1, 2, 3, 4),
        routers(4, 1),
        frozenset({IPv4Address("203.0.113.10")}),
    )
    (dead,) = graph.dead_ends
    assert (dead.ttl, dead.address, dead.passed) == (3, IPv4Address(f"10.0.3.{number + 1}"), 0)
    assert (0 in dead.flows) is is_own
    assert (trace.final.session.distance is None) is is_own
    assert graph.reached_at == 5
    assert graph.probes.sent < 3 * graph.probes.lite
    assert trace.duration_s < limit_s


async def test_a_destination_that_never_answers_costs_each_flow_the_gap_limit(
    autojump_clock: object,
) -> None:
    scenario = lab_scenario("silent-destination")
    trace = await run_trace(scenario, CONFIG)
    graph = graph_of(trace)
    (dead,) = graph.dead_ends
    last = len(scenario.hops)
    assert (dead.ttl, len(dead.flows), dead.passed) == (last, 7, 0)
    assert dead.asked_to == last + CONFIG.gap_limit
    assert graph.reached_at is None
    assert graph.probes.sent <= 7 * (last + CONFIG.gap_limit + 1)
    assert trace.duration_s < 30


@pytest.mark.parametrize("transport", [PickyTransport, BelatedTransport])
async def test_a_flow_that_cannot_be_sent_is_left_out_and_said(
    autojump_clock: object, transport: type[RecordingTransport]
) -> None:
    scenario = rising(5, 10)
    trace = await run_trace(scenario, CONFIG, open_transport=transport)
    graph = graph_of(trace)
    assert is_whole(trace, scenario)
    assert graph.is_complete
    assert [(one.flow, one.reason) for one in graph.unsent] == [(1, REASON)]
    assert {node.flows for node in graph.nodes} == {(0, 2, 3, 4, 5, 6, 7)}
    probes = graph.probes
    assert (probes.sent, probes.retried, probes.send_errors) == (7 * 5, 0, 5)
    assert (probes.unanswered, graph.balancers, graph.dead_ends) == (0, (), ())
    assert trace.duration_s < 1


async def test_where_no_other_flow_can_be_sent_the_discovery_ends_with_the_reason(
    autojump_clock: object,
) -> None:
    trace = await run_trace(rising(5, 10), CONFIG, open_transport=LonelyTransport)
    graph = graph_of(trace)
    assert not graph.is_complete
    assert {one.reason for one in graph.unsent} == {REASON}
    assert graph.probes.sent == 5
    assert trace.duration_s < 1


async def test_silence_that_waiting_does_not_cure_slows_no_others() -> None:
    pace = Pace(0.0)
    for tries in (1, 2, 3, 4):
        pace.missed(tries=tries)
    assert waits_s(pace) > 1
    pace.missed(tries=5)
    assert waits_s(pace) == PACE_FIRST_SILENCE_S
    pace.heard(tries=6)  # it was a limit after all
    for tries in (1, 2, 3, 4):
        pace.missed(tries=tries)
    assert waits_s(pace) > 1


def waits_s(pace: Pace) -> float:
    """From one probe to the next, after the burst."""
    for _ in range(BURST):
        pace.sent(100.0)
    return pace.due_s - 100.0
