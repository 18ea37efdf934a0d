"""The last line: the keys, or for a few seconds what was just done on as many as it takes.

What is to be read at leisure stands above the keys instead.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from textual import events

from poros_tui.tui.keys import KEYS, Key, key_bar, spelt
from poros_tui.tui.spans import Line, Role
from poros_tui.tui.widgets.line_view import LineView

_NOTICE_LINES: Final = 3


class KeyBar(LineView):
    """One line of keys that can also be clicked."""

    def __init__(
        self,
        keys: Sequence[Key] = KEYS,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self._known_keys = keys
        self._places: tuple[tuple[int, int, str], ...] = ()
        self._notice = ""
        self._is_above_keys = False
        self._words: dict[str, str] = {}

    @property
    def notice(self) -> str:
        """What stands in place of the keys; empty where they are there."""
        return "" if self._is_above_keys else self._notice

    def call_action(self, action: str, word: str) -> None:
        """Show another word for what a key does now."""
        self._words[action] = word
        self._draw()

    def notify_user(self, notice: str, *, above_keys: bool = False) -> None:
        """Show a notice instead of the keys, or above them; an empty one leaves the keys alone."""
        self._notice = notice
        self._is_above_keys = above_keys
        self._draw()

    def on_mount(self) -> None:
        """The keys are there from the first moment."""
        self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        """As many keys as fit."""
        self._draw()

    @property
    def _columns(self) -> int:
        return self.size.width or self.app.size.width

    def _draw(self) -> None:
        lines: list[Line] = []
        self._places = ()
        if self._notice:
            # A sentence cut short may say the opposite of the whole one.
            words = textwrap.wrap(
                self._notice,
                max(10, self._columns - 2),
                max_lines=_NOTICE_LINES,
                placeholder="…",
            )
            lines += [[(" " + text, Role.STRONG)] for text in words]
        if self._is_above_keys or not self._notice:
            keys = self._known_keys if self._palette.glyphs is None else spelt(self._known_keys)
            line, self._places = key_bar(keys, self._columns, self._words)
            lines.append(line)
        self._show(lines)

    def _show(self, lines: list[Line]) -> None:
        if len(lines) != max(1, len(self.lines)):
            self.styles.height = len(lines)
        self.show(lines)

    async def on_click(self, event: events.Click) -> None:
        """Do what the key under the mouse does."""
        for start, end, action in self._places:
            if start <= event.x < end and event.y == len(self.lines) - 1:
                await self.screen.run_action(action)
                return
