"""What the program finds on real networks: each with its proof, and nothing where nothing is."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.probe import Protocol
from tests.cli.program import PROGRAM, RUN_LIMIT_S
from tests.engine.findings_table import there
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network

pytestmark = pytest.mark.network

LABS_AT_ONCE = 4
FAMILIES = {
    "nat-broken": 4,
    "nat-port": 6,
    "nat-restored": 6,
    "carrier-nat-two": 4,
    "dscp-rewritten": 4,
    "asymmetric": 6,
    "ttl-keep": 4,
    "nat-unseen": 6,
    "mpls": 4,
}
"""Networks, and the family that each is traced over."""


def found_in(name: str) -> list[tuple[FindingKind, int | None, int]]:
    """Kind, last hop before and first hop of each finding."""
    with lab_network(name) as lab:
        target = str(lab.target(FAMILIES[name]))
        command = [*PROGRAM, "--json", "--privilege", "raw", "-I", "--dscp", "EF", target]
        done = subprocess.run(
            lab.command(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    return [
        (FindingKind(finding["kind"]), finding["after_hop"], finding["hop"])
        for finding in json.loads(done.stdout)["findings"]
    ]


def test_on_real_networks_what_is_there_is_found_and_nothing_else() -> None:
    require_network()
    with ThreadPoolExecutor(LABS_AT_ONCE) as pool:
        found = dict(zip(FAMILIES, pool.map(found_in, FAMILIES), strict=True))
    expected = {
        name: sorted((kind, hop, hop + 1) for kind, hop in there(name, Protocol.ICMP, family))
        for name, family in FAMILIES.items()
    }
    assert found == expected
