"""How many probes one trace of a 12-hop path costs, and how many go past its end."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio
import trio.abc

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Mode
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import rising_path
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.trace import run_once
from tests.bench.programs import QUERIES, mtr_report, poros_json, traceroute
from tests.bench.series import take_turns
from tests.bench.table import Limit, Table, median_and_range
from tests.lab.tun import TunLab, lab_network

HOPS: Final = 12
LIMITS: Final = {Mode.CONCURRENT: Limit(54), Mode.ADAPTIVE: Limit(40), Mode.SEQUENTIAL: Limit(36)}
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


def simulated_probes(mode: Mode, clock: trio.abc.Clock | None = None) -> Sent:
    """One trace with 3 queries in process, round trips rising to 24 ms."""
    config = SessionConfig(mode=mode, queries=QUERIES, rounds=1)
    network = SimulatedNetwork(rising_path(HOPS, 0.024), seed=1)
    finished = trio.run(run_once, config, partial(SimulatedTransport, network), clock=clock)
    return Sent(finished.path.session.sent, finished.path.session.sent_beyond)


def simulated_table(clock: trio.abc.Clock | None = None) -> Table:
    """What the engine sends when nothing delays it."""
    table = Table(
        f"Probes sent, {HOPS} simulated hops to 24 ms, {QUERIES} queries",
        ("mode", "probes", "beyond the destination", ""),
    )
    for mode, limit in LIMITS.items():
        sent = simulated_probes(mode, clock)
        table.add(mode, str(sent.total), str(sent.beyond), limit.verdict(sent.total))
    return table


def probes_on_wire(lab: TunLab, argv: Sequence[str]) -> Sent:
    """What the simulated internet saw of one command."""
    before = len(lab.probes())
    lab.run(argv)
    probes = lab.probes()[before:]
    return Sent(len(probes), sum(probe.ttl > HOPS for probe in probes))


def wire_table(repetitions: int) -> Table:
    """All programs on the 12-hop path."""
    table = Table(
        f"Probes sent, {HOPS} hops on TUN to 24 ms, {QUERIES} queries",
        ("program", "probes", "beyond the destination", ""),
    )
    ours = {mode: poros_json(*_option(mode)) for mode in LIMITS}
    programs = {**{f"poros-tui {mode}": argv for mode, argv in ours.items()}, **_PEERS}
    with lab_network("straight12") as lab:
        results = take_turns(
            {name: partial(probes_on_wire, lab, argv) for name, argv in programs.items()},
            repetitions,
        )
    limits = {f"poros-tui {mode}": limit for mode, limit in LIMITS.items()}
    for name, sent in results.items():
        totals = [each.total for each in sent]
        limit = limits.get(name)
        table.add(
            name,
            median_and_range(totals),
            median_and_range([each.beyond for each in sent]),
            limit.verdict(statistics.median(totals)) if limit else "",
        )
    return table


def _option(mode: Mode) -> tuple[str, ...]:
    return () if mode is Mode.CONCURRENT else (f"--{mode}",)
