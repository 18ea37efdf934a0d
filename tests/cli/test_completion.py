"""The Tab key, in the shells themselves."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
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
COMP_LINE=${COMP_LINE:-"${COMP_WORDS[*]}"} COMP_POINT=${COMP_POINT:-${#COMP_LINE}}
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


@pytest.mark.sampled(6)
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
        (("--theme", "dark", "conf"), set()),  # here it is a host
        (("--theme", "dark", "de"), {"demo"}),
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


@pytest.mark.sampled(2)
@pytest.mark.parametrize("before", [(), ("report", "x.json")])
@every_shell
def test_files_are_completed_behind_a_format(
    complete: Complete, before: tuple[str, ...], tmp_path: Path
) -> None:
    (tmp_path / "path=1.csv").write_text("")
    (tmp_path / "paths").mkdir()
    if complete is in_fish:
        for words in (("--format", f"csv={tmp_path}/pa"), (f"--format=csv={tmp_path}/pa",)):
            head = words[-1].removesuffix("pa")
            assert set(complete(*before, *words)) == {f"{head}path=1.csv", f"{head}paths/"}
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


@pytest.mark.parametrize(
    ("typed", "behind", "offered"),
    [("poros-tui --units m", "XX", ["ms"]), ("poros-tui --units ", "", ["ms", "us", "s"])],
)
def test_bash_completes_what_is_before_the_cursor(
    typed: str, behind: str, offered: list[str]
) -> None:
    word = typed.rpartition(" ")[2] + behind
    script = f"COMP_LINE='{typed}{behind} --mda' COMP_POINT={len(typed)}\n" + _BASH.replace(
        "COMP_CWORD=$#", "COMP_CWORD=2"
    )
    assert shell("bash", "--norc", "-c", script, "bash", "--units", word, "--mda") == offered


def test_fish_shows_the_whole_of_a_description() -> None:
    (line,) = shell(
        "fish", "--no-config", "-c",
        "poros-tui completion fish | source; complete -C 'poros-tui --interf'",
    )  # fmt: skip
    assert line == "--interface\tSend through this interface, and hear answers on it alone"


_ZSH = """
setopt menu_complete
autoload -Uz compinit; compinit -u -D
source <(poros-tui completion zsh)
press-tab() {
    BUFFER=${LINE_TYPED}$LINE_BEHIND CURSOR=$#LINE_TYPED
    zle complete-word
    print -r -- "$BUFFER" > $RESULT
    exit
}
zle -N zle-line-init press-tab
"""


def in_zsh(folder: Path, typed: str, behind: str = "") -> str:
    """The line after the Tab key, pressed between the two; of several words it has the first."""
    require_command("zsh")
    (folder / ".zshrc").write_text(_ZSH)
    result = folder / ".line"
    result.unlink(missing_ok=True)
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "ZDOTDIR": str(folder),
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm",
        "LINE_TYPED": typed,
        "LINE_BEHIND": behind,
        "RESULT": str(result),
    }
    ours, its = pty.openpty()
    with subprocess.Popen(
        ["zsh", "-d", "-i"], cwd=folder, env=environment,
        stdin=its, stdout=its, stderr=its, start_new_session=True,
    ) as zsh:  # fmt: skip
        os.close(its)
        with suppress(OSError):  # of a terminal that nobody has open
            while os.read(ours, 65536):
                pass
        os.close(ours)
        zsh.wait(60)
    return result.read_text().rstrip("\n")


@pytest.mark.sampled(6)
@pytest.mark.parametrize(
    ("typed", "then"),
    [
        ("--mt", "--mtu "),
        ("--interv", "--interval "),
        ("conf", "config "),
        ("--theme high", "--theme high-contrast "),
        ("--theme=high", "--theme=high-contrast "),
        ("--theme dark de", "--theme dark demo "),
        ("--theme dark conf", "--theme dark conf"),  # here it is a host
        ("--format=mt", "--format=mtr-json "),
        ("--targets pa", "--targets path=1.csv "),
        ("--targets=pa", "--targets=path=1.csv "),
        ("--format csv=pa", "--format csv=path=1.csv "),
        ("--format=csv=pa", "--format=csv=path=1.csv "),
        ("report wi", "report with\\ space.json "),
        ("report with\\ s", "report with\\ space.json "),
    ],
)
def test_zsh_completes(typed: str, then: str, tmp_path: Path) -> None:
    (tmp_path / "path=1.csv").write_text("")
    (tmp_path / "with space.json").write_text("")
    assert in_zsh(tmp_path, f"poros-tui {typed}") == f"poros-tui {then}"


def test_zsh_completes_what_is_before_the_cursor(tmp_path: Path) -> None:
    line = in_zsh(tmp_path, "poros-tui --privilege r", " example.com")
    assert line.split() == ["poros-tui", "--privilege", "raw", "example.com"]
    line = in_zsh(tmp_path, "poros-tui --privilege ", " example.com")
    assert line.split() == ["poros-tui", "--privilege", "auto", "example.com"]


def test_the_program_is_asked_by_the_path_that_is_typed(tmp_path: Path) -> None:
    """As in an environment that is not entered."""
    assert in_zsh(tmp_path, f"{BIN}/poros-tui --mt") == f"{BIN}/poros-tui --mtu "
    offered = shell(
        "fish", "--no-config", "-c",
        f"poros-tui completion fish | source; set PATH /usr/bin /bin; "
        f"complete -C '{BIN}/poros-tui --units u'",
    )  # fmt: skip
    assert offered == ["us"]


def test_another_shell_is_refused() -> None:
    done = run_program("completion", "tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        "'tcsh' is not one of 'bash', 'zsh', 'fish'; see poros-tui completion --help" in done.stderr
    )
