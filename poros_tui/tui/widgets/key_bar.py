"""The last line: the keys, or for a few seconds what was just done on as many as it takes.

What is to be read at leisure stands above the keys instead.
"""

from __future__ import annotations

import textwrap
from collections import deque
from collections.abc import Sequence
from typing import Final

from textual import events
from textual.timer import Timer

from poros_tui.model.clean import clean
from poros_tui.tui.keys import KEYS, Key, key_bar, spelt
from poros_tui.tui.spans import Line, Role
from poros_tui.tui.widgets.line_view import LineView

NOTICE_S: Final = 3.0
"""How long a notice takes the place of the keys."""
NOTE_S: Final = 8.0
"""How long a note about what was understood, a whole sentence, stands above the keys."""
_NOTICE_LINES: Final = 3
_NOTE_MAX: Final = 300


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
        self._is_hidden = False
        self._notes: deque[str] = deque()
        self._timer: Timer | None = None
        """Ends what is said now."""

    @property
    def notice(self) -> str:
        """What stands in place of the keys; empty where they are there."""
        return "" if self._is_above_keys else self._notice

    def call_action(self, action: str, word: str) -> None:
        """Show another word for what a key does now."""
        self._words[action] = word
        self._draw()

    def hide_keys(self, is_hidden: bool) -> None:
        """Keys are not what they are called here while somebody types. Notices are shown."""
        self._is_hidden = is_hidden
        self._draw()

    def say(self, notice: str) -> None:
        """Show a notice in place of the keys for a while; notes that wait are forgotten."""
        self._notes.clear()
        self._show_notice(clean(notice, _NOTE_MAX), NOTICE_S)

    def note(self, note: str) -> None:
        """Show a sentence above the keys for a while, after those that wait already."""
        self._notes.append(clean(note, _NOTE_MAX))
        if self.is_mounted and self._timer is None:
            self.next_note()

    def next_note(self) -> None:
        """What was said has been read: show what waits, or the keys alone."""
        if self._notes:
            self._show_notice(self._notes.popleft(), NOTE_S, above_keys=True)
            return
        self._stop_timer()
        self._notice = ""
        self._draw()

    def _show_notice(self, notice: str, duration_s: float, *, above_keys: bool = False) -> None:
        self._notice = notice
        self._is_above_keys = above_keys
        self._draw()
        self._stop_timer()
        self._timer = self.set_timer(duration_s, self.next_note)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def on_mount(self) -> None:
        """The keys are there from the first moment, and what was to be said before."""
        self._draw()
        if self._timer is None:
            self.next_note()

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
        if not self._is_hidden and (self._is_above_keys or not self._notice):
            keys = self._known_keys if self._palette.glyphs is None else spelt(self._known_keys)
            line, self._places = key_bar(keys, self._columns, self._words)
            lines.append(line)
        self._show(lines or [[]])

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
