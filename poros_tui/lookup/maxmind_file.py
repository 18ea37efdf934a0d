"""Files in the format of MaxMind DB, of whichever maker: opening them, and what they say of an
address. The library that reads them is loaded when the first is opened.

They are mapped into memory, so that of 100 MB only what is looked at is read; and read by the
library's Python, not its C, so that no broken file can do more than raise an error.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from poros_tui.model.clean import clean
from poros_tui.model.probe import IPAddress

if TYPE_CHECKING:
    from maxminddb import Reader

SAMPLE: Final = 300
"""Records that are looked at for one that says what is wanted. The first of a file may be of
networks that nobody uses."""
_NAME_MAX: Final = 60
_DAMAGED: Final = "it is damaged"


class NotADatabase(Exception):
    """A file that is none, or is damaged, or can't be read: its words, a few, say which."""


class MaxMindFile:
    """One file, open."""

    def __init__(self, path: Path) -> None:
        """Raises NotADatabase."""
        self.name: Final = clean(path.name, _NAME_MAX)
        """Without its folders, fit for the screen."""
        self._reader = _opened(path)

    def look_up(self, address: IPAddress) -> tuple[Mapping[str, object] | None, int]:
        """What it says of this address (None: nothing), and of how many bits the prefix is of which
        it says the same. All makers say it with a map.

        Raises:
            NotADatabase: it is damaged there.
        """
        if address.version == 6 and self._reader.metadata().ip_version == 4:
            return None, 0
        try:
            record, length = self._reader.get_with_prefix_len(address)
        except _BROKEN as error:
            raise NotADatabase(_DAMAGED) from error
        if record is not None and not isinstance(record, Mapping):
            raise NotADatabase(_DAMAGED)
        return record, length

    def records(self, most: int) -> Iterator[object]:
        """The first of all that it says.

        Raises:
            NotADatabase: it is damaged there.
        """
        try:
            for _network, record in islice(self._reader, most):
                yield record
        except _BROKEN as error:
            raise NotADatabase(_DAMAGED) from error

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
            raise NotADatabase("it is no file")
        from maxminddb import MODE_MMAP, open_database

        return open_database(path, MODE_MMAP)
    except OSError as error:
        raise NotADatabase(error.strerror or "it can't be read") from error
    except _BROKEN as error:
        raise NotADatabase("it is no MaxMind database, or is damaged") from error
