"""On a real terminal: it goes away, is lent to the shell, and its signals may be ignored."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import pty
import select
import shutil
import signal
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path as FilePath

import pytest

from poros_tui.tui.driver import LosableFile, StdoutDriver

ROOT = FilePath(__file__).parents[2]
PATIENCE_S = 60.0
RESPONDER = b"10.0.1.1"
ALTERNATE_SCREEN_OFF = b"\x1b[?1049l"
PROGRAM = [sys.executable, "-m", "tests.tui.program", "reached"]


@contextmanager
def in_terminal(command: list[str], *ignored: signal.Signals) -> Iterator[tuple[int, int]]:
    """The pid and the terminal of a command that is started with some signals ignored."""
    pid, terminal = pty.fork()
    if pid == 0:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), "PS1": "$ "}
        os.chdir(ROOT)
        os.execvpe(command[0], command, environment)
    try:
        yield pid, terminal
    finally:
        # Gone already where the test has waited for it, and then the number may be another's.
        with suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG) == (0, 0):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        with suppress(OSError):
            os.close(terminal)


def read(terminal: int, until: bytes) -> bytes:
    """Everything up to `until`."""
    seen = b""
    while until not in seen:
        readable, _, _ = select.select([terminal], [], [], PATIENCE_S)
        assert readable, f"nothing more came after {seen[-500:]!r}"
        seen += os.read(terminal, 65536)
    return seen


def exit_code(pid: int, within_s: float = PATIENCE_S) -> int:
    """How it ended, in time."""
    end_s = time.monotonic() + within_s
    while time.monotonic() < end_s:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    raise AssertionError("it did not end")


@pytest.mark.parametrize("ignored", [(), (signal.SIGHUP,)], ids=["sighup", "sighup-ignored"])
def test_the_program_ends_when_its_terminal_goes_away(ignored: tuple[signal.Signals, ...]) -> None:
    with in_terminal(PROGRAM, *ignored) as (pid, terminal):
        read(terminal, RESPONDER)
        os.close(terminal)
        assert exit_code(pid) == 129


PROBING = ["sh", "-c", f"exec {sys.executable} -m tests.tui.program probing 2>/dev/null"]
STALLED_S = 8.0
"""Longer than it takes to fill a pseudo-terminal and the queue before it."""


def is_cooked(terminal: int) -> bool:
    """Whether lines are edited and keys make signals, as a shell has it."""
    modes = termios.tcgetattr(terminal)[3]
    return bool(modes & termios.ICANON and modes & termios.ISIG and modes & termios.ECHO)


@pytest.mark.sampled(0)
@pytest.mark.parametrize("ending", [b"q", signal.SIGTERM], ids=["q", "sigterm"])
def test_a_terminal_that_takes_nothing_can_be_left(ending: bytes | signal.Signals) -> None:
    with in_terminal(PROBING) as (pid, terminal):
        read(terminal, RESPONDER)
        assert not is_cooked(terminal)
        time.sleep(STALLED_S)
        if isinstance(ending, bytes):
            os.write(terminal, ending)
        else:
            os.kill(pid, ending)
        assert exit_code(pid, within_s=10.0) == (0 if ending == b"q" else 143)
        assert is_cooked(terminal)


@pytest.mark.sampled(0)
def test_what_a_stalled_terminal_has_missed_is_drawn_once_it_reads_again() -> None:
    with in_terminal(PROBING) as (pid, terminal):
        read(terminal, RESPONDER)
        time.sleep(STALLED_S)
        os.write(terminal, b"?")
        read(terminal, b"pause and resume sending")
        os.write(terminal, b"q")  # the help
        read(terminal, b"Responder")
        os.write(terminal, b"q")
        read(terminal, ALTERNATE_SCREEN_OFF)
        assert exit_code(pid) == 0


def test_signals_that_the_caller_ignores_stay_ignored() -> None:
    ignored = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with in_terminal(PROGRAM, *ignored) as (pid, terminal):
        read(terminal, RESPONDER)
        for number in ignored:
            os.kill(pid, number)
        os.write(terminal, b"q")
        read(terminal, ALTERNATE_SCREEN_OFF)
        assert exit_code(pid) == 0  # the key's, not 128 + a signal's


def test_where_nobody_could_continue_it_the_program_does_not_stop() -> None:
    # It leads its session, as with `ssh -t` or in a container.
    with in_terminal(PROGRAM) as (pid, terminal):
        read(terminal, RESPONDER)
        os.write(terminal, b"\x1a")
        read(terminal, RESPONDER)
        os.write(terminal, b"q")
        read(terminal, ALTERNATE_SCREEN_OFF)
        assert exit_code(pid) == 0


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_after_ctrl_z_in_a_script_the_terminal_is_the_shells() -> None:
    with in_terminal(["bash", "--norc", "--noprofile", "-i"]) as (_pid, terminal):
        os.write(terminal, f"sh -c '{' '.join(PROGRAM)}; echo script-$?'\n".encode())
        for _again in range(3):
            read(terminal, RESPONDER)
            os.write(terminal, b"\x1a")
            assert ALTERNATE_SCREEN_OFF in read(terminal, b"Stopped")
            os.write(terminal, b"fg\n")
        read(terminal, RESPONDER)
        os.write(terminal, b"q")
        assert b"script-0" in read(terminal, b"$ ")
        os.write(terminal, b"exit\n")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_after_ctrl_z_and_fg_the_whole_screen_is_there_again() -> None:
    with in_terminal(["bash", "--norc", "--noprofile", "-i"]) as (_pid, terminal):
        os.write(terminal, " ".join(PROGRAM).encode() + b"\n")
        read(terminal, RESPONDER)
        os.write(terminal, b"\x1a")
        assert ALTERNATE_SCREEN_OFF in read(terminal, b"Stopped")
        for _again in range(2):
            os.write(terminal, b"fg\n")
            read(terminal, RESPONDER)
            os.write(terminal, b"\x1a")
            read(terminal, b"Stopped")
        os.write(terminal, b"fg\n")
        read(terminal, RESPONDER)
        os.write(terminal, b"q")
        # What is typed before the shell is back would be the program's, and lost with it.
        assert ALTERNATE_SCREEN_OFF in read(terminal, b"$ ")
        os.write(terminal, b"echo ended-$?\n")
        read(terminal, b"ended-0")
        os.write(terminal, b"exit\n")


class JobDriver(StdoutDriver):
    """Without a terminal: what is done to it is noted."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.done: list[str] = []
        self._running_loop = loop

    def suspend_application_mode(self) -> None:
        """The terminal is left."""
        self.done.append("left")

    def _take_again(self) -> None:
        self.done.append("taken")


def test_who_is_continued_as_soon_as_the_job_was_stopped_does_not_stop_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A second signal, to the program alone, may come when the shell has continued all: it would be
    # stopped, and nobody know of it.
    loop = asyncio.new_event_loop()
    driver = JobDriver(loop)
    monkeypatch.setattr(os, "killpg", lambda group, number: driver.done.append(f"{group} {number}"))
    monkeypatch.setattr(signal, "raise_signal", lambda number: driver.done.append(f"we {number}"))
    driver.stop_job()
    loop.close()
    assert driver.done == ["left", f"0 {signal.SIGTSTP:d}", "taken"]


class VanishedFile(io.StringIO):
    """A file whose terminal is gone."""

    def write(self, text: str) -> int:
        """Never possible."""
        raise OSError(errno.EIO, "Input/output error")


def test_a_lost_file_takes_everything_and_tells_it_once() -> None:
    told: list[bool] = []
    file = LosableFile(VanishedFile(), lambda: told.append(True))
    for _count in range(100):
        assert file.write("abc") == 3
        file.flush()
    assert told == [True]
