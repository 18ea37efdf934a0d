"""How the trace screen stands still while the session goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from poros_tui.model.session import PathUpdate
from poros_tui.tui.bridge import Mailbox
from poros_tui.tui.screens.heading import Heading

_HELD: Final = 0
"""The number of this target in a mailbox of its own."""


class Freezing(Heading):
    """The part of the trace screen that stands still, and catches up."""

    _shown_keys: Mapping[str, str]
    """What a key is called on the screen, by the name of what it does."""
    _held: Mailbox
    """What came meanwhile."""

    def show_update(self, update: PathUpdate) -> None:
        """Take in what the engine has published, or keep it while the picture stands still."""
        if self._frozen_at is None:
            self.take_in(update)
        else:
            self._held.put_path(_HELD, update)

    def take_in(self, update: PathUpdate) -> None:
        """Show what the engine has published."""
        raise NotImplementedError

    def tick(self) -> None:
        """Once a second."""
        raise NotImplementedError

    def say(self, notice: str) -> None:
        """Tell the user."""
        raise NotImplementedError

    def action_freeze(self) -> None:
        """Let the picture stand still while probing goes on, or catch up."""
        if self._frozen_at is None:
            self._frozen_at = self._clock(), self._wall_clock()
            self._draw_header()
            again = self._shown_keys["freeze"]
            goes_on = "probing" if self._replay_words is None else "the recording"
            self.say(f"the picture stands still, {goes_on} goes on; {again} goes on with it")
            return
        self._frozen_at = None
        held = self._held.take()
        if held is not None:
            self.show_update(held.paths[_HELD])
        self.tick()
        self.say("the picture moves again")
