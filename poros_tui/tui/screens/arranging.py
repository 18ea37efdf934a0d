"""What the keys of the trace screen do with the rows of its table: their order, and what they stand
for."""

from __future__ import annotations

from collections.abc import Mapping

from poros_tui.tui.view import TraceView
from poros_tui.tui.widgets.hop_table import HopTable


class Arranging:
    """The part of the trace screen that arranges rows.

    No screen itself: a class of Textual's takes 0.3 ms to make, before the first paint.
    """

    view: TraceView
    _shown_keys: Mapping[str, str]
    """What a key is called on the screen, by the name of what it does."""

    def hop_table(self) -> HopTable:
        """The table."""
        raise NotImplementedError

    def say(self, notice: str) -> None:
        """Tell the user."""
        raise NotImplementedError

    def action_sort(self) -> None:
        """By the next column."""
        self.hop_table().sort_next()

    def action_flip(self) -> None:
        """In the other direction."""
        self.hop_table().sort_flipped()

    def action_flows(self) -> None:
        """The flows of each hop below it, or no longer."""
        if not any(hop.flows for hop in self.view.hops()):
            self.say("--flows asks every hop in several flows side by side")
            return
        self.hop_table().unfold(not self.hop_table().is_unfolded)

    def action_group(self) -> None:
        """The hops of each network below a line of their own, or no longer."""
        if not self.hop_table().knows_networks and not self.hop_table().is_grouped:
            self.say("no network is known: --asn or --asn-db looks them up")
            return
        self.hop_table().group(not self.hop_table().is_grouped)

    def action_fold(self) -> None:
        """One line for the network under the cursor, or its hops again."""
        if not self.hop_table().is_grouped:
            self.say(f"{self._shown_keys['group']} groups the hops by network first")
            return
        self.hop_table().fold()
