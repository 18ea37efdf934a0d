"""The Tab key, in the shells themselves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.program import run_program
from tests.lab.requirements import require_command

BIN = Path(sys.executable).parent


def shell(*command: str) -> list[str]:
    require_command(command[0])
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


_BASH = """
compopt() { echo "compopt $1 $2"; }
source <(poros-tui completion bash)
COMP_WORDS=(poros-tui "$@") COMP_CWORD=$#
_poros_tui_completion poros-tui
printf '%s\\n' "${COMPREPLY[@]}"
"""


def in_bash(*words: str) -> list[str]:
    return shell("bash", "--norc", "-c", _BASH, "bash", *words)


def in_fish(*words: str) -> list[str]:
    line = " ".join(["poros-tui", *(repr(word) if word else "" for word in words)])
    lines = shell(
        "fish", "--no-config", "-c",
        f"poros-tui completion fish | source; complete -C {line!r}",
    )  # fmt: skip
    return [line.split("\t")[0] for line in lines]


SHELLS = [in_bash, in_fish]
every_shell = pytest.mark.parametrize("complete", SHELLS, ids=["bash", "fish"])
Complete = Callable[..., list[str]]


@every_shell
def test_options_are_completed(complete: Complete) -> None:
    assert set(complete("--mt")) == {"--mtu"}
    assert {"--interval", "--interface"} <= set(complete("example.com", "--int"))


@pytest.mark.sampled(12)
@every_shell
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("conf",), {"config"}),
        (("--multipath", "cl"), {"classic"}),
        (("--theme", "high"), {"high-contrast"}),
        (("--dscp", "AF4"), {"AF41", "AF42", "AF43"}),
        (("--interface", "l"), {"lo"}),
        (("--units", "m"), {"ms"}),
        (("--format", "mt"), {"mtr-json"}),
        (("report", "x.json", "--format", "nd"), set()),
        (("report", "x.json", "--format", "ht"), {"html"}),
        (("completion", "z"), {"zsh"}),
        (("config", "--pr"), {"--print"}),
        (("example.com", "conf"), set()),
    ],
)
def test_values_and_subcommands_are_completed(
    complete: Complete, words: tuple[str, ...], offered: set[str]
) -> None:
    assert {word for word in complete(*words) if word} == offered


@every_shell
def test_files_are_completed_where_an_option_takes_one(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "targets.txt").write_text("")
    offered = complete("--targets", f"{tmp_path}/tar")
    if complete is in_fish:
        assert offered == [f"{tmp_path}/targets.txt"]
    else:
        assert offered == ["compopt -o default", ""]  # bash itself goes on, with files


@pytest.mark.parametrize("before", [(), ("report", "x.json")])
@every_shell
def test_files_are_completed_behind_a_format(
    complete: Complete, before: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "path.csv").write_text("")
    (tmp_path / "paths").mkdir()
    (tmp_path / ".hidden").write_text("")
    if complete is in_fish:
        offered = complete(*before, "--format", f"csv={tmp_path}/pa")
        assert set(offered) == {f"csv={tmp_path}/path.csv", f"csv={tmp_path}/paths/"}
        offered = complete(*before, "--format", f"csv={tmp_path}/")
        assert f"csv={tmp_path}/.hidden" not in offered
        return
    # bash parts words at =, and goes on with files behind it.
    for words in (("csv", "="), ("csv", "=", f"{tmp_path}/pa")):
        assert complete(*before, "--format", *words) == ["compopt -o default", ""]
        assert complete(*before, "--format", "=", *words) == ["compopt -o default", ""]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("--format", "=", "mt"), {"mtr-json"}),
        (("--theme", "=", "high"), {"high-contrast"}),
        (("--units", "="), {"ms", "us", "s"}),
        (("example.com", "--theme", "=", "dark", "--units", "="), {"ms", "us", "s"}),
    ],
)
def test_bash_has_values_behind_an_equals_sign(words: tuple[str, ...], offered: set[str]) -> None:
    assert set(in_bash(*words)) == offered


def test_zsh_takes_the_script(tmp_path: Path) -> None:
    script = run_program("completion", "zsh").stdout
    assert script.startswith("#compdef poros-tui")
    assert shell("zsh", "--no-rcs", "-n", "-c", script) == []
    described = shell(
        "zsh", "--no-rcs", "-c",
        "COMP_WORDS='poros-tui --mt' COMP_CWORD=1 _POROS_TUI_COMPLETE=zsh_complete poros-tui",
    )  # fmt: skip
    assert described[:2] == ["plain", "--mtu"]
    assert re.match("After the first round search for the path MTU", described[2])
    (tmp_path / "path.csv").write_text("")
    offered = shell(
        "zsh", "--no-rcs", "-c",
        f"COMP_WORDS='poros-tui --format csv={tmp_path}/pa' COMP_CWORD=2 "
        "_POROS_TUI_COMPLETE=zsh_complete poros-tui",
    )  # fmt: skip
    assert offered[:2] == ["plain", f"csv={tmp_path}/path.csv"]


def test_another_shell_is_refused() -> None:
    done = run_program("completion", "tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "'tcsh' is not one of 'bash', 'zsh', 'fish'; see poros-tui completion --help" in done.stderr
    )
