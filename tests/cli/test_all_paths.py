from __future__ import annotations

import json
from ipaddress import ip_address
from typing import Any, Final

import pytest

from poros_tui.model.neighbours import network_of
from tests.cli.forking import shared_program
from tests.cli.program import PROGRAM, Said, report_of
from tests.cli.test_privileges import SUDO
from tests.lab.graph import balancers_by_destination, true_graph
from tests.lab.lab import Lab
from tests.lab.requirements import require_network
from tests.lab.tun import PROBER4, TunLab, lab_network, load_scenario

pytestmark = pytest.mark.network

WAYS: Final = {"raw": ("-I",), "udp": ("--udp",), "tcp": ("--tcp",)}
NEIGHBOURS: Final = ("--mda", "--mda-neighbours", "32")
SURELY: Final = ("--mda", "--confidence", "99.9")
"""By the default, 1 search in 20 misses something."""
RUNGS: Final = {
    "raw socket": (("-I",), True),
    "raw sockets": (("--tcp",), True),
    "ping socket": (("-I",), False),
    "UDP error queue": (("--udp",), False),
}
"""Options, and whether there are capabilities."""


def say(lab: Lab, *arguments: str, capabilities: bool = True, to: str = "{destination}") -> Said:
    return shared_program().run(lab, [*arguments, to], capabilities=capabilities)


def found(
    lab: Lab, *arguments: str, capabilities: bool = True, to: str = "{destination}"
) -> dict[str, Any]:
    return shared_program().report(lab, *arguments, to, capabilities=capabilities)


def test_all_links_of_two_diamonds_are_found_over_real_sockets() -> None:
    require_network()
    truth = true_graph(load_scenario("diamonds-two"), family=4)
    links = {(ttl, str(near), str(far)) for ttl, near, far in truth.links}
    with lab_network("diamonds-two", seed=5) as lab:
        for way in WAYS.values():
            graph = found(lab, *SURELY, *way)["all_paths"]
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


@pytest.mark.sampled(0)
def test_no_probe_leaves_its_flow_where_a_router_quotes_too_little_to_tell_it() -> None:
    require_network()
    near = ("-U", "--max-hops", "3", "--flows", "2")
    with lab_network("short-quotes") as lab:
        done = say(lab, "--json", *near, capabilities=False)
        ports = {probe.flow for probe in lab.probes()}
    run = json.loads(done.out)
    assert (done.code, run["foreign"]) == (1, 3 * 2)
    assert [flow["path"] for flow in run["flow_paths"]] == [[None] * 3] * 2
    assert len(ports) == 2


def test_sockets_that_keep_to_no_flow_are_refused() -> None:
    require_network()
    with lab_network("diamonds-two") as lab:
        for option in (("--mda",), ("--flows", "2")):
            done = say(lab, "--report", "--tcp", *option, capabilities=False)
            assert done.code == 2
            assert f"{option[0]} is not for TCP probes without raw sockets" in done.err


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["balanced-by-destination", "diamond-by-destination"])
@pytest.mark.parametrize("family", [4, 6])
def test_who_balances_by_destination_is_found_over_real_sockets(name: str, family: int) -> None:
    require_network()
    truth = balancers_by_destination(load_scenario(name), family=family)
    target = "{destination}" if family == 4 else "{destination6}"
    with lab_network(name, seed=5) as lab:
        lab.allow_ping_sockets(True)
        for rung, (arguments, capabilities) in RUNGS.items():
            run = found(lab, *NEIGHBOURS, *arguments, capabilities=capabilities, to=target)
            assert run["socket"] == rung
            assert (run["foreign"], run["malformed"]) == (0, 0)
            told = {
                (
                    one["ttl"],
                    ip_address(one["address"]),
                    frozenset(map(ip_address, one["branches"])),
                )
                for one in run["all_paths"]["balancers"]
                if one["balance"] == "destination"
            }
            assert told == truth
        assert_neighbours_were_asked_in_front_of_the_destination(lab, family, len(RUNGS))


def assert_neighbours_were_asked_in_front_of_the_destination(
    lab: TunLab, family: int, runs: int
) -> None:
    distance = len(lab.path(family))
    target = lab.target(family)
    network = network_of(target)
    asked = [probe for probe in lab.probes() if probe.neighbour]
    assert len(asked) >= runs * 6 * (distance - 1)
    assert max(probe.ttl for probe in asked) == distance - 1
    for address in {ip_address(probe.neighbour) for probe in asked}:
        assert address in network
        assert address not in (network[0], network[-1], target)


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", ["routed-apart", "balanced-by-flow"])
def test_nobody_else_is_said_to_balance_by_destination_over_real_sockets(name: str) -> None:
    require_network()
    with lab_network(name, seed=5) as lab:
        for way in WAYS.values():
            paths = found(lab, *NEIGHBOURS, *way)["all_paths"]
            assert "destination" not in {one["balance"] for one in paths["balancers"]}
            assert paths["neighbours"]["complete"]
            doubts = [one["doubt"] for one in paths["neighbours"]["departures"]]
            if name == "routed-apart":
                assert doubts == ["2 routes would do the same"]
            else:  # a search may miss a branch; a neighbour's flow that takes it is then doubted
                assert all(doubts)


def test_under_sudo_neighbours_are_asked_through_what_was_opened_as_root() -> None:
    require_network()
    variables = [f"{name}={value}" for name, value in SUDO.items()]
    with lab_network("balanced-by-destination", seed=5) as lab:
        for way in (("-I",), ("--tcp",)):
            program = ["env", *variables, *PROGRAM, "--json", *NEIGHBOURS, *way, "{destination}"]
            run = report_of(lab.command(program))
            assert run["privilege"] == "raw"
            assert [one["balance"] for one in run["all_paths"]["balancers"]] == ["destination"]


def test_where_no_router_can_be_asked_that_is_said() -> None:
    require_network()
    with lab_network("near") as lab:
        done = say(lab, "--report", *NEIGHBOURS, to=str(PROBER4))
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"poros-tui: --mda-neighbours: {PROBER4} is this machine, and no router is before its "
            "neighbours; leave it out\n"
        )
