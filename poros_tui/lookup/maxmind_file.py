"""Files in the format of MaxMind DB, of whichever maker: opening them, and what they say of an
address. The library that reads them is loaded when the first is opened.

They are mapped into memory, so that of 100 MB only what is looked at is read; by the library's own
Python, because its C has no bounds that a broken file could not pass. An address takes it 0.1 ms.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from poros_tui.model.clean import clean
from poros_tui.model.probe import IPAddress

if TYPE_CHECKING:
    from maxminddb import Reader

_NAME_MAX: Final = 60


class UnreadableFile(Exception):
    """It is not there, not such a file, or damaged. Its words, a few, say what."""


class MaxMindFile:
    """One file, open."""

    def __init__(self, path: Path) -> None:
        """Raises UnreadableFile."""
        self.name: Final = clean(path.name, _NAME_MAX)
        """Without its folders, fit for the screen."""
        self._reader = _opened(path)

    def record(self, address: IPAddress) -> object:
        """What it says of this address, whatever that is; None for nothing.

        Raises:
            UnreadableFile: it is damaged there.
        """
        if address.version == 6 and self._reader.metadata().ip_version == 4:
            return None
        try:
            return self._reader.get(address)
        except _BROKEN as error:
            raise UnreadableFile("is damaged") from error

    def records(self, most: int) -> Iterator[object]:
        """The first of all that it says.

        Raises:
            UnreadableFile: it is damaged there.
        """
        try:
            for _network, record in islice(self._reader, most):
                yield record
        except _BROKEN as error:
            raise UnreadableFile("is damaged") from error

    def close(self) -> None:
        """Give it back."""
        self._reader.close()


_BROKEN: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What its reader raises over bytes that are not what they should be, beside errors of its own,
which are a RuntimeError."""


def _opened(path: Path) -> Reader:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # to open a pipe would wait for ever
            raise UnreadableFile("is no file")
        from maxminddb import MODE_MMAP, open_database

        return open_database(path, MODE_MMAP)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UnreadableFile(f"cannot be read ({reason})") from error
    except _BROKEN as error:
        raise UnreadableFile("is no MaxMind DB, or damaged") from error
