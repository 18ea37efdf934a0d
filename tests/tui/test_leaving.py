"""On a real terminal: however the program ends, the terminal works and the exit code is honest."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath

import pytest

ROOT = FilePath(__file__).parents[2]
PATIENCE_S = 60.0
ALTERNATE_SCREEN_ON, ALTERNATE_SCREEN_OFF = b"\x1b[?1049h", b"\x1b[?1049l"
CURSOR_ON = b"\x1b[?25h"
MOUSE_ON, MOUSE_OFF = b"\x1b[?1000h", b"\x1b[?1000l"


@dataclass
class Ended:
    """How a program ended, and all it wrote to its terminal and to stderr."""

    exit_code: int
    screen: bytes
    errors: str
    terminal_is_restored: bool


def run(
    how: str,
    leave: Callable[[int, int], None] | None,
    *,
    until: bytes,
    meanwhile: Callable[[int], None] = lambda errors: None,
) -> Ended:
    """Run the program in a terminal; once it shows `until`, `meanwhile` gets its stderr, while
    nobody reads the terminal, and `leave` its pid and terminal."""
    read_errors, write_errors = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(write_errors, 2)
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-m", "tests.tui.program", how], environment)
    os.close(write_errors)
    before = termios.tcgetattr(terminal)
    screen = _read(terminal, until)
    meanwhile(read_errors)
    if leave is not None:
        leave(pid, terminal)
    screen += _read(terminal, None)
    after = termios.tcgetattr(terminal) if _is_open(terminal) else before
    _pid, status = os.waitpid(pid, 0)
    with os.fdopen(read_errors) as errors:
        text = errors.read()
    os.close(terminal)
    return Ended(os.waitstatus_to_exitcode(status), screen, text, before[3] == after[3])


def _is_open(terminal: int) -> bool:
    try:
        termios.tcgetattr(terminal)
    except termios.error:
        return False
    return True


def _read(terminal: int, until: bytes | None) -> bytes:
    """Everything up to `until`, or to the end."""
    seen = b""
    while until is None or until not in seen:
        readable, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert readable, f"nothing more came after {seen[-500:]!r}"
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # EIO: the other end is closed
            return seen
        if not piece:
            return seen
        seen += piece
    return seen


def press(key: bytes) -> Callable[[int, int], None]:
    return lambda _pid, terminal: os.write(terminal, key) and None


def send(number: signal.Signals) -> Callable[[int, int], None]:
    return lambda pid, _terminal: os.kill(pid, number)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    ("how", "leave", "exit_code"),
    [
        ("reached", press(b"q"), 0),
        ("silent", press(b"q"), 1),
        ("reached", press(b"\x03"), 130),
        ("reached", send(signal.SIGINT), 130),
        ("reached", send(signal.SIGTERM), 143),
        ("reached", send(signal.SIGHUP), 129),
    ],
    ids=["q", "q-unreached", "ctrl-c", "sigint", "sigterm", "sighup"],
)
def test_the_terminal_is_restored_and_the_exit_code_says_why(
    how: str, leave: Callable[[int, int], None], exit_code: int
) -> None:
    ended = run(how, leave, until=b"10.0.1.1")
    assert ended.exit_code == exit_code
    assert ended.errors == ""
    assert ended.terminal_is_restored
    assert ended.screen.rindex(ALTERNATE_SCREEN_OFF) > ended.screen.rindex(ALTERNATE_SCREEN_ON)
    assert ended.screen.rindex(MOUSE_OFF) > ended.screen.rindex(MOUSE_ON)
    assert CURSOR_ON in ended.screen


def test_a_terminal_that_says_it_has_no_size_is_not_drawn_for_ever() -> None:
    # A fresh pseudo-terminal has 0 columns and 0 rows.
    ended = run("reached", press(b"q"), until=b"10.0.1.1")
    assert len(ended.screen) < 30_000


def test_an_engine_defect_is_one_sentence_without_a_traceback() -> None:
    ended = run("broken", None, until=ALTERNATE_SCREEN_OFF)
    assert ended.exit_code == 3
    assert ended.errors == (
        "poros-tui: the probing engine failed: ZeroDivisionError: division by 0\n"
    )
    assert b"Traceback" not in ended.screen
    assert ended.terminal_is_restored


def test_debug_adds_the_traceback_without_the_values_of_variables() -> None:
    ended = run("broken-debug", None, until=ALTERNATE_SCREEN_OFF)
    assert ended.exit_code == 3
    assert "Traceback" in ended.errors
    assert "in fail" in ended.errors
    assert "a-local-value" not in ended.errors
    assert ended.errors.endswith("ZeroDivisionError: division by 0\n")


def test_what_the_user_can_mend_is_said_with_its_advice() -> None:
    ended = run("refused", None, until=ALTERNATE_SCREEN_OFF)
    assert ended.exit_code == 3
    assert ended.errors == "poros-tui: no permission to open a socket; try --privilege user\n"


@pytest.mark.sampled(0)
def test_a_terminal_that_stops_reading_does_not_stop_the_engine() -> None:
    def wait_for_rounds(errors: int) -> None:
        # 1,000 rounds draw far more than the terminal and the writer's queue hold. Were the engine
        # to wait for them, this would wait for ever.
        told = 0
        while told < 10:
            readable, _, _ = select.select([errors], [], [], PATIENCE_S)
            assert readable, f"the engine stopped after {told}00 rounds"
            told += len(os.read(errors, 100))

    ended = run("probing", press(b"q"), until=b"203.0.113.80", meanwhile=wait_for_rounds)
    assert ended.exit_code == 0
    assert ended.terminal_is_restored


_SHELL = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = subprocess.Popen(
    [sys.executable, "-m", "poros_tui", "demo", "--no-dns"], process_group=0,
    preexec_fn=lambda: signal.signal(signal.SIGTTOU, signal.SIG_DFL),
)
def wait():
    status = os.waitpid(job.pid, os.WUNTRACED)[1]
    return "stopped" if os.WIFSTOPPED(status) else os.waitstatus_to_exitcode(status)
told = [wait()]
if sys.argv[1] == "fg":
    os.tcsetpgrp(0, job.pid)
else:
    os.kill(job.pid, signal.SIGTERM)
os.kill(job.pid, signal.SIGCONT)
told.append(wait())
if told[-1] == "stopped":
    job.kill()
print(*told, file=sys.stderr)
"""
"""What a shell does for `poros-tui HOST &`, and then `fg` or `kill %1`."""


def in_background(then: str, *, until: bytes | None, keys: bytes = b"") -> tuple[bytes, str]:
    """What was drawn, and what became of the program each time that it stopped or ended."""
    read_errors, write_errors = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(write_errors, 2)
        environment = {
            **os.environ,
            "TERM": "xterm-256color",
            "PYTHONPATH": str(ROOT),
            "HOME": "/nonexistent",
        }
        os.chdir(ROOT)
        os.execve(sys.executable, [sys.executable, "-c", _SHELL, then], environment)
    os.close(write_errors)
    screen = b""
    if until is not None:
        screen = _read(terminal, until)
        os.write(terminal, keys)
    screen += _read(terminal, None)
    os.waitpid(pid, 0)
    os.close(terminal)
    with os.fdopen(read_errors) as errors:
        return screen, errors.read().strip()


def test_in_the_background_it_waits_and_draws_once_it_is_in_front() -> None:
    screen, told = in_background("fg", until=b"192.168.1.1", keys=b"q")
    assert told in {"stopped 0", "stopped 1"}  # whether the destination was reached by then
    assert screen.index(ALTERNATE_SCREEN_ON) < screen.index(b"192.168.1.1")


def test_in_the_background_a_signal_ends_it() -> None:
    """As that of `timeout 10 poros-tui HOST`, which runs it there."""
    screen, told = in_background("kill", until=None)
    assert told.endswith("stopped 143")
    assert ALTERNATE_SCREEN_ON not in screen
