"""Where the files of a user are: the XDG base directories, by hand. This program is for Linux, and
to load platformdirs for it took 9 ms of each start."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from poros_tui.probe.privilege import invoking_user

_OWN: Final = "poros-tui"


def user_folder(variable: str, fallback: str, environment: Mapping[str, str] = os.environ) -> Path:
    """Our folder in that of the variable, else in `fallback` of the home. Under sudo or setuid the
    home is that of the user behind it, and no variable counts."""
    user = invoking_user(environment)
    if user is not None:
        try:
            home = Path(pwd.getpwuid(user.uid).pw_dir)
        except KeyError:
            home = Path("/nonexistent")
        return home / fallback / _OWN
    base = environment.get(variable, "")
    root = Path(base) if base.startswith("/") else Path(environment.get("HOME", "/")) / fallback
    return root / _OWN
