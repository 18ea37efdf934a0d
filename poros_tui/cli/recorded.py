"""Recordings of --record, as files on this machine."""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from poros_tui.cli.config_file import as_user
from poros_tui.errors import UsageError
from poros_tui.model.clean import clean
from poros_tui.probe.privilege import invoking_user

if TYPE_CHECKING:
    from poros_tui.record.recording import Recording

_PATH_MAX: Final = 240
_HEAD: Final = b"\x1f\x8b\x08\x04"
"""What a recording begins with, and none of the other files that are read."""


def is_recording(path: Path) -> bool:
    """Whether the file looks like one, be it that its beginning is destroyed; False where it cannot
    be read."""
    from poros_tui.record.members import find_members  # before the rights are the user's

    with suppress(OSError, ValueError), as_user(invoking_user(os.environ)), path.open("rb") as file:
        if file.read(len(_HEAD)) == _HEAD:
            return True
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return next(find_members(data), None) is not None
    return False


def open_recording(path: Path) -> Recording:
    """Map a file into memory: only what is looked at is read.

    Raises:
        UsageError: there is none, or it is no recording.
    """
    from poros_tui.record.recording import Recording

    shown = clean(str(path), _PATH_MAX)
    try:
        with as_user(invoking_user(os.environ)), path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
    except FileNotFoundError:
        raise UsageError(f"there is no file {shown}", "write one with --record") from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or "no name for a file").lower()
        raise UsageError(f"cannot read {shown}: {reason}") from None
    return Recording(data, shown)
