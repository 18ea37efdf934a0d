"""The program, loaded once: a process that forks itself for each run.

To load it takes ten times the work of a trace. It is told to run by lines of JSON on its standard
input (see `forking.ForkedProgram`), and says on its standard output how each run ended.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import sys
from pathlib import Path
from typing import Final, NoReturn

import poros_tui
from poros_tui.cli import main as poros_tui_main
from tests.lab import namespace

READY: Final = "ready"
_WITHOUT_USE: Final = "poros_tui.tui"
"""No run here has a screen."""
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_CAPBSET_DROP: Final = 24
_CAPABILITY_VERSION_3: Final = 0x20080522
_CAPABILITIES: Final = range(41)


def main() -> None:
    """Fork until the standard input ends; the outputs go into the directory named."""
    outputs = Path(sys.argv[1])
    _load()
    gc.collect()
    gc.freeze()
    print(READY, flush=True)  # noqa: T201
    children: dict[int, tuple[int, int]] = {}
    poll = select.poll()
    poll.register(0, select.POLLIN)
    lines = b""
    while True:
        for descriptor, _ in poll.poll():
            if descriptor:
                poll.unregister(descriptor)
                number, child = children.pop(descriptor)
                os.close(descriptor)
                _, status = os.waitpid(child, 0)
                print(json.dumps([number, os.waitstatus_to_exitcode(status)]), flush=True)  # noqa: T201
                continue
            data = os.read(0, 65536)
            if not data:
                return
            *whole, lines = (lines + data).split(b"\n")
            for request in map(json.loads, whole):
                child = os.fork()
                if not child:
                    _run(outputs, **request)
                pidfd = os.pidfd_open(child)
                children[pidfd] = request["number"], child
                poll.register(pidfd, select.POLLIN)


def _load() -> None:
    for module in pkgutil.walk_packages(poros_tui.__path__, "poros_tui."):
        if not module.name.startswith(_WITHOUT_USE) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _run(
    outputs: Path,
    *,
    number: int,
    where: str,
    arguments: list[str],
    capabilities: bool,
    limit_s: float,
) -> NoReturn:
    """In a child: what the program does by itself, with the same exit code."""
    code = 255
    try:
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        for descriptor, path in ((0, "/dev/null"), (1, f"{number}.out"), (2, f"{number}.err")):
            flags = os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_CREAT | os.O_EXCL
            os.dup2(os.open(outputs / path, flags, 0o600), descriptor)
        namespace.enter(where)
        if not capabilities:
            _drop_capabilities()
        poros_tui_main(arguments)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _drop_capabilities() -> None:
    """As `lab.WITHOUT_CAPABILITIES` does."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in _CAPABILITIES:
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = ctypes.create_string_buffer(_CAPABILITY_VERSION_3.to_bytes(4, sys.byteorder), 8)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.capset(header, bytes(24)):
        raise OSError(ctypes.get_errno(), "capabilities stay")


if __name__ == "__main__":
    main()
