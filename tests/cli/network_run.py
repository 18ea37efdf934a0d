"""One trace of a lab's network by the program, and how what it says differs from the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import product
from typing import Any, Final

from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.probe import Mode, Protocol
from tests.engine.findings_table import there
from tests.lab.expectation import Responders
from tests.lab.lab import Lab

LOSSY: Final = {"loss30": "10", "lossy-link": "10", "lossy-destination": "10"}
"""Probes to each hop where some are lost: with 10 at 30 % a hop stays dark once in 170,000."""
RATE_LIMITED: Final = frozenset({"rate-limited", "rate-limited-strictly"})
RAW_ONLY: Final = frozenset({"hostile-headers", "nat-broken"})
"""With quotes whose IP header is not that of the probe. The kernel does not show users a wrong
version, and does not know the probe of another source address as theirs."""
OF_THEIR_OWN: Final = RATE_LIMITED | {"route-grows", "route-shrinks"}
"""Networks that remember: every run needs a fresh one."""
LATE_REFUSALS: Final = frozenset({"no-such-host"})
"""The router says unreachable after 3 s: a trace that is over by then ends in silence instead."""
_ENDS_IN_SILENCE: Final = frozenset(
    {"blackhole", "silent-destination", "silent-to-icmp", "silent-to-udp", "no-such-host"}
)
RUNGS: Final = {
    "raw": ("--privilege", "raw"),
    "ping": ("--privilege", "user", "-I"),
    "udp": ("-U",),
}


@dataclass(frozen=True, slots=True)
class NetworkRun:
    """How to trace."""

    scenario: str
    mode: Mode
    rung: str
    family: int

    def __str__(self) -> str:
        return f"{self.scenario} {self.mode} {self.rung} v{self.family}"

    @property
    def protocol(self) -> Protocol:
        return Protocol.UDP if self.rung == "udp" else Protocol.ICMP

    @property
    def has_capabilities(self) -> bool:
        return self.rung == "raw"

    def arguments(self, lab: Lab) -> list[str]:
        """Of the command line."""
        mode = [] if self.mode is Mode.CONCURRENT else [f"--{self.mode}"]
        queries = LOSSY.get(self.scenario, "3")
        short: list[str] = []
        if self.mode is Mode.SEQUENTIAL and self.scenario not in LOSSY:
            queries = "1"  # three to each silent hop take 3 to 9 s
        if self.mode is Mode.SEQUENTIAL and self.scenario in _ENDS_IN_SILENCE:
            short = ["--gap-limit", "3"]
        target = str(lab.target(self.family))
        return ["--json", *mode, *RUNGS[self.rung], "-q", queries, *short, target]

    def problems(self, lab: Lab, code: int, out: str, err: str) -> list[str]:
        """In what the program's output is not the network; empty where it is."""
        try:
            run = json.loads(out)
        except ValueError:
            return [f"exit code {code}, no JSON, stderr {err!r}"]
        path = lab.path(self.family, self.protocol)
        if self.scenario in LATE_REFUSALS and run["stop_reason"] == "gap_limit":
            path.pop()
        reached = lab.target(self.family) in path[-1]
        return [
            *_told_of_end(run, len(path), reached),
            *_differences(run["hops"], path),
            *self._false_losses(run["hops"], path),
            *self._findings(run["findings"]),
            *([] if code == (0 if reached else 1) else [f"exit code {code}, stderr {err!r}"]),
        ]

    def _findings(self, told: list[dict[str, Any]]) -> Iterator[str]:
        """What is missed or false: without the quoted headers nothing but the TTL of the answers
        tells, and no probe here leaves with ECN bits that could be cleared."""
        expected = {
            (kind.value, after)
            for kind, after in there(self.scenario, self.protocol, self.family)
            if kind is not FindingKind.ECN and (self.rung == "raw" or kind is FindingKind.ASYMMETRY)
        }
        found = [(finding["kind"], finding["after_hop"]) for finding in told]
        if sorted(found) != sorted(expected):
            words = "; ".join(finding["words"] for finding in told)
            yield f"found {words or 'nothing'}, there is {sorted(expected)}"

    def _false_losses(self, hops: list[dict[str, Any]], path: list[Responders]) -> Iterator[str]:
        if self.scenario in LOSSY or self.scenario in RATE_LIMITED | LATE_REFUSALS:
            return
        for hop, expected in zip(hops, path, strict=False):
            statistics = hop["statistics"]
            if expected and statistics["received"] != statistics["sent"]:
                yield f"hop {hop['ttl']}: {statistics}"


def _told_of_end(run: dict[str, Any], length: int, reached: bool) -> Iterator[str]:
    if run["reached"] != reached or (reached and run["distance"] != length):
        yield f"reached {run['reached']} at {run['distance']}, {length} hops"
    if reached != (run["stop_reason"] == "reached"):
        yield f"stopped because {run['stop_reason']}"
    if run["stop_reason"] in ("reached", "unreachable"):
        if len(run["hops"]) != length:
            yield f"{len(run['hops'])} hops of {length}"
    elif run["stop_reason"] != "gap_limit":
        yield f"stopped because {run['stop_reason']}"


def _differences(hops: list[dict[str, Any]], path: list[Responders]) -> Iterator[str]:
    for ttl, expected in enumerate(path, 1):
        found = _responders(hops[ttl - 1]) if ttl <= len(hops) else frozenset()
        if not found <= expected or bool(found) != bool(expected):
            yield f"hop {ttl}: {set(map(str, found))} for {set(map(str, expected))}"
    for hop in hops[len(path) :]:
        if _responders(hop):
            yield f"hop {hop['ttl']} beyond the end: {set(map(str, _responders(hop)))}"


def _responders(hop: dict[str, Any]) -> Responders:
    return frozenset(
        ip_address(probe["responder"]) for probe in hop["probes"] if probe["responder"]
    )


def all_runs(scenario: str) -> list[NetworkRun]:
    """Every mode, rung and family."""
    rungs = ("raw",) if scenario in RAW_ONLY else RUNGS
    combinations = product((4, 6), rungs, Mode)
    return [NetworkRun(scenario, mode, rung, family) for family, rung, mode in combinations]
