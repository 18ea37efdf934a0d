"""What Debian's traceroute and mtr see, read from their output."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise

from poros_tui.model.probe import IPAddress, Protocol
from tests.lab.lab import Lab


@dataclass(frozen=True, slots=True)
class SeenHop:
    """One line of traceroute or mtr."""

    responders: frozenset[IPAddress]
    rtts_ms: tuple[float, ...]
    line: str

    @property
    def median_rtt_ms(self) -> float:
        return statistics.median(self.rtts_ms)


def traceroute(lab: Lab, family: int, protocol: Protocol, options: Sequence[str]) -> list[SeenHop]:
    """Trace with traceroute; TTL 1 comes first."""
    method = ["-I"] if protocol is Protocol.ICMP else []
    target = str(lab.target(family))
    done = lab.run(["traceroute", f"-{family}", "-n", *method, *options, target])
    assert done.returncode == 0, done.stderr
    return [_hop(line) for line in done.stdout.splitlines()[1:]]


def mtr(lab: Lab, family: int, protocol: Protocol, rounds: int) -> list[SeenHop]:
    """Trace with mtr's report, without its grace period of 5 s."""
    method = ["-u"] if protocol is Protocol.UDP else []
    pace = ["-c", str(rounds), "-i", "0.1", "-G", "0.3"]
    target = str(lab.target(family))
    done = lab.run(["mtr", f"-{family}", "-n", "--report-wide", *pace, *method, target])
    assert done.returncode == 0, done.stderr
    # Two lines of heading; other responders of a hop have lines of their own, without a number.
    lines = done.stdout.splitlines()[2:]
    numbered = [place for place, line in enumerate(lines) if ".|--" in line]
    ends = [*numbered[1:], len(lines)]
    return [_hop(" ".join(lines[start:end])) for start, end in zip(numbered, ends, strict=True)]


def _hop(line: str) -> SeenHop:
    words = line.split()
    responders = frozenset(address for word in words if (address := _address(word)))
    rtts_ms = tuple(float(number) for number, unit in pairwise(words) if unit == "ms")
    return SeenHop(responders, rtts_ms, line)


def _address(word: str) -> IPAddress | None:
    try:
        return ip_address(word)
    except ValueError:
        return None
