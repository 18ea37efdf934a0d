"""What a perfect tracer sees of a scenario: who can answer at each TTL, up to the end."""

from __future__ import annotations

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.scenario import Scenario

Responders = frozenset[IPAddress]


def visible_path(
    scenario: Scenario, *, family: int, protocol: Protocol, at_s: float = 0.0
) -> list[Responders]:
    """Who can answer at TTL 1, 2, ...; nobody: an empty set.

    It ends with the destination or with who says unreachable; where neither is ever heard, with
    the last hop that can answer.
    """
    path: list[Responders] = []
    for hop in scenario.route_at(at_s).hops:
        responders = frozenset[IPAddress]() if hop.silent else frozenset(hop.responders(family))
        path.append(responders)
        if hop.unreachable is not None:
            # Said of farther probes only, it is heard one TTL later, from the same router.
            return [*path, responders] if hop.unreachable_beyond else path
        if hop.blackhole:
            return _without_silent_tail(path)
    destination = scenario.destination
    if destination.icmp if protocol is Protocol.ICMP else destination.udp:
        return [*path, frozenset({destination.responder(family)})]
    return _without_silent_tail(path)


def _without_silent_tail(path: list[Responders]) -> list[Responders]:
    while path and not path[-1]:
        path.pop()
    return path
