"""Options from the environment: what is known, and what is said of what is not."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pytest

from poros_tui.cli.command import poros_tui
from poros_tui.cli.config_file import file_name
from poros_tui.cli.variables import VariableOption, refuse_unknown, variable_name
from poros_tui.errors import UsageError
from tests.cli.program import CommandLine
from tests.report.foreign.samples import SAMPLES

MTR = str(SAMPLES / "mtr-ipv4.json")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("POROS_TUI_") or name in ("SUDO_UID", "SUDO_GID"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


READING = (
    ("demo", "--report"),
    ("config",),
    ("report", MTR),
    ("replay", MTR),
    ("compare", MTR, "127.0.0.1"),
)
"""Those who read settings."""
NOT_READING = (("compare", MTR, MTR), ("man",), ("completion", "bash"), ("--version",), ("--help",))


@pytest.mark.parametrize("arguments", READING, ids=lambda words: words[0])
def test_an_unknown_variable_is_refused_with_a_suggestion(
    say: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("POROS_TUI_MAX_HOP", "3")
    said = say(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.sentence == (
        "there is no setting POROS_TUI_MAX_HOP; did you mean POROS_TUI_MAX_HOPS?"
    )


@pytest.mark.parametrize("arguments", READING, ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("interva = 1\n", "line 1: there is no setting 'interva'; did you mean interval?"),
        ('\ncolumns = "bogus"\n', "line 2: --columns: there is no column 'bogus'; there are "),
        ('theme = "drakula"\n', "line 1: --theme 'drakula' is no theme; did you mean dracula?"),
        ("max-hops = 0\n", "line 1: --max-hops 0 is out of range; give 1 to 255 hops"),
        ('[keys]\npauze = "x"\n', "line 2: [keys] pauze: there is no action of this name; "),
    ],
    ids=["name", "columns", "theme", "range", "key"],
)
def test_a_wrong_file_is_refused_by_all_who_read_it(
    say: CommandLine, tmp_path: Path, arguments: tuple[str, ...], text: str, words: str
) -> None:
    file = tmp_path / "poros-tui" / "config.toml"
    file.parent.mkdir()
    file.write_text(text)
    said = say(*arguments)
    assert (said.code, said.out) == (2, "")
    assert said.sentence.startswith(f"{file} {words}")


@pytest.mark.parametrize("arguments", NOT_READING, ids=lambda words: words[0])
def test_who_heeds_no_settings_does_not_look_at_them(
    say: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "poros-tui").mkdir()
    (tmp_path / "poros-tui" / "config.toml").write_text("interva = 1\n")
    monkeypatch.setenv("POROS_TUI_MAX_HOP", "3")
    said = say(*arguments)
    assert (said.code, said.err) == (0, "")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("POROS_TUI_INTERVALL", "did you mean POROS_TUI_INTERVAL?"),
        ("POROS_TUI_max-hops", "did you mean POROS_TUI_MAX_HOPS?"),
        ("POROS_TUI_QQQ", "names are POROS_TUI_ and those of the options in capitals (--help)"),
        ("POROS_TUI_VERSION_X", "names are POROS_TUI_ and those of the options in capitals"),
        ("POROS_TUI_", "names are POROS_TUI_ and those of the options in capitals (--help)"),
    ],
)
def test_what_is_no_option_is_told(name: str, advice: str) -> None:
    with pytest.raises(UsageError) as refusal:
        refuse_unknown([name], poros_tui.params, "POROS_TUI")
    assert refusal.value.sentence == f"there is no setting {name}"
    assert refusal.value.advice.startswith(advice)


def test_variables_of_others_are_none_of_ours() -> None:
    others = ("POROS_REQUIRE_NETWORK", "POROS_RENEW_GOLDEN", "POROS_TUIX", "_POROS_TUI_COMPLETE")
    refuse_unknown(others, poros_tui.params, "POROS_TUI")
    refuse_unknown(["POROS_TUI_QQQ"], poros_tui.params, None)  # under sudo none is heeded


def test_variables_are_named_after_what_is_typed() -> None:
    options = {
        variable_name(one, "POROS_TUI"): one
        for one in poros_tui.params
        if isinstance(one, VariableOption)
    }
    assert {"POROS_TUI_JSON", "POROS_TUI_ASCII", "POROS_TUI_TARGETS", "POROS_TUI_IPV4"} < set(
        options
    )
    refuse_unknown(options, poros_tui.params, "POROS_TUI")
    others = [one for one in poros_tui.params if not isinstance(one, VariableOption)]
    assert [file_name(one) for one in others if isinstance(one, click.Option)] == ["version"]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MAX_HOPS", "abc", "POROS_TUI_MAX_HOPS takes a whole number, not 'abc'; see --max-hops"),
        ("TIMEOUT", "1s", "POROS_TUI_TIMEOUT takes a number, not '1s'; see --timeout in --help"),
        ("TCP", "maybe", "POROS_TUI_TCP is 1 or 0, not 'maybe'; see --tcp in --help"),
        ("IPV4", "x", "POROS_TUI_IPV4 is 1 or 0, not 'x'; see -4 in --help"),
        ("UNITS", "h", "POROS_TUI_UNITS is wrong: 'h' is not one of 'ms', 'us', 's'; see --units"),
        ("MAX_HOPS", "0", "POROS_TUI_MAX_HOPS: --max-hops 0 is out of range; give 1 to 255 hops"),
        (
            "THEME",
            "drakula",
            "POROS_TUI_THEME: --theme 'drakula' is no theme; did you mean dracula",
        ),
        ("CONFIG", "/none", "there is no file /none; see POROS_TUI_CONFIG"),
    ],
)
def test_a_wrong_value_is_said_of_its_variable(
    say: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(f"POROS_TUI_{name}", value)
    for arguments in (("demo", "--report"), ("config",)):
        said = say(*arguments)
        assert (said.code, said.out) == (2, "")
        assert said.sentence.startswith(sentence)


def test_a_wrong_value_on_the_command_line_is_said_of_the_option(
    say: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POROS_TUI_MAX_HOPS", "20")
    said = say("demo", "--report", "--max-hops", "abc")
    assert "'-m' / '--max-hops': 'abc' is not" in said.sentence


@pytest.mark.parametrize("arguments", READING[1:3], ids=lambda words: words[0])
def test_variables_of_one_run_are_not_in_the_way_of_other_commands(
    say: CommandLine, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    as_ever = say(*arguments)
    assert as_ever.code == 0
    for name, value in (("FAIL_LOSS", "5"), ("PCAP", "-"), ("FORMAT", "text csv"), ("SEED", "x")):
        monkeypatch.setenv(f"POROS_TUI_{name}", value)
    assert say(*arguments) == as_ever


def test_a_report_of_a_file_looks_as_the_settings_say(
    say: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def headings(*arguments: str) -> list[str]:
        said = say("report", MTR, *arguments)
        assert (said.code, said.err) == (0, "")
        return said.out.splitlines()[2].split()

    file = tmp_path / "poros-tui" / "config.toml"
    file.parent.mkdir()
    file.write_text('columns = "loss"\nprivate-hops = 1\n')
    assert headings() == ["Hop", "Responder", "Loss%"]
    assert "10.0.1.1" not in say("report", MTR).out
    assert "10.0.1.1" in say("report", MTR, "--private-hops", "0").out
    monkeypatch.setenv("POROS_TUI_COLUMNS", "median")
    assert headings() == ["Hop", "Responder", "Median"]
    assert headings("--columns", "best") == ["Hop", "Responder", "Best"]
    said = say("report", MTR, "--format", "atlas-json")
    assert said.code == 2
    assert said.sentence.startswith(
        f"{file} line 2: --format atlas-json has no place for the hidden"
    )
