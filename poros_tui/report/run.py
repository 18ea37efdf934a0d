"""What every report says about the run as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.model.events import Event
from poros_tui.model.findings.find import findings
from poros_tui.model.findings.finding import Finding
from poros_tui.model.probe import IPAddress, Mode, Multipath
from poros_tui.model.session import PathSnapshot, TraceIdentity
from poros_tui.model.stop import StopKind
from poros_tui.report.foreign.identity import ForeignIdentity

if TYPE_CHECKING:  # a report of one round needs none
    from poros_tui.model.chronicle import Chronicle

_USUAL_BYTES: Final = {4: 60, 6: 80}
"""Of a probe whose size was left to the program."""


class FinishedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A trace that is over, with all that a report needs."""

    identity: TraceIdentity | ForeignIdentity
    config: SessionConfig | None
    """None where another program measured."""
    path: PathSnapshot
    started_at: str | None
    """ISO 8601 with the offset, as the wall clock showed; None where that is not told."""
    duration_s: float | None
    """None where that is not told."""
    host: str = ""
    """Name of this machine; empty where that is not for others to know."""
    events: tuple[tuple[Event, float], ...] = ()
    """What happened meanwhile, oldest first, each with its time in seconds since 1970."""

    not_told: frozenset[str] = frozenset()
    """Keys of the JSON object whose values cannot be known, where a damaged file was read."""

    chronicle: Chronicle | None = None
    """What was remembered over time; None where nothing was, in one round."""

    @property
    def probe_bytes(self) -> int | None:
        """Of a probe with its IP header; None where another program measured, and does not tell."""
        if isinstance(self.identity, ForeignIdentity) or self.config is None:
            return self.identity.size
        usual = _USUAL_BYTES[self.identity.destination.version]
        return self.identity.size or self.config.probe_bytes or usual

    @property
    def foreign(self) -> ForeignIdentity | None:
        """What another program says of itself; None where this one measured."""
        return self.identity if isinstance(self.identity, ForeignIdentity) else None

    @property
    def mode(self) -> Mode | None:
        """None where another program measured: its ways are its own."""
        return None if self.foreign is not None else self.path.session.status.mode

    @property
    def rounds(self) -> int | None:
        """Begun; None where another program measured."""
        return None if self.foreign is not None else self.path.session.status.round + 1

    @property
    def address(self) -> IPAddress | None:
        """Of the destination; None where only its name is told."""
        return self.identity.destination

    @property
    def where(self) -> str:
        """The target, with its address where that is something else."""
        address = str(self.address) if self.address is not None else self.identity.target
        if self.identity.destination_zone:
            address += f"%{self.identity.destination_zone}"
        target = self.identity.target
        return address if target == address else f"{target} ({address})"

    @property
    def means(self) -> str:
        """What the probes were and what sent them, in words."""
        if isinstance(self.identity, ForeignIdentity):
            by = f"measured by {self.identity.program}"
            if self.identity.version is not None:
                by += f" {self.identity.version}"
            protocol = self.identity.protocol
            return f"{'protocol not known' if protocol is None else protocol.upper()}, {by}"
        return f"{self.identity.protocol.upper()} by {self.identity.rung}"

    @property
    def when(self) -> str:
        """It began, in words."""
        return self.started_at or "time not known"

    @property
    def has_failed(self) -> bool:
        """Nothing could be sent."""
        stop = self.path.session.status.stop
        return stop is not None and stop.kind is StopKind.FAILED

    @property
    def was_reached(self) -> bool:
        """By the trace itself, or by a flow of --mda."""
        session = self.path.session
        graph = session.status.graph
        return session.distance is not None or (graph is not None and graph.reached_at is not None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What happens to packets on the way."""
        identity = self.identity
        if identity.protocol is None:
            return ()  # what a rewritten field means depends on it
        # Probes of which it is not known whether they take one way are not taken to.
        multipath = identity.multipath or Multipath.CLASSIC
        return findings(self.path.hops, identity.protocol, multipath)


class Untraced(msgspec.Struct, frozen=True, kw_only=True):
    """One of several targets that could not be traced."""

    name: str
    """As the user typed it."""
    reason: str
    """One sentence."""


def utc(wall_s: float) -> str:
    """Seconds since 1970 as ISO 8601 with milliseconds and the offset, which is that of UTC."""
    return datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="milliseconds")
