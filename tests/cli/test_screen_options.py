from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import CommandLine, run_program


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--columns", "loss,medain"),
            "--columns: there is no column 'medain'; did you mean median?",
        ),
        (("--columns", "last,last"), "--columns: last is there twice; name each column once"),
        (
            ("--units", "ns"),
            "invalid value for '--units': 'ns' is not one of 'ms', 'us', 's'; see poros-tui --help",
        ),
        (("--scale", "cube"), "invalid value for '--scale': 'cube' is not one of "),
    ],
)
def test_a_look_that_cannot_be_is_refused(
    say: CommandLine, arguments: tuple[str, ...], sentence: str
) -> None:
    said = say("demo", *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.sentence.startswith(sentence)


@pytest.mark.parametrize("text", ['columns = "loss,medain"', 'columns = ["loss", "medain"]'])
def test_a_column_in_the_file_that_is_none_is_refused_with_its_line(
    say: CommandLine, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'units = "us"\n{text}\n')
    said = say("demo", "--config", str(file))
    assert said.code == 2
    assert said.sentence == (
        f"{file} line 2: --columns: there is no column 'medain'; did you mean median?"
    )


@pytest.mark.parametrize("front_end", ["--report", "--json"])
def test_columns_that_cannot_be_are_refused_with_a_report_too(
    say: CommandLine, front_end: str
) -> None:
    said = say("demo", front_end, "--columns", "loss,medain")
    assert (said.code, said.out) == (2, "")
    assert "there is no column 'medain'; did you mean median?" in said.sentence


def test_a_look_can_come_from_the_environment() -> None:
    done = run_program("demo", POROS_TUI_COLUMNS="loss,medain")
    assert done.returncode == 2
    assert "there is no column 'medain'; did you mean median?" in done.stderr
