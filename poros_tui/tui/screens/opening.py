"""What the keys of the trace screen do with its panels."""

from __future__ import annotations

from poros_tui.tui.screens.searching import HopSearching
from poros_tui.tui.widgets.hop_table import HopTable
from poros_tui.tui.widgets.panel_view import PanelView


class Opening(HopSearching):
    """The part of the trace screen that opens panels, one at a time."""

    _panel: PanelView

    @property
    def open_panel(self) -> str | None:
        """The name of the one that is open; None where none is."""
        return self._panel.open_name

    def action_panel(self, name: str) -> None:
        """Open a panel, or close it."""
        self._panel.toggle(name)

    async def action_close_panel(self) -> None:
        """End the search, else close whichever is open; where none is, show all targets."""
        if self.end_search():
            return
        if self._panel.open_name is None:
            await self.run_action("app.leave_target")
        self._panel.close()

    def action_in_panel(self, command: str) -> None:
        """Let the open panel do something."""
        self._panel.do(command)

    def action_panel_alone(self) -> None:
        """Give the panel the whole screen, or give it back."""
        self._panel.toggle_alone()

    def action_scroll_panel(self, lines: int) -> None:
        """Scroll the panel."""
        self._panel.scroll_relative(y=lines, animate=False)

    def on_hop_table_opened(self, _message: HopTable.Opened) -> None:
        """A double click opens the details."""
        self._panel.open("details")
