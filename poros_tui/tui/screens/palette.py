"""The command palette: every action by its name, found by a few typed letters."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding

from poros_tui.tui.keys import Key
from poros_tui.tui.palette import Palette
from poros_tui.tui.palette_lines import ABOVE_ENTRIES, first_shown, palette_lines
from poros_tui.tui.ranking import ranked
from poros_tui.tui.spans import Role
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage
from poros_tui.tui.widgets.asking import Asking
from poros_tui.tui.widgets.line_view import LineView

_QUERY_MAX = 40


class PaletteScreen(FrugalScreen, Asking):
    """Type, choose, Enter. It closes before the action is done."""

    BINDINGS = [
        Binding("escape,ctrl+p", "dismiss", "Close", show=False),
        Binding("enter", "run", "Do it", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("down", "move(1)", "Down", show=False),
        Binding("pageup", "move(-10)", "Page up", show=False),
        Binding("pagedown", "move(10)", "Page down", show=False),
        Binding("backspace", "rub_out", "Rub out", show=False),
        Binding("ctrl+u", "clear", "Clear", show=False),
    ]

    def __init__(self, keys: Sequence[Key], image: TerminalImage, palette: Palette) -> None:
        super().__init__(image)
        # Itself it need not list.
        self._all = tuple(key for key in keys if key.action != "app.show_palette")
        self._found = self._all
        self._query = ""
        self._chosen = 0
        self._text = LineView(id="palette-text")
        self._keys = LineView(id="palette-keys")
        self.paint(palette)

    def compose(self) -> ComposeResult:
        """The list, and how to get away from it."""
        yield self._text
        yield self._keys

    def on_mount(self) -> None:
        """Say how it works."""
        hints = (("⏎", "do it"), ("↑ ↓", "choose"), ("Esc", "back"))
        line = [
            span
            for key, word in hints
            for span in ((f" {key}", Role.ACCENT), (f" {word} ", Role.DIM))
        ]
        self._keys.show([line])

    @property
    def found(self) -> tuple[Key, ...]:
        """The actions that match, best first."""
        return self._found

    def on_resize(self, _event: events.Resize) -> None:
        """The lines depend on the size."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        size = self._text.size
        self._text.show(
            palette_lines(self._query, self._found, self._chosen, size.width, size.height)
        )

    def _look_for(self, query: str) -> None:
        self._query = query[:_QUERY_MAX]
        entries = [(key.name, key.meaning) for key in self._all]
        self._found = tuple(self._all[index] for index in ranked(self._query, entries))
        self._chosen = 0
        self._draw()

    def on_key(self, event: events.Key) -> None:
        """What can be printed is typed."""
        if self.take_missed(event):
            event.stop()

    def take_missed(self, event: events.Key) -> bool:
        """A character goes to the end of what is looked for. What is no character Textual finds
        itself."""
        if not event.is_printable or event.character is None:
            return False
        self._look_for(self._query + event.character)
        return True

    def action_rub_out(self) -> None:
        """The last letter was wrong."""
        self._look_for(self._query[:-1])

    def action_clear(self) -> None:
        """All of it was."""
        self._look_for("")

    def action_move(self, rows: int) -> None:
        """Choose another; it stops at the ends."""
        self._chosen = max(0, min(len(self._found) - 1, self._chosen + rows))
        self._draw()

    def action_run(self) -> None:
        """Close, and do what was chosen where the user was before."""
        if not self._found:
            return
        action = self._found[self._chosen].action
        self.app.pop_screen()
        # The screen below, which knows the action, is the topmost then.
        self.app.call_later(self._run_below, action)

    async def _run_below(self, action: str) -> None:
        await self.app.screen.run_action(action)

    def on_click(self, event: events.Click) -> None:
        """What is clicked is done."""
        room = max(1, self._text.size.height - ABOVE_ENTRIES)
        row = event.screen_y - self._text.region.y - ABOVE_ENTRIES
        place = row + first_shown(self._chosen, room)
        if 0 <= row < room and place < len(self._found):
            self._chosen = place
            self.action_run()

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """The wheel chooses too."""
        self.action_move(1)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """The wheel chooses too."""
        self.action_move(-1)

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        super().paint(palette)
        self._text.paint(palette)
        self._keys.paint(palette)
