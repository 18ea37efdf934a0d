"""A Linux router is the judge: it balances by addresses, or by addresses and ports."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address
from typing import Any

import pytest

from tests.cli.forking import shared_program
from tests.lab import namespace
from tests.lab.balancer import (
    BALANCER,
    BRANCHES,
    DEAD,
    DESTINATION,
    HashPolicy,
    linux_balancer,
)
from tests.lab.requirements import require_network

pytestmark = pytest.mark.network

SEED = 7
SOURCE_PORT = 41000
"""The flows of UDP and TCP probes come from the ports behind it: the same in each run."""
BY_PORTS = ("--source-port", str(SOURCE_PORT))


@pytest.fixture(scope="module")
def by_addresses() -> Iterator[str]:
    require_network()
    with linux_balancer(HashPolicy.ADDRESSES, seed=SEED) as prober:
        yield prober


@pytest.fixture(scope="module")
def by_ports() -> Iterator[str]:
    require_network()
    with linux_balancer(HashPolicy.ADDRESSES_AND_PORTS, seed=SEED) as prober:
        yield prober


def run_from(prober: str, *arguments: str) -> dict[str, Any]:
    words = ["--json", "--mda", *arguments, str(DESTINATION)]
    said = shared_program().run_in(prober, words, capabilities=True)
    assert said.code == 0, said.err
    report: dict[str, Any] = json.loads(said.out)
    return report


def paths_seen_from(prober: str, *arguments: str) -> dict[str, Any]:
    paths: dict[str, Any] = run_from(prober, *arguments)["all_paths"]
    return paths


def balancer_seen_from(prober: str, *arguments: str) -> dict[str, Any]:
    (balancer,) = paths_seen_from(prober, "--mda-neighbours", "32", *arguments)["balancers"]
    assert (balancer["ttl"], balancer["address"]) == (1, str(BALANCER))
    assert set(map(IPv4Address, balancer["branches"])) == BRANCHES
    told: dict[str, Any] = balancer
    return told


@pytest.mark.parametrize("arguments", [("-I",), ("-U", *BY_PORTS), ("-T", *BY_PORTS)])
def test_one_that_looks_at_addresses_goes_by_destination(
    by_addresses: str, arguments: tuple[str, ...]
) -> None:
    assert balancer_seen_from(by_addresses, *arguments)["balance"] == "destination"


@pytest.mark.parametrize("arguments", [("-U", *BY_PORTS), ("-T", *BY_PORTS)])
def test_one_that_looks_at_ports_goes_by_flow(by_ports: str, arguments: tuple[str, ...]) -> None:
    assert balancer_seen_from(by_ports, *arguments)["balance"] == "flow"


def test_echo_requests_have_no_ports_to_look_at(by_ports: str) -> None:
    assert balancer_seen_from(by_ports, "-I")["balance"] == "destination"


@pytest.mark.sampled(0)
@pytest.mark.parametrize("arguments", [("-U", *BY_PORTS), ("-T", *BY_PORTS)])
def test_one_that_passes_nothing_on_is_a_dead_end(arguments: tuple[str, ...]) -> None:
    require_network()
    with linux_balancer(HashPolicy.ADDRESSES_AND_PORTS, seed=SEED, is_one_dead=True) as prober:
        paths = paths_seen_from(prober, *arguments)
        own = SOURCE_PORT + paths["dead_ends"][0]["flows"][0] - 1
        again = run_from(prober, arguments[0], "--source-port", str(own))
    # By the trace's own flow it was not reached, by others it was: exit code 0.
    assert (again["reached"], again["stop_reason"]) == (False, "gap_limit")
    assert again["all_paths"]["reached_at"] == 4
    assert 1 in again["all_paths"]["dead_ends"][0]["flows"]
    assert (paths["complete"], paths["reached_at"]) == (True, 4)
    assert [(node["ttl"], node["address"]) for node in paths["nodes"] if node["end"]] == [
        (4, str(DESTINATION))
    ]
    assert None not in {node["address"] for node in paths["nodes"]}
    (balancer,) = paths["balancers"]
    assert (balancer["ttl"], set(map(IPv4Address, balancer["branches"]))) == (1, BRANCHES)
    (dead,) = paths["dead_ends"]
    assert (dead["ttl"], dead["address"], dead["passed"]) == (2, str(DEAD), 0)
    assert str(DEAD) not in {link["from"] for link in paths["links"]}
    probes = paths["probes"]
    assert probes["sent"] < 3 * probes["theory_mda_lite"]


def test_a_flow_whose_port_another_program_has_is_left_out(by_ports: str) -> None:
    with holding_port(by_ports, SOURCE_PORT + 1):
        paths = paths_seen_from(by_ports, "-U", *BY_PORTS)
    (flow,) = paths["not_sent"]
    assert flow["flow"] == 2
    assert f"--source-port {SOURCE_PORT + 1} is in use" in flow["reason"]
    assert paths["probes"]["send_errors"] > 0
    assert paths["dead_ends"] == []
    assert len(paths["nodes"]) == 5
    assert all(2 not in node["flows"] for node in paths["nodes"])


@contextmanager
def holding_port(prober: str, port: int) -> Iterator[None]:
    """While a socket there has this UDP port."""
    with namespace.entered(prober):
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with holder:
        holder.bind(("0.0.0.0", port))
        yield
