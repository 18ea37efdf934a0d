"""UDP datagrams: any socket will do, the kernel's error queue tells what came back."""

from __future__ import annotations

from typing import Final

from poros_tui.probe.family import Destination
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.rung import MakeTransport, RawRung, UserRung, over_shared_socket
from poros_tui.probe.sockets import open_udp
from poros_tui.probe.stamps import SendStamps
from poros_tui.probe.udp import FIRST_PORT, UdpProbes

_NOTE: Final = "a destination answers UDP about once a second, or not at all behind a firewall"


def _open(destination: Destination, outgoing: Outgoing) -> MakeTransport:
    family = destination.family
    sock = open_udp(destination, outgoing)
    dialect = UdpProbes(
        destination, outgoing.filling(family.version).payload(), outgoing.port or FIRST_PORT
    )
    return over_shared_socket(sock, family, dialect, SendStamps(sock))


RAW: RawRung | None = None
USER = UserRung(name="UDP error queue", note=_NOTE, open=_open)
