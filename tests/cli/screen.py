"""The live program on a pseudo-terminal: what it shows, and keys for it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from struct import pack
from typing import Final

import pyte

from tests.cli.program import RUN_LIMIT_S, environment

_READ_BYTES: Final = 1 << 16


class LiveScreen:
    """A program that draws on a terminal of its own."""

    def __init__(
        self, process: subprocess.Popen[bytes], master: int, size: tuple[int, int]
    ) -> None:
        self.process = process
        self._master = master
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def lines(self) -> list[str]:
        """As they stand, without the blanks at their ends."""
        return [line.rstrip() for line in self._screen.display]

    def press(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def until(self, shows: Callable[[list[str]], bool]) -> list[str]:
        """Read on until the lines are so, and return them.

        Raises:
            AssertionError: they are not, after a minute or to the program's end.
        """
        ends_at_s = time.monotonic() + RUN_LIMIT_S
        while not shows(self.lines):
            left_s = ends_at_s - time.monotonic()
            assert left_s > 0, "\n".join(self.lines)
            assert self._read(left_s), "it ended:\n" + "\n".join(self.lines)
        return self.lines

    def until_shown(self, *words: str) -> list[str]:
        """The same until all of these words are there."""
        return self.until(lambda lines: all(any(w in line for line in lines) for w in words))

    def watch(self, duration_s: float) -> None:
        """Read on for so long, whatever comes."""
        ends_at_s = time.monotonic() + duration_s
        while (left_s := ends_at_s - time.monotonic()) > 0:
            self._read(left_s)

    def leave(self, keys: str = "q") -> int:
        """Press `q` and return the exit code.

        Raises:
            AssertionError: it is still there after a minute.
        """
        self.press(keys)
        ends_at_s = time.monotonic() + RUN_LIMIT_S
        while self._read(RUN_LIMIT_S):
            assert time.monotonic() < ends_at_s, "it goes on:\n" + "\n".join(self.lines)
        return self.process.wait(RUN_LIMIT_S)

    def _read(self, patience_s: float) -> bool:
        """Take in what comes next. Returns whether there was anything."""
        readable, _, _ = select.select([self._master], [], [], patience_s)
        if not readable:
            return False
        try:
            data = os.read(self._master, _READ_BYTES)
        except OSError:
            return False  # EIO: the program has closed the terminal
        self._stream.feed(data)
        return bool(data)


@contextmanager
def on_screen(
    command: Sequence[str], *, size: tuple[int, int] = (120, 30), **variables: str
) -> Iterator[LiveScreen]:
    """Run a command on a terminal of `size` columns and lines; it is gone at the end."""
    master, slave = pty.openpty()
    columns, rows = size
    around = environment(TERM="xterm-256color", **variables)
    del around["COLUMNS"]  # the terminal says how wide it is
    fcntl.ioctl(slave, termios.TIOCSWINSZ, pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=around,
    )
    os.close(slave)
    try:
        yield LiveScreen(process, master, size)
    finally:
        process.kill()
        process.wait()
        os.close(master)
