"""How one address is asked for: what comes of it, and who can."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from poros_tui.model.naming import Naming
from poros_tui.model.probe import IPAddress


class Answer(msgspec.Struct, frozen=True):
    """Somebody who knows has answered: with a name, or that there is none."""

    naming: Naming
    ttl_s: float | None
    """For how long that is true; None: for as long as anything is."""


class NoAnswer(Exception):
    """Nobody who knows has answered. Its words, a few, say why. Asking again may help."""


Ask = Callable[[IPAddress], Awaitable[Answer]]
"""Asks for one address. Raises NoAnswer."""
OpenAsk = Callable[[], Awaitable[Ask]]
"""Called once, when the first address is wanted: it may load much."""
