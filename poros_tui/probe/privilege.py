"""Giving up what only opening the sockets needed (design: open first, then be the user)."""

from __future__ import annotations

import ctypes
import os
import pwd
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import CannotRun

_CAPABILITY_VERSION_3: Final = 0x20080522
_CAPABILITY_HEADER: Final = Struct("Ii")
_NO_CAPABILITIES: Final = bytes(24)
_PR_SET_NO_NEW_PRIVS: Final = 38


class Privilege(StrEnum):
    """Which rungs may be used."""

    AUTO = "auto"
    """The best that is permitted."""
    RAW = "raw"
    """Raw sockets or nothing."""
    USER = "user"
    """What an ordinary user may, even as root."""


class Identity(msgspec.Struct, frozen=True):
    """The user that this process is to be."""

    uid: int
    gid: int


def invoking_user(environment: Mapping[str, str]) -> Identity | None:
    """Who is behind this process, None where it already is that user (or plain root).

    A setuid program asks the kernel and no environment: that is the caller's to write.
    """
    real, effective = os.getuid(), os.geteuid()
    if real != effective:
        return Identity(real, os.getgid())
    if effective != 0:
        return None
    try:
        identity = Identity(int(environment["SUDO_UID"]), int(environment["SUDO_GID"]))
    except (KeyError, ValueError):
        return None
    return identity if identity.uid > 0 and identity.gid >= 0 else None


def keeps_privileges(environment: Mapping[str, str]) -> bool:
    """Whether there is nothing that `drop_privileges` would give up: root with nobody behind it,
    who may open raw sockets at any time."""
    return os.geteuid() == 0 and invoking_user(environment) is None


@contextmanager
def acting_as_user(environment: Mapping[str, str] = os.environ) -> Iterator[None]:
    """A context in which files are opened with no more rights than the invoking user's own, for
    what must be read before the sockets are open."""
    user = invoking_user(environment)
    if user is None:
        yield
        return
    users, groups, more = os.getresuid(), os.getresgid(), os.getgroups()
    is_root = os.geteuid() == 0
    try:
        if is_root:
            os.setgroups(_groups(user))
        os.setresgid(user.gid, user.gid, groups[1])
        # What was effective stays behind as the saved id, by which we come back.
        os.setresuid(user.uid, user.uid, users[1])
        yield
    finally:
        os.setresuid(*users)
        os.setresgid(*groups)
        if is_root:
            os.setgroups(more)


def drop_privileges(environment: Mapping[str, str] = os.environ) -> None:
    """Become the invoking user for good, under sudo, setuid or with file capabilities.

    Call after the sockets are open and before any thread is started: capabilities belong to
    threads. Plain root, with nobody behind it, stays root.

    Raises:
        CannotRun: the kernel did not let go of the privileges, or would give them back.
    """
    user = invoking_user(environment)
    try:
        if user is not None:
            _become(user)
        if os.geteuid() != 0:
            _clear_capabilities()
    except OSError as error:
        raise CannotRun(
            f"cannot give up root's privileges ({error.strerror})", "run it as an ordinary user"
        ) from error
    if user is not None and _can_return():
        raise CannotRun("root's privileges would not go away", "run it as an ordinary user")


def _become(user: Identity) -> None:
    if os.geteuid() == 0:
        os.setgroups(_groups(user))
    os.setresgid(user.gid, user.gid, user.gid)
    os.setresuid(user.uid, user.uid, user.uid)


def _groups(user: Identity) -> list[int]:
    try:
        name = pwd.getpwuid(user.uid).pw_name
    except KeyError:
        return [user.gid]
    return os.getgrouplist(name, user.gid)


def _clear_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    header = _CAPABILITY_HEADER.pack(_CAPABILITY_VERSION_3, 0)
    if libc.capset(header, _NO_CAPABILITIES) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    # Nothing that is run from here on gets them back either: setuid bits, file capabilities.
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _can_return() -> bool:
    """Whether the process could still be root, or do what root does."""
    try:
        os.setresuid(0, 0, 0)
    except PermissionError:
        return bool(_capabilities(b"CapPrm") or _capabilities(b"CapEff"))
    return True


def _capabilities(which: bytes) -> int:
    # Bytes, because a codec may have to be loaded from where only root can read.
    for line in Path("/proc/self/status").read_bytes().splitlines():
        name, _, value = line.partition(b":")
        if name == which:
            return int(value, 16)
    return 0
