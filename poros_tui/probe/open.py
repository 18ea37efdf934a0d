"""The ladder: raw socket, ping socket, UDP error queue. Which one this process may climb.

Two steps, because privileges end in between: raw sockets are opened before the destination is
known, then the process becomes the user (see `privilege`), then the rung is chosen.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterable
from functools import cached_property
from ipaddress import IPv6Address
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.echo import EchoSession
from poros_tui.probe.family import FAMILIES, Destination, Family
from poros_tui.probe.filters import hear_only
from poros_tui.probe.icmp import RawEcho
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.ping import PingEcho
from poros_tui.probe.privilege import Privilege
from poros_tui.probe.sockets import open_ping, open_raw, open_udp, random_identifier
from poros_tui.probe.stamps import SendStamps
from poros_tui.probe.transport import ProbeTransport
from poros_tui.probe.udp import UdpProbes

if TYPE_CHECKING:
    from poros_tui.probe.shared_socket import Dialect

_NOT_PERMITTED: Final = frozenset({errno.EPERM, errno.EACCES})
_NO_PING_SOCKETS: Final = _NOT_PERMITTED | {errno.EPROTONOSUPPORT}
_NO_SUCH_FAMILY: Final = frozenset({errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})

_PING_NOTE: Final = (
    "the kernel checks most of an answer and keeps the rest: forgeries are harder to tell"
)
_UDP_NOTE: Final = "a destination answers UDP about once a second, or not at all behind a firewall"
_UDP_INSTEAD_NOTE: Final = f"ICMP needs permission here (see --privilege), so UDP: {_UDP_NOTE}"

_RAW_ADVICE: Final = "run it with sudo, or give python the capability: setcap cap_net_raw+ep"
_PING_ADVICE: Final = (
    "run it with sudo, allow ping sockets (sysctl net.ipv4.ping_group_range='0 2147483647'), "
    "or use --udp"
)


class ChosenTransport(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The rung that was climbed."""

    make_transport: Callable[[], ProbeTransport]
    protocol: Protocol
    rung: str
    """Which kind of socket, in words."""
    privilege: str
    """`raw` or `user`."""
    rung_note: str
    """What this rung cannot do, one sentence; empty where it can do all."""

    @cached_property
    def transport(self) -> ProbeTransport:
        """Made when it is first asked for, because it loads Trio: a fifth of the time to the
        first paint, which does not need it. The socket itself is open."""
        return self.make_transport()


class _RawSocket(msgspec.Struct, frozen=True):
    socket: socket.socket
    identifier: int
    stamps: SendStamps


class Candidates:
    """The sockets that may be needed; made by `open_candidates`."""

    def __init__(
        self,
        privilege: Privilege,
        protocol: Protocol | None,
        raw: dict[int, _RawSocket],
        outgoing: Outgoing,
    ) -> None:
        self._outgoing = outgoing
        self.refused: dict[int, CannotRun] = {}
        """Why the way out that is wanted cannot be had, by IP version."""
        self._privilege = privilege
        self._protocol = protocol
        self._raw = raw

    def transport_for(self, destination: IPAddress, zone: str = "") -> ChosenTransport:
        """Choose the best permitted rung for `destination`, and close the other sockets.

        `zone` is the interface of a link-local IPv6 address, by name or index, else empty.

        Raises:
            CannotRun: no rung is permitted, the kernel lacks the IP version, or no such zone.
            UsageError: the destination is no single host.
        """
        try:
            resolved = _resolve(destination, zone)
            self._outgoing.check(resolved)
            return self._climb(resolved)
        finally:
            self.close()

    def _climb(self, destination: Destination) -> ChosenTransport:
        if self._protocol is Protocol.UDP:
            return _udp_transport(destination, self._outgoing, _UDP_NOTE)
        raw = self._raw.pop(destination.family.version, None)
        if destination.family.version in self.refused:
            raise self.refused[destination.family.version]
        if raw is not None:
            self._bind_source(raw, destination)
            return _raw_transport(destination, self._outgoing, raw)
        if self._privilege is Privilege.RAW:
            raise _no_such_family(destination.family)
        ping = _ping_transport(destination, self._outgoing)
        if ping is not None:
            return ping
        if self._protocol is Protocol.ICMP:
            raise CannotRun("ICMP is not permitted to this user", _PING_ADVICE)
        return _udp_transport(destination, self._outgoing, _UDP_INSTEAD_NOTE)

    def _bind_source(self, raw: _RawSocket, destination: Destination) -> None:
        if self._outgoing.source is None:
            return
        try:
            self._outgoing.bind(raw.socket, destination)
        except BaseException:
            raw.socket.close()
            raise

    def close(self) -> None:
        """Close what has not been handed out. May be called twice."""
        for raw in self._raw.values():
            raw.socket.close()
        self._raw.clear()


def open_candidates(
    privilege: Privilege,
    protocol: Protocol | None,
    families: Iterable[int] = (4, 6),
    outgoing: Outgoing | None = None,
) -> Candidates:
    """Open what needs privileges, before they are dropped: a raw socket for each IP version.

    `protocol` None prefers ICMP and falls back to UDP, which needs no privilege. The other rungs
    are opened when the destination is known, as the user. An IP version that the kernel does not
    have is passed over here.

    Raises:
        UsageError: raw sockets are demanded for UDP.
        CannotRun: raw sockets are demanded and not permitted, or no socket can be opened.
    """
    if privilege is Privilege.RAW and protocol is Protocol.UDP:
        raise UsageError("UDP probes never need raw sockets", "drop --privilege raw")
    raw: dict[int, _RawSocket] = {}
    outgoing = outgoing or Outgoing()
    candidates = Candidates(privilege, protocol, raw, outgoing)
    if privilege is Privilege.USER or protocol is Protocol.UDP:
        return candidates
    for version in sorted(set(families)):
        try:
            raw[version] = _open_raw(FAMILIES[version], outgoing)
        except CannotRun as refusal:
            candidates.refused[version] = refusal  # the other version may do
        except OSError as error:
            if error.errno in _NO_SUCH_FAMILY:
                continue
            if error.errno in _NOT_PERMITTED and privilege is Privilege.AUTO:
                break
            candidates.close()
            if error.errno in _NOT_PERMITTED:
                raise CannotRun(
                    "raw sockets are not permitted to this user", _RAW_ADVICE
                ) from error
            raise _cannot_open("raw socket", FAMILIES[version], error) from error
    if candidates.refused and not raw:
        raise next(iter(candidates.refused.values()))
    return candidates


def _open_raw(family: Family, outgoing: Outgoing) -> _RawSocket:
    sock = open_raw(family, outgoing)
    try:
        identifier = random_identifier()
        hear_only(sock, family, identifier)
        return _RawSocket(sock, identifier, SendStamps(sock))
    except OSError:
        sock.close()
        raise


def _raw_transport(
    destination: Destination, outgoing: Outgoing, raw: _RawSocket
) -> ChosenTransport:
    version = destination.family.version
    session = EchoSession(version, raw.identifier, outgoing.payload(version))
    dialect = RawEcho(destination, session)
    return ChosenTransport(
        make_transport=_over(raw.socket, destination.family, dialect, raw.stamps),
        protocol=Protocol.ICMP,
        rung="raw socket",
        privilege="raw",
        rung_note="",
    )


def _ping_transport(destination: Destination, outgoing: Outgoing) -> ChosenTransport | None:
    """The second rung, None where it is not permitted."""
    family = destination.family
    try:
        sock, identifier = open_ping(destination, outgoing)
    except OSError as error:
        if error.errno in _NO_PING_SOCKETS:
            return None
        raise _cannot_open("ping socket", family, error) from error
    dialect = PingEcho(
        destination, EchoSession(family.version, identifier, outgoing.payload(family.version))
    )
    return ChosenTransport(
        make_transport=_over(sock, family, dialect, SendStamps(sock)),
        protocol=Protocol.ICMP,
        rung="ping socket",
        privilege="user",
        rung_note=_PING_NOTE,
    )


def _udp_transport(destination: Destination, outgoing: Outgoing, note: str) -> ChosenTransport:
    family = destination.family
    try:
        sock = open_udp(destination, outgoing)
    except OSError as error:
        raise _cannot_open("UDP socket", family, error) from error
    dialect = UdpProbes(destination, outgoing.payload(family.version))
    return ChosenTransport(
        make_transport=_over(sock, family, dialect, SendStamps(sock)),
        protocol=Protocol.UDP,
        rung="UDP error queue",
        privilege="user",
        rung_note=note,
    )


def _over(
    sock: socket.socket, family: Family, dialect: Dialect, stamps: SendStamps
) -> Callable[[], ProbeTransport]:
    def make() -> ProbeTransport:
        from poros_tui.probe.shared_socket import SharedSocket

        return SharedSocket(sock, family, dialect, stamps)

    return make


def _cannot_open(kind: str, family: Family, error: OSError) -> CannotRun:
    if error.errno in _NO_SUCH_FAMILY:
        return _no_such_family(family)
    return CannotRun(f"cannot open a {kind}: {os.strerror(error.errno or 0).lower()}")


def _no_such_family(family: Family) -> CannotRun:
    other = 4 if family.version == 6 else 6
    return CannotRun(
        f"this machine has no IPv{family.version}",
        f"give an IPv{other} address, or a name with -{other}",
    )


def _resolve(address: IPAddress, zone: str) -> Destination:
    if address.is_unspecified or address.is_multicast:
        raise UsageError(f"{address} is no single host", "give the address of one")
    if address.version == 4:
        return Destination(address)
    if address.ipv4_mapped is not None:
        raise UsageError(
            f"{address} is an IPv4 address in disguise", f"give it as {address.ipv4_mapped}"
        )
    address = IPv6Address(address.packed)  # the zone is told apart from the address
    if not zone:
        if address.is_link_local:
            raise CannotRun(
                f"{address} is link-local and means another host on every interface",
                f"name the interface, such as {address}%eth0",
            )
        return Destination(address)
    try:
        index = int(zone) if zone.isdecimal() else socket.if_nametoindex(zone)
        socket.if_indextoname(index)
    except (OSError, OverflowError, ValueError) as error:
        names = ", ".join(name for _, name in socket.if_nameindex())
        raise CannotRun(f"this machine has no interface {zone!r}", f"it has {names}") from error
    return Destination(address, index)
