"""Several targets at once: the frozen values that tell of them, and what can be done to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from typing import Protocol as TypingProtocol

import msgspec

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.session import (
    PathSnapshot,
    PathUpdate,
    SessionControls,
    SessionSnapshot,
    TraceIdentity,
)
from poros_tui.model.time_unit import TimeUnit
from poros_tui.model.verdict.statement import Statement

TARGETS_MAX: Final = 256
"""In one session. At one probe a second to each of 15 hops they are 3840 packets a second: more
than a Python program sends in time."""


class TargetSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One target as it stood at one moment: what is to be seen of it in one line."""

    number: int
    """Its own as long as the session lasts; never given to another."""
    place: tuple[int, int] = (0, 0)
    """Where it stands among the others: as which it was named, from 0, and which address of that
    name it is, from 0."""
    name: str
    """What the user typed, cleaned; `name (address)` where it is one address of several."""
    identity: TraceIdentity | None = None
    """How it was traced at first; None until its address is known and its sockets are open."""
    problem: str = ""
    """Why it can't be traced, a sentence; empty where it can, or that is not known yet."""
    advice: str = ""
    """What to do about that, a sentence, or empty."""
    session: SessionSnapshot | None = None
    """None until it has begun."""
    end: HopSnapshot | None = None
    """The destination's hop, or, while that does not answer, the last one that has. None while
    nothing has answered."""
    said: tuple[Statement, ...] = ()
    """What its figures mean, as it was concluded last; empty where it has not been yet."""
    chronicle: Chronicle | None = None
    """What it remembers over time; None until its address is known."""


class Front(TypingProtocol):
    """Who is told what becomes of the targets, in the engine's thread. Must not block."""

    def show_path(self, number: int, update: PathUpdate) -> None:
        """The target that is looked at has changed."""

    def show_targets(self, snapshots: Sequence[TargetSnapshot]) -> None:
        """These are new, or have changed."""

    def drop_target(self, number: int, reason: str) -> None:
        """There is no such target any more, or there never was. `reason` is one sentence, empty
        where the user wished it."""


class FleetControls(TypingProtocol):
    """What a user can do to the targets. Call in the engine's thread only."""

    def add(self, typed: str) -> None:
        """Trace one more, or all addresses of a name if that is wanted."""

    def remove(self, number: int) -> None:
        """Trace it no longer."""

    def look_at(self, number: int | None) -> None:
        """Tell every change of this target from now on; None: of no target. What has changed
        before is told at once."""

    def tell_in(self, unit: TimeUnit) -> None:
        """Tell round trips in this unit from now on."""

    def control(self, number: int, command: Callable[[SessionControls], None]) -> None:
        """Do something to the session of one target, or, where it has none yet, as soon as it
        has."""

    def known_paths(self) -> Mapping[int, PathSnapshot]:
        """All that is known of those whose session has begun, by their numbers."""
