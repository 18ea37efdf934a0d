"""Whether the terminal shows more than ASCII, as far as the locale says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_DECIDING: Final = ("LC_ALL", "LC_CTYPE", "LANG")
"""The first that is set and not empty does (POSIX.1-2017, section 8.2)."""


def has_blocks() -> bool:
    """Whether what is written to the terminal can hold blocks and braille. Ask before privileges
    are given up: after that what the process was started with can no longer be read."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "█⣿┼".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    # In this mode Python takes UTF-8 whatever the locale: always where that is C or POSIX, or not
    # installed (PEP 540).
    return not sys.flags.utf8_mode or is_utf8(_environment_at_start())


def is_utf8(environment: Mapping[str, str]) -> bool:
    """Whether the locale is one of UTF-8 by its name; also where none is named."""
    locale = next((name for each in _DECIDING if (name := environment.get(each))), None)
    if locale is None:
        return True
    # language[_territory][.codeset][@modifier], or the codeset alone, as Macs send it.
    codeset = locale.partition("@")[0].rpartition(".")[2]
    return codeset.lower().replace("-", "") == "utf8"


def _environment_at_start() -> Mapping[str, str]:
    """Python itself sets LC_CTYPE to a locale of UTF-8 where it was C (PEP 538)."""
    try:
        started_with = Path("/proc/self/environ").read_bytes()
    except OSError:
        return os.environ
    pairs = (each.partition(b"=") for each in started_with.split(b"\0"))
    return {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
