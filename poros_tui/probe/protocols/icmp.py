"""Echo requests: raw sockets, or ping sockets (net.ipv4.ping_group_range)."""

from __future__ import annotations

import socket
from typing import Final

import msgspec

from poros_tui.probe.echo import EchoSession
from poros_tui.probe.echo_filters import hear_only
from poros_tui.probe.family import Destination, Family
from poros_tui.probe.filters import forget_heard
from poros_tui.probe.flow_labels import FlowLabels
from poros_tui.probe.icmp import RawEcho
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.ping import PingEcho
from poros_tui.probe.rung import MakeTransport, RawRung, UserRung, over_shared_socket
from poros_tui.probe.sockets import open_ping, open_raw, random_identifier
from poros_tui.probe.stamps import SendStamps

_PING_NOTE: Final = (
    "the kernel checks most of an answer and keeps the rest: forgeries are harder to tell"
)
_PING_ADVICE: Final = (
    "run it with sudo, allow ping sockets (sysctl net.ipv4.ping_group_range='0 2147483647'), "
    "or use --udp"
)


class _RawSocket(msgspec.Struct, frozen=True):
    socket: socket.socket
    identifier: int
    stamps: SendStamps

    def copy(self) -> _RawSocket:
        sock = self.socket.dup()
        # With an identifier of its own: what still answers the probes before is not heard.
        return _RawSocket(sock, random_identifier(), SendStamps(sock))

    def close(self) -> None:
        self.socket.close()


def _open_early(family: Family, outgoing: Outgoing) -> _RawSocket:
    sock = open_raw(family, outgoing)
    try:
        identifier = random_identifier()
        hear_only(sock, family, identifier)
        return _RawSocket(sock, identifier, SendStamps(sock))
    except OSError:
        sock.close()
        raise


def _open_raw(destination: Destination, outgoing: Outgoing, raw: _RawSocket) -> MakeTransport:
    family = destination.family
    if outgoing.source is not None:
        outgoing.bind(raw.socket, destination)
    outgoing.prepare_size(raw.socket, family)
    session = _session(family, raw.identifier, outgoing)
    hear_only(raw.socket, family, raw.identifier, session.secret)
    forget_heard(raw.socket)
    labels = FlowLabels(raw.socket, destination) if family.version == 6 else None
    dialect = RawEcho(destination, session, labels, outgoing.dscp << 2, outgoing.dont_fragment)
    return over_shared_socket(raw.socket, family, dialect, raw.stamps)


def _open_ping(destination: Destination, outgoing: Outgoing) -> MakeTransport:
    family = destination.family
    sock, identifier = open_ping(destination, outgoing)
    session = _session(family, identifier, outgoing)
    labels = FlowLabels(sock, destination) if family.version == 6 else None
    return over_shared_socket(
        sock, family, PingEcho(destination, session, labels), SendStamps(sock)
    )


def _session(family: Family, identifier: int, outgoing: Outgoing) -> EchoSession:
    return EchoSession(
        family.version,
        identifier,
        outgoing.filling(family.version),
        multipath=outgoing.multipath_over(family.version),
    )


RAW = RawRung(name="raw socket", open_early=_open_early, open=_open_raw)
USER = UserRung(name="ping socket", note=_PING_NOTE, open=_open_ping, advice=_PING_ADVICE)
