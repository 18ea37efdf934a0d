"""What mtr itself writes in the same network, beside ours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from poros_tui.report.as_mtr_json import to_mtr_json
from tests.cli.program import PROGRAM
from tests.lab.lab import Lab
from tests.lab.requirements import require_network, skip
from tests.lab.tun import lab_network, load_scenario
from tests.report.cases import CASES, finished

MTR_0_95 = {
    "report": {
        "mtr": {
            "src": "vm",
            "dst": "203.0.113.10",
            "tos": 0,
            "tests": 2,
            "psize": "64",
            "bitpattern": "0x00",
        },
        "hubs": [
            {
                "count": 1,
                "host": "10.0.1.1",
                "Loss%": 0.0,
                "Snt": 2,
                "Last": 10.041,
                "Avg": 10.042,
                "Best": 10.041,
                "Wrst": 10.043,
                "StDev": 0.001,
            }
        ],
    }
}
"""As mtr 0.95 writes it."""


def shape(value: object) -> object:
    """Its keys in their order, with the types of their values; of an array that of all its
    elements."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        (one,) = {json.dumps(shape(inner)) for inner in value}
        return [json.loads(one)]
    return type(value).__name__


def as_mtr(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(to_mtr_json(finished(name)))
    return told


@pytest.mark.parametrize("name", CASES)
def test_it_has_the_keys_of_mtr_in_their_order_with_their_types(name: str) -> None:
    assert shape(as_mtr(name)) == shape(MTR_0_95)


@pytest.mark.parametrize("name", CASES)
def test_figures_are_those_of_the_hop(name: str) -> None:
    run = finished(name)
    for hub, hop in zip(as_mtr(name)["report"]["hubs"], run.path.hops, strict=True):
        assert (hub["count"], hub["Snt"]) == (hop.ttl, hop.sent)
        assert hub["host"] == (str(hop.responder.address) if hop.responder else "???")
        assert hub["Best"] == pytest.approx(1e3 * (hop.rtt.best_s or 0), abs=1e-3)
        assert hub["StDev"] == pytest.approx(1e3 * (hop.rtt.stdev_s or 0), abs=1e-3)
        assert hub["Loss%"] == pytest.approx(100 * (hop.loss_ratio or 0), abs=1e-3)


def test_what_was_asked_for_is_told_as_mtr_tells_it() -> None:
    run = finished("straight")
    changes = {"dscp": 46, "size": 100, "pattern": b"\xff\x00"}
    identity = msgspec.structs.replace(run.identity, **changes)
    asked = json.loads(to_mtr_json(msgspec.structs.replace(run, identity=identity, host="vm")))
    assert asked["report"]["mtr"] == {
        "src": "vm",
        "dst": "host.example",
        "tos": 184,
        "tests": 3,
        "psize": "100",
        "bitpattern": "0xFF",
    }
    assert as_mtr("straight")["report"]["mtr"]["bitpattern"] == "rand(0x00-FF)"


@pytest.fixture
def lab() -> Iterator[Lab]:
    require_network()
    if shutil.which("mtr") is None:
        skip("mtr is not installed")
    with lab_network(load_scenario("silent-hops")) as lab:
        yield lab


@pytest.mark.network
def test_mtr_itself_says_the_same_of_the_same_network(lab: Lab) -> None:
    target = str(lab.target(4))
    theirs = lab.run(["mtr", "-n", "--json", "-c", "2", "-i", "0.1", "-G", "1", target])
    ours = lab.run([*PROGRAM, "--format", "mtr-json", "-q", "2", target])
    assert (theirs.returncode, ours.returncode) == (0, 0), ours.stderr
    theirs_json, ours_json = json.loads(theirs.stdout), json.loads(ours.stdout)
    assert shape(ours_json) == shape(theirs_json)
    told, known = (
        [(hub["count"], hub["host"], hub["Loss%"]) for hub in one["report"]["hubs"]]
        for one in (ours_json, theirs_json)
    )
    assert told == known
    assert ours_json["report"]["mtr"]["src"] == theirs_json["report"]["mtr"]["src"]
