"""When Python looks for garbage: not while the program loads (see `cli.main`)."""

from __future__ import annotations

import gc


def collect_garbage() -> None:
    """From now on, and not of what has been loaded."""
    gc.freeze()
    gc.enable()
