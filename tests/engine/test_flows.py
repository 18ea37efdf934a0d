from __future__ import annotations

from collections import Counter

import pytest

from poros_tui.config import SessionConfig
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Mode, Protocol
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.report.flow_paths import flow_lines, paths_of_flows
from tests.engine.trace import RecordingTransport, lab_scenario
from tests.lab.expectation import visible_ways

pytestmark = pytest.mark.trio

FLOWS = 6


async def hops_of(name: str, config: SessionConfig, seed: int = 1) -> tuple[HopSnapshot, ...]:
    network = SimulatedNetwork(lab_scenario(name), seed=seed)
    finished = await run_once(config, lambda: RecordingTransport(network))
    return finished.path.hops


@pytest.mark.parametrize("mode", list(Mode))
async def test_each_flow_has_the_path_that_the_network_gives_it(
    autojump_clock: object, mode: Mode
) -> None:
    hops = await hops_of("diamond-4x3", SessionConfig(rounds=1, flows=FLOWS, mode=mode))
    paths = paths_of_flows(hops)
    network = SimulatedNetwork(lab_scenario("diamond-4x3"), seed=1)
    assert list(paths) == list(range(FLOWS))
    for flow, path in paths.items():
        for ttl, met in enumerate(path, 1):
            (answer,) = network.answers(
                ttl=ttl, protocol=Protocol.ICMP, flow=flow, serial=0, family=4, now_s=0
            )
            assert met == answer.responder
    assert len(set(paths.values())) > 1


@pytest.mark.sampled(1)
@pytest.mark.parametrize("mode", list(Mode))
async def test_where_ways_differ_in_length_every_flow_is_followed_to_the_destination(
    autojump_clock: object, mode: Mode
) -> None:
    scenario = lab_scenario("diamond-unequal")
    ways = visible_ways(scenario, family=4, protocol=Protocol.ICMP)
    config = SessionConfig(rounds=1, flows=FLOWS, mode=mode)
    lengths: Counter[int] = Counter()
    for seed in range(20):
        for path in paths_of_flows(await hops_of("diamond-unequal", config, seed)).values():
            way = [frozenset({met}) for met in path if met is not None]
            end = way.index(ways[0][-1]) + 1
            assert way[:end] in ways
            assert set(way[end:]) <= {ways[0][-1]}
            lengths[end] += 1
    assert set(lengths) == {8, 9}


async def test_the_figures_of_a_hop_are_those_of_its_flows_together(
    autojump_clock: object,
) -> None:
    hops = await hops_of("loss30", SessionConfig(rounds=5, queries=2, flows=3))
    for hop in hops:
        assert [flow.flow for flow in hop.flows] == [0, 1, 2]
        assert {flow.sent for flow in hop.flows} == {10}
        assert sum(flow.sent for flow in hop.flows) == hop.sent
        assert sum(flow.received for flow in hop.flows) == hop.received
        assert sum(flow.lost for flow in hop.flows) == hop.lost
        assert sum(flow.rtt.count for flow in hop.flows) == hop.rtt.count
    assert sum(hop.lost for hop in hops) > 0


async def test_probes_of_a_hop_take_turns_among_the_flows(autojump_clock: object) -> None:
    hops = await hops_of("straight12", SessionConfig(rounds=2, queries=2, flows=3))
    flows = Counter(record.probe.flow for record in hops[0].records)
    assert flows == {0: 4, 1: 4, 2: 4}
    assert [record.probe.flow for record in hops[0].records[:6]] == [0, 1, 2, 0, 1, 2]


async def test_one_flow_is_not_told_apart(autojump_clock: object) -> None:
    hops = await hops_of("straight12", SessionConfig(rounds=1))
    assert all(hop.flows == () for hop in hops)
    assert flow_lines(hops) == []


async def test_paths_stand_side_by_side_under_the_numbers_of_their_flows(
    autojump_clock: object,
) -> None:
    hops = await hops_of("diamonds-two", SessionConfig(rounds=1, flows=FLOWS))
    lines = flow_lines(hops)
    paths = paths_of_flows(hops)
    assert lines[0] == f"{FLOWS} flows took {len(set(paths.values()))} different paths:"
    assert lines[1].startswith("Hop  flow")
    row = next(line.split() for line in lines if line.startswith("  3  "))
    firsts = list(dict.fromkeys(paths.values()))[:4]
    assert row == ["3", *(str(path[2]) for path in firsts)]


async def test_flows_that_all_take_one_path_are_one_column(autojump_clock: object) -> None:
    lines = flow_lines(await hops_of("straight12", SessionConfig(rounds=1, flows=3)))
    assert lines[0] == "3 flows took 1 path:"
    assert lines[1].split(maxsplit=1) == ["Hop", "flows 1-3"]
    assert len(lines) == 14


async def test_a_silent_hop_is_one_in_every_column(autojump_clock: object) -> None:
    lines = flow_lines(await hops_of("silent-hops", SessionConfig(rounds=1, flows=2)))
    assert lines[3].split(maxsplit=1) == ["2", "no reply"]


async def test_an_answer_that_is_lost_makes_no_path_another(autojump_clock: object) -> None:
    lines = flow_lines(await hops_of("loss30", SessionConfig(rounds=1, flows=4)))
    assert lines[0] == "4 flows took 1 path:"
