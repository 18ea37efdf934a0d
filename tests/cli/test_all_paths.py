from __future__ import annotations

import json
import subprocess
from typing import Any, Final

import pytest

from tests.cli.program import PROGRAM, RUN_LIMIT_S
from tests.lab.graph import true_graph
from tests.lab.lab import Lab
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network, load_scenario

pytestmark = pytest.mark.network

WAYS: Final = {"raw": ("-I",), "udp": ("--udp",), "tcp": ("--tcp",)}


def say(lab: Lab, *arguments: str, capabilities: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        lab.command([*PROGRAM, *arguments, "{destination}"], capabilities=capabilities),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )


def found(lab: Lab, *arguments: str) -> dict[str, Any]:
    done = say(lab, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_all_links_of_two_diamonds_are_found_over_real_sockets() -> None:
    require_network()
    truth = true_graph(load_scenario("diamonds-two"), family=4)
    links = {(ttl, str(near), str(far)) for ttl, near, far in truth.links}
    with lab_network("diamonds-two", seed=5) as lab:
        for way in WAYS.values():
            graph = found(lab, "--mda", *way)["all_paths"]
            assert {(link["ttl"], link["from"], link["to"]) for link in graph["links"]} == links
            assert [one["balance"] for one in graph["balancers"]] == ["flow", "flow"]
            assert graph["probes"]["sent"] < graph["probes"]["theory_mda"] + 20


def test_a_flow_keeps_to_its_way_from_round_to_round_over_real_sockets() -> None:
    require_network()
    with lab_network("diamonds-two", seed=5) as lab:
        run = found(lab, "--flows", "5", "--rounds", "2", "--interval", "0.2")
    assert len({tuple(flow["path"]) for flow in run["flow_paths"]}) > 1
    for hop in run["hops"]:
        assert [len(flow["responders"]) for flow in hop["flows"]] == [1] * 5


def test_sockets_that_keep_to_no_flow_are_refused() -> None:
    require_network()
    with lab_network("diamonds-two") as lab:
        for option in (("--mda",), ("--flows", "2")):
            done = say(lab, "--report", "--tcp", *option, capabilities=False)
            assert done.returncode == 2
            assert f"{option[0]} is not for TCP probes without raw sockets" in done.stderr
