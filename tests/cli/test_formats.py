"""--format: what goes where, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import subprocess
from pathlib import Path

import click
import pytest

from poros_tui.cli.command import poros_tui
from poros_tui.report.formats import FORMATS
from tests.cli.program import PROGRAM, RUN_LIMIT_S, CommandLine, environment, run_program
from tests.report.schema import faults

DEMO = ("demo", "--seed", "3", "-q", "1", "-m", "3")
"""Three hops that answer at once: the destination is not reached."""
SEVERAL = (*DEMO, "a.example")
STREAMED = {name for name, one in FORMATS.items() if one.is_streamed}
ONE_ONLY = {name for name, one in FORMATS.items() if not one.takes_several}


def without_times(text: str) -> str:
    """No two runs are of the same moment, or take equally long."""
    return re.sub(r"\d+([.:+-]\d+)*", "0", re.sub(r"\r\n", "\n", text))


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - STREAMED))
def test_a_format_goes_to_standard_output_or_to_a_new_file(
    say: CommandLine, tmp_path: Path, name: str
) -> None:
    file = tmp_path / f"report.{FORMATS[name].extension}"
    said = say(*DEMO, "--format", f"{name}=-")
    beside = say(*DEMO, "--report", "--format", f"{name}={file}")
    assert (said.code, beside.code) == (1, 1)
    assert beside.out.startswith("poros-tui 0.")
    written = file.read_bytes().decode("utf-8")
    assert without_times(said.out) == without_times(written)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_help_and_the_readme_name_every_format() -> None:
    (option,) = (one for one in poros_tui.params if one.name == "format")
    assert isinstance(option, click.Option)
    told = (option.help or "").split(": ")[2].split(". ")[0]
    assert re.split(", | or ", told) == list(FORMATS)
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    table = readme.split("| `--format` | is |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, flags=re.MULTILINE) == list(FORMATS)


def test_report_and_json_are_the_same_as_their_formats(say: CommandLine) -> None:
    assert json.loads(say(*DEMO, "--format", "json").out)["schema"] == 1
    assert "Destination not reached" in say(*DEMO, "--format", "TEXT").out


def test_several_formats_are_of_one_trace(say: CommandLine, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in sorted(FORMATS.keys() - ONE_ONLY - {"json"})}
    wanted = [word for name in files for word in ("--format", f"{name}={files[name]}")]
    said = say(*SEVERAL, "--json", *wanted)
    assert said.code == 1
    runs = json.loads(said.out)
    assert faults(runs) == []
    with files["csv"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["target"] for row in rows} == {run["target"] for run in runs}
    best = {(row["target"], row["hop"], row["responder"]): row["best_ms"] for row in rows}
    for run in runs:
        for hop in run["hops"]:
            for responder in hop["responders"]:
                told = best[run["target"], str(hop["ttl"]), responder["address"]]
                assert float(told) == responder["best_ms"]
    assert all(file.stat().st_size for file in files.values())


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "arguments",
    [
        ("3", "-U", "-6"),
        ("4", "-T", "-m", "4", "--sequential"),
        ("5", "--rounds", "3", "--interval", "0.1", "a.example"),
    ],
)
def test_the_json_is_what_the_schema_says(say: CommandLine, arguments: tuple[str, ...]) -> None:
    report = json.loads(say("demo", "--format", "json", "--seed", *arguments).out)
    assert isinstance(report, list) == ("a.example" in arguments)
    assert faults(report) == []


def test_columns_are_those_of_the_table(say: CommandLine) -> None:
    columns = ("--columns", "median,loss")
    out = say(*DEMO, *columns, "--format", "csv").out
    assert out.splitlines()[0] == "target,hop,responder,median_ms,loss_percent"
    assert say(*DEMO, *columns, "--report").out.splitlines()[2].split() == [
        *("Hop", "Responder", "Median", "Loss%"),
    ]
    assert (
        "| Hop | Responder | Median | Loss % |" in say(*DEMO, *columns, "--format", "markdown").out
    )


@pytest.mark.parametrize(
    ("formats", "words"),
    [
        (["cvs"], "--format: there is no format 'cvs'; did you mean csv?"),
        (["\x1b[31m"], "--format: there is no format '"),
        (["csv="], "--format csv= names no file; give csv alone, or csv=FILE"),
        (["text", "csv"], "both text and csv go to standard output; give each but one a file"),
        (["json", "json"], "both json and json go to standard output"),
        (["csv=x", "json=x"], "--format json=x goes to the file of --format csv"),
    ],
)
def test_what_cannot_be_is_refused(say: CommandLine, formats: list[str], words: str) -> None:
    said = say(*DEMO, *(word for one in formats for word in ("--format", one)))
    assert (said.code, said.out) == (2, "")
    assert said.sentence.startswith(words)
    assert "\x1b" not in said.err


def test_report_and_a_format_on_standard_output_exclude_each_other(say: CommandLine) -> None:
    said = say(*DEMO, "--report", "--format", "csv")
    assert said.code == 2
    assert said.sentence == (
        "both text and csv go to standard output; give each but one a file, such as "
        "--format csv=FILE"
    )


@pytest.mark.parametrize("targets", [DEMO, SEVERAL])
def test_no_file_is_ever_overwritten(
    say: CommandLine, tmp_path: Path, targets: tuple[str, ...]
) -> None:
    there, other = tmp_path / "there", tmp_path / "other"
    there.write_text("precious", encoding="utf-8")
    said = say(*targets, "--format", f"csv={other}", "--format", f"json={there}")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines()[-1].endswith(
        "there is such a file already; give another name, or remove it"
    )
    assert there.read_text(encoding="utf-8") == "precious"
    assert not other.exists()


def test_a_link_is_not_followed(say: CommandLine, tmp_path: Path) -> None:
    link, aim = tmp_path / "link", tmp_path / "aim"
    link.symlink_to(aim)
    assert say(*DEMO, "--format", f"csv={link}").code == 2
    assert not aim.exists()


@pytest.mark.parametrize("path", ["none/x.csv", "file/x.csv"])
def test_a_file_that_cannot_be_made_is_one_sentence(
    say: CommandLine, tmp_path: Path, path: str
) -> None:
    (tmp_path / "file").touch()
    said = say(*DEMO, "--format", f"csv={tmp_path / path}")
    assert said.code == 2
    assert said.err.splitlines()[-1].startswith(f"poros-tui: --format csv={tmp_path}")
    assert ": it cannot be made: no" in said.err.splitlines()[-1]


def test_a_file_outlives_the_reader_of_standard_output(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    file = tmp_path / "x.csv"
    done = subprocess.run(
        [*PROGRAM, *DEMO, "--json", "--format", f"csv={file}"],
        stdout=write,
        stderr=subprocess.DEVNULL,
        timeout=RUN_LIMIT_S,
        env=environment(),
        check=False,
    )
    os.close(write)
    assert done.returncode == 128 + 13
    assert len(list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"))))) > 3


def test_a_format_may_come_from_the_environment_but_not_from_the_file(
    say: CommandLine, tmp_path: Path
) -> None:
    done = run_program(*DEMO, POROS_TUI_FORMAT="csv")
    assert done.stdout.startswith("target,destination,")
    settings = tmp_path / "config.toml"
    settings.write_text('format = "csv"\n', encoding="utf-8")
    said = say(*DEMO, "--report", "--config", str(settings))
    assert said.code == 2
    assert "line 1: format is an option of one run, and not for the file" in said.sentence
