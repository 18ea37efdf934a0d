"""--private-hops in reports: who asked is not told."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from poros_tui.report.formats import FORMATS
from tests.cli.forking import shared_program
from tests.cli.program import CommandLine
from tests.lab.chain import CHAINS, chain_network
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network
from tests.report.schema import faults

DEMO = ("demo", "--seed", "3", "--rounds", "3", "--interval", "0.1")
NEAR = 3
PRIVATE = re.compile(
    r"192\.168\.1\.1|gateway\.example|100\.64\.\d+\.\d+|192\.0\.2\.2(?!\d)|198\.51\.100\.9(?!\d)"
)
"""Addresses and names of the first three hops of the demo, its own, and those its NAT makes."""
FARTHER = "198.51.100.65"
HIDING = sorted(
    name for name, one in FORMATS.items() if not one.has_to_name_hops and not one.is_streamed
)


@pytest.fixture
def file(say: CommandLine, tmp_path: Path) -> str:
    """A trace that hides nothing."""
    say(*DEMO, "--report", "--record", f"{tmp_path}/it.ptr")
    return f"{tmp_path}/it.ptr"


@pytest.mark.sampled(1)
@pytest.mark.parametrize("name", HIDING)
def test_no_format_tells_who_asked(say: CommandLine, file: str, name: str) -> None:
    open_ = say("report", file, "--format", name)
    assert PRIVATE.search(open_.out)
    for command in (("report", file), DEMO):
        hidden = say(*command, "--format", name, "--private-hops", str(NEAR))
        assert hidden.code == 0
        assert not PRIVATE.search(hidden.out), hidden.out
        assert "hidden" in hidden.out
        assert FARTHER in hidden.out
        assert "from home" not in hidden.out


def test_what_is_hidden_is_still_measured(say: CommandLine, file: str) -> None:
    open_ = json.loads(say("report", file, "--json").out)
    hidden = json.loads(say("report", file, "--json", "--private-hops", str(NEAR)).out)
    assert not list(faults(hidden))
    for one, other in zip(open_["hops"], hidden["hops"], strict=True):
        assert one["statistics"] == other["statistics"]
        for responder, told in zip(one["responders"], other["responders"], strict=True):
            near = one["ttl"] <= NEAR
            assert told["address"] == ("hidden" if near else responder["address"])
            assert told["name"] == (None if near else responder["name"])
            assert told["network"] == (None if near else responder["network"])
    assert [one["kind"] for one in hidden["findings"]] == [one["kind"] for one in open_["findings"]]


def test_lines_as_they_come_tell_nothing_either(say: CommandLine, tmp_path: Path) -> None:
    lines = tmp_path / "it.ndjson"
    say(*DEMO, "--report", "--format", f"ndjson={lines}", "--private-hops", str(NEAR))
    out = lines.read_text()
    assert not PRIVATE.search(out)
    assert FARTHER in out
    probes = [one for line in out.splitlines() if (one := json.loads(line))["type"] == "probe"]
    near = [one for one in probes if one["hop"] <= NEAR and one["responder"] is not None]
    assert len(near) == 27
    assert {one["responder"] for one in near} == {"hidden"}


def test_a_report_that_hides_is_read_again(say: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    told = say(*DEMO, "--format", f"json={file}", "--report", "--private-hops", str(NEAR))
    again = say("report", str(file))
    assert again.err == ""
    rows = [
        re.findall(r"^ +\d+ +hidden", text, flags=re.MULTILINE) for text in (told.out, again.out)
    ]
    assert len(rows[0]) == len(rows[1]) == NEAR
    assert "0.0.0.0" not in again.out
    assert json.loads(say("report", str(file), "--json").out)["hops"][0]["responders"]


@pytest.mark.parametrize("command", [DEMO, ("report", "a.json")])
def test_what_cannot_be_hidden_is_refused(say: CommandLine, command: tuple[str, ...]) -> None:
    said = say(*command, "--format", "atlas-json", "--private-hops", "2")
    assert said.code == 2
    assert (
        "--format atlas-json has no place for the hidden addresses of --private-hops 2" in said.err
    )
    said = say(*command, "--report" if command is DEMO else "--json", "--private-hops", "256")
    assert said.code == 2
    assert "--private-hops 256 is out of range; give 0 to 255 hops" in said.err


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    ("network", "near", "options"),
    [
        ("mtu-step", 4, ("--mtu",)),
        ("mtu-step", 4, ("--dont-fragment", "--size", "1500")),
        ("host-unreachable", 5, ()),
        ("firewall-reject", 5, ()),
        ("chain-unreachable", 3, ()),
    ],
)
def test_who_refuses_is_hidden_whichever_probe_it_answers(
    network: str, near: int, options: tuple[str, ...], tmp_path: Path
) -> None:
    require_network()
    with chain_network(network) if network in CHAINS else lab_network(network) as lab:
        words = ["-n", *options, str(lab.destination)]
        for name in ("text", "json", "html", "csv"):
            file = tmp_path / f"{network}.{name}.{len(options)}"
            for _ in range(2):  # the second time a router may have no answer left
                file.unlink(missing_ok=True)
                to = f"--format={name}={file}"
                wanted = [*words, to, "--private-hops", str(near)]
                shared_program().run(lab, wanted, capabilities=True)
                told = file.read_text()
                assert "hidden" in told
                for ttl in range(1, near + 1):
                    assert f"10.0.{ttl}.1" not in told
                    assert f"10.1.{ttl}.2" not in told
