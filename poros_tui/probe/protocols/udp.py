"""UDP datagrams: any socket will do, the kernel's error queue tells what came back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.probe import Multipath
from poros_tui.probe.family import Destination
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.rung import MakeTransport, RawRung, UserRung
from poros_tui.probe.sockets import open_udp
from poros_tui.probe.stamps import SendStamps
from poros_tui.probe.transport import ProbeTransport
from poros_tui.probe.udp import UdpProbes
from poros_tui.probe.udp_session import FIRST_PORT, UdpSession

_NOTE: Final = "a destination answers UDP about once a second, or not at all behind a firewall"
_PORTS: Final = 0xFFFF


def _session(destination: Destination, outgoing: Outgoing) -> UdpSession:
    version = destination.family.version
    filling, greeting = outgoing.udp_filling(version)
    return UdpSession(
        destination=destination,
        port=outgoing.port or FIRST_PORT,
        filling=filling,
        multipath=outgoing.multipath_over(version),
        greeting=greeting,
        has_word=not outgoing.content,
    )


def _open(destination: Destination, outgoing: Outgoing) -> MakeTransport:
    family = destination.family
    if outgoing.multipath is Multipath.DUBLIN and family.version == 4:
        raise UsageError(
            "--multipath dublin is for IPv6 only",
            "use --multipath paris, or -6",
        )
    session = _session(destination, outgoing)
    sock = open_udp(destination, outgoing)
    stamps = SendStamps(sock)

    def make() -> ProbeTransport:
        from poros_tui.probe.shared_socket import SharedSocket
        from poros_tui.probe.udp_sockets import UdpSockets

        def open_flow(flow: int) -> ProbeTransport:
            port = outgoing.source_port
            wanted = (port - 1 + flow) % _PORTS + 1 if port is not None else None
            other = open_udp(destination, msgspec.structs.replace(outgoing, source_port=wanted))
            return SharedSocket(other, family, UdpProbes(session), SendStamps(other))

        return UdpSockets(
            SharedSocket(sock, family, UdpProbes(session), stamps),
            open_flow,
            _own_sockets(session, outgoing),
            each_its_own=_each_its_own(session),
        )

    return make


def _each_its_own(session: UdpSession) -> bool:
    return not session.has_word and session.multipath is Multipath.PARIS


def _own_sockets(session: UdpSession, outgoing: Outgoing) -> Callable[[int], ProbeTransport] | None:
    """What gives a probe a source port of its own; None where the user wants it otherwise."""
    if not outgoing.may_vary_source_port:
        return None

    def open_own(key: int) -> ProbeTransport:
        from poros_tui.probe.shared_socket import SharedSocket

        sock = open_udp(session.destination, outgoing)
        dialect = UdpProbes(session, only_key=key)
        return SharedSocket(sock, session.destination.family, dialect, SendStamps(sock))

    return open_own


RAW: RawRung | None = None
USER = UserRung(name="UDP error queue", note=_NOTE, open=_open)
