"""How often a discovery finds a whole graph, how often neighbours of the destination show who
balances by destination, and what both cost, over 100 seeds: `python -m tests.engine.mda_table`
(15 minutes)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from statistics import mean

import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.multipath import Balance, MultipathGraph
from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.discovering import discover
from tests.engine.trace import run_trace
from tests.lab.graph import balancers_by_destination, true_graph
from tests.lab.tun import load_scenario

SCENARIOS = ("diamond-4x3", "diamonds-two", "diamond-unequal", "diamond-meshed", "straight12")
BY_DESTINATION = ("balanced-by-destination", "diamond-by-destination")
"""With each protocol, over both families."""
OTHERS = (
    "straight12",
    "balanced-by-flow",
    "balanced-by-packet",
    "routed-apart",
    "diamonds-two",
    "diamond-unequal",
    "diamond-meshed",
    "diamond-weighted",
    "silent-gap",
    "loss30",
    "rate-limited",
)
"""Where nobody goes by destination."""
SEEDS = 100
NEIGHBOURS = 32


@dataclass(frozen=True)
class Shown:
    """What neighbours have shown in one run."""

    is_right: bool
    """All who balance by destination with all their next interfaces, and nobody else."""
    is_false: bool
    """Somebody who does not, or an interface that is not there."""
    graph: MultipathGraph


def main() -> None:
    """Print one line for each scenario."""
    heading = ("scenario", "whole", "probes", "repeated", "MDA-Lite", "MDA")
    sys.stdout.write("{:18}{:>7}{:>16}{:>10}{:>10}{:>7}\n".format(*heading))
    for name in SCENARIOS:
        scenario = load_scenario(name)
        truth = true_graph(scenario, family=4)
        runs = [discover(scenario, seed=seed) for seed in range(SEEDS)]
        probes = [run.graph.probes for run in runs]
        whole = sum(run.is_whole(truth) for run in runs)
        sys.stdout.write(
            f"{name:18}{whole:>7}{_spread([count.sent for count in probes]):>16}"
            f"{mean(count.repeated for count in probes):>10.1f}"
            f"{mean(count.lite for count in probes):>10.0f}"
            f"{mean(count.mda for count in probes):>7.0f}\n"
        )
    heading = ("by destination", "", "right", "missed", "false", "probes", "repeated", "theory")
    sys.stdout.write("\n{:24}{:8}{:>6}{:>8}{:>7}{:>16}{:>10}{:>8}\n".format(*heading))
    for name, protocol, family in product(BY_DESTINATION, Protocol, (4, 6)):
        _print_shown(name, protocol, family)
    for name in OTHERS:
        _print_shown(name, Protocol.ICMP, 4)


def _print_shown(name: str, protocol: Protocol, family: int) -> None:
    scenario = load_scenario(name)
    runs = [show(scenario, seed, protocol, family) for seed in range(SEEDS)]
    right, false = sum(run.is_right for run in runs), sum(run.is_false for run in runs)
    asked = [run.graph.neighbourhood for run in runs if run.graph.neighbourhood is not None]
    sys.stdout.write(
        f"{name:24}{protocol} v{family:<3}{right:>6}{SEEDS - right - false:>8}{false:>7}"
        f"{_spread([found.sent for found in asked]):>16}"
        f"{mean(found.repeated for found in asked):>10.1f}"
        f"{mean(found.theory for found in asked):>8.0f}\n"
    )


def show(
    scenario: Scenario, seed: int, protocol: Protocol = Protocol.ICMP, family: int = 4
) -> Shown:
    """One trace, in virtual time."""
    config = SessionConfig(rounds=1, failure=0.05, neighbours=NEIGHBOURS)

    async def trace() -> MultipathGraph:
        done = await run_trace(scenario, config, seed=seed, protocol=protocol, family=family)
        graph = done.final.session.status.graph
        assert graph is not None
        return graph

    graph = trio.run(trace, clock=MockClock(autojump_threshold=0))
    truth = balancers_by_destination(scenario, family=family)
    told = {
        (balancer.ttl, balancer.address, frozenset(balancer.branches))
        for balancer in graph.balancers
        if balancer.balance is Balance.DESTINATION
    }
    all_of = {(ttl, address): branches for ttl, address, branches in truth}
    is_false = any(
        not branches <= all_of.get((ttl, address), frozenset()) for ttl, address, branches in told
    )
    return Shown(told == truth, is_false, graph)


def _spread(counts: Sequence[int]) -> str:
    return f"{min(counts)} {mean(counts):.0f} {max(counts)}"


if __name__ == "__main__":
    main()
