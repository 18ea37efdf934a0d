"""UDP datagrams from ordinary sockets. Any user may send them: the kernel's error queue tells what
came back. With a raw socket beside them ICMP errors are heard whole."""

from __future__ import annotations

import socket
from typing import Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.probe import Multipath
from poros_tui.packets.ipv4 import PROTOCOL_UDP
from poros_tui.packets.udp import HEADER_BYTES
from poros_tui.probe.ear import Ear
from poros_tui.probe.error_filters import DESTINATION_PORT_AT, Mark, Ports, hear_errors
from poros_tui.probe.family import Destination, Family
from poros_tui.probe.filters import forget_heard, hear_nothing
from poros_tui.probe.flow_labels import FlowLabels
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.rung import MakeTransport, RawRung, UserRung
from poros_tui.probe.sockets import open_raw, open_udp
from poros_tui.probe.stamps import SendStamps, stamp_arrivals
from poros_tui.probe.transport import ProbeTransport
from poros_tui.probe.udp import UdpProbes
from poros_tui.probe.udp_errors import RawUdpProbes, UdpErrors
from poros_tui.probe.udp_ports import UdpPorts
from poros_tui.probe.udp_session import CLASSIC_KEY_SPACE, FIRST_PORT, UdpSession

_NOTE: Final = "a destination answers UDP about once a second, or not at all behind a firewall"
_PORTS: Final = 0xFFFF


def _session(destination: Destination, outgoing: Outgoing) -> UdpSession:
    version = destination.family.version
    if outgoing.multipath is Multipath.DUBLIN and version == 4:
        raise UsageError(
            "--multipath dublin is for IPv6 only",
            "use --multipath paris, or -6",
        )
    filling, greeting = outgoing.udp_filling(version)
    return UdpSession(
        destination=destination,
        port=outgoing.port or FIRST_PORT,
        filling=filling,
        multipath=outgoing.multipath_over(version),
        greeting=greeting,
        has_word=not outgoing.content,
    )


class _RawSocket(msgspec.Struct, frozen=True):
    errors: socket.socket
    """Hears ICMP."""

    def copy(self) -> _RawSocket:
        return _RawSocket(self.errors.dup())

    def close(self) -> None:
        self.errors.close()


def _open_early(family: Family, outgoing: Outgoing) -> _RawSocket:
    sock = open_raw(family, outgoing)
    try:
        hear_nothing(sock)
        stamp_arrivals(sock)
    except OSError:
        sock.close()
        raise
    return _RawSocket(sock)


def _open_raw(destination: Destination, outgoing: Outgoing, raw: _RawSocket) -> MakeTransport:
    session = _session(destination, outgoing)
    count = CLASSIC_KEY_SPACE if session.multipath is Multipath.CLASSIC else 1
    quoted = Ports(protocol=PROTOCOL_UDP, at=DESTINATION_PORT_AT, first=session.port, count=count)
    mark = None
    if session.mark is not None:
        at, word = session.mark
        mark = Mark(HEADER_BYTES + at, word)
    hear_errors(raw.errors, destination, quoted, mark)
    forget_heard(raw.errors)
    return _over_sockets(session, outgoing, raw.errors)


def _open_user(destination: Destination, outgoing: Outgoing) -> MakeTransport:
    return _over_sockets(_session(destination, outgoing), outgoing, None)


class _Opening:
    """Opens the sockets of a session, alike but for their ports."""

    def __init__(self, session: UdpSession, outgoing: Outgoing, *, has_ear: bool) -> None:
        self.session = session
        self.outgoing = outgoing
        self.ports = UdpPorts() if has_ear else None
        """Of those whose errors another socket hears."""

    @property
    def _is_classic(self) -> bool:
        """Each probe has another port, and so another label of the kernel's."""
        return self.session.multipath is Multipath.CLASSIC

    def open(self, flow: int = 0, only_key: int | None = None) -> _Opened:
        """Raises OSError and PorosError."""
        port = self.outgoing.source_port
        wanted = (port - 1 + flow) % _PORTS + 1 if port is not None else None
        outgoing = msgspec.structs.replace(self.outgoing, source_port=wanted)
        sock = open_udp(self.session.destination, outgoing, hears_errors=self.ports is None)
        if self.ports is None:
            dialect = UdpProbes(self.session, only_key)
        else:
            source_port = sock.getsockname()[1]
            destination = self.session.destination
            label = 0
            if destination.family.version == 6 and only_key is None and not self._is_classic:
                # One that is known, so that its change is seen. Leases are too few for all sockets.
                label = FlowLabels(sock, destination).label(0)
            self.ports.opened(source_port, only_key, label)
            dialect = RawUdpProbes(
                self.session, only_key, source_port=source_port, ports=self.ports
            )
        return _Opened(sock, dialect, SendStamps(sock))


class _Opened(msgspec.Struct, frozen=True):
    socket: socket.socket
    dialect: UdpProbes
    stamps: SendStamps

    def transport(self) -> ProbeTransport:
        from poros_tui.probe.shared_socket import SharedSocket

        family = self.dialect.session.destination.family
        return SharedSocket(self.socket, family, self.dialect, self.stamps)


def _over_sockets(
    session: UdpSession, outgoing: Outgoing, raw: socket.socket | None
) -> MakeTransport:
    """`raw` hears ICMP errors; None: each socket hears its own."""
    opening = _Opening(session, outgoing, has_ear=raw is not None)
    first = opening.open()

    def make() -> ProbeTransport:
        from poros_tui.probe.udp_sockets import ErrorEar, UdpSockets

        errors = None
        if raw is not None and opening.ports is not None:
            heard = UdpErrors(session, opening.ports, outgoing.dscp << 2, outgoing.dont_fragment)
            family = session.destination.family
            errors = ErrorEar(Ear(raw, heard.read), family, session.flow_of)

        def open_flow(flow: int) -> ProbeTransport:
            return opening.open(flow).transport()

        def open_own(key: int) -> ProbeTransport:
            return opening.open(only_key=key).transport()

        return UdpSockets(
            first.transport(),
            open_flow,
            open_own if outgoing.may_vary_source_port else None,
            each_its_own=not session.has_word and session.multipath is Multipath.PARIS,
            errors=errors,
        )

    return make


RAW = RawRung(name="raw socket", note=_NOTE, open_early=_open_early, open=_open_raw)
USER = UserRung(name="UDP error queue", note=_NOTE, open=_open_user)
