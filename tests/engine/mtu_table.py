"""The MTU search on every network of the lab: `python -m tests.engine.mtu_table [--seeds N]`.

Right is the true MTU as far as the search reached, and its hop; missed is a search that ends
without one; false is any other MTU or hop.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence

import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.mtu_probing import MtuPlan
from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import Protocol
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from tests.bench.table import Table, median_and_range
from tests.engine.trace import SCENARIOS, lab_scenario

LINK_MTU = 1500
"""Of the prober, where the network does not say."""
CONFIG = SessionConfig(queries=3, rounds=1, timeout_s=3.0)


def search(scenario: Scenario, *, seed: int, protocol: Protocol, family: int) -> PathMtu:
    """What `--mtu` finds there, in virtual time."""
    network = SimulatedNetwork(scenario, seed=seed)

    def open_transport(*, whole: bool = False) -> SimulatedTransport:
        return SimulatedTransport(network, protocol=protocol, family=family, dont_fragment=whole)

    plan = MtuPlan(
        open_transport=lambda: open_transport(whole=True),
        protocol=protocol,
        version=family,
        small={4: 60, 6: 80}[family],
        link_mtu=scenario.mtu or LINK_MTU,
    )
    clock = MockClock(autojump_threshold=0)
    done = trio.run(run_once, CONFIG, open_transport, (), plan, clock=clock)
    found = done.path.session.path_mtu
    assert found is not None
    return found


def verdict(scenario: Scenario, found: PathMtu) -> str:
    """right, missed or false."""
    if not found.is_exact:
        return "missed" if found.reaches is not None else "right"  # nobody answers there
    links = [scenario.mtu or LINK_MTU]
    links += [hop.box.mtu or sys.maxsize for hop in scenario.route_at(0).hops]
    true = min(links[: found.reaches])
    is_step = true < links[0]
    if found.mtu != true or (found.method is MtuMethod.INTERFACE) is is_step:
        return "false"
    if is_step and not (
        found.hop is not None
        and found.beyond is not None
        and found.hop <= links.index(true) < found.beyond
    ):
        return "false"
    return "right"


def table(seeds: int, names: Sequence[str]) -> tuple[Table, int]:
    """A row for each network, and how many searches were not right."""
    result = Table(
        f"Path MTU, {seeds} seeds, each by ICMP, UDP and TCP over IPv4 and IPv6",
        ("network", "right", "missed", "false", "probes", ""),
    )
    wrong = 0
    for name in names:
        scenario = lab_scenario(name)
        verdicts: Counter[str] = Counter()
        probes = []
        for seed in range(seeds):
            for protocol in Protocol:
                for family in (4, 6):
                    found = search(scenario, seed=seed, protocol=protocol, family=family)
                    verdicts[verdict(scenario, found)] += 1
                    probes.append(found.probes)
        wrong += verdicts["missed"] + verdicts["false"]
        figures = [str(verdicts[kind]) for kind in ("right", "missed", "false")]
        result.add(name, *figures, median_and_range(probes))
    return result, wrong


def main() -> int:
    """Print the table; 1 where a search was not right."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine.mtu_table")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--only", action="append", metavar="NETWORK")
    options = parser.parse_args()
    names = options.only or sorted(path.stem for path in SCENARIOS.glob("*.toml"))
    result, wrong = table(options.seeds, names)
    sys.stdout.write(result.text())
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
