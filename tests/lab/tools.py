"""What Debian's traceroute and mtr see, read from their output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise
from typing import Final

from poros_tui.model.probe import IPAddress, Protocol
from tests.lab.lab import Lab

ANSWERED_WAIT_S: Final = 10.0
"""Where every probe is answered, patience costs nothing."""
SILENT_WAIT_S: Final = 1.5
"""Where some hops are silent, patience is time lost. All answers come within 30 ms."""


@dataclass(frozen=True, slots=True)
class SeenHop:
    """One line of traceroute or mtr."""

    responders: frozenset[IPAddress]
    rtts_ms: tuple[float, ...]
    line: str


def traceroute(
    lab: Lab,
    family: int,
    protocol: Protocol,
    options: Sequence[str],
    *,
    wait_s: float = ANSWERED_WAIT_S,
) -> list[SeenHop]:
    """Trace with traceroute; TTL 1 comes first.

    `wait_s` is how long each silent hop takes. A single figure also keeps traceroute from giving
    up sooner because other hops were quick, which says little on a busy machine.
    """
    method = {Protocol.ICMP: ["-I"], Protocol.UDP: [], Protocol.TCP: ["-T"]}[protocol]
    target = str(lab.target(family))
    done = lab.run(["traceroute", f"-{family}", "-n", "-w", str(wait_s), *method, *options, target])
    assert done.returncode == 0, done.stderr
    return [_hop(line) for line in done.stdout.splitlines()[1:]]


def mtr(lab: Lab, family: int, protocol: Protocol, rounds: int) -> list[SeenHop]:
    """Trace with mtr's report, with a shorter grace period than its 5 s: it never ends sooner."""
    method = {Protocol.ICMP: [], Protocol.UDP: ["-u"], Protocol.TCP: ["--tcp"]}[protocol]
    pace = ["-c", str(rounds), "-i", "0.1", "-G", str(SILENT_WAIT_S)]
    target = str(lab.target(family))
    done = lab.run(["mtr", f"-{family}", "-n", "--report-wide", *pace, *method, target])
    assert done.returncode == 0, done.stderr
    # Two lines of heading; other responders of a hop have lines of their own, without a number.
    lines = done.stdout.splitlines()[2:]
    numbered = [place for place, line in enumerate(lines) if ".|--" in line]
    ends = [*numbered[1:], len(lines)]
    return [_hop(" ".join(lines[start:end])) for start, end in zip(numbered, ends, strict=True)]


def ping(lab: Lab, target: str, *options: str, wait_s: float = ANSWERED_WAIT_S) -> int:
    """Ask once: 0 where the target answers, 1 where it does not, 2 where nothing can be sent."""
    words = ["ping", "-n", "-c", "1", "-W", str(wait_s), *options, target]
    return lab.run(words).returncode


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
