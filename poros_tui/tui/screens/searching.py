"""What a screen does to find a row of its table: a line to type into, marks on what matches, a
count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.search import found_from, matches, nowhere, shown
from poros_tui.tui.terminal_diff import FrugalScreen
from poros_tui.tui.widgets.hop_table import HopTable

if TYPE_CHECKING:
    from textual.widgets import Input

    from poros_tui.tui.widgets.prompt import Prompt


class Searching(FrugalScreen):
    """The part of a screen that searches."""

    _prompt: Prompt | None = None
    _wanted = ""
    """What is looked for; empty while nothing is."""
    _row_kind: str
    """What a row stands for."""

    def matching(self, wanted: str) -> list[int]:
        """The rows that match, each by its own number. What is hidden is not found."""
        raise NotImplementedError

    def mark_matches(self, wanted: str) -> None:
        """Mark what matches in each row; empty: mark nothing."""
        raise NotImplementedError

    def shown_rows(self) -> Sequence[int]:
        """All of them from top to bottom."""
        raise NotImplementedError

    def cursor_row(self) -> int | None:
        """The one under the cursor; None while there is none."""
        raise NotImplementedError

    def go_to_row(self, row: int) -> None:
        """Put the cursor there, in sight."""
        raise NotImplementedError

    def row_name(self, row: int) -> str:
        """What it is called in a sentence."""
        raise NotImplementedError

    def focus_table(self) -> None:
        """Keys move its cursor again."""
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
        return "" if self.matching(typed) else nowhere(typed, self._row_kind)

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
            self.focus_table()

    def _look_for(self, wanted: str) -> None:
        self._wanted = wanted
        self.mark_matches(wanted)

    def action_next_match(self, by: int) -> None:
        """To the next match (1), or the one before (-1)."""
        if self._wanted:
            self._go(by)
        else:
            self.say(
                f"nothing is looked for; the search finds {self._row_kind}s by address or name"
            )

    def _go(self, by: int) -> None:
        rows = self.shown_rows()
        matching = [row for row in self.matching(self._wanted) if row in rows]
        if not matching:
            self.say(nowhere(self._wanted, self._row_kind))
            return
        row = found_from(matching, rows, self.cursor_row(), by)
        self.go_to_row(row)
        place = sorted(matching, key=rows.index).index(row) + 1
        where = f"{place} of {len(matching)}, {self.row_name(row)}"
        self.say(f"{shown(self._wanted)}: {where}; Esc ends it")

    def end_search(self) -> bool:
        """Look for nothing any more. Returns whether anything was looked for."""
        was_searching = bool(self._wanted)
        if was_searching:
            self._look_for("")
            self.say("the search is over")
        return was_searching


class HopSearching(Searching):
    """The same of the trace screen, whose rows are hops, by their TTL."""

    _row_kind = "hop"

    def hop_table(self) -> HopTable:
        """The table."""
        raise NotImplementedError

    def shown_hops(self) -> tuple[HopSnapshot, ...]:
        """The hops as they may be shown."""
        raise NotImplementedError

    def matching(self, wanted: str) -> list[int]:
        """By what is known of who answers there."""
        return [hop.ttl for hop in self.shown_hops() if matches(hop, wanted)]

    def mark_matches(self, wanted: str) -> None:
        """Also in rows that come."""
        self.hop_table().mark_matches(wanted)

    def shown_rows(self) -> Sequence[int]:
        """Hops from top to bottom."""
        return self.hop_table().ttls

    def cursor_row(self) -> int | None:
        """The hop under the cursor."""
        return self.hop_table().cursor_ttl

    def go_to_row(self, row: int) -> None:
        """To this hop."""
        self.hop_table().go_to(row)

    def row_name(self, row: int) -> str:
        """Such as `hop 3`."""
        return f"hop {row}"

    def focus_table(self) -> None:
        """Keys move its cursor again."""
        self.hop_table().focus()
