"""The help screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll

from poros_tui.model.session import TraceIdentity
from poros_tui.model.stray import Stray
from poros_tui.tui.help_lines import help_lines
from poros_tui.tui.keys import KEYS, Key
from poros_tui.tui.palette import Palette
from poros_tui.tui.spans import Role
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage
from poros_tui.tui.widgets.line_view import LineView

_BESIDE_TEXT: Final = 5
"""Cells that padding and scrollbar take, also where the text needs no scrollbar yet."""


class HelpScreen(FrugalScreen):
    """Keys, columns and signs, scrollable."""

    BINDINGS = [
        Binding("escape,question_mark,q,f1", "dismiss", "Close", show=False),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
        Binding("t", "app.toggle_palette", "Theme", show=False),
    ]

    def __init__(
        self,
        identity: TraceIdentity | None,
        strays: Sequence[Stray],
        image: TerminalImage,
        palette: Palette,
        keys: Sequence[Key] = KEYS,
    ) -> None:
        """`identity` is that of the session which was left for this; None: of no single one.
        `strays` are the packets that were not believed by now."""
        super().__init__(image)
        self._identity = identity
        self._strays = strays
        self._known_keys = keys
        self._text = LineView(id="help-text")
        self._scroll = VerticalScroll(self._text, id="help-scroll")
        self._keys = LineView(id="help-keys")
        self.paint(palette)

    def compose(self) -> ComposeResult:
        """The text, and how to get away from it."""
        yield self._scroll
        yield self._keys

    def on_mount(self) -> None:
        """The arrow keys scroll."""
        self._scroll.focus()
        self._keys.show(
            [
                [
                    (" Esc", Role.ACCENT),
                    (" back  ", Role.DIM),
                    ("↑ ↓", Role.ACCENT),
                    (" scroll", Role.DIM),
                ]
            ]
        )

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the text anew."""
        width = event.size.width - _BESIDE_TEXT
        lines = help_lines(self._identity, width, self._strays, self._known_keys)
        self._text.styles.height = len(lines)
        self._text.show(lines)

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        super().paint(palette)
        self._text.paint(palette)
        self._keys.paint(palette)

    def action_scroll(self, lines: int) -> None:
        """Scroll as the arrow keys do."""
        self._scroll.scroll_relative(y=lines, animate=False)
