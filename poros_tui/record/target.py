"""One target of a recording: what it is, and how it is traced."""

from __future__ import annotations

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.model.session import TraceIdentity


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """As it was when its session began."""

    number: int
    place: tuple[int, int]
    """Where it stands among the others, as that of `TargetSnapshot`."""
    name: str
    """As the user typed it."""
    identity: TraceIdentity
    config: SessionConfig
    began_at_s: float
    """On the clock of the session."""
    began_wall_s: float
    """At that moment, in seconds since 1970."""
    samples_max: int
    """Of each hop so many are kept for charts."""
