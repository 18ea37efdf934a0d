"""What a screen does to leave out the addresses of the near hops, or to show them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from poros_tui.tui.formatting import plural
from poros_tui.tui.terminal_diff import FrugalScreen

PRIVATE_HOPS: Final = 2
"""What H hides where --private-hops says nothing: the home router and the provider's first."""


class Hiding(FrugalScreen):
    """The part of a screen that hides hops."""

    _private_hops: int
    """How many are hidden where some are."""
    _on_hidden: Callable[[int], None]
    """Is told of how many hops the user hides the addresses."""
    _whose_hops = ""
    """In the sentence that says so, where it is not clear."""

    @property
    def hidden_hops(self) -> int:
        """How many are hidden now."""
        raise NotImplementedError

    def hide_hops(self, hops: int) -> None:
        """Leave out the addresses of so many."""
        raise NotImplementedError

    def say(self, notice: str) -> None:
        """Tell the user."""
        raise NotImplementedError

    def action_hide_hops(self) -> None:
        """Leave out the addresses of the near hops, or show them again."""
        hops = 0 if self.hidden_hops else self._private_hops
        self.hide_hops(hops)
        self._on_hidden(hops)
        if hops:
            near = plural(hops, "hop") + self._whose_hops
            self.say(f"the first {near} are hidden, also in copies and files")
        else:
            self.say("all addresses are shown")
