"""What a simulated internet answers to a probe. Pure: the time is an argument, no sockets.

Chance is drawn from the seed, the TTL and the probe's serial number, never from a running
generator: the same seed gives the same answers, in whatever order the probes are asked.
Only a rate limit has a memory, as it must.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.answer import Message, SimulatedAnswer
from poros_tui.probe.simulation.node import (
    Balance,
    Manner,
    Mischief,
    RateLimit,
    TcpPort,
    UdpService,
    Unreachable,
)
from poros_tui.probe.simulation.scenario import Route, Scenario
from poros_tui.probe.simulation.topology import Node, Topology

DUPLICATE_GAP_S: Final = 0.0005
"""From an answer to its copy, and from that to the next."""
MISCHIEF_HASTE: Final = 0.5
"""Bad packets come after this share of the honest RTT: who believes them measures wrong."""


def unreachable_code(unreachable: Unreachable, family: int) -> int:
    """The ICMP code in family 4 (RFC 792, RFC 1812 5.2.7.1) or 6 (RFC 4443 3.1)."""
    code4, code6 = _UNREACHABLE_CODES[unreachable]
    return code4 if family == 4 else code6


_UNREACHABLE_CODES: Final = {
    Unreachable.NET: (0, 0),
    Unreachable.HOST: (1, 3),
    Unreachable.PORT: (3, 4),
    Unreachable.NET_ADMIN: (9, 1),
    Unreachable.HOST_ADMIN: (10, 1),
    Unreachable.ADMIN: (13, 1),
}


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


class _Bucket:
    """A token bucket, full at the beginning."""

    def __init__(self, limit: RateLimit) -> None:
        self._limit = limit
        self._tokens = float(limit.burst)
        self._filled_at_s = 0.0

    def take(self, now_s: float) -> bool:
        """Whether one more message may be sent at `now_s`."""
        elapsed_s = max(0.0, now_s - self._filled_at_s)
        self._filled_at_s = max(now_s, self._filled_at_s)
        refilled = self._tokens + elapsed_s * self._limit.per_second
        self._tokens = min(float(self._limit.burst), refilled)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class _Arrival(msgspec.Struct, frozen=True):
    """A probe that gets an answer of this kind from this place."""

    place: int
    """Of the node that answers."""
    distance: int
    """TTL that gets there."""
    manner: Manner
    responder: IPAddress
    message: Message
    icmp_code: int
    rtt_s: float
    is_silent: bool


class SimulatedNetwork:
    """The internet of a scenario, as one prober sees it."""

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.scenario = scenario
        self._seed = seed
        self._buckets: dict[tuple[float, int], _Bucket] = {}
        self._topologies: dict[tuple[float, int], Topology] = {}

    def answers(
        self, *, ttl: int, protocol: Protocol, flow: int, serial: int, family: int, now_s: float
    ) -> tuple[SimulatedAnswer, ...]:
        """All that comes back for one probe, in order of time; empty for silence.

        Args:
            ttl: 1 to 255.
            protocol: what the probe is made of.
            flow: equal for probes that a load balancer cannot tell apart. Each balancer hashes it
                in a way of its own.
            serial: number of the probe, different for each.
            family: 4 or 6.
            now_s: when the probe is sent, seconds from the beginning of the scenario.
        """
        route = self.scenario.route_at(now_s)
        arrival = self._arrival(route, ttl, protocol, flow, serial, family)
        if arrival is None:
            return ()
        answers = [
            *self._bad_answers(arrival),
            *self._honest_answers(arrival, route, serial, now_s),
        ]
        return tuple(sorted(answers, key=lambda answer: answer.delay_s))

    def _arrival(
        self, route: Route, ttl: int, protocol: Protocol, flow: int, serial: int, family: int
    ) -> _Arrival | None:
        """Follow the probe to where something is said about it; None where it is swallowed."""
        for distance, node in enumerate(self._way(route, flow, serial, family), 1):
            place = node.place
            if place == route.distance:
                return self._arrival_at_destination(route, distance, protocol, family)
            hop = route.hops[place - 1]
            expires = distance == ttl
            if hop.unreachable and not (expires and hop.unreachable_beyond):
                message, code = Message.UNREACHABLE, unreachable_code(hop.unreachable, family)
                extra_s = hop.unreachable_delay_s
            elif expires:
                message, code, extra_s = Message.TIME_EXCEEDED, 0, 0.0
            elif hop.blackhole or (
                hop.link_loss and self._happens(hop.link_loss, place, serial, "link")
            ):
                return None
            else:
                continue
            responders = hop.responders(family)
            if not responders:
                return None
            return _Arrival(
                place=place,
                distance=distance,
                manner=hop.manner,
                responder=responders[node.number],
                message=message,
                icmp_code=code,
                rtt_s=hop.manner.rtt_s + extra_s,
                is_silent=hop.silent,
            )
        return None

    def _arrival_at_destination(
        self, route: Route, distance: int, protocol: Protocol, family: int
    ) -> _Arrival | None:
        destination = self.scenario.destination
        message: Message | None
        match protocol:
            case Protocol.ICMP:
                message = Message.ECHO_REPLY
            case Protocol.UDP:
                message = _UDP_ANSWERS[destination.udp]
            case Protocol.TCP:
                message = _TCP_ANSWERS[destination.tcp]
        is_port = message is Message.PORT_UNREACHABLE
        return _Arrival(
            place=route.distance,
            distance=distance,
            manner=destination.manner,
            responder=destination.responder(family),
            message=message or Message.UNREACHABLE,
            icmp_code=unreachable_code(Unreachable.PORT, family) if is_port else 0,
            rtt_s=route.destination_rtt_s,
            is_silent=message is None or (protocol is Protocol.ICMP and not destination.icmp),
        )

    def _way(self, route: Route, flow: int, serial: int, family: int) -> Iterator[Node]:
        topology = self._topologies.get((route.at_s, family))
        if topology is None:
            topology = self._topologies[route.at_s, family] = Topology(route, family)

        def choose(balancer: Node, candidates: tuple[Node, ...]) -> Node:
            # The hop that is shared out says how; the last link leads to one destination.
            hop = route.hops[balancer.place]
            match hop.balance:
                case Balance.PACKET:
                    chance = self._chance(balancer.place + 1, serial, "balance")
                case Balance.FLOW:
                    chance = self._chance_of_balancer(balancer, str(flow))
                case Balance.DESTINATION:
                    address = self.scenario.destination.responder(family)
                    chance = self._chance_of_balancer(balancer, str(address))
            weights = [_weight(route, node) for node in candidates]
            if len(set(weights)) == 1:
                return chance.choice(candidates)
            return chance.choices(candidates, weights)[0]

        return topology.walk(choose)

    def _honest_answers(
        self, arrival: _Arrival, route: Route, serial: int, now_s: float
    ) -> Iterator[SimulatedAnswer]:
        manner, place = arrival.manner, arrival.place
        if arrival.is_silent or self._is_limited(arrival, route, now_s):
            return
        if self._happens(manner.loss, place, serial, "loss"):
            return
        delay_s = arrival.rtt_s
        if manner.jitter_s:
            delay_s += self._chance(place, serial, "jitter").uniform(0.0, manner.jitter_s)
        for copy in range(1 + manner.duplicates):
            yield _answer(arrival, delay_s + copy * DUPLICATE_GAP_S, Mischief.NONE)

    @staticmethod
    def _bad_answers(arrival: _Arrival) -> Iterator[SimulatedAnswer]:
        for mischief in arrival.manner.mischief:
            yield _answer(arrival, arrival.rtt_s * MISCHIEF_HASTE, mischief)

    def _is_limited(self, arrival: _Arrival, route: Route, now_s: float) -> bool:
        limit = arrival.manner.rate_limit
        if limit is None or not arrival.message.is_error:
            return False
        bucket = self._buckets.setdefault((route.at_s, arrival.place), _Bucket(limit))
        return not bucket.take(now_s)

    def _happens(self, ratio: float, place: int, serial: int, what: str) -> bool:
        return ratio > 0 and self._chance(place, serial, what).random() < ratio

    def _chance_of_balancer(self, balancer: Node, hashed: str) -> random.Random:
        place, number = balancer
        return random.Random(f"{self._seed}/{place}/{number}/{hashed}/hash")

    def _chance(self, place: int, serial: int, what: str) -> random.Random:
        return random.Random(f"{self._seed}/{place}/{serial}/{what}")


def _weight(route: Route, node: Node) -> int:
    weights = route.hops[node.place - 1].weights if node.place < route.distance else ()
    return weights[node.number] if weights else 1


def _answer(arrival: _Arrival, delay_s: float, mischief: Mischief) -> SimulatedAnswer:
    return SimulatedAnswer(
        delay_s=delay_s,
        responder=arrival.responder,
        place=arrival.distance,
        message=arrival.message,
        icmp_code=arrival.icmp_code,
        reply_ttl=max(1, arrival.manner.initial_ttl - (arrival.distance - 1)),
        quote_bytes=arrival.manner.quote_bytes,
        mischief=mischief,
        extensions=arrival.manner.extensions if arrival.message.is_error else (),
        tells_quote_length=arrival.manner.tells_quote_length,
    )
