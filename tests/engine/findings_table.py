"""What is found over all of the lab's networks, against what is there: right, missed, false.

`python -m tests.engine.findings_table` traces each of them in virtual time with 20 seeds, with each
protocol and over both families, and prints a line for each network. `--seeds 2` is quicker.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from poros_tui.config import SessionConfig
from poros_tui.model.findings.find import findings
from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.probe import Protocol
from poros_tui.probe.simulation.network import SimulatedNetwork
from tests.engine.trace import (
    SCENARIOS,
    RecordingTransport,
    in_virtual_time,
    lab_scenario,
    run_trace,
)

SEEDS: Final = 20
TRAFFIC_CLASS: Final = 46 << 2 | 2
"""DSCP EF and ECT(0): of a probe without any, nobody can take them."""
NAMES: Final = sorted(path.stem for path in SCENARIOS.glob("*.toml"))
REPORT: Final = SessionConfig(queries=3, rounds=1)

NAT, DSCP, ECN = FindingKind.NAT, FindingKind.DSCP, FindingKind.ECN
THERE: Final[dict[str, tuple[tuple[FindingKind, int], ...]]] = {
    "nat-restored": ((NAT, 2),),
    "nat-broken": ((NAT, 2),),
    "nat-port": ((NAT, 2),),
    "carrier-nat-two": ((NAT, 1), (NAT, 4)),
    "ttl-reset": ((FindingKind.TTL_RESET, 4),),
    "dscp-rewritten": ((DSCP, 3),),
    "ecn-cleared": ((ECN, 5),),
    "asymmetric": ((FindingKind.ASYMMETRY, 4),),
}
"""What is found, and the last hop before it; in all other networks nothing. A NAT that repairs all
that is quoted (nat-unseen) and a router that does not count (ttl-keep) leave no trace."""


def there(name: str, protocol: Protocol, family: int) -> set[tuple[FindingKind, int]]:
    """What can be found with probes of this protocol."""
    # ICMP's checksum covers no addresses in IPv4 (RFC 792): repaired addresses leave no trace.
    if name == "nat-restored" and protocol is Protocol.ICMP and family == 4:
        return set()
    # The TTL that arrives shows in a port unreachable alone.
    if name == "ttl-reset" and protocol is not Protocol.UDP:
        return set()
    return set(THERE.get(name, ()))


class MarkedTransport(RecordingTransport):
    """Sends probes with a class of service."""

    def __init__(
        self, network: SimulatedNetwork, *, protocol: Protocol = Protocol.ICMP, family: int = 4
    ) -> None:
        super().__init__(network, protocol=protocol, family=family)
        self._traffic_class = TRAFFIC_CLASS


@dataclass
class Score:
    """How often something was there, was found, was missed, and was found without being there."""

    there: int = 0
    right: int = 0
    missed: int = 0
    false: int = 0
    wrong: str = ""
    """The first that was missed or false, in words."""

    def add(self, expected: set[tuple[FindingKind, int]], found: Iterable[Finding]) -> None:
        """One trace. A finding is right if it is the one, between the right hops."""
        shown = [
            (finding.kind, finding.after_ttl or 0)
            if finding.ttl == (finding.after_ttl or 0) + 1
            else (finding.kind, -1)
            for finding in found
        ]
        right = expected.intersection(shown)
        self.there += len(expected)
        self.right += len(right)
        self.missed += len(expected - right)
        self.false += len(shown) - len(right)
        if (expected - right or len(shown) > len(right)) and not self.wrong:
            told = "; ".join(finding.words() for finding in found)
            self.wrong = f"there: {sorted(expected)}; found: {told}"


def score(
    names: Sequence[str], seeds: Iterable[int], protocols: Iterable[tuple[Protocol, int]]
) -> dict[str, Score]:
    """Trace each network with each seed, protocol and family."""
    chosen = [(seed, *way) for way in protocols for seed in seeds]
    return {name: _score(name, chosen) for name in names}


def _score(name: str, chosen: Iterable[tuple[int, Protocol, int]]) -> Score:
    result = Score()
    scenario = lab_scenario(name)
    for seed, protocol, family in chosen:

        async def run(
            seed: int = seed, protocol: Protocol = protocol, family: int = family
        ) -> None:
            trace = await run_trace(
                scenario,
                REPORT,
                seed=seed,
                protocol=protocol,
                family=family,
                open_transport=MarkedTransport,
            )
            found = findings(trace.final.hops, protocol)
            result.add(there(name, protocol, family), found)

        in_virtual_time(run)
    return result


ALL_WAYS: Final = [(protocol, family) for protocol in Protocol for family in (4, 6)]


def lines(scores: dict[str, Score]) -> list[str]:
    """The table, and below it what was wrong first in each line that is."""
    heading = f"{'network':<26}{'there':>7}{'right':>7}{'missed':>8}{'false':>7}"
    rows = [
        f"{name:<26}{one.there:>7}{one.right:>7}{one.missed:>8}{one.false:>7}"
        for name, one in scores.items()
    ]
    every = scores.values()
    total = [sum(getattr(s, key) for s in every) for key in ("there", "right", "missed", "false")]
    rows.append(f"{'all':<26}{total[0]:>7}{total[1]:>7}{total[2]:>8}{total[3]:>7}")
    return [heading, *rows, *(f"{n}: {s.wrong}" for n, s in scores.items() if s.wrong)]


def _main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.findings_table")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("networks", nargs="*", default=NAMES)
    chosen = parser.parse_args(arguments)
    scores = score(chosen.networks, range(chosen.seeds), ALL_WAYS)
    sys.stdout.write("\n".join(lines(scores)) + "\n")
    return any(one.missed or one.false for one in scores.values())


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
