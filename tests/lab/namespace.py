"""Network namespaces: made, entered and removed. What `ip` and /proc can do, nothing else."""

from __future__ import annotations

import ctypes
import itertools
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from fcntl import ioctl
from ipaddress import IPv6Address
from pathlib import Path
from struct import pack, unpack_from
from typing import Final

NAMES: Final = re.compile(r"poros-lab-(\d+)-\d+\Z")
"""Of our namespaces: who made it, and a counter."""
_NAMED_NAMESPACES: Final = Path("/run/netns")
_KERNEL_WAIT_S: Final = 30.0
"""For what the kernel does within milliseconds; on a machine that is busy elsewhere, later."""
_LOOK_EVERY_S: Final = 0.0005
_CLONE_NEWNET: Final = 0x40000000
_SIOCGIFFLAGS: Final = 0x8913
_IFF_RUNNING: Final = 0x40
_HOST_PREFIX: Final = "80"
_LINK_LOCAL_SCOPE: Final = "20"
"""As /proc/net/ipv6_route and /proc/net/if_inet6 write 128 and IPV6_ADDR_LINKLOCAL."""
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
    return _run(["ip", *words], text)


def _run(words: list[str], text: str) -> str:
    done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(words)}: {done.stderr.strip()}")
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


def enter(namespace: str) -> None:
    """Be in the namespace from now on, with the calling thread."""
    _enter(_NAMED_NAMESPACES / namespace)


@contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Be in the namespace, with the calling thread, which must not wait for others meanwhile."""
    with open("/proc/thread-self/ns/net", "rb") as own:
        _enter(_NAMED_NAMESPACES / namespace)
        try:
            yield
        finally:
            _enter(Path(f"/proc/self/fd/{own.fileno()}"))


def set_sysctls(namespace: str, values: Mapping[str, str]) -> None:
    """Set kernel variables, named by their path below /proc/sys/net."""

    def write() -> None:
        for name, value in values.items():
            Path("/proc/sys/net", name).write_text(value)

    inside(namespace, write)


def set_filter(namespace: str, rules: str) -> None:
    """Load a ruleset of nftables.

    Raises:
        LabError: nft does not take it.
    """
    _run(["ip", "netns", "exec", namespace, "nft", "-f", "-"], rules)


def wait_for_carrier(namespace: str, devices: Iterable[str]) -> None:
    """Wait until devices that are up have noticed that the other end is up too.

    Until then the kernel drops what they are to send: it starts their queues from a work queue.

    Raises:
        LabError: one of them did not notice.
    """

    def is_running(device: str) -> bool:
        request = pack("16sH22x", device.encode(), 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
            answer = ioctl(anything, _SIOCGIFFLAGS, request)
        (flags,) = unpack_from("H", answer, 16)
        return bool(flags & _IFF_RUNNING)

    for device in devices:
        _wait_inside(
            namespace, lambda device=device: is_running(device), f"{device} does not become ready"
        )


def wait_for_addresses(
    namespace: str, wanted: Iterable[IPv6Address], linked: Iterable[str] = ()
) -> None:
    """Wait until packets to all IPv6 addresses of the namespace are let in: to the `wanted`, and
    to the link-local ones of the devices `linked`, from which a router asks for its neighbours.

    The kernel adds the routes for new addresses later, from a work queue, even without duplicate
    address detection: in 1 of 100 fresh labs it dropped the answers of the first 4 ms. A neighbour
    asked in that time asks again only after a second.

    Raises:
        LabError: one of them did not become usable.
    """
    expected, devices = {address.packed.hex() for address in wanted}, set(linked)

    def are_usable() -> bool:
        present = [line.split() for line in _own_table("if_inet6").splitlines()]
        routes = [line.split() for line in _own_table("ipv6_route").splitlines()]
        let_in = {words[0] for words in routes if words[1] == _HOST_PREFIX}
        addresses = {words[0] for words in present}
        link_local = {words[5] for words in present if words[3] == _LINK_LOCAL_SCOPE}
        return expected <= addresses <= let_in and devices <= link_local

    _wait_inside(namespace, are_usable, "an IPv6 address does not become usable")


def _own_table(name: str) -> str:
    """A table of the namespace that this thread is in."""
    return Path("/proc/thread-self/net", name).read_text()


def _wait_inside(namespace: str, is_so: Callable[[], bool], complaint: str) -> None:
    def look() -> None:
        deadline_s = time.monotonic() + _KERNEL_WAIT_S
        while not is_so():
            if time.monotonic() > deadline_s:
                raise LabError(f"{complaint} in {namespace}")
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
