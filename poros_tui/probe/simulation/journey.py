"""How far a probe gets, and who says what about it there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.answer import Message
from poros_tui.probe.simulation.box import Box, Passed
from poros_tui.probe.simulation.buckets import Buckets
from poros_tui.probe.simulation.chance import Chance
from poros_tui.probe.simulation.node import (
    Balance,
    Hop,
    Manner,
    TcpPort,
    UdpService,
    Unreachable,
)
from poros_tui.probe.simulation.scenario import Route, Scenario
from poros_tui.probe.simulation.topology import Node, Topology

_UNREACHABLE_CODES: Final = {
    Unreachable.NET: (0, 0),
    Unreachable.HOST: (1, 3),
    Unreachable.PORT: (3, 4),
    Unreachable.NET_ADMIN: (9, 1),
    Unreachable.HOST_ADMIN: (10, 1),
    Unreachable.ADMIN: (13, 1),
}
_FRAGMENTATION_NEEDED: Final = 4
_TCP_ANSWERS: Final = {
    TcpPort.OPEN: Message.SYN_ACK,
    TcpPort.CLOSED: Message.RST,
    TcpPort.FILTERED: None,
}
_UDP_ANSWERS: Final = {
    UdpService.CLOSED: Message.PORT_UNREACHABLE,
    UdpService.SILENT: None,
    UdpService.ECHO: Message.UDP_ECHO,
    UdpService.FIXED: Message.UDP_FIXED,
    UdpService.DNS: Message.UDP_DNS,
}
_IPV4_HEADER_BYTES: Final = 20
_OWN_ROUTE: Final = range(12, 16)
"""The last byte of addresses with a route of their own, where `Balance.ROUTE` is."""
_NO_BOX: Final = Box()


def unreachable_code(unreachable: Unreachable, family: int) -> int:
    """The ICMP code in family 4 (RFC 792, RFC 1812 5.2.7.1) or 6 (RFC 4443 3.1)."""
    code4, code6 = _UNREACHABLE_CODES[unreachable]
    return code4 if family == 4 else code6


class SimulatedProbe(msgspec.Struct, frozen=True, kw_only=True):
    """What matters of a probe on its way."""

    ttl: int
    protocol: Protocol
    flow: int
    serial: int
    family: int
    size: int
    dont_fragment: bool
    destination: IPAddress | None = None
    """Another address of the destination's network, where there is a host like it; None: the
    destination's own."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A probe that gets an answer of this kind from this place."""

    place: int
    """Of the node that answers, as in `Node`."""
    distance: int
    """How many hops away that seems to be."""
    manner: Manner
    responder: IPAddress
    message: Message
    rtt_s: float
    is_silent: bool
    arrived_ttl: int
    icmp_code: int = 0
    passed: tuple[Passed, ...] = ()
    fragment_bytes: int | None = None
    mtu: int | None = None


class Journeys:
    """All ways through a scenario. Of a probe only a limited link remembers that it passed."""

    def __init__(self, scenario: Scenario, chance: Chance, buckets: Buckets) -> None:
        self._scenario = scenario
        self._chance = chance
        self._buckets = buckets
        self._topologies: dict[tuple[float, int], Topology] = {}

    def arrival(self, route: Route, probe: SimulatedProbe, now_s: float) -> Arrival | None:
        """Follow a probe to where something is said about it; None where it is swallowed. It is
        sent at `now_s`."""
        left, distance, fragment_bytes = probe.ttl, 0, None
        passed: list[Passed] = []
        for node in self._way(route, probe):
            if node.place == route.distance:
                # A host puts fragments together again before it looks at them.
                return self._at_destination(route, probe, distance + 1, left, tuple(passed))
            hop = route.hops[node.place - 1]
            box = hop.box
            distance += not box.ttl_keep
            refusal = self._refusal(hop, probe, left)
            if refusal is not None:
                message, code, extra_s = refusal
                responders = hop.responders(probe.family)
                if not responders or (message is Message.PACKET_TOO_BIG and box.mtu_silent):
                    return None
                is_told = message is Message.PACKET_TOO_BIG
                return Arrival(
                    place=node.place,
                    distance=distance,
                    manner=hop.manner,
                    responder=responders[node.number],
                    message=message,
                    icmp_code=code,
                    rtt_s=hop.manner.rtt_s + extra_s,
                    is_silent=hop.silent,
                    arrived_ttl=left,
                    passed=tuple(passed),
                    fragment_bytes=fragment_bytes,
                    mtu=_told_mtu(box, probe.family) if is_told else None,
                )
            if hop.blackhole or self._chance.happens(
                hop.link_loss, node.place, probe.serial, "link"
            ):
                return None
            limit = hop.link_limit
            link = ("link", hop.addresses)
            if limit is not None and not self._buckets.take(link, limit, now_s):
                return None
            left = box.ttl_set or left - (not box.ttl_keep)
            if box.mtu is not None and box.mtu < (fragment_bytes or probe.size):
                fragment_bytes = _first_fragment(box.mtu)
            if box != _NO_BOX:
                passed.append(Passed(node.place, box))
        return None

    @staticmethod
    def _refusal(hop: Hop, probe: SimulatedProbe, left: int) -> tuple[Message, int, float] | None:
        """Why a hop does not pass a probe on: message, code, and what it takes to say so."""
        box = hop.box
        expires = left == 1 and not box.ttl_keep
        if hop.unreachable and not (expires and hop.unreachable_beyond):
            code = unreachable_code(hop.unreachable, probe.family)
            return Message.UNREACHABLE, code, hop.unreachable_delay_s
        if expires:
            return Message.TIME_EXCEEDED, 0, 0.0
        is_whole = probe.family == 6 or probe.dont_fragment
        if box.mtu is not None and is_whole and probe.size > box.mtu:
            return Message.PACKET_TOO_BIG, _FRAGMENTATION_NEEDED if probe.family == 4 else 0, 0.0
        return None

    def _at_destination(
        self,
        route: Route,
        probe: SimulatedProbe,
        distance: int,
        left: int,
        passed: tuple[Passed, ...],
    ) -> Arrival:
        destination = self._scenario.destination
        message: Message | None
        match probe.protocol:
            case Protocol.ICMP:
                message = Message.ECHO_REPLY if destination.icmp else None
            case Protocol.UDP:
                message = _UDP_ANSWERS[destination.udp]
            case Protocol.TCP:
                message = _TCP_ANSWERS[destination.tcp]
        is_port = message is Message.PORT_UNREACHABLE
        return Arrival(
            place=route.distance,
            distance=distance,
            manner=destination.manner,
            responder=probe.destination or destination.responder(probe.family),
            message=message or Message.UNREACHABLE,
            icmp_code=unreachable_code(Unreachable.PORT, probe.family) if is_port else 0,
            rtt_s=route.destination_rtt_s,
            is_silent=message is None,
            arrived_ttl=left,
            passed=passed,
        )

    def _way(self, route: Route, probe: SimulatedProbe) -> Iterator[Node]:
        family = probe.family
        topology = self._topologies.get((route.at_s, family))
        if topology is None:
            topology = self._topologies[route.at_s, family] = Topology(route, family)

        def choose(balancer: Node, candidates: tuple[Node, ...]) -> Node:
            # The hop that is shared out says how; the last link leads to one destination.
            hop = route.hops[balancer.place]
            address = probe.destination or self._scenario.destination.responder(family)
            match hop.balance:
                case Balance.PACKET:
                    chance = self._chance.of(balancer.place + 1, probe.serial, "balance")
                case Balance.FLOW:
                    flow = f"{probe.flow}/{probe.destination}" if probe.destination else probe.flow
                    chance = self._chance.of_balancer(balancer, str(flow))
                case Balance.DESTINATION:
                    chance = self._chance.of_balancer(balancer, str(address))
                case Balance.ROUTE:
                    return candidates[-1 if int(address) & 0xFF in _OWN_ROUTE else 0]
            weights = [_weight(route, node) for node in candidates]
            if len(set(weights)) == 1:
                return chance.choice(candidates)
            return chance.choices(candidates, weights)[0]

        return topology.walk(choose)


def _weight(route: Route, node: Node) -> int:
    weights = route.hops[node.place - 1].weights if node.place < route.distance else ()
    return weights[node.number] if weights else 1


def _told_mtu(box: Box, family: int) -> int:
    return 0 if box.mtu_untold and family == 4 else box.mtu or 0


def _first_fragment(mtu: int) -> int:
    """Bytes of the first fragment: what it carries is a multiple of 8 (RFC 791 section 3.2)."""
    return _IPV4_HEADER_BYTES + (mtu - _IPV4_HEADER_BYTES) // 8 * 8
