"""What a session may be asked to do: frozen, and every bound checked here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.probe import Mode

PLACES_PER_QUERY: Final = 30
"""Default probes in flight for each query of a round. A trace of 30 hops with 3 queries needs
90 places to be known after one round trip; with 30 places it takes two."""
PLACES_MAX: Final = 5000
NEIGHBOURS_MAX: Final = 64
"""Each has sockets of its own. Three ways behind a balancer take 17 to be told, nine 56."""
INTERVAL_MIN_S: Final = 0.1
INTERVAL_MAX_S: Final = 3600.0


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """When to send, how far, how often, and how long to wait."""

    mode: Mode = Mode.CONCURRENT
    first_hop: int = 1
    """1 to max_hops."""
    max_hops: int = 30
    """1 to 255."""
    queries: int = 1
    """Probes to each hop in one round, 1 to 100."""
    flows: int = 1
    """Flows side by side, 1 to 64: each query of a round is asked once in each."""
    timeout_s: float = 3.0
    """0.05 to 60: after this long without an answer a probe is lost."""
    interval_s: float = 1.0
    """0.1 to 3600, start of a round to start of the next. Routers answer about once a second."""
    rounds: int | None = None
    """1 to 1,000,000; None: until stopped."""
    max_concurrency: int | None = None
    """Probes in flight at once, 1 to 5000; None: PLACES_PER_QUERY for each query."""
    rate_limit_pps: float = 0.0
    """Packets sent a second, 0 to 100,000; 0: no limit."""
    gap_limit: int = 8
    """Silent hops past the last answer before a trace ends, 0 to 255; 0: no limit."""
    thrifty: bool = False
    """Concurrent mode asks how far the destination is before it asks all hops. The other modes
    send hardly anything beyond it anyway."""

    failure: float | None = None
    """Find all paths after the first round, missing none but with this probability, 0.001 to 0.5;
    None: do not look for them."""
    neighbours: int = 0
    """After that, ask up to so many addresses beside the destination, 0 to 64, to tell balancing by
    destination."""
    probe_bytes: int | None = None
    """Of a probe with its IP header, where that is known: who says that a link takes as many, and
    did not take this, is not believed."""

    def __post_init__(self) -> None:
        _check("--max-hops", self.max_hops, 1, 255, "hops")
        _check("--first-hop", self.first_hop, 1, 255, "hops")
        if self.first_hop > self.max_hops:
            raise UsageError(
                f"--first-hop {self.first_hop} lies beyond --max-hops {self.max_hops}",
                "give a first hop that is not greater than the last",
            )
        _check("--queries", self.queries, 1, 100, "probes for each hop")
        _check("--flows", self.flows, 1, 64, "flows")
        _check("--timeout", self.timeout_s, 0.05, 60, "seconds")
        _check("--interval", self.interval_s, INTERVAL_MIN_S, INTERVAL_MAX_S, "seconds")
        if self.rounds is not None:
            _check("--rounds", self.rounds, 1, 1_000_000, "rounds")
        if self.max_concurrency is not None:
            _check("--max-concurrency", self.max_concurrency, 1, PLACES_MAX, "probes in flight")
        _check("--rate-limit", self.rate_limit_pps, 0, 100_000, "packets a second (0: no limit)")
        if self.failure is not None:
            _check("--confidence", round(100 * (1 - self.failure), 9), 50, 99.9, "percent")
        _check("--mda-neighbours", self.neighbours, 0, NEIGHBOURS_MAX, "neighbours")
        _check("--gap-limit", self.gap_limit, 0, 255, "silent hops (0: no limit)")

    @property
    def places(self) -> int:
        """Probes that may be in flight at once."""
        return self.max_concurrency or min(PLACES_MAX, PLACES_PER_QUERY * self.probes_per_hop)

    @property
    def probes_per_hop(self) -> int:
        """In one round."""
        return self.queries * self.flows


class NameConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ask for the names of those who answer."""

    server: tuple[str, int] | None = None
    """Address and port; None: those that the system asks."""
    confirms: bool = False
    """Ask for each name, too, whether it leads back to the address."""


class NetworkConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Where the networks of those who answer are looked up."""

    file: Path | None = None
    """In MaxMind's format; None: in none."""
    asks_cymru: bool = False
    """Ask Team Cymru's DNS zones for what the file does not know."""
    server: tuple[str, int] | None = None
    """Through this name server, address and port; None: those that the system asks."""


def _check(option: str, value: float, least: float, most: float, unit: str) -> None:
    # Written so that NaN, which compares false with everything, is refused too. Up to 15 digits,
    # so that a million is not shown as 1e+06.
    if not least <= value <= most:
        raise UsageError(
            f"{option} {value:.15g} is out of range", f"give {least:.15g} to {most:.15g} {unit}"
        )
