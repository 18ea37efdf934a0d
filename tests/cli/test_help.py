from __future__ import annotations

import re
from pathlib import Path

import pytest

from poros_tui import __version__
from poros_tui.cli.command import poros_tui
from tests.cli.program import CommandLine, run_program

GOLDEN = Path(__file__).with_name("golden") / "help.txt"
"""Written by `COLUMNS=80 poros-tui --help > tests/cli/golden/help.txt`."""


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_help_is_as_agreed(option: str) -> None:
    done = run_program(option)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == GOLDEN.read_text(encoding="utf-8")


def option_texts() -> dict[str, str]:
    """What the help says of each option, by its long name."""
    listed = GOLDEN.read_text(encoding="utf-8").split("Options:\n")[1].split("\n\n")[0]
    entries = re.split(r"\n(?=  -)", listed)
    texts = (" ".join(entry.split()) for entry in entries)
    return {text.partition("  ")[0].split()[0].rstrip(","): text for text in texts}


def test_every_option_is_in_the_help_with_its_default() -> None:
    texts = option_texts()
    assert len(texts) == len(poros_tui.params)  # less the target, plus --help
    for name, text in texts.items():
        if name not in ("-V", "-h"):
            assert re.search(r"\[default: [^]]+\]$", text), text


NUMBERS = {
    "-m": ("HOPS", 30),
    "-f": ("HOP", 1),
    "-w": ("SECONDS", 3),
    "--rate-limit": ("PACKETS", 0),
    "--interval": ("SECONDS", 1),
    "--gap-limit": ("HOPS", 8),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_unit_and_the_default_in_the_help_are_those_in_use(name: str) -> None:
    unit, default = NUMBERS[name]
    option = next(param for param in poros_tui.params if name in param.opts)
    assert option.default == default
    assert option_texts()[name].endswith(f"[default: {default}]")
    assert f" {unit} " in option_texts()[name]


def test_no_line_of_the_help_is_wider_than_a_terminal() -> None:
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert max(len(line) for line in lines) <= 80


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_the_version_is_told(say: CommandLine, option: str) -> None:
    said = say(option)
    assert (said.code, said.err) == (0, "")
    assert said.out == f"poros-tui, version {__version__}\n"
