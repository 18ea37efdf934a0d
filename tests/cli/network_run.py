"""One trace of a lab's network by the program, and how what it says differs from the network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import zip_longest
from typing import Any, Final

from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.probe import Mode, Protocol
from poros_tui.probe.simulation.node import Balance
from poros_tui.probe.simulation.scenario import Scenario
from tests.cli.combination import TRACES, Combination, Rung
from tests.cli.hearing import as_heard
from tests.engine.findings_table import there
from tests.lab.expectation import Responders, visible_ways
from tests.lab.tun import load_scenario

LOSSY: Final = {"loss30": 10, "lossy-link": 10, "lossy-destination": 10}
"""Probes to each hop where some are lost: with 10 at 30 % a hop stays dark once in 170,000."""
LOSSY_QUERIES_OF_A_FLOW: Final = 3
"""As many in each of four flows; one of them alone may stay dark."""
OF_OTHER_TESTS: Final = frozenset(
    {
        "policed-link",
        "router-pauses",
        "rate-limited-at-the-end",
        "rate-limited-everywhere",
        "rate-limited-fast",
        "rate-limited-lossy-before",
        "rate-limited-lossy-beyond",
        "rate-limited-slowly",
    }
)
"""To so few probes the same network as others, or one whose answers are chance: what is found there
is counted in virtual time (tests.engine.limits_table)."""
TWO_NATS: Final = "carrier-nat-two"
RATE_LIMITED: Final = frozenset({"rate-limited", "rate-limited-strictly"})
RAW_ONLY: Final = frozenset({"hostile-headers"})
"""With quotes of a wrong IP version, which the kernel does not show users."""
OF_THEIR_OWN: Final = RATE_LIMITED | {"route-grows", "route-shrinks"}
"""Networks that remember: every run needs a fresh one."""
LATE_REFUSALS: Final = frozenset({"no-such-host"})
"""The router says unreachable after 3 s: a trace that is over by then ends in silence instead."""
SEARCHED: Final = frozenset({"mtu-step", "mtu-step-silent", "mtu-two-steps", "mtu-untold"})
"""For their MTU, where all hops are asked at once: small probes see nothing of it."""
_DEVICE_MTU: Final = 1500
_ENDS_IN_SILENCE: Final = frozenset(
    {
        *("blackhole", "silent-destination", "silent-to-icmp", "silent-to-udp", "no-such-host"),
        *("tcp-filtered", "udp-fixed-service"),
    }
)


@dataclass(frozen=True, slots=True)
class NetworkRun:
    """How to trace."""

    scenario: str
    combination: Combination
    mode: Mode

    def __str__(self) -> str:
        return f"{self.scenario} {self.combination} {self.mode}"

    @property
    def has_capabilities(self) -> bool:
        return self.combination.rung is Rung.RAW

    @property
    def exists(self) -> bool:
        """Whether the network is one for this kind of socket."""
        return self.combination.rung is Rung.RAW or self.scenario not in RAW_ONLY

    @property
    def is_long(self) -> bool:
        """Whether silence makes it take ten seconds or more."""
        is_searched = self.searches_mtu and self.scenario == "mtu-step-silent"
        is_waiting = self.mode is Mode.SEQUENTIAL and self.scenario in ("short-quotes", "nat-port")
        return is_searched or is_waiting

    @property
    def searches_mtu(self) -> bool:
        """Whether the search for the path MTU is a part of it."""
        is_asked = self.scenario in SEARCHED and self.mode is Mode.CONCURRENT
        return is_asked and self.combination.can_choose_size

    def arguments(self) -> list[str]:
        """Of the command line, without the target."""
        words = ["--json", *self.combination.arguments]
        if self.mode is not Mode.CONCURRENT:
            words.append(f"--{self.mode}")
        if self.mode is Mode.SEQUENTIAL and self.scenario in _ENDS_IN_SILENCE:
            words += ["--gap-limit", "3"]
        if self.scenario == "short-quotes" and self.combination.needs_payload:
            words += ["--gap-limit", "0"]
        if self.scenario == "dscp-rewritten":
            words += ["--dscp", "EF"]
        if self.scenario == "dns-service" and self.combination.protocol is Protocol.UDP:
            words += ["--port", "53"]
        if self.searches_mtu:
            words.append("--mtu")
        return [*words, "--queries", str(self._queries)]

    @property
    def _queries(self) -> int:
        """In each flow."""
        if self.combination.compares_flows:
            return LOSSY_QUERIES_OF_A_FLOW if self.scenario in LOSSY else 1
        if self.scenario in LOSSY:
            return LOSSY[self.scenario]
        # In sequence three to each silent hop take 3 to 9 s.
        return 1 if self.mode is Mode.SEQUENTIAL else 3

    def problems(self, code: int, out: str, err: str) -> list[str]:
        """In what the program's output is not the network; empty where it is."""
        try:
            run = json.loads(out)
        except ValueError:
            return [f"exit code {code}, no JSON, stderr {err!r}"]
        combination = self.combination
        scenario = load_scenario(self.scenario)
        heard = as_heard(scenario, combination)
        ways = visible_ways(heard, family=combination.family, protocol=combination.protocol)
        if self.scenario in LATE_REFUSALS and run["stop_reason"] == "gap_limit":
            ways = [way[:-1] for way in ways]
        reached = _address(scenario, combination.family) in ways[0][-1]
        told = min(
            ([*_told_of_end(run, path, reached), *self._of_hops(run["hops"], path)]
             for path in self._paths(scenario, ways)),
            key=len,
        )  # fmt: skip
        return [
            *told,
            *self._of_flows(run["flow_paths"], ways, run["distance"]),
            *self._of_findings(run["findings"]),
            *self._of_mtu(scenario, run["path_mtu"]),
            *([] if code == (0 if reached else 1) else [f"exit code {code}, stderr {err!r}"]),
        ]

    def _paths(self, scenario: Scenario, ways: list[list[Responders]]) -> list[list[Responders]]:
        """What the whole of the hops may be: one of the ways, or all of them up to the end of one
        of them."""
        by_packet = any(hop.balance is Balance.PACKET for hop in scenario.hops)
        if self.combination.keeps_flow and not self.combination.compares_flows and not by_packet:
            return ways
        lengths = {len(way) for way in ways}
        return [[_at_any(ways, ttl) for ttl in range(1, length + 1)] for length in lengths]

    def _of_hops(self, hops: list[dict[str, Any]], path: list[Responders]) -> Iterator[str]:
        for ttl, expected in enumerate(path, 1):
            found = _responders(hops[ttl - 1]) if ttl <= len(hops) else frozenset()
            if not found <= expected or bool(found) != bool(expected):
                yield f"hop {ttl}: {_words(found)} for {_words(expected)}"
        for hop in hops[len(path) :]:
            if _responders(hop):
                yield f"hop {hop['ttl']} beyond the end: {_words(_responders(hop))}"
        if self.scenario in RATE_LIMITED | LATE_REFUSALS | LOSSY.keys():
            return
        for hop, expected in zip(hops, path, strict=False):
            statistics = hop["statistics"]
            if expected and statistics["received"] != statistics["sent"]:
                counts = f"{statistics['received']} of {statistics['sent']} answered"
                yield f"hop {hop['ttl']}: {counts}, {statistics['lost']} lost"

    def _of_flows(
        self, flows: list[dict[str, Any]], ways: list[list[Responders]], distance: int | None
    ) -> Iterator[str]:
        """Each takes one of the ways from its beginning to its end."""
        if len(flows) != (4 if self.combination.compares_flows else 0):
            yield f"{len(flows)} flows"
        by_packet = self.scenario == "balanced-by-packet"
        for flow in flows if not by_packet else ():
            path = flow["path"][:distance]
            if not any(self._is_way(path, way) for way in ways):
                yield f"flow {flow['flow']} goes {' '.join(map(str, path))}"

    def _is_way(self, path: list[str | None], way: list[Responders]) -> bool:
        may_be_dark = self.scenario in RATE_LIMITED | LOSSY.keys()
        for ttl, (met, _) in enumerate(zip_longest(path, way), 1):
            expected = way[min(ttl, len(way)) - 1]
            is_dark = met is None and (may_be_dark or not expected or ttl > len(way))
            if not is_dark and (met is None or ip_address(met) not in expected):
                return False
        return True

    def _of_findings(self, told: list[dict[str, Any]]) -> Iterator[str]:
        """What is missed or false: without the quoted headers nothing but the TTL of the answers
        tells, and no probe here leaves with ECN bits that could be cleared."""
        combination = self.combination
        expected = {
            (kind.value, after)
            for kind, after in there(self.scenario, combination.protocol, combination.family)
            if kind is not FindingKind.ECN
            and (combination.rung is Rung.RAW or kind is FindingKind.ASYMMETRY)
        }
        found = [(finding["kind"], finding["after_hop"]) for finding in told]
        is_udp = combination.protocol is Protocol.UDP
        if self.scenario == TWO_NATS and is_udp and combination.compares_flows and len(found) == 1:
            # The kernel gives the flows ports at random, and each NAT changes every one of them by
            # another number: what two of them have done may look like what one has.
            expected &= {(FindingKind.NAT.value, 1)}
        if sorted(found) != sorted(expected):
            words = "; ".join(finding["words"] for finding in told)
            yield f"found {words or 'nothing'}, there is {sorted(expected)}"

    def _of_mtu(self, scenario: Scenario, found: dict[str, Any] | None) -> Iterator[str]:
        if not self.searches_mtu:
            return
        if found is None:
            yield "no MTU was searched for"
            return
        links = [scenario.mtu or _DEVICE_MTU]
        links += [hop.box.mtu or links[0] for hop in scenario.hops]
        least = min(links)
        place = links.index(least)
        is_right = found["exact"] and found["mtu"] == least
        if not is_right or not found["hop"] <= place < found["beyond"]:
            yield f"{found['words']}, and the link behind hop {place} takes {least}"


def _at_any(ways: list[list[Responders]], ttl: int) -> Responders:
    """Behind the end of a way is its destination still."""
    return frozenset().union(*(way[min(ttl, len(way)) - 1] for way in ways))


def _address(scenario: Scenario, family: int) -> object:
    return scenario.destination.responder(family)


def _told_of_end(run: dict[str, Any], path: list[Responders], reached: bool) -> Iterator[str]:
    length = len(path)
    if run["reached"] != reached or (reached and run["distance"] != length):
        yield f"reached {run['reached']} at {run['distance']}, {length} hops"
    if reached != (run["stop_reason"] == "reached"):
        yield f"stopped because {run['stop_reason']}"
    if run["stop_reason"] in ("reached", "unreachable"):
        if len(run["hops"]) != length:
            yield f"{len(run['hops'])} hops of {length}"
    elif run["stop_reason"] != "gap_limit":
        yield f"stopped because {run['stop_reason']}"


def _responders(hop: dict[str, Any]) -> Responders:
    return frozenset(
        ip_address(probe["responder"]) for probe in hop["probes"] if probe["responder"]
    )


def _words(responders: Responders) -> str:
    return " ".join(sorted(map(str, responders))) or "nobody"


def all_runs(scenario: str) -> list[NetworkRun]:
    """Every combination in every mode."""
    runs = [NetworkRun(scenario, combination, mode) for combination, mode in TRACES]
    return [run for run in runs if run.exists]
