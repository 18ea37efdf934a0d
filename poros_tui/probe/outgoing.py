"""How the probes leave this machine: from which address, through which interface, in which class.

The socket options are those of ip(7), ipv6(7) and socket(7).
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.probe import IPAddress
from poros_tui.probe.family import Destination, Family

_SO_BINDTODEVICE: Final = 25
_SIOCGIFADDR: Final = 0x8915
_REQUEST: Final = Struct("16s24x")  # struct ifreq
_NAME_BYTES_MAX: Final = 15
"""IFNAMSIZ less the zero at its end."""
_ADDRESSES6: Final = Path("/proc/net/if_inet6")


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants of the way out; by default all is left to the kernel."""

    source: IPAddress | None = None
    """Without a zone: the interface or the destination tells it."""
    interface: str | None = None
    dscp: int = 0
    """0 to 63, the upper six bits of IPv4's TOS and IPv6's traffic class (RFC 2474 section 3)."""

    def prepare(self, sock: socket.socket, family: Family) -> None:
        """Set what can be set before the destination is known.

        Raises:
            CannotRun: no such interface, it has no address of this IP version, or the kernel
                does not permit to bind to it.
        """
        if self.dscp:
            sock.setsockopt(family.level, family.traffic_class, self.dscp << 2)
        if self.interface is None:
            return
        name = os.fsencode(self.interface)
        if not _has_interface(self.interface):
            names = ", ".join(known for _, known in socket.if_nameindex())
            raise CannotRun(
                f"--interface: this machine has no {self.interface!r}", f"it has {names}"
            )
        if not _has_address(sock, self.interface, family.version):
            raise CannotRun(
                f"--interface: {self.interface} has no IPv{family.version} address",
                "name another, or use -4 or -6",
            )
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, name)
        except OSError as error:
            raise CannotRun(
                f"--interface: cannot bind to {self.interface}: {_words(error)}",
                "run it with sudo (before Linux 5.7 only root may)",
            ) from error

    def bind(self, sock: socket.socket, destination: Destination, port: int = 0) -> None:
        """Give the socket its source address and `port` (of a ping socket: its identifier).

        Raises:
            CannotRun: the source address is not ours.
            OSError: the port cannot be had.
        """
        if self.source is None:
            sock.bind(("", port))
            return
        try:
            if self.source.version == 4:
                sock.bind((str(self.source), port))
            else:
                sock.bind((str(self.source), port, 0, self._scope_id(destination)))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EINVAL):
                raise
            raise CannotRun(
                f"--source {self.source} is no address of this machine"
                + (f" on {self.interface}" if self.interface else ""),
                "`ip address` lists those it has",
            ) from error

    def check(self, destination: Destination) -> None:
        """Refuse what can't be.

        Raises:
            UsageError: source and destination are of different IP versions.
        """
        version = destination.address.version
        if self.source is not None and self.source.version != version:
            raise UsageError(
                f"--source {self.source} is IPv{self.source.version}, "
                f"and {destination.address} is IPv{version}",
                f"give an IPv{version} source",
            )

    def _scope_id(self, destination: Destination) -> int:
        if self.source is None or not self.source.is_link_local:
            return 0
        return socket.if_nametoindex(self.interface) if self.interface else destination.scope_id


def _has_interface(name: str) -> bool:
    try:
        return len(os.fsencode(name)) <= _NAME_BYTES_MAX and bool(socket.if_nametoindex(name))
    except (OSError, ValueError):
        return False


def _has_address(sock: socket.socket, interface: str, version: int) -> bool:
    if version == 6:
        try:
            lines = _ADDRESSES6.read_text("utf-8", "replace").splitlines()
        except OSError:
            return False  # the kernel has no IPv6
        return any(line.split()[-1] == interface for line in lines)
    try:
        fcntl.ioctl(sock, _SIOCGIFADDR, _REQUEST.pack(os.fsencode(interface)))
    except OSError:
        return False
    return True


def _words(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
