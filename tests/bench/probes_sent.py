"""How many probes one trace of a 12-hop path costs, how many go past its end, and how many round
trips to the destination it takes."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio
import trio.abc

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Mode, Protocol
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import rising_path
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.bench.path_speed import run_on_wire
from tests.bench.programs import QUERIES, mtr_report, poros_json, traceroute
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, median_and_range
from tests.lab.tun import TunLab, lab_network

HOPS: Final = 12
EXTRA_LIMIT: Final = Limit(1)
"""Round trips that thrift may take more than the same trace without it."""
EXTRA_LIMIT_ON_WIRE: Final = Limit(1.25)
"""With the time that programs and kernels take for it."""
_RTT_S: Final = 0.024
"""Of the destination, which is the slowest."""


@dataclass(frozen=True, slots=True)
class Way:
    """One of our ways to trace."""

    name: str
    limit: Limit
    """Of the probes."""
    mode: Mode = Mode.CONCURRENT
    is_thrifty: bool = False
    protocol: Protocol = Protocol.ICMP

    @property
    def options(self) -> tuple[str, ...]:
        """As the command line takes them."""
        mode = () if self.mode is Mode.CONCURRENT else (f"--{self.mode}",)
        udp = ("--udp",) if self.protocol is Protocol.UDP else ()
        return (*mode, *udp, *(("--thrifty",) if self.is_thrifty else ()))

    @property
    def lavish(self) -> str | None:
        """The name of the same way without thrift; None for one that has none."""
        return self.name.replace("thrifty", "concurrent") if self.is_thrifty else None


WAYS: Final = (
    Way("concurrent", Limit(54)),
    Way("thrifty", Limit(38), is_thrifty=True),
    Way("concurrent, UDP", Limit(54), protocol=Protocol.UDP),
    Way("thrifty, UDP", Limit(38), is_thrifty=True, protocol=Protocol.UDP),
    Way("adaptive", Limit(40), Mode.ADAPTIVE),
    Way("sequential", Limit(36), Mode.SEQUENTIAL),
)
_PEERS: Final = {
    "traceroute -N 32": traceroute("-N", "32"),
    "traceroute": traceroute(),
    "mtr -r -c 3": mtr_report("-i", "0.2", "-G", "0.5"),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """The probes of one trace."""

    total: int
    beyond: int
    """To TTLs greater than the destination's distance."""
    round_trips: float
    """From the first probe to the end of the trace, in round trips to the destination."""


def simulated_probes(way: Way, clock: trio.abc.Clock) -> Sent:
    """One trace with 3 queries in process."""
    config = SessionConfig(mode=way.mode, thrifty=way.is_thrifty, queries=QUERIES, rounds=1)
    network = SimulatedNetwork(rising_path(HOPS, _RTT_S), seed=1)
    open_transport = partial(SimulatedTransport, network, protocol=way.protocol)
    finished = trio.run(run_once, config, open_transport, clock=clock)
    session = finished.path.session
    return Sent(session.sent, session.sent_beyond, finished.duration_s / _RTT_S)


def simulated_table(clock: trio.abc.Clock) -> Table:
    """What the engine sends when nothing delays it, on a virtual clock."""
    table = Table(
        f"Probes sent, {HOPS} simulated hops, {QUERIES} queries, in virtual time",
        ("way", "probes", "beyond the destination", "round trips", ""),
    )
    results = {way.name: simulated_probes(way, clock) for way in WAYS}
    round_trips = {name: sent.round_trips for name, sent in results.items()}
    for way in WAYS:
        sent = results[way.name]
        verdict = _verdict(way, sent.total, round_trips, EXTRA_LIMIT)
        table.add(way.name, str(sent.total), str(sent.beyond), f"{sent.round_trips:.2f}", verdict)
    return table


def _verdict(way: Way, probes: float, round_trips: Mapping[str, float], extra: Limit) -> str:
    words = way.limit.verdict(probes)
    if way.lavish is None:
        return words
    more = round(round_trips[way.name] - round_trips[way.lavish], 2) or 0.0  # never -0.0
    return f"{words}; {more:.2f} round trips more: {extra.verdict(more)}"


def probes_on_wire(lab: TunLab, argv: Sequence[str]) -> Sent:
    """What the simulated internet saw of one command, and a tap of its time."""
    before = len(lab.probes())
    run = run_on_wire(lab, argv)
    probes = lab.probes()[before:]
    beyond = sum(probe.ttl > HOPS for probe in probes)
    return Sent(len(probes), beyond, run.trace / run.slowest_rtt)


def wire_table(repetitions: int) -> Table:
    """All programs on the 12-hop path."""
    table = Table(
        f"Probes sent, {HOPS} hops on TUN to {1e3 * _RTT_S:g} ms, {QUERIES} queries",
        ("program", "probes", "beyond the destination", "round trips", ""),
    )
    ours = {way.name: poros_json(*way.options) for way in WAYS}
    with lab_network("straight12") as lab:
        results = take_turns(
            {name: partial(probes_on_wire, lab, argv) for name, argv in {**ours, **_PEERS}.items()},
            repetitions,
        )
    round_trips = {
        name: statistics.median(each.round_trips for each in sent) for name, sent in results.items()
    }
    ways = {way.name: way for way in WAYS}
    for name, sent in results.items():
        totals = [each.total for each in sent]
        way = ways.get(name)
        table.add(
            name if way is None else f"poros-tui {name}",
            median_and_range(totals),
            median_and_range([each.beyond for each in sent]),
            median_and_range([each.round_trips for each in sent], 2),
            _verdict(way, statistics.median(totals), round_trips, EXTRA_LIMIT_ON_WIRE)
            if way is not None
            else "",
        )
    table.notes.append("end of trace: poros-tui's duration_ms; the exit of the others")
    return table
