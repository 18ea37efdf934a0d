"""What a kind of socket can hear of a network: its scenario with silence where it hears nothing."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.box import Restore
from poros_tui.probe.simulation.node import Destination, Hop, Manner, UdpService
from poros_tui.probe.simulation.scenario import Route, Scenario
from tests.cli.combination import Combination, FlowMode, Rung

_HEADER_BYTES: Final = {4: 28, 6: 48}
_TELLING_BYTES: Final = 8
"""Of a payload."""


def as_heard(scenario: Scenario, combination: Combination) -> Scenario:
    """With silent hops where answers tell this combination nothing.

    A probe that only its payload tells is not known in a quote without, nor in a reply that is the
    same for all. Raw sockets know it by its checksum too, if the probes do not have one and the
    same. The kernel gives an error to the user's socket that has the quoted port or
    identifier, and, of a connection, the quoted addresses: to none from behind a NAT that changes
    these and leaves quotes as they are.
    """
    routes = tuple(_route_as_heard(route, combination) for route in scenario.routes)
    behind_nat = any(_hides(hop, combination) for hop in scenario.hops)
    destination = _destination_as_heard(scenario.destination, combination, behind_nat)
    return replace(scenario, routes=routes, destination=destination)


def _route_as_heard(route: Route, combination: Combination) -> Route:
    hops: list[Hop] = []
    behind_nat = False
    for hop in route.hops:
        is_unheard = behind_nat or _tells_too_little(hop.manner, combination)
        hops.append(replace(hop, silent=hop.silent or is_unheard))
        behind_nat |= _hides(hop, combination)
    return replace(route, hops=tuple(hops))


def _destination_as_heard(
    destination: Destination, combination: Combination, behind_nat: bool
) -> Destination:
    if combination.protocol is not Protocol.UDP:
        return destination  # its answers are no errors
    is_error = destination.udp is UdpService.CLOSED
    is_unheard = is_error and (behind_nat or _tells_too_little(destination.manner, combination))
    if is_unheard or (destination.udp is UdpService.FIXED and combination.needs_payload):
        return replace(destination, udp=UdpService.SILENT)
    return destination


def _hides(hop: Hop, combination: Combination) -> bool:
    nat = hop.box.nat
    if nat is None or nat.restore is not Restore.NOTHING or combination.rung is Rung.RAW:
        return False
    match combination.protocol:
        case Protocol.ICMP:
            return nat.identifier
        case Protocol.UDP:
            return nat.port
        case Protocol.TCP:
            return True


def _tells_too_little(manner: Manner, combination: Combination) -> bool:
    least = _HEADER_BYTES[combination.family] + _TELLING_BYTES
    is_short = manner.quote_bytes is not None and manner.quote_bytes < least
    return is_short and combination.needs_payload and not _tells_by_checksum(combination)


def _tells_by_checksum(combination: Combination) -> bool:
    is_dublin = combination.flow_mode in (FlowMode.DUBLIN, FlowMode.DUBLIN_FLOWS)
    return combination.rung is Rung.RAW and not is_dublin
