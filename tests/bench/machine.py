"""What the figures were measured on, in words."""

from __future__ import annotations

import os
import platform
import time
from importlib import metadata
from typing import Final

from tests.bench.usage import read_processors

_LOOK_S: Final = 1.0


def describe_machine() -> str:
    """One paragraph: kernel, Python, libraries, and how busy the machine is with other things."""
    before = read_processors()
    time.sleep(_LOOK_S)
    busy = read_processors().busy_share_since(before)
    libraries = ", ".join(f"{name} {metadata.version(name)}" for name in ("trio", "textual"))
    return (
        f"{platform.system()} {platform.release()}, {os.cpu_count()} cores of "
        f"{platform.machine()}, {100 * busy:.0f} % busy before the start; "
        f"{platform.python_implementation()} {platform.python_version()}, {libraries}\n"
    )
