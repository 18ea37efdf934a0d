"""The manual page says what `--help` says, and is well-formed."""

from __future__ import annotations

import re
import subprocess

import click
import pytest

from poros_tui.cli.command import poros_tui
from poros_tui.cli.exchanges import FILE_NAME
from poros_tui.cli.man_page import man_page
from poros_tui.cli.subcommands import SUBCOMMANDS, command_of
from poros_tui.cli.usual_files import DIRECTORIES
from tests.cli.program import run_program
from tests.lab.requirements import require_command


def rendered() -> str:
    """The page as it is read, words with single blanks between."""
    require_command("groff")
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-Kutf8", "-rHY=0", "-P-bcou", "-dAD=l"],
        input=man_page(), capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return " ".join(done.stdout.split())


@pytest.fixture(scope="module")
def page() -> str:
    return rendered()


COMMANDS = {"": poros_tui} | {name: command_of(name) for name in SUBCOMMANDS}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_in_it_with_the_words_of_the_help(name: str, page: str) -> None:
    command = COMMANDS[name]
    context = click.Context(command, **command.context_settings)
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            if name and "--help" in parameter.opts:
                continue
            options, words = (" ".join(part.split()) for part in record)
            assert f"{options} {words}" in page, options


@pytest.mark.parametrize("name", COMMANDS)
def test_what_a_command_is_for_is_in_it(name: str, page: str) -> None:
    for paragraph in re.split(r"\n\s*\n", (COMMANDS[name].help or "").replace("\b", "")):
        assert " ".join(paragraph.split()) in page


def test_it_has_no_option_that_the_help_lacks(page: str) -> None:
    shown = set(re.findall(r"(?<!\S)--[a-z][a-z-]+", page))
    known = {opt for command in COMMANDS.values() for one in command.params for opt in one.opts}
    assert shown <= known | {"--help"}


def test_exit_codes_and_subcommands_are_in_it(page: str) -> None:
    status = page.partition("EXIT STATUS")[2].partition("ENVIRONMENT")[0]
    assert re.findall(r"^\.B (\d+)$", man_page(), re.M) == ["0", "1", "2", "3", "4", "130"]
    assert "130 stopped with Ctrl-C (143 by SIGTERM, 129 by SIGHUP)" in status
    synopsis = page.partition("SYNOPSIS")[2].partition("DESCRIPTION")[0]
    for name in ("demo", *SUBCOMMANDS):
        assert f"poros-tui {name}" in synopsis


def test_the_command_prints_it() -> None:
    done = run_program("man")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == man_page() + "\n"


def test_files_and_environment_are_those_that_are_heeded(page: str) -> None:
    for told in ("NO_COLOR", "XDG_CACHE_HOME", "~/.config/poros-tui/config.toml"):
        assert told in page
    assert f"~/.cache/poros-tui/{FILE_NAME}" in page
    assert all(f"/{folder}" in page for folder in DIRECTORIES)
