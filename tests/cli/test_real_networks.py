from __future__ import annotations

import json
import re
import signal
from collections import deque
from functools import cache
from typing import Any, Final

import pytest

from poros_tui.model.probe import Mode
from tests.cli.combination import TRACES, Combination, FlowMode
from tests.cli.forking import ForkedProgram, shared_program
from tests.cli.lab_runs import LABS_AT_ONCE, Batch, Done, do_batches
from tests.cli.network_run import OF_OTHER_TESTS, RAW_ONLY, NetworkRun, all_runs
from tests.cli.program import PROGRAM, RUN_LIMIT_S
from tests.cli.telling import TELLING, told
from tests.cli.test_signals import end_of, started
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network, scenario_names

pytestmark = pytest.mark.network

SCENARIOS: Final = sorted(
    (name for name in scenario_names() if name not in OF_OTHER_TESTS),
    key=lambda name: name not in RAW_ONLY,
)
"""Those first that have fewest combinations."""
OF_MANY_WAYS: Final = "diamond-unequal"
RUNS_OF_A_SCENARIO: Final = 3
_STEP: Final = 47
"""From one of TRACES to that for the next run: neighbours differ in nearly all."""


@cache
def sample() -> dict[str, list[NetworkRun]]:
    """A few runs of each scenario, none of them long: together they have every combination in
    every mode."""
    waiting = deque(TRACES[_STEP * place % len(TRACES)] for place in range(len(TRACES)))
    chosen: dict[str, list[NetworkRun]] = {}
    for scenario in SCENARIOS:
        runs = chosen[scenario] = []
        for combination, mode in list(waiting):
            run = NetworkRun(scenario, combination, mode)
            if run.exists and not run.is_long:
                waiting.remove((combination, mode))
                runs.append(run)
            if len(runs) == RUNS_OF_A_SCENARIO:
                break
        waiting.extend(TRACES if not waiting else ())
    return chosen


@pytest.fixture(scope="module")
def program() -> ForkedProgram:
    require_network()
    return shared_program()


@pytest.fixture(scope="module")
def of_many_ways(program: ForkedProgram) -> list[Done]:
    """Every combination in every mode, in a network of branches of unequal length."""
    (batch,) = do_batches(program, [Batch(all_runs(OF_MANY_WAYS), at_once=6)])
    return batch


def test_the_sample_has_every_combination_in_every_mode() -> None:
    runs = [run for runs in sample().values() for run in runs]
    assert {(run.combination, run.mode) for run in runs} == set(TRACES)


class Doing:
    """The sample, some scenarios at a time: they mostly wait, and tests beside each other are done
    by one process, but not all by one."""

    def __init__(self, program: ForkedProgram, names: list[str]) -> None:
        self._program = program
        self._names = names
        self._done: dict[str, list[Done]] = {}

    def of(self, scenario: str) -> list[Done]:
        """The runs of one scenario, done when they are asked for."""
        if scenario not in self._done:
            first = self._names.index(scenario) // LABS_AT_ONCE * LABS_AT_ONCE
            runs = [sample()[name] for name in self._names[first : first + LABS_AT_ONCE]]
            for batch in do_batches(self._program, map(Batch, runs)):
                self._done[batch[0].run.scenario] = batch
        return self._done[scenario]


OF_SCENARIOS = "test_the_hops_are_those_of_the_network"


@pytest.fixture(scope="module")
def doing(program: ForkedProgram, request: pytest.FixtureRequest) -> Doing:
    wanted = {item.name for item in request.session.items}
    return Doing(program, [one for one in SCENARIOS if f"{OF_SCENARIOS}[{one}]" in wanted])


@pytest.mark.sampled(2)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_hops_are_those_of_the_network(scenario: str, doing: Doing) -> None:
    assert [(str(one.run), one.problems) for one in doing.of(scenario) if one.problems] == []


def test_every_combination_finds_the_ways_of_one_network_in_every_mode(
    of_many_ways: list[Done],
) -> None:
    assert [(str(one.run), one.problems) for one in of_many_ways if one.problems] == []
    assert len(of_many_ways) == len(TRACES)


def of(
    flow_mode: FlowMode, runs: list[Done], modes: tuple[Mode, ...] = (Mode.CONCURRENT,)
) -> list[tuple[Combination, dict[str, Any]]]:
    """What the runs in these modes say."""
    return [
        (one.run.combination, json.loads(one.said.out))
        for one in runs
        if one.run.mode in modes and one.run.combination.flow_mode is flow_mode
    ]


def test_a_path_that_no_flow_takes_is_told_as_a_difference(of_many_ways: list[Done]) -> None:
    """What judges all other runs here must be able to."""
    for combination, run in of(FlowMode.PARIS, of_many_ways):
        judge = NetworkRun(OF_MANY_WAYS, combination, Mode.CONCURRENT).problems
        assert judge(0, json.dumps(run), "") == []
        others = [
            other["hops"][2]
            for combination_, other in of(FlowMode.PARIS, of_many_ways, tuple(Mode))
            if combination_.family == combination.family
        ]
        third = {hop["probes"][0]["responder"] for hop in others}
        assert len(third) > 1  # of three ways all go one only once in four million times
        for other in others:
            spliced = {**run, "hops": [*run["hops"][:2], other, *run["hops"][3:]]}
            is_same = other["probes"][0]["responder"] == run["hops"][2]["probes"][0]["responder"]
            assert (judge(0, json.dumps(spliced), "") == []) is is_same
    for combination, run in of(FlowMode.FLOWS, of_many_ways):
        judge = NetworkRun(OF_MANY_WAYS, combination, Mode.CONCURRENT).problems
        first = run["flow_paths"][0]["path"]
        first[4] = first[3]
        assert judge(0, json.dumps(run), "")[0].startswith("flow 1 goes ")


@pytest.mark.sampled(1)
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("protocol", ["--icmp", "--tcp"])
def test_false_and_doubled_answers_are_counted_and_change_nothing(
    family: int, protocol: str
) -> None:
    require_network()
    with lab_network("hostile") as lab:
        command = [*PROGRAM, "--json", protocol, str(lab.target(family))]
        done = lab.run(command, timeout_s=RUN_LIMIT_S)
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert run["foreign"] >= 3 * 5  # hops 4, 5, 6, 8 and the destination forge, some of them twice
    assert run["malformed"] >= 3 * 5
    # Each bad answer comes before the honest one, which takes 5 ms for each hop.
    times = [hop["statistics"]["best_ms"] for hop in run["hops"]]
    assert [ttl for ttl, best in enumerate(times, 1) if best is None] == [5]
    assert all(best is None or best > 5 * ttl for ttl, best in enumerate(times, 1)), times
    duplicates = {hop["ttl"]: hop["statistics"]["duplicates"] for hop in run["hops"]}
    assert {ttl: count for ttl, count in duplicates.items() if count} == {3: 6, 8: 9, 10: 3}


def test_a_link_that_goes_and_comes_back_is_told_as_send_errors_and_not_as_loss() -> None:
    require_network()
    with lab_network("straight12") as lab:
        command = [*TELLING, "--json", "-q", "1", "--rounds", "1000", "--interval", "0.1"]
        answered, refused = f"reply {lab.destination}".__eq__, "SendFailed".__eq__
        with started(lab.command([*command, "{destination}"])) as process:
            told(process, answered)
            lab.link_down()
            for _ in range(5 * 12):
                told(process, refused)
            lab.link_up()
            for _ in range(3):
                told(process, answered)
            process.send_signal(signal.SIGINT)
            code, out, err = end_of(process)
    assert (code, err) == (130, "")
    hops = json.loads(out)["hops"]
    assert len(hops) == 12
    signs = {"reply": "r", "lost": "l", "send_error": "s", None: "?"}
    for hop in hops:
        outcomes = "".join(signs[probe["outcome"]] for probe in hop["probes"])
        # Under way as the link went: lost, or not known yet. So are the last as the trace ends.
        assert re.fullmatch(r"r+[l?]*s{4,}r+\?*", outcomes), outcomes
