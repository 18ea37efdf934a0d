"""Where internet exchanges are looked up: in a file that the user named, or in the one that
`poros-tui update-ix` has fetched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.cli.user_folder import user_folder
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean

if TYPE_CHECKING:
    from poros_tui.lookup.exchange_table import ExchangeFile

FILE_NAME: Final = "exchanges.json"
SIZE_MAX: Final = 128 << 20
"""Bytes of a file that are read: a whole dump of PeeringDB has about half of that."""
_SHOWN_MAX: Final = 120


class ExchangeSource(msgspec.Struct, frozen=True, kw_only=True):
    """What was found."""

    path: Path | None = None
    file: ExchangeFile | None = None
    """None: exchanges are looked up nowhere."""
    notes: tuple[str, ...] = ()
    """What the user is to know, each a sentence."""


def fetched_path() -> Path:
    """Where `update-ix` writes. Ask before privileges are dropped: under sudo it is then known no
    more whose home it is."""
    return user_folder("XDG_CACHE_HOME", ".cache") / FILE_NAME


def exchange_source(named: str | None, fetched: Path) -> ExchangeSource:
    """Read `named`, or what was fetched if it is there, as the user: call after privileges were
    dropped.

    Raises:
        UsageError: `named` is no such file.
    """
    path = Path(named).expanduser() if named is not None else fetched
    shown = clean(str(path), _SHOWN_MAX)
    try:
        return ExchangeSource(path=path, file=_read(path))
    except OSError as error:
        if named is None and isinstance(error, FileNotFoundError):
            return ExchangeSource()
        problem = error.strerror or "it can't be read"
    except ValueError as error:
        problem = str(error)
    if named is not None:
        raise UsageError(
            f"--ix-file {shown}: {problem}",
            "give an export of PeeringDB; poros-tui update-ix fetches one",
        )
    note = f"exchanges are not looked up in {shown}: {problem}; poros-tui update-ix fetches it anew"
    return ExchangeSource(notes=(note,))


def _read(path: Path) -> ExchangeFile:
    with path.open("rb") as file:
        content = file.read(SIZE_MAX + 1)
    if len(content) > SIZE_MAX:
        raise ValueError(f"it has more than {SIZE_MAX >> 20} MB")
    from poros_tui.lookup.exchange_table import decode_exchanges

    return decode_exchanges(content)
