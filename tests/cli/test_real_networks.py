from __future__ import annotations

import json
import re
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.cli.network_run import OF_THEIR_OWN, NetworkRun, all_runs
from tests.cli.program import PROGRAM, RUN_LIMIT_S
from tests.cli.telling import TELLING, told
from tests.cli.test_signals import end_of, started
from tests.lab.lab import Lab
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network, scenario_names

pytestmark = pytest.mark.network

LEFT_OUT: Final = {
    "diamond-unequal",  # the length of the path depends on the flow
    # To probes that are small, of class 0 and not TCP, the same network as others:
    *("mtu-step", "mtu-step-silent", "mtu-two-steps", "mtu-untold"),
    *("dscp-rewritten", "ecn-cleared", "asymmetric", "tcp-open", "tcp-closed", "tcp-filtered"),
    *("diamond-4x3", "diamond-meshed", "diamonds-two", "udp-echo-service", "dns-service"),
    *("nat-port", "nat-unseen", "nat-restored"),
}
SCENARIOS: Final = [name for name in scenario_names() if name not in LEFT_OUT]
LABS_AT_ONCE: Final = 6
AT_ONCE_IN_A_LAB: Final = 2
"""Programs that trace one network at the same time: each sees the others' packets. Most of the
time they wait for answers."""


def differences(lab: Lab, run: NetworkRun) -> list[str]:
    """Run the program in the lab."""
    command = lab.command([*PROGRAM, *run.arguments(lab)], capabilities=run.has_capabilities)
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )
    return [f"{run}: {it}" for it in run.problems(lab, done.returncode, done.stdout, done.stderr)]


def differences_of_all(runs: list[NetworkRun], at_once: int = AT_ONCE_IN_A_LAB) -> list[str]:
    """All of one scenario: several at once in one lab, or one after the other in labs of their
    own."""
    found: list[list[str]] = []
    if runs[0].scenario in OF_THEIR_OWN:
        for run in runs:
            with lab_network(run.scenario) as lab:
                lab.allow_ping_sockets(True)
                found.append(differences(lab, run))
    else:
        with lab_network(runs[0].scenario) as lab, ThreadPoolExecutor(at_once) as pool:
            lab.allow_ping_sockets(True)
            found += pool.map(lambda run: differences(lab, run), runs)
    return [it for one in found for it in one]


def some_runs(scenario: str) -> list[NetworkRun]:
    """Two of the eighteen, others for each scenario: neighbours differ in mode, rung or family."""
    runs = all_runs(scenario)
    first = 5 * SCENARIOS.index(scenario) % len(runs)
    return [runs[first], runs[(first + 10) % len(runs)]]


@pytest.fixture(scope="module")
def found() -> dict[str, list[str]]:
    """What differs, by scenario."""
    require_network()
    names = SCENARIOS
    with ThreadPoolExecutor(LABS_AT_ONCE) as pool:
        return dict(
            zip(
                names,
                pool.map(lambda name: differences_of_all(some_runs(name)), names),
                strict=True,
            )
        )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_hops_are_those_of_the_network(scenario: str, found: dict[str, list[str]]) -> None:
    assert found[scenario] == []


def test_every_mode_sees_the_same_network_by_every_socket_in_both_families() -> None:
    require_network()
    assert differences_of_all(all_runs("silent-hops"), at_once=6) == []


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
