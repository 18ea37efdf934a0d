from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.session import PathSnapshot
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.cli.program import PROGRAM, CommandLine, run_program
from tests.cli.screen import on_screen

MODES = [[], ["--sequential"], ["--adaptive"]]
SIMULATION = "SIMULATION, no packet left this machine"
NAMES = {4: "203.0.113.80", 6: "2001:db8::cb00:7150"}


def json_of(*arguments: str) -> dict[str, Any]:
    done = run_program("demo", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    run: dict[str, Any] = json.loads(done.stdout)
    return run


def answers(run: dict[str, Any]) -> list[list[tuple[str, float]]]:
    return [
        [(probe["responder"], probe["rtt_ms"]) for probe in hop["probes"]] for hop in run["hops"]
    ]


def test_a_seed_repeats_path_and_round_trips_exactly() -> None:
    first, again, other = (json_of("--seed", seed) for seed in ("7", "7", "8"))
    assert answers(first) == answers(again)
    assert answers(first) != answers(other)


def test_without_a_seed_every_run_is_another_and_says_how_to_repeat_it() -> None:
    done = run_program("demo", "--json", "-q", "1")
    note = done.stderr.strip()
    assert note.startswith("poros-tui: a simulated internet, repeated by --seed ")
    seed = note.rpartition(" ")[2]
    assert answers(json.loads(done.stdout)) == answers(json_of("-q", "1", "--seed", seed))


def test_a_simulation_says_that_it_is_one() -> None:
    assert SIMULATION in run_program("demo", "--report", "--seed", "1").stdout.splitlines()[0]
    run = json_of("--seed", "1", "-q", "1")
    assert (run["simulation"], run["socket"]) == (True, "simulation")


def names_of(run: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(each["address"], each["name"]) for hop in run["hops"] for each in hop["responders"]]


@pytest.mark.sampled(1)
@pytest.mark.parametrize("family", ["-4", "-6"])
def test_simulated_hosts_have_names_of_their_own(family: str) -> None:
    done = run_program("demo", "--json", "--seed", "1", family, POROS_TUI_NO_DNS="0")
    names = [name for _, name in names_of(json.loads(done.stdout))]
    assert names[0] == "gateway.example"
    assert names[1] is None
    assert names[-1] == "demo.example"
    without = run_program("demo", "--json", "--seed", "1", "--no-dns", POROS_TUI_NO_DNS="0")
    assert {name for _, name in names_of(json.loads(without.stdout))} == {None}


def test_other_simulated_hosts_have_names_too() -> None:
    done = run_program("demo", "berlin", "--report", "--seed", "1", POROS_TUI_NO_DNS="0")
    assert "hop2.transit.example (10.0.2.1)" in done.stdout


def test_several_flows_go_side_by_side_in_the_simulation_too() -> None:
    assert [flow["flow"] for flow in json_of("--seed", "1", "--flows", "2")["flow_paths"]] == [1, 2]


@pytest.mark.sampled(2)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("family", [4, 6])
def test_every_mode_reaches_the_simulated_destination(
    say: CommandLine, mode: list[str], family: int
) -> None:
    said = say("demo", "--json", "--seed", "3", "-q", "1", f"-{family}", *mode)
    run = json.loads(said.out)
    assert (said.code, run["reached"], run["distance"]) == (0, True, 13)
    assert run["destination"] == NAMES[family]
    assert run["mode"] == (mode[0].removeprefix("--") if mode else "concurrent")


def test_a_thrifty_trace_reaches_it_with_fewer_probes(say: CommandLine) -> None:
    plain, thrifty = (
        json.loads(say("demo", "--json", "--seed", "3", "-q", "1", *option).out)
        for option in ([], ["--thrifty"])
    )
    assert (plain["thrifty"], thrifty["thrifty"]) == (False, True)
    assert (thrifty["distance"], thrifty["probes_sent"]) == (13, 14)
    assert plain["probes_sent"] == 30


def test_udp_probes_reach_it_too(say: CommandLine) -> None:
    run = json.loads(say("demo", "--json", "--seed", "3", "-q", "1", "-U").out)
    assert (run["protocol"], run["reached"]) == ("udp", True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-m", "3"], 1, "Destination not reached within 3 hops (--max-hops)."),
        (["-m", "13"], 0, "Destination reached at hop 13."),
        (["-f", "13"], 0, "Destination reached at hop 13 or before."),
        (["-f", "4", "-m", "4"], 1, "Destination not reached within 4 hops (--max-hops)."),
    ],
)
def test_the_exit_code_tells_whether_it_was_reached(
    say: CommandLine, arguments: list[str], code: int, words: str
) -> None:
    said = say("demo", "--report", "--seed", "3", "-q", "1", *arguments)
    assert said.code == code
    assert words in said.out


def test_hops_below_the_first_do_not_exist(say: CommandLine) -> None:
    run = json.loads(say("demo", "--json", "--seed", "3", "-q", "1", "-f", "9").out)
    assert [hop["ttl"] for hop in run["hops"]] == [9, 10, 11, 12, 13]


def watch_demo(seconds: int) -> PathSnapshot:
    """What a session of that length on the demo's internet knows in the end, in virtual time."""
    text = resources.files("poros_tui.probe.simulation").joinpath("demo.toml").read_text("utf-8")
    network = SimulatedNetwork(Scenario.from_toml(text), seed=1)
    config = SessionConfig(rounds=seconds)
    clock = MockClock(autojump_threshold=0)
    return trio.run(run_once, config, lambda: SimulatedTransport(network), clock=clock).path


def addresses(hop: HopSnapshot) -> set[str]:
    return {str(responder.address) for responder in hop.responders}


def test_the_simulated_internet_has_what_a_real_one_has() -> None:
    hops = watch_demo(30).hops
    assert len(hops) == 13
    assert addresses(hops[3]) == set()  # silent
    assert 0.2 < (hops[4].loss_ratio or 0) < 0.6  # rate-limited
    assert all(not hop.lost or hop.ttl in (4, 5, 9, 13) for hop in hops)
    assert len(addresses(hops[5])) == 3  # load-balanced
    best_s = [hop.rtt.best_s for hop in hops if hop.rtt.best_s is not None]
    assert best_s == sorted(best_s)
    assert 0.0001 < best_s[0] < 0.005
    assert 0.05 < best_s[-1] < 0.2


def test_now_and_then_its_route_changes_and_comes_back() -> None:
    hops = watch_demo(100).hops
    assert {"198.18.7.1", "198.18.31.5"} <= addresses(hops[6])
    newest = max(hops[6].records, key=lambda record: record.probe.number)
    assert newest.outcome is not None
    assert str(getattr(newest.outcome, "responder", "")) == "198.18.7.1"


def test_an_action_is_found_by_what_is_typed_in_one_write_with_the_key_of_the_palette() -> None:
    with on_screen([*PROGRAM, "demo", "--seed", "3"], size=(80, 24)) as screen:
        screen.until_shown("reached at hop")
        screen.press("\x10pause\r")
        screen.until_shown("PAUSED")
        screen.press("\x10qqq")
        screen.until_shown("Action: qqq", "no action is called so")
        screen.press("\x1b")
        screen.until_shown("PAUSED")
        assert screen.leave() == 0
