"""A Linux router is the judge: it balances by addresses, or by addresses and ports."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

import pytest

from tests.cli.program import PROGRAM, RUN_LIMIT_S
from tests.lab.balancer import BALANCER, BRANCHES, DESTINATION, HashPolicy, linux_balancer
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


def balancer_seen_from(prober: str, *arguments: str) -> dict[str, Any]:
    command = ["ip", "netns", "exec", prober, *PROGRAM, "--json", "--mda", "--mda-neighbours", "32"]
    done = subprocess.run(
        [*command, *arguments, str(DESTINATION)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (balancer,) = json.loads(done.stdout)["all_paths"]["balancers"]
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
