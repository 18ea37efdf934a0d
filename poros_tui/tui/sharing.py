"""What leaves the screen: the kinds of export, and how their files are called and made.

How a report is written is not known here: whoever starts the app hands in one writer for each kind.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event
from poros_tui.model.session import PathSnapshot, TraceIdentity
from poros_tui.model.time_unit import TimeUnit


class ExportKind(StrEnum):
    """What can be written to a file."""

    TEXT = "text"
    MARKDOWN = "markdown"
    CSV = "csv"
    JSON = "json"
    SVG = "svg"


DatedEvents = Sequence[tuple[Event, float]]
"""Each with its time in seconds since 1970."""

Writers = Mapping[
    ExportKind, Callable[[TraceIdentity, PathSnapshot, float, DatedEvents, TimeUnit], str]
]
"""Make the text of each kind but CSV and SVG of what is known now; the number is how many seconds
the session has run. JSON has its own units."""


class KnownSession(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one target of several."""

    name: str
    """As the user typed it."""
    problem: str = ""
    """Why there is nothing to tell of it, a sentence; empty where there is."""
    identity: TraceIdentity | None = None
    """How it is traced now. As what follows, None where there is a problem."""
    path: PathSnapshot | None = None
    chronicle: Chronicle | None = None


WriteSessions = Callable[[Sequence[KnownSession]], str]
"""Makes JSON of all of them."""

ENDINGS: Final = {
    ExportKind.TEXT: "txt",
    ExportKind.MARKDOWN: "md",
    ExportKind.CSV: "csv",
    ExportKind.JSON: "json",
    ExportKind.SVG: "svg",
}
_NAME_MAX: Final = 80
_NUMBERS: Final = 100
"""How many files may have been made in the same second."""


def file_name(target: str, at: datetime, kind: ExportKind, number: int = 0) -> str:
    """Such as `poros-tui-example.com-2026-03-04-050607.txt`; the target is any text."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", target).strip("-.")[:_NAME_MAX] or "trace"
    again = f"-{number}" if number else ""
    return f"poros-tui-{safe}-{at:%Y-%m-%d-%H%M%S}{again}.{ENDINGS[kind]}"


def save(text: str, folder: Path, target: str, at: datetime, kind: ExportKind) -> Path:
    """Write a new file that only its owner can read. Returns its path.

    Raises:
        OSError: it cannot be written; a file that was begun is removed.
    """
    for number in range(_NUMBERS):
        path = folder / file_name(target, at, kind, number)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text if text.endswith("\n") else text + "\n")
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path
    raise FileExistsError(17, "too many files of that name")


def without_remote_fonts(svg: str) -> str:
    """A picture by rich as one that loads nothing: its fonts come from elsewhere."""
    svg = re.sub(r"@font-face \{.*?\}|<!--.*?-->", "", svg, flags=re.DOTALL)
    # Renderers drop leading blanks without it, and columns shift.
    return svg.replace("<text ", '<text xml:space="preserve" ')
