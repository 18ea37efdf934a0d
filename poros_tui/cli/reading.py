"""Files that are read: with the rights of who runs the program, and of a size that memory holds."""

from __future__ import annotations

import os
import re
import sys
from codecs import BOM_UTF8
from pathlib import Path
from typing import Final

from poros_tui.cli.config_file import as_user
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import invoking_user
from poros_tui.report.foreign.read import KNOWN

SIZE_MAX: Final = 256 << 20
"""Bytes of a report that are read: those of a day of 30 hops have 700 MB and are for a database."""
STDIN: Final = "-"
_READABLE: Final = f"it reads recordings, {KNOWN}"
_PATH_MAX: Final = 240
_NO_UTF_8: Final = re.compile("[\udc80-\udcff]")


def shown(name: str) -> str:
    """The name of a file in a sentence."""
    return "standard input" if name == STDIN else clean(name, _PATH_MAX)


def text_of(name: str, advice: str) -> str:
    """What stands in a file, or comes from standard input for `-`. `advice` is for a file that is
    not there.

    Raises:
        UsageError: it cannot be read, or is no text.
    """
    try:
        content = _bytes_of(name)
        text = _decoded(content)
    except FileNotFoundError:
        raise UsageError(f"there is no file {shown(name)}", advice) from None
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise UsageError(f"{shown(name)} is neither a recording nor text", _READABLE) from None
        reason = (getattr(error, "strerror", None) or "no name for a file").lower()
        raise UsageError(f"cannot read {shown(name)}: {reason}") from None
    if not content:
        raise UsageError(f"{shown(name)} is empty", _READABLE)
    return text


def _decoded(content: bytes) -> str:
    """With a NUL, which may not stand in JSON, in the place of a byte that is damaged. Raises
    UnicodeDecodeError: it was never meant to be JSON in UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        begin = content.removeprefix(BOM_UTF8).lstrip()
        if begin[:1] not in (b"{", b"[") or begin[1:2] == b"\0":
            raise
        return _NO_UTF_8.sub("\0", content.decode("utf-8", "surrogateescape"))


def _bytes_of(name: str) -> bytes:
    if name == STDIN:
        content = b"" if sys.stdin is None else sys.stdin.buffer.read(SIZE_MAX + 1)
    else:
        with as_user(invoking_user(os.environ)), Path(name).open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    if len(content) > SIZE_MAX:
        raise UsageError(f"{shown(name)} is larger than {SIZE_MAX >> 20} megabytes")
    return content
