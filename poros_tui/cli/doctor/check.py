"""One thing that was looked at, and what came of it. Values only."""

from __future__ import annotations

from enum import Enum

import msgspec


class State(Enum):
    """How it stands."""

    GOOD = "good"
    LESS = "less"
    """It works without, or otherwise."""
    BAD = "bad"
    """It is in the way of what was asked for."""


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    state: State
    words: str
    """One sentence or less."""
    remedy: str = ""
    """A command, or what to do, that mends it; empty where nothing need be done."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Checks that belong together."""

    title: str
    checks: tuple[Check, ...]
