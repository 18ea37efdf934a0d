"""What the README says of the JSON object, the options and the keys is what there is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import trio
from trio.testing import MockClock

from poros_tui.cli.command import poros_tui
from poros_tui.cli.subcommands import SUBCOMMANDS, command_of
from poros_tui.config import SessionConfig
from poros_tui.model.events import Event, EventKind
from poros_tui.model.probe import Protocol
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.report.as_json import to_json
from poros_tui.report.run import FinishedRun
from poros_tui.tui.keys import KEYS
from tests.cli.program import CommandLine
from tests.lab.tun import load_scenario
from tests.report.cases import CASES, STARTED_AT, finished
from tests.report.schema import faults
from tests.tui.made_path import identity

_TEXT = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
README = re.sub(r"^```.*?^```$", "", _TEXT, flags=re.MULTILINE | re.DOTALL)
"""Without its blocks of code."""


def section(heading: str) -> str:
    """From a heading to the next of its level or a higher one."""
    level = heading.split()[0]
    text = README.split(f"\n{heading}\n")[1]
    return re.split(rf"\n#{{1,{len(level)}}} ", text)[0]


def code_words(text: str) -> set[str]:
    """A backtick itself stands between two on each side."""
    text, backticks = re.subn(r"`` ` ``", "", text)
    return set(re.findall(r"`([^`\n]+)`", text)) | ({"`"} if backticks else set())


def first_cells(text: str) -> str:
    """The first column of all tables."""
    rows = (line for line in text.splitlines() if line.startswith("| "))
    return "\n".join(re.split(r" \| ", row)[0] for row in rows)


def keys_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            # The keys of this one are whose clocks.
            yield from keys_of(inner) if key != "rtt_sources" else ()
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def with_events() -> FinishedRun:
    event = Event(kind=EventKind.PAUSED, at_s=1.0, words="nothing is sent")
    return msgspec.structs.replace(finished("straight"), events=((event, 1.0),))


def told_mtu() -> FinishedRun:
    network = SimulatedNetwork(load_scenario("mtu-step"), seed=1)

    def open_transport() -> SimulatedTransport:
        return SimulatedTransport(network, size=1500, dont_fragment=True)

    done = trio.run(
        run_once, SessionConfig(rounds=1), open_transport, clock=MockClock(autojump_threshold=0)
    )
    return FinishedRun(
        identity=identity(),
        config=SessionConfig(rounds=1),
        path=done.path,
        started_at=STARTED_AT,
        duration_s=done.duration_s,
    )


def test_the_readme_names_every_key_of_every_json_object_and_no_other(say: CommandLine) -> None:
    runs = [to_json(finished(name)) for name in CASES]
    runs += [to_json(told_mtu()), to_json(with_events())]
    runs.append(say("demo", "--json", "--seed", "1", "--flows", "2", "--mda", "--mtu", "--asn").out)
    assert [faults(json.loads(run)) for run in runs] == [[]] * len(runs)
    keys = {key for run in runs for key in keys_of(json.loads(run))}
    text = section("### The JSON object")
    assert keys - code_words(text) == set()
    no_keys = {"mpls", "interface", "unknown", "null", "--mtu"}
    assert code_words(first_cells(text)) - no_keys <= keys


def test_the_readme_has_every_option_and_no_other() -> None:
    given = {name for param in poros_tui.params for name in param.opts if name.startswith("-")}
    assert code_words(first_cells(section("## Options"))) == given - {"-V", "--version"}


def test_every_option_that_the_readme_speaks_of_exists() -> None:
    spoken = {word for code in code_words(README) for word in code.split() if word[:2] == "--"}
    commands = [poros_tui, *map(command_of, SUBCOMMANDS)]
    given = {name for command in commands for param in command.params for name in param.opts}
    assert spoken - given - {"--help"} == set()


def test_the_readme_has_every_key_of_the_screen() -> None:
    shown = code_words(section("## Keys"))
    names = {"⏎": "enter"}
    assert {names.get(key.shown, key.shown) for key in KEYS} <= shown


@pytest.mark.parametrize("protocol", Protocol)
def test_every_protocol_is_in_the_readme(protocol: Protocol) -> None:
    assert f"`--{protocol}`" in README
