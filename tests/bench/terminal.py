"""A program on a real pseudo-terminal, everything it writes kept with its time."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from struct import pack
from typing import Final

import pyte

from tests.lab.tun import TunLab

COLUMNS: Final = 120
ROWS: Final = 40
TERM: Final = "xterm-256color"
_READ_BYTES: Final = 1 << 16
_LEAVE_S: Final = 5.0


@dataclass(slots=True)
class Recording:
    """What came out of the terminal."""

    began_at_s: float
    """CLOCK_MONOTONIC, just before the program was started."""
    chunks: list[tuple[float, bytes]] = field(default_factory=list)
    """When each piece was read (CLOCK_MONOTONIC), and what it was."""

    def bytes_between(self, from_s: float, to_s: float) -> int:
        """How much was written in an interval, in seconds since the beginning."""
        return sum(
            len(data) for at_s, data in self.chunks if from_s <= at_s - self.began_at_s < to_s
        )

    def first_time(self, shows: Callable[[list[str]], bool]) -> float | None:
        """Seconds from the start until `shows` held for the lines of the screen; None: never."""
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        for at_s, data in self.chunks:
            stream.feed(data)
            if shows(screen.display):
                return at_s - self.began_at_s
        return None


@dataclass(frozen=True, slots=True)
class Terminal:
    """A program that is running on a terminal."""

    process_id: int
    recording: Recording
    master: int

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())


@contextmanager
def on_terminal(lab: TunLab, argv: Sequence[str]) -> Iterator[Terminal]:
    """Run a command of the lab on a terminal of its own; in the end `q` is pressed."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, pack("HHHH", ROWS, COLUMNS, 0, 0))
    recording = Recording(time.monotonic())
    # `ip netns exec` replaces itself by the command, so this is the command's process id.
    process = subprocess.Popen(
        lab.command(argv),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "TERM": TERM, "LANG": "C.UTF-8"},
    )
    os.close(slave)
    reader = threading.Thread(target=_read, args=(master, recording))
    reader.start()
    terminal = Terminal(process.pid, recording, master)
    try:
        yield terminal
        terminal.type("q")
        process.wait(_LEAVE_S)
    finally:
        process.kill()
        process.wait()
        reader.join()
        os.close(master)


def _read(master: int, recording: Recording) -> None:
    while True:
        try:
            data = os.read(master, _READ_BYTES)
        except OSError:
            return  # EIO: the program has closed the terminal
        if not data:
            return
        recording.chunks.append((time.monotonic(), data))
