"""The machine and the process: who we are, in what kind of container, and how far the kernel lets
anybody go. Reads files and asks the kernel; sends nothing."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path
from struct import Struct
from typing import Final

from poros_tui import __version__
from poros_tui.cli.doctor.check import Check, Part, State
from poros_tui.model.clean import clean

_NET_RAW: Final = 13
"""Number of the capability (capabilities(7))."""
_INTERFACE: Final = Struct("16sH22x")  # struct ifreq: name, flags
_SIOCGIFFLAGS: Final = 0x8913
_IFF_UP: Final = 1
_MARKER_FILES: Final = {".dockerenv": "Docker", "run/.containerenv": "Podman"}
_TEXT_MAX: Final = 60


def machine(root: Path = Path("/")) -> Part:
    """`root` is where the system's files are."""
    return Part(title=_title(), checks=tuple(_checks(root)))


def _title() -> str:
    system = f"{platform.system()} {clean(platform.release(), _TEXT_MAX)}"
    return f"poros-tui {__version__}, Python {platform.python_version()}, {system}"


def _checks(root: Path) -> Iterator[Check]:
    yield Check(state=State.GOOD, words=_who(root))
    container = container_name(root)
    if container is not None:
        has_raw = has_net_raw(root, b"CapBnd")
        yield Check(
            state=State.GOOD if has_raw else State.LESS,
            words=f"in a container ({container})"
            + ("" if has_raw else ", which has not got CAP_NET_RAW"),
            remedy="" if has_raw else "start it with --cap-add=NET_RAW",
        )


def _who(root: Path) -> str:
    user = "root" if os.geteuid() == 0 else f"user {os.geteuid()}"
    has_raw = has_net_raw(root)
    return f"run as {user}, {'with' if has_raw else 'without'} the capability CAP_NET_RAW"


def has_net_raw(root: Path = Path("/"), which: bytes = b"CapEff") -> bool:
    """Whether this process may open raw sockets, by its capabilities; with `CapBnd`, whether any
    that begins here may, be it root's."""
    try:
        status = (root / "proc/self/status").read_bytes()
    except OSError:
        return os.geteuid() == 0
    for line in status.splitlines():
        name, _, value = line.partition(b":")
        if name == which:
            return bool(int(value, 16) >> _NET_RAW & 1)
    return os.geteuid() == 0


def container_name(root: Path = Path("/")) -> str | None:
    """What kind of container this is, None where there is no sign of one.

    The signs are those of systemd-detect-virt(1): files that the makers leave, the variable
    `container` of the first process, and its control group.
    """
    for file, name in _MARKER_FILES.items():
        if (root / file).exists():
            return name
    variables = _content(root / "proc/1/environ").split(b"\0")
    for variable in variables:
        if variable.startswith(b"container="):
            return clean(variable[len(b"container=") :].decode(errors="replace"), _TEXT_MAX)
    groups = _content(root / "proc/1/cgroup")
    for sign, name in ((b"kubepods", "Kubernetes"), (b"docker", "Docker"), (b"/lxc", "LXC")):
        if sign in groups:
            return name
    return None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()[: 1 << 16]
    except OSError:
        return b""


def python_path() -> str:
    """The interpreter whose file may get a capability."""
    return os.path.realpath(sys.executable or "/proc/self/exe")


def is_loopback_up() -> bool:
    """Whether packets of this machine to itself get through; taken for so where it can't be
    asked."""
    request = _INTERFACE.pack(b"lo", 0)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
            _, flags = _INTERFACE.unpack(ioctl(anything, _SIOCGIFFLAGS, request))
    except OSError:
        return True
    return bool(flags & _IFF_UP)
