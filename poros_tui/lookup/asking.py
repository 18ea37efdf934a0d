"""How one address is asked for: what comes of it, and who can."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import msgspec

from poros_tui.model.fact import Fact
from poros_tui.model.probe import IPAddress

FactT = TypeVar("FactT", bound=Fact)


class Answer(msgspec.Struct, Generic[FactT], frozen=True):
    """Somebody who knows has answered: with what was asked for, or that there is none."""

    fact: FactT
    ttl_s: float | None
    """For how long that is true; None: for as long as anything is."""


class NoAnswer(Exception):
    """Nobody who knows has answered. Its words, a few, say why. Asking again may help."""


Ask = Callable[[IPAddress], Awaitable[Answer[FactT]]]
"""Asks for one address. Raises NoAnswer."""
Complain = Callable[[str], None]
"""Told, in a few words, what is wrong with somebody who is asked, whoever is asked for."""
OpenAsk = Callable[[], Awaitable[Ask[FactT]]]
"""Called once, when the first address is wanted: it may load much."""


def unheard(_problem: str) -> None:
    """Nobody listens to complaints."""
