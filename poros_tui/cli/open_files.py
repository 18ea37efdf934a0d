"""Every target needs sockets: enough open files for all of them, or a sentence."""

from __future__ import annotations

import resource
from typing import Final

from poros_tui.errors import CannotRun

OTHER_FILES: Final = 64
"""Of the program itself: terminal, event loops, name look-ups, modules being loaded."""
SOFT_LIMIT_MAX: Final = 65_536
"""No more is asked for: 256 targets of a hundred sockets each."""


def allow_open_files(sockets: int, targets: int) -> None:
    """See to it that this process may have so many sockets open. The limit that holds by default
    (1024) may be raised by anybody, up to one of the administrator's.

    Raises:
        CannotRun: that one is too low.
    """
    needed = sockets + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if _is_enough(soft, needed):
        return
    if not _is_enough(hard, needed):
        raise CannotRun(
            f"{targets} {'target needs' if targets == 1 else 'targets need'} about {needed} open "
            f"files, and only {hard} are permitted",
            "raise that with ulimit -n, or give fewer",
        )
    wanted = SOFT_LIMIT_MAX if hard == resource.RLIM_INFINITY else min(hard, SOFT_LIMIT_MAX)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(needed, wanted), hard))


def _is_enough(limit: int, needed: int) -> bool:
    return limit == resource.RLIM_INFINITY or limit >= needed
