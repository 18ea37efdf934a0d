"""Who keeps what a session learns, so that it can be looked at again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol as TypingProtocol

from poros_tui.model.events import Event
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.session import Message


class Keeper(TypingProtocol):
    """Of one target. Is told of everything in its order, in the engine's thread; must not block."""

    def begin(self, *, now_s: float, wall_s: float) -> None:
        """The session begins; `wall_s` is the time of day now, in seconds since 1970."""

    def take(self, message: Message, events: Sequence[Event], now_s: float) -> None:
        """A message came at `now_s` and is known already; these events it tells of."""

    def see_clock(self, *, now_s: float, wall_s: float) -> None:
        """The time of day was set."""

    def learn_mtu(self, found: PathMtu, now_s: float) -> None:
        """The search for the path's MTU knows more."""

    def end(self) -> None:
        """The target is traced no longer."""
