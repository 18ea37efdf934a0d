"""What a simulated internet answers to a probe. Pure: the time is an argument, no sockets.

Chance is drawn from the seed, the TTL and the probe's serial number, never from a running
generator: the same seed gives the same answers, in whatever order the probes are asked.
Only a rate limit has a memory, as it must.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.probe.simulation.answer import SimulatedAnswer
from poros_tui.probe.simulation.buckets import Buckets
from poros_tui.probe.simulation.chance import Chance
from poros_tui.probe.simulation.journey import Arrival, Journeys, SimulatedProbe
from poros_tui.probe.simulation.node import Mischief
from poros_tui.probe.simulation.scenario import Route, Scenario

DUPLICATE_GAP_S: Final = 0.0005
"""From an answer to its copy, and from that to the next."""
MISCHIEF_HASTE: Final = 0.5
"""Bad packets come after this share of the honest RTT: who believes them measures wrong."""


class SimulatedNetwork:
    """The internet of a scenario, as one prober sees it."""

    def __init__(self, scenario: Scenario, *, seed: int) -> None:
        self.scenario = scenario
        self._chance = Chance(seed)
        self._buckets = Buckets()
        self._journeys = Journeys(scenario, self._chance, self._buckets)

    def answers(
        self,
        *,
        ttl: int,
        protocol: Protocol,
        flow: int,
        serial: int,
        family: int,
        now_s: float,
        size: int = 0,
        dont_fragment: bool = False,
        destination: IPAddress | None = None,
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
            size: bytes of the probe, IP header included; 0: so small that every link takes it.
            dont_fragment: IPv4's DF. In IPv6 no router parts a packet.
            destination: another address of the destination's network; None: its own.
        """
        route = self.scenario.route_at(now_s)
        probe = SimulatedProbe(
            ttl=ttl,
            protocol=protocol,
            flow=flow,
            serial=serial,
            family=family,
            size=size,
            dont_fragment=dont_fragment,
            destination=destination,
        )
        arrival = self._journeys.arrival(route, probe, now_s)
        if arrival is None:
            return ()
        answers = [
            *self._bad_answers(arrival),
            *self._honest_answers(arrival, route, serial, now_s),
        ]
        return tuple(sorted(answers, key=lambda answer: answer.delay_s))

    def _honest_answers(
        self, arrival: Arrival, route: Route, serial: int, now_s: float
    ) -> Iterator[SimulatedAnswer]:
        manner, place = arrival.manner, arrival.place
        if arrival.is_silent or self._is_limited(arrival, route, now_s):
            return
        if self._chance.happens(manner.loss, place, serial, "loss"):
            return
        delay_s = arrival.rtt_s
        if manner.jitter_s:
            delay_s += self._chance.of(place, serial, "jitter").uniform(0.0, manner.jitter_s)
        for copy in range(1 + manner.duplicates):
            yield _answer(arrival, delay_s + copy * DUPLICATE_GAP_S, Mischief.NONE)

    @staticmethod
    def _bad_answers(arrival: Arrival) -> Iterator[SimulatedAnswer]:
        for mischief in arrival.manner.mischief:
            yield _answer(arrival, arrival.rtt_s * MISCHIEF_HASTE, mischief)

    def _is_limited(self, arrival: Arrival, route: Route, now_s: float) -> bool:
        limit = arrival.manner.rate_limit
        if limit is None or not arrival.message.is_error:
            return False
        is_destination = arrival.place == route.distance
        # A router keeps its bucket wherever a change of the route puts it.
        who = () if is_destination else route.hops[arrival.place - 1].addresses
        return not self._buckets.take(("answers", who), limit, now_s)


def _answer(arrival: Arrival, delay_s: float, mischief: Mischief) -> SimulatedAnswer:
    manner = arrival.manner
    return SimulatedAnswer(
        delay_s=delay_s,
        responder=arrival.responder,
        message=arrival.message,
        icmp_code=arrival.icmp_code,
        reply_ttl=max(1, manner.initial_ttl - ((manner.return_hops or arrival.distance) - 1)),
        quoted_ttl=arrival.arrived_ttl if manner.quoted_ttl is None else manner.quoted_ttl,
        passed=arrival.passed,
        fragment_bytes=arrival.fragment_bytes,
        mtu=arrival.mtu,
        quote_bytes=manner.quote_bytes,
        mischief=mischief,
        extensions=manner.extensions if arrival.message.is_error else (),
        tells_quote_length=manner.tells_quote_length,
    )
