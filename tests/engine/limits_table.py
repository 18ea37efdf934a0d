"""The limits that are found in all of the lab's networks, against those that are there.

`python -m tests.engine.limits_table` runs each session of SESSIONS over each network in virtual
time with 20 seeds, and prints a table for each. Where anything is lost, the burst goes with each
protocol over both families; else they take turns from seed to seed. `--seeds 2` is quicker.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Final

from poros_tui.config import SessionConfig
from poros_tui.model.findings.find import findings
from poros_tui.model.findings.finding import Finding, FindingKind
from poros_tui.model.probe import Protocol
from poros_tui.model.rate_limit import RateLimit
from poros_tui.probe.simulation import node
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.findings_table import ALL_WAYS, NAMES, SEEDS
from tests.engine.trace import Trace, in_virtual_time, lab_scenario, run_trace

BURST: Final = "one round of 20 queries"
SESSIONS: Final = {
    BURST: SessionConfig(queries=20, rounds=1),
    "60 rounds, 0.2 s": SessionConfig(rounds=60, interval_s=0.2),
    "60 rounds, 1 s": SessionConfig(rounds=60, interval_s=1.0),
    "30 rounds of 5 queries, 0.2 s": SessionConfig(queries=5, rounds=30, interval_s=0.2),
}
REFUSED_LEAST: Final = 12
ANSWERED_LEAST: Final = 6
"""With fewer refusals, or fewer answers, there is too little to tell a limit from chance."""
HIDDEN: Final = frozenset({"rate-limited-lossy-before"})
"""Where other loss may hide the limit, so that nothing need be found; but nothing false either."""


@dataclass
class LimitScore:
    """How often limits were there, were found with the right figures, were missed, could not be
    told for want of data, and were found where there are none or with wrong figures."""

    there: int = 0
    right: int = 0
    missed: int = 0
    untold: int = 0
    false: int = 0
    wrong: str = ""
    """The first that was missed or false, in words."""

    def add(
        self, true: dict[int, node.RateLimit], told: Iterable[int], found: Iterable[Finding]
    ) -> None:
        """One session: the limits that are there, those of them that must be found, and what was
        found."""
        shown = {finding.ttl: finding.limit for finding in found}
        right = {
            ttl
            for ttl, limit in shown.items()
            if ttl in true and limit is not None and is_right(limit, true[ttl])
        }
        must = set(told)
        missed = must - right
        self.there += len(true)
        self.right += len(right)
        self.missed += len(missed)
        self.untold += len(set(true) - right - must)
        self.false += len(shown.keys() - right)
        if (missed or shown.keys() - right) and not self.wrong:
            words = "; ".join(finding.words() for finding in found)
            self.wrong = f"there: {true}, to be told: {sorted(must)}, found: {words or 'nothing'}"


def is_right(limit: RateLimit, true: node.RateLimit) -> bool:
    """Whether the true figures lie within the bounds that are told."""
    least_per_s, most_per_s = limit.per_second_interval
    is_rate_right = least_per_s <= true.per_second <= (most_per_s or true.per_second)
    if limit.burst_interval is None:
        return is_rate_right
    least, most = limit.burst_interval
    return is_rate_right and least <= true.burst <= (most or true.burst)


def limits(scenario: Scenario, protocol: Protocol) -> dict[int, node.RateLimit]:
    """The limits that act on probes of this protocol where some later hop loses less, by hop."""
    limited = {
        ttl: hop.manner.rate_limit
        for ttl, hop in enumerate(scenario.hops, 1)
        if hop.manner.rate_limit is not None
    }
    last = max(limited, default=0)
    destination = scenario.destination
    answers = {
        Protocol.ICMP: destination.icmp,
        Protocol.UDP: destination.udp is not node.UdpService.SILENT,
        Protocol.TCP: destination.tcp is not node.TcpPort.FILTERED,
    }
    is_last_open = answers[protocol] and (
        destination.manner.rate_limit is None or protocol is not Protocol.UDP
    )
    if last == len(scenario.hops) and not is_last_open:
        return {}  # what is beyond loses as much, or is not heard
    return limited


def loses(scenario: Scenario) -> bool:
    """Whether some probes to a hop may be answered and others not."""
    hops = [hop for route in scenario.routes for hop in route.hops]
    manners = [scenario.destination.manner, *(hop.manner for hop in hops)]
    return (
        len(scenario.routes) > 1
        or any(manner.loss or manner.rate_limit for manner in manners)
        or any(hop.link_loss or hop.link_limit for hop in hops)
    )


def told(trace: Trace, true: dict[int, node.RateLimit]) -> list[int]:
    """The hops whose limit has refused enough, by the times of sending."""
    enough = []
    for ttl, limit in true.items():
        tokens, at_s = float(limit.burst), 0.0
        outcomes: Counter[bool] = Counter()
        for sent_at_s, asked in trace.transport.sent:
            if asked == ttl:
                tokens = min(limit.burst, tokens + (sent_at_s - at_s) * limit.per_second)
                at_s = sent_at_s
                outcomes[tokens >= 1] += 1
                tokens -= tokens >= 1
        if outcomes[False] >= REFUSED_LEAST and outcomes[True] >= ANSWERED_LEAST:
            enough.append(ttl)
    return enough


def score(name: str, session: str, seeds: Iterable[int]) -> LimitScore:
    """Run a session over a network with each seed."""
    result = LimitScore()
    scenario, config = lab_scenario(name), SESSIONS[session]
    for seed in seeds:
        is_each = session == BURST and loses(scenario)
        ways = ALL_WAYS if is_each else [ALL_WAYS[seed % len(ALL_WAYS)]]
        for protocol, family in ways:

            async def run(
                seed: int = seed, protocol: Protocol = protocol, family: int = family
            ) -> None:
                trace = await run_trace(
                    scenario, config, seed=seed, protocol=protocol, family=family
                )
                found = [
                    finding
                    for finding in findings(trace.final.hops, protocol)
                    if finding.kind is FindingKind.RATE_LIMIT
                ]
                true = limits(scenario, protocol)
                result.add(true, () if name in HIDDEN else told(trace, true), found)

            in_virtual_time(run)
    return result


def lines(session: str, scores: dict[str, LimitScore]) -> list[str]:
    """The table, and below it what was wrong first in each line that is."""
    keys = ("there", "right", "missed", "untold", "false")
    heading = f"{session:<32}" + "".join(f"{key:>8}" for key in keys)
    rows = [
        f"{name:<32}" + "".join(f"{getattr(one, key):>8}" for key in keys)
        for name, one in scores.items()
        if one.there or one.false
    ]
    total = [sum(getattr(one, key) for one in scores.values()) for key in keys]
    rows.append(f"all {len(scores)} networks".ljust(32) + "".join(f"{n:>8}" for n in total))
    return [heading, *rows, *(f"{n}: {s.wrong}" for n, s in scores.items() if s.wrong)]


def _main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engine.limits_table")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--session", choices=SESSIONS, action="append")
    parser.add_argument("networks", nargs="*", default=NAMES)
    chosen = parser.parse_args(arguments)
    is_wrong = False
    with ProcessPoolExecutor() as pool:
        for session in chosen.session or SESSIONS:
            results = [
                pool.submit(score, name, session, range(chosen.seeds)) for name in chosen.networks
            ]
            scores = {
                name: result.result() for name, result in zip(chosen.networks, results, strict=True)
            }
            sys.stdout.write("\n".join(lines(session, scores)) + "\n\n")
            sys.stdout.flush()
            is_wrong |= any(one.missed or one.false for one in scores.values())
    return is_wrong


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
