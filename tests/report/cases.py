"""Finished traces to report: real sessions on simulated networks, in virtual time.

`python -m tests.report.cases` writes the golden files anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import trio
from trio.testing import MockClock

from poros_tui import __version__
from poros_tui.config import SessionConfig
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import TraceIdentity
from poros_tui.once import run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.report.as_json import to_json
from poros_tui.report.as_text import to_text
from poros_tui.report.run import FinishedRun

GOLDEN: Final = Path(__file__).with_name("golden")
STARTED_AT: Final = "2026-03-04T05:06:07.089+00:00"
REPORT: Final = SessionConfig(queries=3, rounds=1)
IMPATIENT: Final = SessionConfig(queries=3, rounds=1, timeout_s=0.15)
"""For silent hops: so short that no patience of the engine's is shorter."""
_SCENARIOS: Final = Path(__file__).parents[1] / "lab" / "scenarios"

_LONG_ADDRESSES: Final = """
[destination]
address = "203.0.113.10"
address6 = "2001:db8:ffff:eeee:dddd:cccc:bbbb:aaaa"
rtt_ms = 20
[[hop]]
address = "10.0.1.1"
address6 = "2001:db8:1111:2222:3333:4444:5555:6666"
rtt_ms = 1
[[hop]]
addresses = ["10.0.2.1", "10.0.2.2"]
addresses6 = ["2001:db8:1111:2222:3333:4444:5555:7777", "2001:db8::1"]
balance = "packet"
rtt_ms = 2
"""
_NOTHING_ANSWERS: Final = """
destination = { address = "203.0.113.10", icmp = false, udp = false }
hop = [{ silent = true }, { silent = true }]
"""
_ALL_LATE: Final = """
destination = { address = "203.0.113.10", rtt_ms = 30 }
hop = [{ address = "10.0.1.1", rtt_ms = 10 }, { address = "10.0.2.1", rtt_ms = 400 }]
"""
_SHORT: Final = """
destination = { address = "203.0.113.10", rtt_ms = 30 }
hop = [{ address = "10.0.1.1", rtt_ms = 10 }, { address = "10.0.2.1", rtt_ms = 20 }]
"""
_DEAD_BRANCH: Final = """
destination = { address = "203.0.113.10", rtt_ms = 30 }
[[hop]]
address = "10.0.1.1"
rtt_ms = 10
[[hop]]
addresses = ["10.0.2.1", "10.0.2.2"]
links = [[0], []]
rtt_ms = 20
[[hop]]
address = "10.0.3.1"
rtt_ms = 25
"""


class FaultyTransport(SimulatedTransport):
    """Refuses every n-th send."""

    def __init__(self, network: SimulatedNetwork, every: int, reason: str) -> None:
        super().__init__(network)
        self._every = every
        self._reason = reason
        self._sends = 0

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        self._sends += 1
        self.send_problem = None if self._sends % self._every else self._reason
        return await super().send(ttl, key, flow, size)


@dataclass(frozen=True, slots=True)
class Case:
    """A network, what is asked of it, and as whom."""

    scenario: str
    """The name of one of the lab's, or TOML."""
    config: SessionConfig = REPORT
    family: int = 4
    protocol: Protocol = Protocol.ICMP
    identity: dict[str, str | bool] = field(default_factory=dict)
    make: Callable[[SimulatedNetwork], SimulatedTransport] | None = None


CASES: Final = {
    "straight": Case("straight12"),
    "ipv6_long_addresses": Case(_LONG_ADDRESSES, family=6),
    "silent_hops": Case("silent-hops", IMPATIENT),
    "sequential": Case(
        "first-hop-silent", SessionConfig(queries=1, rounds=1, timeout_s=0.15, mode=Mode.SEQUENTIAL)
    ),
    "unreachable": Case("host-unreachable"),
    "prohibited_ipv6": Case("admin-prohibited", family=6),
    "load_balanced": Case("balanced-by-packet", SessionConfig(queries=9, rounds=1)),
    "late": Case(_ALL_LATE, SessionConfig(queries=1, rounds=4, timeout_s=0.2, interval_s=0.5)),
    "duplicates_and_forgeries": Case("hostile", IMPATIENT),
    "send_errors": Case(
        _SHORT, make=lambda network: FaultyTransport(network, 4, "no buffer space available")
    ),
    "nothing_sent": Case(
        _SHORT, make=lambda network: FaultyTransport(network, 1, "network is unreachable")
    ),
    "nothing_answered": Case(_NOTHING_ANSWERS, IMPATIENT),
    "black_hole": Case("blackhole", IMPATIENT),
    "max_hops": Case("straight12", SessionConfig(queries=1, rounds=1, max_hops=4)),
    "from_hop_11": Case("straight12", SessionConfig(queries=1, rounds=1, first_hop=11)),
    "carried": Case("mpls", SessionConfig(queries=1, rounds=1), protocol=Protocol.UDP),
    "nat": Case("carrier-nat-two", SessionConfig(queries=1, rounds=1), protocol=Protocol.UDP),
    "rate_limited": Case("rate-limited", SessionConfig(queries=20, rounds=1)),
    "udp": Case(
        _SHORT,
        protocol=Protocol.UDP,
        identity={"target": "203.0.113.10", "privilege": "user", "rung": "UDP error queue"},
    ),
    "simulation": Case(_SHORT, identity={"rung": "simulation", "is_simulation": True}),
    "zone": Case(_SHORT, family=6, identity={"target": "fe80::1%eth0", "destination_zone": "eth0"}),
}

DEAD_BRANCH: Final = Case(_DEAD_BRANCH, SessionConfig(queries=1, rounds=1, failure=0.05))
"""The trace's own flow ends behind hop 2, others go on. How many probes are sent again, and so how
long it takes, is not the same in each run."""

AS_JSON: Final = ("late", "send_errors", "unreachable", "nothing_sent", "carried")
"""Of these there is a golden file as JSON too; together they have every outcome and extension."""


def finished(name: str) -> FinishedRun:
    """Run the case of this name to its end."""
    return run_of(CASES[name])


def run_of(case: Case) -> FinishedRun:
    """Run a case to its end."""
    path = _SCENARIOS / f"{case.scenario}.toml"
    is_file = "\n" not in case.scenario
    scenario = Scenario.from_toml(path.read_text(encoding="utf-8") if is_file else case.scenario)
    network = SimulatedNetwork(scenario, seed=1)

    def open_transport() -> SimulatedTransport:
        if case.make is not None:
            return case.make(network)
        return SimulatedTransport(network, protocol=case.protocol, family=case.family)

    done = trio.run(run_once, case.config, open_transport, clock=MockClock(autojump_threshold=0))
    identity: dict[str, str | bool] = {
        "target": "host.example",
        "privilege": "raw",
        "rung": "raw socket",
    }
    return FinishedRun(
        identity=TraceIdentity(
            destination=scenario.destination.responder(case.family),
            protocol=case.protocol,
            **(identity | case.identity),  # type: ignore[arg-type]
        ),
        config=case.config,
        path=done.path,
        started_at=STARTED_AT,
        duration_s=done.duration_s,
    )


def text_of(name: str) -> str:
    """The text report of a case, and a line break; of no particular version."""
    return to_text(finished(name)).replace(f"poros-tui {__version__}", "poros-tui VERSION") + "\n"


def json_of(name: str) -> str:
    """The JSON report of a case in the same way."""
    return to_json(finished(name)).replace(f'"{__version__}"', '"VERSION"') + "\n"


def _renew() -> None:
    for name in CASES:
        (GOLDEN / f"{name}.txt").write_text(text_of(name), encoding="utf-8")
    for name in AS_JSON:
        (GOLDEN / f"{name}.json").write_text(json_of(name), encoding="utf-8")


if __name__ == "__main__":
    _renew()
