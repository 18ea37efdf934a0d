"""--fail-loss, --fail-rtt, --fail-path-change: exit codes and sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.program import PREFIX, CommandLine

DEMO = ("demo", "--seed", "3", "-q", "1")
FORMATS = (["--report"], ["--json"], ["--format", "csv"], ["--format", "markdown"])


@pytest.mark.parametrize("wanted", FORMATS)
def test_what_was_passed_is_said_beside_any_report(say: CommandLine, wanted: list[str]) -> None:
    said = say(*DEMO, *wanted, "--fail-rtt", "1.5")
    assert said.code == 4
    assert said.out
    sentence = said.err.splitlines()[-1]
    assert sentence.startswith(f"{PREFIX}demo.example: the median round trip to the destination is")
    assert sentence.endswith(" ms, more than --fail-rtt 1.5")


def test_what_is_not_passed_changes_nothing(say: CommandLine) -> None:
    said = say(*DEMO, "--report", "--fail-rtt", "60000", "--fail-loss", "100")
    assert said.code == 0
    assert len(said.err.splitlines()) == 1  # the demo's note


def test_of_several_targets_each_is_named_that_passes_it(say: CommandLine) -> None:
    said = say(*DEMO, "a.example", "b.example", "--json", "--fail-rtt", "0")
    assert said.code == 4
    names = [line.split(": ")[1] for line in said.err.splitlines() if "--fail-rtt" in line]
    assert names == [run["target"] for run in json.loads(said.out)]


def test_a_destination_that_is_not_reached_has_no_figures(say: CommandLine) -> None:
    assert say(*DEMO, "-m", "3", "--report", "--fail-rtt", "0", "--fail-loss", "0").code == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--fail-loss", "1"], "--fail-loss is for a report; add --report, --json or --format"),
        (["--fail-rtt", "1"], "--fail-rtt is for a report; add --report, --json or --format"),
        (
            ["--fail-path-change", "--rounds", "9"],
            "--fail-path-change is for a report; add --report, --json or --format",
        ),
        (
            ["--report", "--fail-path-change"],
            "--fail-path-change has nothing to compare in one round; add --rounds, such as "
            "--rounds 60",
        ),
        (
            ["--report", "--fail-loss", "100.5"],
            "--fail-loss 100.5 is out of range; give 0 to 100 percent",
        ),
        (
            ["--report", "--fail-loss", "-1"],
            "--fail-loss -1 is out of range; give 0 to 100 percent",
        ),
        (
            ["--report", "--fail-rtt", "nan"],
            "--fail-rtt nan is out of range; give 0 to 60000 milliseconds",
        ),
    ],
)
def test_what_cannot_be_is_refused(say: CommandLine, arguments: list[str], sentence: str) -> None:
    said = say("demo", *arguments)
    assert (said.code, said.sentence) == (2, sentence)


@pytest.mark.parametrize("setting", ["fail-loss = 1", "fail-rtt = 1", "fail-path-change = true"])
def test_they_are_of_one_run_and_not_of_the_file(
    say: CommandLine, tmp_path: Path, setting: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(setting, encoding="utf-8")
    assert say(*DEMO, "--report", "--config", str(file)).code == 2
