"""Network namespaces: made, entered and removed. What `ip` and /proc can do, nothing else."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from ipaddress import IPv6Address
from pathlib import Path
from typing import Final

NAMES: Final = re.compile(r"poros-lab-(\d+)-\d+\Z")
"""Of our namespaces: who made it, and a counter."""
_NAMED_NAMESPACES: Final = Path("/run/netns")
_ADDRESS_WAIT_S: Final = 2.0
_LOOK_EVERY_S: Final = 0.0005
_CLONE_NEWNET: Final = 0x40000000
_counter = itertools.count(1)


class LabError(Exception):
    """The lab could not be built; the words of `ip` or of the kernel."""


def new_name() -> str:
    """A name for a namespace that no other process uses."""
    return f"poros-lab-{os.getpid()}-{next(_counter)}"


def ip_batch(lines: Iterable[str], namespace: str | None = None) -> None:
    """Run commands of `ip`, one a line, in one process.

    Raises:
        LabError: the first of them that failed, in the words of `ip`.
    """
    where = ["-n", namespace] if namespace else []
    _ip(*where, "-batch", "-", text="\n".join(lines) + "\n")


def _ip(*words: str, text: str = "") -> str:
    done = subprocess.run(["ip", *words], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def delete(names: Iterable[str]) -> None:
    """Remove namespaces that may be there or not, their devices, and what still runs in them."""
    present = [name for name in names if (_NAMED_NAMESPACES / name).exists()]
    for name in present:
        for process in _ip("netns", "pids", name).split():
            with suppress(ProcessLookupError):
                os.kill(int(process), signal.SIGKILL)
    if present:
        ip_batch(f"netns delete {name}" for name in present)


def delete_abandoned() -> None:
    """Remove what processes left behind that were killed before they could."""
    if not _NAMED_NAMESPACES.exists():
        return
    owned = {path.name: NAMES.match(path.name) for path in _NAMED_NAMESPACES.iterdir()}
    abandoned = [name for name, match in owned.items() if match and not _is_alive(match[1])]
    with suppress(LabError):  # another process may be doing the same
        delete(abandoned)


def _is_alive(process: str) -> bool:
    try:
        return bool(Path("/proc", process, "cmdline").read_bytes())  # empty for a zombie
    except FileNotFoundError:
        return False


def inside(namespace: str, action: Callable[[], None]) -> None:
    """Run `action` in a thread that has entered the namespace; its exception is raised here.

    A namespace belongs to a thread, so the rest of this process stays where it is, and no child
    process is needed.
    """
    failures: list[BaseException] = []

    def enter_and_act() -> None:
        try:
            _enter(_NAMED_NAMESPACES / namespace)
            action()
        except BaseException as failure:  # noqa: BLE001 - carried over to the calling thread
            failures.append(failure)

    thread = threading.Thread(target=enter_and_act)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


def set_sysctls(namespace: str, values: Mapping[str, str]) -> None:
    """Set kernel variables, named by their path below /proc/sys/net."""

    def write() -> None:
        for name, value in values.items():
            Path("/proc/sys/net", name).write_text(value)

    inside(namespace, write)


def wait_for_address(namespace: str, address: IPv6Address) -> None:
    """Wait until packets to an address that was just added are let in.

    The kernel adds the route for them later, from a work queue, even without duplicate address
    detection: in 1 of 100 fresh labs it dropped the answers of the first 4 ms.

    Raises:
        LabError: it took longer than 2 s.
    """

    def look() -> None:
        deadline_s = time.monotonic() + _ADDRESS_WAIT_S
        host_route = f"{address.packed.hex()} 80 "
        while host_route not in Path("/proc/thread-self/net/ipv6_route").read_text():
            if time.monotonic() > deadline_s:
                raise LabError(f"{address} does not become usable in {namespace}")
            time.sleep(_LOOK_EVERY_S)

    inside(namespace, look)


def _enter(path: Path) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise LabError(f"cannot enter {path}: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(descriptor)
