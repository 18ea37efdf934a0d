"""What is written while the trace goes on, without holding it up."""

from __future__ import annotations

import os
import select
import sys
from typing import Final

from poros_tui.errors import CannotRun
from poros_tui.model.clean import clean

PIECE: Final = 4096
"""Bytes that go into a pipe at once, where it has room for any (PIPE_BUF, pipe(7))."""
WAITING_MAX: Final = 64 << 20
"""Bytes that wait for a reader. More would be a leak: then the trace waits for it too."""
_PATH_MAX: Final = 240


class ByteStream:
    """Bytes to where they are read, each at once. A reader that is slow holds up no probe: what
    does not go yet waits."""

    def __init__(self, descriptor: int, path: str | None = None) -> None:
        """To an open file, `path` for a sentence; None: it is standard output."""
        self._descriptor = descriptor
        self._path = path
        self._waiting = bytearray()
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._problem: OSError | None = None

    @property
    def has_reader(self) -> bool:
        """Whether what is put may still be read by somebody."""
        return self._problem is None

    def put(self, data: bytes) -> None:
        """Write it, or keep it for later."""
        self._waiting += data
        while self.has_more and (len(self._waiting) > WAITING_MAX or self._poll.poll(0)):
            self._write_piece()

    def finish(self) -> None:
        """Write what waits, however long that takes.

        Raises:
            OSError: standard output is full, or its reader has left.
            CannotRun: the file cannot be written.
        """
        while self.has_more:
            self._write_piece()
        if self._problem is None:
            return
        if self._path is None:
            raise self._problem
        reason = (self._problem.strerror or "error").lower()
        raise CannotRun(f"can't write {clean(self._path, _PATH_MAX)}: {reason}")

    @property
    def has_more(self) -> bool:
        """Something waits for the reader."""
        return bool(self._waiting) and self._problem is None

    def _write_piece(self) -> None:
        try:
            written = os.write(self._descriptor, self._waiting[:PIECE])
        except OSError as error:
            self._problem = error
        else:
            del self._waiting[:written]


def stdout_descriptor() -> int:
    """Standard output, with nothing left in Python's buffer.

    Raises:
        CannotRun: it is closed.
    """
    if sys.stdout is None:
        raise CannotRun("standard output is closed", "give it somewhere to go")
    sys.stdout.flush()
    return sys.stdout.fileno()
