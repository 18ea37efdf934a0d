"""What every report says about the run as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.model.events import Event
from poros_tui.model.findings.find import findings
from poros_tui.model.findings.finding import Finding
from poros_tui.model.session import PathSnapshot, TraceIdentity
from poros_tui.model.stop import StopKind

if TYPE_CHECKING:  # a report of one round needs none
    from poros_tui.model.chronicle import Chronicle

_USUAL_BYTES: Final = {4: 60, 6: 80}
"""Of a probe whose size was left to the program."""


class FinishedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A trace that is over, with all that a report needs."""

    identity: TraceIdentity
    config: SessionConfig
    path: PathSnapshot
    started_at: str
    """ISO 8601 with the offset, as the wall clock showed."""
    duration_s: float
    host: str = ""
    """Name of this machine; empty where that is not for others to know."""
    events: tuple[tuple[Event, float], ...] = ()
    """What happened meanwhile, oldest first, each with its time in seconds since 1970."""

    chronicle: Chronicle | None = None
    """What was remembered over time; None where nothing was, in one round."""

    @property
    def probe_bytes(self) -> int:
        """Of a probe with its IP header."""
        usual = _USUAL_BYTES[self.identity.destination.version]
        return self.identity.size or self.config.probe_bytes or usual

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
        return findings(self.path.hops, self.identity.protocol, self.identity.multipath)


class Untraced(msgspec.Struct, frozen=True, kw_only=True):
    """One of several targets that could not be traced."""

    name: str
    """As the user typed it."""
    reason: str
    """One sentence."""


def utc(wall_s: float) -> str:
    """Seconds since 1970 as ISO 8601 with milliseconds and the offset, which is that of UTC."""
    return datetime.fromtimestamp(wall_s, UTC).isoformat(timespec="milliseconds")
