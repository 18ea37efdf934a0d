"""The tabs above a screen: a click shows another target."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events

from poros_tui.tui.roster import Entry
from poros_tui.tui.tab_lines import Places, tab_line
from poros_tui.tui.widgets.line_view import LineView


class TabLine(LineView):
    """One line; none at all while there is one target."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._entries: Sequence[Entry] = ()
        self._shown: int | None = None
        self._private_hops = 0
        self._places: Places = ()
        self.display = False

    def show_tabs(self, entries: Sequence[Entry], shown: int | None, private_hops: int = 0) -> None:
        """These targets, of which `shown` is looked at; None: the overview. Of `private_hops` hops
        from here no address is shown."""
        self._entries, self._shown, self._private_hops = entries, shown, private_hops
        self.display = len(entries) > 1
        self._draw()

    def on_mount(self) -> None:
        """What was known before."""
        self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        """As many as fit."""
        self._draw()

    def _draw(self) -> None:
        if not self.display or not self.is_attached:
            return
        width = self.size.width or self.app.size.width  # it may be shown before it is laid out
        line, self._places = tab_line(self._entries, self._shown, width, self._private_hops)
        self.show([line])

    async def on_click(self, event: events.Click) -> None:
        """Show the target whose tab is under the mouse."""
        for start, end, number in self._places:
            if start <= event.x < end:
                action = "app.overview" if number is None else f"app.show_target({number})"
                await self.screen.run_action(action)
                return
