"""How the probes leave this machine: from which address and port, through which interface, to
which port, in which class, of what size, and how alike.

The socket options are those of ip(7), ipv6(7) and socket(7).
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import socket
from pathlib import Path
from struct import Struct
from typing import Final

import msgspec

from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.probe import IPAddress, Multipath, Protocol
from poros_tui.packets.greetings import GREETINGS, RANDOM_BYTES, WORD_BYTES, Greeting
from poros_tui.probe.family import Destination, Family
from poros_tui.probe.filling import Filling
from poros_tui.probe.first_link import is_up

_SO_BINDTODEVICE: Final = 25
_SIOCGIFADDR: Final = 0x8915
_REQUEST: Final = Struct("16s24x")  # struct ifreq
_NAME_BYTES_MAX: Final = 15
"""IFNAMSIZ less the zero at its end."""
_MAY_FRAGMENT: Final = 0
"""IP_PMTUDISC_DONT and IPV6_PMTUDISC_DONT."""
_MUST_NOT_FRAGMENT: Final = 3
"""IP_PMTUDISC_PROBE and IPV6_PMTUDISC_PROBE: what the kernel has learnt of the path is no limit."""
PAYLOAD_BYTES: Final = 32
"""Half of it a nonce by any measure, and all of it compared: 60 bytes on the wire, as traceroute's,
for the routers that drop what is shorter."""
SIZE_MIN, SIZE_MAX = 28, 9216
"""Bytes of a probe, IP header included: the headers alone, and a jumbo frame."""
PATTERN_MAX: Final = 16
NONCE_BYTES: Final = 8
"""Random bytes in front of a pattern: they prove that an answer is one."""
HEADER_BYTES: Final = {4: 28, 6: 48}
"""IP and ICMP echo; IP and UDP have as many."""
_ADDRESSES6: Final = Path("/proc/net/if_inet6")
_FIRST_UNPRIVILEGED_PORT: Final = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What the user wants of the way out; by default all is left to the kernel."""

    source: IPAddress | None = None
    """Without a zone: the interface or the destination tells it."""
    interface: str | None = None
    dscp: int = 0
    """0 to 63, the upper six bits of IPv4's TOS and IPv6's traffic class (RFC 2474 section 3)."""
    size: int | None = None
    """Bytes of a probe, IP header included, SIZE_MIN to SIZE_MAX; None: with PAYLOAD_BYTES."""
    pattern: bytes = b""
    """What fills the payload behind NONCE_BYTES, at most PATTERN_MAX bytes; empty: chance."""
    port: int | None = None
    """Destination port of UDP and TCP probes, 1 to 65535; None: what is usual for the protocol."""
    source_port: int | None = None
    """1 to 65535; None: the kernel's choice."""
    multipath: Multipath | None = None
    """How alike the probes are to load balancers; None: as alike as can be (PARIS, mostly)."""
    content: bytes = b""
    """What UDP probes begin with, in the user's own bytes; empty: ours."""
    compares_flows: bool = False
    """Each probe stays in the flow that it was sent in, even if its answers then tell nothing."""
    dont_fragment: bool = False
    """Nobody may part a probe: neither a router, nor this machine."""

    def filling(self, version: int) -> Filling:
        """What the probes of a session over this IP version carry."""
        headers = HEADER_BYTES[version]
        if self.pattern:
            repeated = self.pattern * (SIZE_MAX // len(self.pattern))
            content = secrets.token_bytes(NONCE_BYTES) + repeated
        else:
            content = secrets.token_bytes(SIZE_MAX)
        usual = PAYLOAD_BYTES if self.size is None else self.size - headers
        return Filling(content, usual, headers)

    def udp_filling(self, version: int) -> tuple[Filling, Greeting | None]:
        """What UDP probes carry, and what the service at their port wants to hear.

        The user's own bytes, a size and a pattern come before what the service wants.
        """
        filling = self.filling(version)
        content, greeting = self.content, None
        make = GREETINGS.get(self.port or 0)
        if make is not None and not self.content and not self.pattern:
            greeting = make(secrets.token_bytes(RANDOM_BYTES))
            content = greeting.content
        if self.multipath is Multipath.DUBLIN and version == 6:
            greeting, content = None, b""  # no room for what makes up for the word
        usual = len(content) if content and self.size is None else filling.usual
        if not self.content:
            return msgspec.structs.replace(filling, usual=usual), greeting
        whole = content + filling.content
        return msgspec.structs.replace(filling, content=whole, usual=usual), None

    def each_its_own(self, protocol: Protocol) -> bool:
        """Whether every probe has a source port of its own, since nothing else could tell it."""
        return protocol is Protocol.UDP and bool(self.content)

    @property
    def may_vary_source_port(self) -> bool:
        """Whether a UDP probe may have a source port of its own."""
        is_free = self.source_port is None and self.multipath is None
        return is_free and not self.compares_flows

    def probe_bytes(self, version: int, protocol: Protocol = Protocol.ICMP) -> int:
        """Bytes of a probe with its IP header."""
        is_udp = protocol is Protocol.UDP
        filling = self.udp_filling(version)[0] if is_udp else self.filling(version)
        return filling.headers + filling.usual

    def multipath_over(self, version: int) -> Multipath:
        """How alike the probes are over this IP version: as is wanted, else as can be."""
        if self.multipath is not None:
            return self.multipath
        has_room = self.size is None or self.size >= HEADER_BYTES[version] + WORD_BYTES
        return Multipath.PARIS if has_room else Multipath.CLASSIC

    def notes(self, protocol: Protocol, version: int) -> tuple[str, ...]:
        """What could not be as one would expect, one sentence each."""
        if protocol is Protocol.TCP:
            return ()
        notes = []
        if self.multipath is None and self.multipath_over(version) is Multipath.CLASSIC:
            notes.append(
                f"--size {self.size} has no room for what keeps the flow: --multipath classic"
            )
        elif self.content:
            notes.append("--payload-hex leaves no room to tell probes: each has a port of its own")
        elif self.port is not None and protocol is Protocol.UDP and self.may_vary_source_port:
            notes.append(
                f"where replies of port {self.port} do not tell which probe they answer, "
                "probes are sent again from ports of their own"
            )
        return tuple(notes)

    def prepare(self, sock: socket.socket, family: Family) -> None:
        """Set what can be set before the destination is known.

        Raises:
            UsageError: no such interface, it is down or has no address of this IP version, or
                the kernel does not permit to bind to it.
        """
        if self.dscp:
            sock.setsockopt(family.level, family.traffic_class, self.dscp << 2)
        self.prepare_size(sock, family)
        if self.interface is None:
            return
        name = os.fsencode(self.interface)
        if not _has_interface(self.interface):
            names = ", ".join(known for _, known in socket.if_nameindex())
            raise UsageError(
                f"--interface: this machine has no {self.interface!r}", f"it has {names}"
            )
        if not is_up(self.interface):
            raise UsageError(
                f"--interface: {self.interface} is down", "bring it up, or name another"
            )
        if not _has_address(sock, self.interface, family.version):
            raise UsageError(
                f"--interface: {self.interface} has no IPv{family.version} address",
                "name another, or use -4 or -6",
            )
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, name)
        except OSError as error:
            raise UsageError(
                f"--interface: cannot bind to {self.interface}: {_words(error)}",
                "run it with sudo (before Linux 5.7 only root may)",
            ) from error

    def prepare_size(self, sock: socket.socket, family: Family) -> None:
        """Say whether packets of the size that is wanted may be parted."""
        if self.dont_fragment:
            sock.setsockopt(family.level, family.path_mtu_discovery, _MUST_NOT_FRAGMENT)
            if family.never_fragment is not None:
                sock.setsockopt(family.level, family.never_fragment, 1)
        elif self.size is not None:
            # Else the kernel forbids routers to part an IPv4 packet, and refuses what is too large.
            sock.setsockopt(family.level, family.path_mtu_discovery, _MAY_FRAGMENT)

    def bind_source_port(self, sock: socket.socket, destination: Destination) -> None:
        """Give the socket its source address, and the source port if one is wanted.

        Raises:
            UsageError: the address is not ours, or the port is not permitted to this user.
            CannotRun: the port is in use.
        """
        try:
            self.bind(sock, destination, self.source_port or 0)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CannotRun(
                    f"--source-port {self.source_port} is in use by another program",
                    "give another, or leave the choice to the kernel",
                ) from error
            if error.errno == errno.EACCES:
                raise UsageError(
                    f"--source-port {self.source_port} is not permitted to this user",
                    f"give {_first_unprivileged_port()} or more, or run it as root",
                ) from error
            raise

    def bind(self, sock: socket.socket, destination: Destination, port: int = 0) -> None:
        """Give the socket its source address and `port` (of a ping socket: its identifier).

        Raises:
            UsageError: the source address is not ours.
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
            raise UsageError(
                f"--source {self.source} is no address of this machine"
                + (f" on {self.interface}" if self.interface else ""),
                "`ip address` lists those it has",
            ) from error

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


def _first_unprivileged_port() -> int:
    try:
        # Bytes, because a codec may have to be loaded from where only root can read.
        return int(_FIRST_UNPRIVILEGED_PORT.read_bytes())
    except (OSError, ValueError):
        return 1024


def _words(error: OSError) -> str:
    return os.strerror(error.errno or 0).lower()
