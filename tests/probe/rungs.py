"""Opening a certain rung, here or in a namespace."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from poros_tui.errors import CannotRun
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.open import ChosenTransport, open_candidates
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.privilege import Privilege
from poros_tui.probe.transport import ProbeTransport
from poros_tui.probe.udp_sockets import UdpSockets
from tests.lab import namespace
from tests.lab.requirements import skip

MakeNumbered = Callable[[int], ProbeTransport]


class Rung(Enum):
    """How each rung is asked for."""

    RAW = (Privilege.RAW, Protocol.ICMP)
    PING = (Privilege.USER, Protocol.ICMP)
    RAW_UDP = (Privilege.RAW, Protocol.UDP)
    UDP = (Privilege.USER, Protocol.UDP)
    RAW_TCP = (Privilege.RAW, Protocol.TCP)
    TCP_CONNECT = (Privilege.USER, Protocol.TCP)

    @property
    def label(self) -> str:
        """For a table."""
        privilege, protocol = self.value
        return f"{protocol.upper()} {privilege}"


def open_rung(
    rung: Rung, destination: IPAddress, zone: str = "", outgoing: Outgoing | None = None
) -> ChosenTransport:
    """Climb one rung, as the program does."""
    privilege, protocol = rung.value
    candidates = open_candidates(privilege, protocol, outgoing=outgoing)
    try:
        return candidates.transport_for(destination, zone)
    finally:
        candidates.close()


def open_or_skip(rung: Rung, destination: IPAddress) -> ChosenTransport:
    """Climb one rung where this machine permits it."""
    try:
        return open_rung(rung, destination)
    except CannotRun as refusal:
        skip(f"not permitted here: {refusal.sentence}")


def open_inside(
    name: str,
    rung: Rung,
    destination: IPAddress,
    zone: str = "",
    outgoing: Outgoing | None = None,
) -> ChosenTransport:
    """Climb one rung in a network namespace: sockets stay in the one they were opened in."""
    with namespace.entered(name):
        chosen = open_rung(rung, destination, zone, outgoing)
        transport = chosen.transport
        if rung is Rung.TCP_CONNECT:
            _send_inside(name, transport)
        if isinstance(transport, UdpSockets):
            transport._open_flow = _inside(name, transport._open_flow)
            transport._open_own = _inside(name, transport._open_own)
        return chosen


def _inside(name: str, make: MakeNumbered | None) -> MakeNumbered | None:
    """What a transport opens later belongs there too."""
    if make is None:
        return None

    def make_inside(number: int) -> ProbeTransport:
        with namespace.entered(name):
            return make(number)

    return make_inside


def _send_inside(name: str, transport: ProbeTransport) -> None:
    """Let a transport that opens its sockets one by one open them there too."""
    send = transport.send

    async def send_inside(
        ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        with namespace.entered(name):
            return await send(ttl, key, flow, size)

    transport.send = send_inside  # type: ignore[method-assign]
