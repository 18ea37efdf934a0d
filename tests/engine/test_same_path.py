"""All modes find the path that is there: the lab's scenarios, either protocol, either family."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.probe import IPAddress, Mode, Protocol
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.hints import quoting, way_back_longer_by
from tests.engine.trace import SCENARIOS, Trace, changes, lab_scenario, rising, run_trace
from tests.lab.expectation import visible_path
from tests.lab.graph import true_graph

pytestmark = pytest.mark.trio

LOSSY = {
    *("loss30", "lossy-link", "lossy-destination", "policed-link"),
    *("rate-limited-lossy-before", "rate-limited-lossy-beyond"),
}
CHANGING = {"route-grows", "route-shrinks"}
SLOW_TO_REFUSE = {"no-such-host"}
OF_MANY_LENGTHS = {"diamond-unequal"}
NAMES = sorted(path.stem for path in SCENARIOS.glob("*.toml"))
STEADY = [name for name in NAMES if name not in LOSSY | CHANGING | SLOW_TO_REFUSE | OF_MANY_LENGTHS]

FAMILIES = [
    pytest.param(mode, queries, protocol, family, id=f"{mode}-{queries}-{protocol}{family}")
    for mode in Mode
    for queries, protocol, family in [
        (1, Protocol.ICMP, 4),
        (3, Protocol.UDP, 6),
        (3, Protocol.ICMP, 6),
        (1, Protocol.UDP, 4),
    ]
    if mode is Mode.CONCURRENT or (queries == 1) == (protocol is Protocol.ICMP)
]


def seen(trace: Trace) -> list[frozenset[IPAddress]]:
    """Who answered at each hop, without a silent tail."""
    path = [frozenset(r.address for r in hop.responders) for hop in trace.final.hops]
    while path and not path[-1]:
        path.pop()
    return path


def assert_seen(trace: Trace, expected: list[frozenset[IPAddress]]) -> None:
    """Where several routers share a hop, few probes need not meet all of them."""
    path = seen(trace)
    assert len(path) == len(expected)
    for here, there in zip(path, expected, strict=True):
        assert here <= there
        assert bool(here) == bool(there)


@pytest.mark.sampled(48)
@pytest.mark.parametrize(("mode", "queries", "protocol", "family"), FAMILIES)
@pytest.mark.parametrize("name", STEADY)
async def test_a_trace_finds_the_path_that_is_there(
    autojump_clock: MockClock,
    name: str,
    queries: int,
    protocol: Protocol,
    family: int,
    mode: Mode,
) -> None:
    scenario = lab_scenario(name)
    config = SessionConfig(mode=mode, rounds=1, queries=queries)
    trace = await run_trace(scenario, config, protocol=protocol, family=family)
    assert_seen(trace, visible_path(scenario, family=family, protocol=protocol))


async def test_no_scenario_is_forgotten() -> None:
    assert len(STEADY) >= 20
    assert set(NAMES) >= LOSSY | CHANGING | SLOW_TO_REFUSE | OF_MANY_LENGTHS


@pytest.mark.parametrize("mode", Mode)
async def test_where_paths_differ_in_length_one_flow_takes_one_of_them(
    autojump_clock: MockClock, mode: Mode
) -> None:
    scenario = lab_scenario("diamond-unequal")
    graph = true_graph(scenario, family=4)
    lengths = set()
    for seed in range(8):
        config = SessionConfig(mode=mode, rounds=1, queries=2)
        trace = await run_trace(scenario, config, seed=seed, protocol=Protocol.UDP)
        path = [next(iter(responders)) for responders in seen(trace)]
        assert all(here in there for here, there in zip(path, graph.interfaces, strict=False))
        assert all((ttl, *pair) in graph.links for ttl, pair in enumerate(pairwise(path), 1))
        assert path[-1] == scenario.destination.address
        lengths.add(len(path))
    assert lengths == {8, 9}


@pytest.mark.sampled(2)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("name", sorted(LOSSY))
async def test_thirty_percent_loss_hides_no_hop_in_twenty_runs_of_twenty(
    autojump_clock: MockClock, name: str, mode: Mode
) -> None:
    scenario = lab_scenario(name)
    expected = visible_path(scenario, family=4, protocol=Protocol.ICMP)
    # One hop in 60,000 loses all ten.
    config = SessionConfig(mode=mode, rounds=1, queries=10, timeout_s=0.5)
    for seed in range(20 if mode is Mode.CONCURRENT else 3):
        assert_seen(await run_trace(scenario, config, seed=seed), expected)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", Mode)
async def test_loss_everywhere_hides_no_hop(autojump_clock: MockClock, mode: Mode) -> None:
    scenario = rising(12, 48, "loss = 0.3\n" + changes(*range(1, 12), what="loss = 0.3"))
    expected = visible_path(scenario, family=4, protocol=Protocol.ICMP)
    config = SessionConfig(mode=mode, rounds=1, queries=12, timeout_s=0.5)
    for seed in range(20 if mode is Mode.CONCURRENT else 3):
        assert_seen(await run_trace(scenario, config, seed=seed), expected)


@pytest.mark.parametrize("mode", Mode)
async def test_a_host_that_is_reported_missing_after_the_trace_is_known_in_a_longer_session(
    autojump_clock: MockClock, mode: Mode
) -> None:
    # The router needs 3 s to say so; by then the gap limit has ended the first pass.
    scenario = lab_scenario("no-such-host")
    config = SessionConfig(mode=mode, rounds=6)
    trace = await run_trace(scenario, config)
    assert_seen(trace, visible_path(scenario, family=4, protocol=Protocol.ICMP))
    assert trace.stop_words == "host unreachable, says 10.0.11.1 at hop 11"


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("first_hop", [2, 7, 12])
async def test_hops_below_the_first_are_never_asked(
    autojump_clock: MockClock, mode: Mode, first_hop: int
) -> None:
    config = SessionConfig(mode=mode, rounds=1, queries=2, first_hop=first_hop)
    trace = await run_trace(lab_scenario("straight12"), config)
    assert min(trace.transport.ttls) == first_hop
    assert [hop.ttl for hop in trace.final.hops] == list(range(first_hop, 13))


@pytest.mark.parametrize("mode", Mode)
async def test_a_first_hop_beyond_the_destination_finds_the_destination_there(
    autojump_clock: MockClock, mode: Mode
) -> None:
    config = SessionConfig(mode=mode, rounds=1, first_hop=14)
    trace = await run_trace(lab_scenario("straight12"), config)
    assert [hop.ttl for hop in trace.final.hops] == [14]
    assert trace.final.session.distance == 14


def random_network(seed: int) -> Scenario:
    """Any number of hops and any delays, not always rising; never 8 silent hops in a row."""
    chance = random.Random(seed)
    silent_in_a_row, hops = 0, []
    for ttl in range(1, chance.randint(0, 28) + 1):
        is_silent = chance.random() < 0.25 and silent_in_a_row < 7
        silent_in_a_row = silent_in_a_row + 1 if is_silent else 0
        fate = "silent = true" if is_silent else f'address = "10.0.{ttl}.1"'
        jitter_ms, rtt_ms = chance.choice([0, 0, 3, 30]), chance.uniform(0.1, 250)
        hops.append(f"[[hop]]\n{fate}\nrtt_ms = {rtt_ms}\njitter_ms = {jitter_ms}\n")
    answering = [number for number, hop in enumerate(hops) if "address" in hop]
    if answering and chance.random() < 0.2:
        hops[chance.choice(answering)] += 'unreachable = "host"\n'
    return Scenario.from_toml(
        f'[destination]\naddress = "203.0.113.10"\nrtt_ms = {chance.uniform(0.1, 300)}\n'
        + "".join(hops)
    )


@pytest.mark.sampled(0)
@pytest.mark.parametrize("seed", range(25))
async def test_on_any_network_all_modes_find_the_same_path(
    autojump_clock: MockClock, seed: int
) -> None:
    scenario = random_network(seed)
    expected = visible_path(scenario, family=4, protocol=Protocol.ICMP)
    for mode in Mode:
        config = SessionConfig(mode=mode, rounds=1, queries=1 + seed % 3)
        assert_seen(await run_trace(scenario, config, seed=seed), expected)


@pytest.mark.parametrize("mode", Mode)
async def test_a_router_far_slower_than_what_lies_behind_it_is_still_seen(
    autojump_clock: MockClock, mode: Mode
) -> None:
    scenario = rising(12, 12, changes(5, what="rtt_ms = 450"))
    trace = await run_trace(scenario, SessionConfig(mode=mode, rounds=1, queries=2))
    assert trace.final.hops[4].received == 2


@pytest.mark.sampled(30)
@pytest.mark.parametrize("protocol", [Protocol.ICMP, Protocol.UDP])
@pytest.mark.parametrize("name", STEADY)
async def test_a_thrifty_trace_finds_the_path_that_is_there(
    autojump_clock: MockClock, name: str, protocol: Protocol
) -> None:
    scenario = lab_scenario(name)
    expected = visible_path(scenario, family=4, protocol=protocol)
    for seed, queries in ((0, 1), (1, 3)):
        config = SessionConfig(rounds=1, queries=queries, thrifty=True)
        assert_seen(await run_trace(scenario, config, seed=seed, protocol=protocol), expected)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", sorted(LOSSY))
async def test_loss_hides_no_hop_from_a_thrifty_trace(autojump_clock: MockClock, name: str) -> None:
    scenario = lab_scenario(name)
    expected = visible_path(scenario, family=4, protocol=Protocol.ICMP)
    config = SessionConfig(rounds=1, queries=10, timeout_s=0.5, thrifty=True)
    for seed in range(20):
        assert_seen(await run_trace(scenario, config, seed=seed), expected)


@pytest.mark.parametrize("name", sorted(CHANGING | SLOW_TO_REFUSE))
async def test_thrift_makes_no_difference_to_a_session_whose_path_changes(
    autojump_clock: MockClock, name: str
) -> None:
    paths = []
    for is_thrifty in (False, True):
        config = SessionConfig(rounds=40, thrifty=is_thrifty)
        trace = await run_trace(lab_scenario(name), config)
        # The first burst alone meets the destination in places where it never was.
        destination = trace.transport.destination
        routers = [responders - {destination} for responders in seen(trace)]
        paths.append((routers, trace.final.session.distance, trace.stop_words))
    assert paths[0] == paths[1]


@pytest.mark.parametrize("seed", range(25))
async def test_on_any_network_a_hint_of_any_kind_leads_to_the_same_path(
    autojump_clock: MockClock, seed: int
) -> None:
    scenario = random_network(seed)
    expected = visible_path(scenario, family=4, protocol=Protocol.ICMP)
    config = SessionConfig(rounds=1, queries=1 + seed % 3, thrifty=True)
    for transport in (
        way_back_longer_by(0),
        way_back_longer_by(seed % 13 - 6),
        quoting(1 + seed % 30),
    ):
        trace = await run_trace(scenario, config, seed=seed, open_transport=transport)
        assert_seen(trace, expected)
        assert not trace.undecided()
