"""What every report says about the run as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from poros_tui.config import SessionConfig
from poros_tui.model.session import PathSnapshot, TraceIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRun:
    """A trace that is over, with all that a report needs."""

    identity: TraceIdentity
    config: SessionConfig
    path: PathSnapshot
    started_at: str
    """ISO 8601 with the offset, as the wall clock showed."""
    duration_s: float
