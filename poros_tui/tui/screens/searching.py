"""What the trace screen does to find a hop: a line to type into, matches in the table, a count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.search import found_from, matches, nowhere, shown
from poros_tui.tui.terminal_diff import FrugalScreen
from poros_tui.tui.widgets.hop_table import HopTable

if TYPE_CHECKING:
    from textual.widgets import Input

    from poros_tui.tui.widgets.prompt import Prompt


class Searching(FrugalScreen):
    """The part of the trace screen that searches."""

    _prompt: Prompt | None = None
    _wanted = ""
    """What is looked for; empty while nothing is."""

    def hop_table(self) -> HopTable:
        """Where matches are marked."""
        raise NotImplementedError

    def shown_hops(self) -> tuple[HopSnapshot, ...]:
        """The hops as they may be shown: what is hidden is not found."""
        raise NotImplementedError

    def say(self, notice: str) -> None:
        """Tell the user."""
        raise NotImplementedError

    async def action_search(self) -> None:
        """Let the user type what to look for."""
        from poros_tui.tui.widgets.prompt import Prompt

        if self._prompt is not None:
            return
        self._prompt = Prompt("Search:", self._objection, self.look)
        self.query_one("#keys").display = False
        # Waited for, and focused at once: the keys that follow are text, and no actions.
        await self.mount(self._prompt)
        self.set_focus(self._prompt.query_one("#prompt-input"))
        self._dress(self.look)

    def _objection(self, typed: str) -> str:
        return "" if self._matching(typed) else nowhere(typed)

    def _matching(self, wanted: str) -> list[int]:
        return [hop.ttl for hop in self.shown_hops() if matches(hop, wanted)]

    def on_input_changed(self, event: Input.Changed) -> None:
        """What matches so far is marked while the user types."""
        if self._prompt is not None:
            self._look_for(event.value.strip())

    def on_prompt_accepted(self, message: Prompt.Accepted) -> None:
        """Go to the first match from the cursor on."""
        if self._prompt is None:
            return  # a target was asked for, which is the app's business
        message.stop()
        self._stop_typing()
        self._look_for(message.text)
        self._go(0)

    def on_prompt_given_up(self, message: Prompt.GivenUp) -> None:
        """Look for nothing."""
        if self._prompt is None:
            return  # a target was asked for; or the line of ours has just gone
        message.stop()
        self._stop_typing()
        self._look_for("")

    def _stop_typing(self) -> None:
        prompt, self._prompt = self._prompt, None
        if prompt is not None:
            self.query_one("#keys").display = True
            prompt.remove()
            self.hop_table().focus()

    def _look_for(self, wanted: str) -> None:
        self._wanted = wanted
        self.hop_table().mark_matches(wanted)

    def action_next_match(self, by: int) -> None:
        """To the next match (1), or the one before (-1)."""
        if self._wanted:
            self._go(by)
        else:
            self.say("nothing is looked for; the search finds hops by address or name")

    def _go(self, by: int) -> None:
        table = self.hop_table()
        matching = [ttl for ttl in self._matching(self._wanted) if ttl in table.ttls]
        if not matching:
            self.say(nowhere(self._wanted))
            return
        ttl = found_from(matching, table.ttls, table.cursor_ttl, by)
        table.go_to(ttl)
        place = sorted(matching, key=table.ttls.index).index(ttl) + 1
        self.say(f"{shown(self._wanted)}: {place} of {len(matching)}, hop {ttl}; Esc ends it")

    def end_search(self) -> bool:
        """Look for nothing any more. Returns whether anything was looked for."""
        was_searching = bool(self._wanted)
        if was_searching:
            self._look_for("")
            self.say("the search is over")
        return was_searching
