"""How often a discovery finds a whole graph, and what it costs, over 100 seeds:
`python -m tests.engine.mda_table`."""

from __future__ import annotations

import sys
from statistics import mean

from tests.engine.discovering import discover
from tests.lab.graph import true_graph
from tests.lab.tun import load_scenario

SCENARIOS = ("diamond-4x3", "diamonds-two", "diamond-unequal", "diamond-meshed", "straight12")
SEEDS = 100


def main() -> None:
    """Print one line for each scenario."""
    heading = ("scenario", "whole", "probes", "repeated", "MDA-Lite", "MDA")
    sys.stdout.write("{:18}{:>7}{:>16}{:>10}{:>10}{:>7}\n".format(*heading))
    for name in SCENARIOS:
        scenario = load_scenario(name)
        truth = true_graph(scenario, family=4)
        runs = [discover(scenario, seed=seed) for seed in range(SEEDS)]
        probes = [run.graph.probes for run in runs]
        sent = [count.sent for count in probes]
        spread = f"{min(sent)} {mean(sent):.0f} {max(sent)}"
        whole = sum(run.is_whole(truth) for run in runs)
        sys.stdout.write(
            f"{name:18}{whole:>7}{spread:>16}{mean(count.repeated for count in probes):>10.1f}"
            f"{mean(count.lite for count in probes):>10.0f}"
            f"{mean(count.mda for count in probes):>7.0f}\n"
        )


if __name__ == "__main__":
    main()
