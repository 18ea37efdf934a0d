"""How many probes one trace of a 12-hop path costs, how many go past its end, and the time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio
import trio.abc

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Mode, Protocol
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import rising_path
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.trace import run_once
from tests.bench.programs import QUERIES, mtr_report, poros_json, traceroute
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, median_and_range
from tests.lab.tun import TunLab, lab_network

HOPS: Final = 12


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


WAYS: Final = (
    Way("concurrent", Limit(54)),
    Way("thrifty", Limit(38), is_thrifty=True),
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
    took_s: float
    """From the start of the session, or of the program, to its end."""


def simulated_probes(way: Way, clock: trio.abc.Clock | None = None) -> Sent:
    """One trace with 3 queries in process, round trips rising to 24 ms."""
    config = SessionConfig(mode=way.mode, thrifty=way.is_thrifty, queries=QUERIES, rounds=1)
    network = SimulatedNetwork(rising_path(HOPS, 0.024), seed=1)
    open_transport = partial(SimulatedTransport, network, protocol=way.protocol)
    finished = trio.run(run_once, config, open_transport, clock=clock)
    session = finished.path.session
    return Sent(session.sent, session.sent_beyond, finished.duration_s)


def simulated_table(clock: trio.abc.Clock | None = None) -> Table:
    """What the engine sends when nothing delays it."""
    table = Table(
        f"Probes sent, {HOPS} simulated hops to 24 ms, {QUERIES} queries",
        ("way", "probes", "beyond the destination", "ms", ""),
    )
    for way in WAYS:
        sent = simulated_probes(way, clock)
        verdict = way.limit.verdict(sent.total)
        table.add(way.name, str(sent.total), str(sent.beyond), f"{sent.took_s * 1e3:.1f}", verdict)
    return table


def probes_on_wire(lab: TunLab, argv: Sequence[str]) -> Sent:
    """What the simulated internet saw of one command."""
    before = len(lab.probes())
    started_at_s = time.monotonic()
    lab.run(argv)
    took_s = time.monotonic() - started_at_s
    probes = lab.probes()[before:]
    return Sent(len(probes), sum(probe.ttl > HOPS for probe in probes), took_s)


def wire_table(repetitions: int) -> Table:
    """All programs on the 12-hop path."""
    table = Table(
        f"Probes sent, {HOPS} hops on TUN to 24 ms, {QUERIES} queries",
        ("program", "probes", "beyond the destination", "ms with start-up", ""),
    )
    ours = {f"poros-tui {way.name}": poros_json(*way.options) for way in WAYS}
    programs = {**ours, **_PEERS}
    with lab_network("straight12") as lab:
        results = take_turns(
            {name: partial(probes_on_wire, lab, argv) for name, argv in programs.items()},
            repetitions,
        )
    limits = {f"poros-tui {way.name}": way.limit for way in WAYS}
    for name, sent in results.items():
        totals = [each.total for each in sent]
        limit = limits.get(name)
        table.add(
            name,
            median_and_range(totals),
            median_and_range([each.beyond for each in sent]),
            median_and_range([each.took_s * 1e3 for each in sent]),
            limit.verdict(statistics.median(totals)) if limit else "",
        )
    return table
