"""The last line: the keys, or for a few seconds what was just done on as many as it takes."""

from __future__ import annotations

import textwrap
from typing import Final

from textual import events

from poros_tui.tui.keys import KEYS, key_bar
from poros_tui.tui.spans import Line, Role
from poros_tui.tui.widgets.line_view import LineView

_NOTICE_LINES: Final = 3


class KeyBar(LineView):
    """One line of keys that can also be clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._places: tuple[tuple[int, int, str], ...] = ()
        self._notice = ""
        self._words: dict[str, str] = {}

    def call_action(self, action: str, word: str) -> None:
        """Show another word for what a key does now."""
        self._words[action] = word
        self._draw()

    def notify_user(self, notice: str) -> None:
        """Show a notice instead of the keys; an empty one brings the keys back."""
        self._notice = notice
        self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        """As many keys as fit."""
        self._draw()

    def _draw(self) -> None:
        if self._notice:
            self._places = ()
            # A sentence cut short may say the opposite of the whole one.
            words = textwrap.wrap(
                self._notice,
                max(10, self.size.width - 2),
                max_lines=_NOTICE_LINES,
                placeholder="…",
            )
            self._show([[(" " + text, Role.STRONG)] for text in words])
            return
        line, self._places = key_bar(KEYS, self.size.width, self._words)
        self._show([line])

    def _show(self, lines: list[Line]) -> None:
        if len(lines) != max(1, len(self.lines)):
            self.styles.height = len(lines)
        self.show(lines)

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        for start, end, action in self._places:
            if start <= event.x < end:
                await self.screen.run_action(action)
                return
