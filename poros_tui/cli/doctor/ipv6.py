"""Where IPv6 is switched off on this machine. Reads files of the kernel's (ip-sysctl.rst)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from poros_tui.cli.doctor.commands import sysctl
from poros_tui.model.clean import clean
from poros_tui.probe.first_link import is_up

_SWITCHES: Final = "proc/sys/net/ipv6/conf"
_ALL: Final = "all"
_NO_INTERFACES: Final = frozenset({_ALL, "default", "lo"})
_NAME_MAX: Final = 60


class SwitchedOff(msgspec.Struct, frozen=True):
    """It is off on these interfaces."""

    interfaces: tuple[str, ...]
    """`all` alone where that is off; empty where the kernel has no IPv6 at all."""

    @property
    def words(self) -> str:
        """One clause, to follow `IPv6`."""
        if not self.interfaces:
            return "is not in this kernel, or was switched off when it started"
        if self.interfaces == (_ALL,):
            return "is switched off (net.ipv6.conf.all.disable_ipv6)"
        return f"is switched off on {' and '.join(_shown(one) for one in self.interfaces)}"

    @property
    def remedy(self) -> str:
        """The command that switches it on."""
        if not self.interfaces:
            return "start the machine without ipv6.disable=1 on the kernel's command line"
        return " && ".join(sysctl(_variable(one), "0") for one in self.interfaces)


def switched_off(interfaces: Sequence[str], root: Path = Path("/")) -> SwitchedOff | None:
    """Whether it is off on all of these, and thus where; None where it is on, or that is not
    known. `root` is where the system's files are."""
    if (root / _SWITCHES).parent.parent.is_dir() and not (root / _SWITCHES).is_dir():
        return SwitchedOff(())
    if _is_off(_ALL, root):
        # It alone does not say: each may have been switched on again.
        off = [one for one in interfaces if _is_off(one, root)]
        return SwitchedOff((_ALL,)) if len(off) == len(interfaces) else None
    off = [one for one in interfaces if _is_off(one, root)]
    return SwitchedOff(tuple(off)) if off and len(off) == len(interfaces) else None


def links(root: Path = Path("/")) -> tuple[str, ...]:
    """Interfaces that are up, but loopback."""
    try:
        names = sorted(one.name for one in (root / _SWITCHES).iterdir())
    except OSError:
        return ()
    return tuple(name for name in names if name not in _NO_INTERFACES and is_up(name))


def off_on_some(root: Path = Path("/")) -> SwitchedOff | None:
    """On which of the links, be it not all; None where there is none."""
    return switched_off([name for name in links(root) if _is_off(name, root)], root)


def _is_off(interface: str, root: Path) -> bool:
    try:
        content = (root / _SWITCHES / interface / "disable_ipv6").read_bytes()
    except OSError:
        return False
    return content.strip() not in (b"", b"0")


def _shown(interface: str) -> str:
    return clean(interface, _NAME_MAX)


def _variable(interface: str) -> str:
    """Its name for sysctl(8), where dots and slashes change places."""
    return f"net.ipv6.conf.{_shown(interface).replace('.', '/')}.disable_ipv6"
