"""Runs the program and notes, in the file named first, what it asked of its user's surroundings
while it was still root: environment variables, and the files it opened; and what it still loaded or
read of the installation, which may be root's own, when it was no longer."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

_INSTALLATION = tuple(str(Path(path).absolute()) for path in {*sys.path, sys.prefix})
_EVERYBODYS = ("/proc/self", "/dev/null")
_OF_A_PROGRAM = (".py", ".pyc", ".so", ".tcss", ".toml")
_NEED_NO_FILE = frozenset(sys.builtin_module_names)
_seen: dict[str, set[str]] = {
    "variables": set(),
    "files": set(),
    "asked_as_root": set(),
    "loaded_late": set(),
}


class _Watched(os._Environ):  # type: ignore[type-arg]
    def __getitem__(self, key: str) -> str:
        if os.getuid() == 0:
            _seen["variables"].add(key)
        return str(super().__getitem__(key))


def _note(event: str, arguments: tuple[object, ...]) -> None:
    is_root = os.getuid() == 0
    if event == "open" and isinstance(arguments[0], str):
        path = str(Path(arguments[0]).absolute())
        is_of_installation = path.startswith(_INSTALLATION)
        if is_root and not is_of_installation and not path.startswith(_EVERYBODYS):
            _seen["files"].add(path)
        elif not is_root and is_of_installation and path.endswith(_OF_A_PROGRAM):
            _seen["loaded_late"].add(path)
    elif event == "import" and not is_root and arguments[0] not in _NEED_NO_FILE:
        _seen["loaded_late"].add(str(arguments[0]))
    elif event == "socket.getaddrinfo" and is_root:
        _seen["asked_as_root"].add(str(arguments[0]))


def main() -> None:
    """Run the program's command line with the rest of the arguments."""
    told_in = Path(sys.argv.pop(1)).open("w")  # noqa: SIM115 - opened as root, written as the user
    from poros_tui.cli.failures import exit_code_of

    os.environ.__class__ = _Watched
    sys.addaudithook(_note)
    code = exit_code_of(sys.argv[1:])
    json.dump({name: sorted(seen) for name, seen in _seen.items()}, told_in)
    told_in.close()
    sys.exit(code)


if __name__ == "__main__":
    main()
