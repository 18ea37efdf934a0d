from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.program import PREFIX, PROGRAM, RUN_LIMIT_S, environment, run_program

DEMO = ("demo", "--seed", "1", "-q", "1")
NO_ROOM = f"{PREFIX}can't write to standard output: {os.strerror(errno.ENOSPC).lower()}\n"


def run_with_output_to(
    path: str, *arguments: str, stderr: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    with Path(path).open("wb") as out:
        return subprocess.run(
            [*PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=stderr,
            text=True,
            timeout=RUN_LIMIT_S,
            env=environment(),
            check=False,
        )


@pytest.mark.parametrize("front_end", ["--report", "--json"])
def test_a_full_disc_is_one_sentence(front_end: str) -> None:
    done = run_with_output_to("/dev/full", *DEMO, front_end)
    assert done.returncode == 3
    assert done.stderr.splitlines(keepends=True)[1:] == [NO_ROOM]  # the first is the demo's note


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_even_the_help_notices_a_full_disc(option: str) -> None:
    done = run_with_output_to("/dev/full", option)
    assert (done.returncode, done.stderr) == (3, NO_ROOM)


@pytest.mark.parametrize("front_end", ["--report", "--json"])
def test_a_reader_that_leaves_early_is_no_news(front_end: str) -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [*PROGRAM, *DEMO, front_end],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    os.close(write)
    _, err = process.communicate(timeout=RUN_LIMIT_S)
    assert process.returncode == 128 + 13
    assert [line for line in err.splitlines() if "simulated internet" not in line] == []


def run_in_shell(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command, *PROGRAM, *DEMO],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(),
        check=False,
    )


def test_standard_output_that_is_closed_is_one_sentence() -> None:
    done = run_in_shell('"$0" "$@" --report >&-')
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        f"{PREFIX}standard output is closed; give it somewhere to go"
    )


@pytest.mark.sampled(1)
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_report_does_not_need_stderr(stderr: str) -> None:
    done = run_in_shell(f'"$0" "$@" --report {stderr}')
    assert done.returncode == 0
    assert "Destination reached" in done.stdout


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_an_error_that_nobody_can_read_keeps_its_exit_code(stderr: str) -> None:
    assert run_in_shell(f'"$0" "$@" --nonsense {stderr}').returncode == 2


def test_a_report_does_not_need_stdin() -> None:
    assert run_in_shell('"$0" "$@" --report <&-').returncode == 0


@pytest.mark.sampled(1)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_locale_that_lacks_characters_changes_only_these(encoding: str) -> None:
    def lines(**changes: str) -> list[str]:
        done = subprocess.run(
            [*PROGRAM, *DEMO, "--report", "-m", "4"],
            capture_output=True,
            timeout=RUN_LIMIT_S,
            env=environment(**changes),
            check=False,
        )
        assert done.returncode == 1
        return done.stdout.decode(encoding, "replace").splitlines()

    # Behind a line with an arrow and rows with middle dots, the last hop is as it always is.
    assert [line[:14] for line in lines(PYTHONIOENCODING=encoding) if line.startswith("  4")] == [
        "  4  no reply "
    ]


@pytest.mark.sampled(1)
@pytest.mark.parametrize(
    "locale",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "latin-1"},
        {},
    ],
)
def test_a_report_of_a_file_has_the_bytes_of_the_report_that_it_was(
    locale: dict[str, str], tmp_path: Path
) -> None:
    def out(*arguments: str) -> bytes:
        done = subprocess.run(
            [*PROGRAM, *arguments],
            capture_output=True,
            timeout=RUN_LIMIT_S,
            env=environment(**locale),
            check=False,
        )
        return done.stdout

    file = tmp_path / "a.json"
    written = out(*DEMO, "--report", "-m", "4", f"--format=json={file}")
    assert len(written) > 100
    assert out("report", str(file)) == written


@pytest.mark.parametrize("redirected", ["<", ">"])
def test_the_live_screen_needs_keys_from_and_a_picture_on_a_terminal(redirected: str) -> None:
    """script(1) gives it a terminal, and the shell in it takes one stream away."""
    command = f"{' '.join(PROGRAM)} demo {redirected} /dev/null"
    told = f"{command}; echo code=$?"
    done = subprocess.run(
        ["script", "-qec", f"sh -c '{told}'", "/dev/null"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(TERM="xterm-256color"),
        check=False,
    )
    assert "code=3" in done.stdout
    assert "\x1b" not in done.stdout
    assert f"{PREFIX}the screen needs a terminal; use --report" in done.stdout


def test_the_live_screen_needs_a_terminal() -> None:
    done = run_program("demo")
    assert done.returncode == 3
    assert done.stderr == (
        f"{PREFIX}the screen needs a terminal; use --report or --json where there is none\n"
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_stream_that_is_closed_is_no_terminal(closed: str) -> None:
    done = run_in_shell(f'"$0" "$@" {closed}')
    assert done.returncode == 3
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_dumb_terminal_has_no_live_screen(term: str) -> None:
    done = subprocess.run(
        ["script", "-qec", f"{' '.join(PROGRAM)} demo", "/dev/null"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=RUN_LIMIT_S,
        env=environment(TERM=term),
        check=False,
    )
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        f"{PREFIX}this terminal can't draw a screen (TERM is dumb or not set); "
        "use --report or --json, or set TERM"
    ]
