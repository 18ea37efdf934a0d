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
RUNS = [
    ("nat-broken", Protocol.ICMP, 4),
    ("nat-port", Protocol.ICMP, 6),
    ("nat-restored", Protocol.ICMP, 6),
    ("carrier-nat-two", Protocol.ICMP, 4),
    ("dscp-rewritten", Protocol.ICMP, 4),
    ("asymmetric", Protocol.ICMP, 6),
    ("ttl-keep", Protocol.ICMP, 4),
    ("nat-unseen", Protocol.ICMP, 6),
    ("mpls", Protocol.ICMP, 4),
    ("nat-broken", Protocol.TCP, 6),
    ("nat-restored", Protocol.TCP, 4),
    ("carrier-nat-two", Protocol.TCP, 4),
    ("dscp-rewritten", Protocol.TCP, 6),
    ("nat-unseen", Protocol.TCP, 4),
]
"""Networks, and with what and over which family each is traced."""


def found_in(run: tuple[str, Protocol, int]) -> list[tuple[FindingKind, int | None, int]]:
    """Kind, last hop before and first hop of each finding."""
    name, protocol, family = run
    with lab_network(name) as lab:
        options = ("--privilege", "raw", f"--{protocol}", "--dscp", "EF")
        done = subprocess.run(
            lab.command([*PROGRAM, "--json", *options, str(lab.target(family))]),
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
        found = dict(zip(RUNS, pool.map(found_in, RUNS), strict=True))
    expected = {run: sorted((kind, hop, hop + 1) for kind, hop in there(*run)) for run in RUNS}
    assert found == expected
