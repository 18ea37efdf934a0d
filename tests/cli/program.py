"""Runs the program: as a process of its own, or its command line in this process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pytest

from poros_tui.cli.failures import exit_code_of

PROGRAM: Final = (sys.executable, "-m", "poros_tui")
RUN_LIMIT_S: Final = 60.0
"""For a machine with much else to do; nothing here takes more than a second or two by itself."""
PREFIX: Final = "poros-tui: "
NAMELESS: Final = {"POROS_TUI_NO_DNS": "1"}
"""No name server is asked, unless the command line names one: tests send nothing to anybody."""


def environment(**changes: str) -> dict[str, str]:
    """A terminal of 80 columns, no names, and nothing that would change what the program prints."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "HOME") if name in os.environ}
    return {**kept, "COLUMNS": "80", "LC_ALL": "C.UTF-8", **NAMELESS, **changes}


def run_program(
    *arguments: str, stdin: int = subprocess.DEVNULL, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end and keep what it printed; `changes` are environment variables."""
    return run_command([*PROGRAM, *arguments], stdin=stdin, env=environment(**changes))


def run_command(
    command: Sequence[str], stdin: int = subprocess.DEVNULL, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program where `command` runs it, to its end, and keep what it printed."""
    return subprocess.run(
        command,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=env,
        check=False,
    )


def report_of(command: Sequence[str]) -> dict[str, Any]:
    """What `command`, which runs the program with --json, reported; it must have reached its
    destination."""
    done = run_command(command)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@dataclass(frozen=True, slots=True)
class Said:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one line on stderr, without the program's name."""
        assert self.err.startswith(PREFIX), self.err
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        return self.err.removeprefix(PREFIX).removesuffix("\n")


class CommandLine:
    """The program's command line in this process: quick, for what never gets to the network."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def __call__(self, *arguments: str) -> Said:
        self._captured.readouterr()
        code = exit_code_of(list(arguments))
        out, err = self._captured.readouterr()
        return Said(code, out, err)
