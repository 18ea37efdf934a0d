"""The settings dialog: what may change while the session runs, applied as it is chosen."""

from __future__ import annotations

from typing import Protocol as TypingProtocol

import msgspec
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding

from poros_tui.model.clean import clean
from poros_tui.tui.column_list import ALWAYS_SHOWN, ColumnList
from poros_tui.tui.palette import Palette
from poros_tui.tui.palette_lines import first_shown
from poros_tui.tui.settings import USUAL, Setting, Settings, parsed_number
from poros_tui.tui.settings_lines import (
    FIRST_ROW,
    column_lines,
    notice_lines,
    settings_lines,
)
from poros_tui.tui.spans import Line, Role
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage
from poros_tui.tui.widgets.line_view import LineView
from poros_tui.tui.widgets.prompt import Prompt

_REDRAW_S = 0.5
"""How often it looks whether the engine has done what was wanted."""
_HINTS = (("↑ ↓", "choose"), ("← →", "change"), ("w", "save"), ("Esc", "back"))
_COLUMN_HINTS = (("space", "show or hide"), ("< >", "move"), ("w", "save"), ("Esc", "back"))


class Desk(TypingProtocol):
    """Who can tell the settings and change them."""

    def present_settings(self) -> Settings:
        """As they are."""

    def unsaved_settings(self) -> tuple[Setting, ...]:
        """Which are not as they were saved, or at the start."""

    def apply_settings(self, wanted: Settings) -> None:
        """Change what is not as wanted."""

    def save_settings(self) -> str:
        """Write the changed ones to the configuration file, and say in a sentence how it went."""

    def notice(self) -> str:
        """What the session has to say just now; empty for nothing."""

    def preview(self, width: int) -> list[Line]:
        """A few lines of the table as it looks now."""


class SettingsScreen(FrugalScreen):
    """A list of settings, and behind its last entry one of columns."""

    BINDINGS = [
        Binding("escape,q,C", "back", "Back", show=False),
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home,pageup", "move(-99)", "First", show=False),
        Binding("end,pagedown", "move(99)", "Last", show=False),
        Binding("left,h,minus", "step(-1)", "Before", show=False),
        Binding("right,l,plus", "step(1)", "Next", show=False),
        Binding("enter", "enter", "Next", show=False),
        Binding("space", "show_column", "Show", show=False),
        Binding("less_than_sign,comma,shift+up", "shift(-1)", "Left", show=False),
        Binding("greater_than_sign,full_stop,shift+down", "shift(1)", "Right", show=False),
        Binding("w", "save", "Save", show=False),
    ]

    def __init__(self, desk: Desk, image: TerminalImage, palette: Palette) -> None:
        super().__init__(image)
        self._desk = desk
        self._place = 0
        self._columns: ColumnList | None = None
        self._notice = ""
        self._prompt: Prompt | None = None
        self._text = LineView(id="settings-text")
        self._keys = LineView(id="settings-keys")
        self.paint(palette)

    def compose(self) -> ComposeResult:
        """The list, and how to use it."""
        yield self._text
        yield self._keys

    def on_mount(self) -> None:
        """The engine may take a moment for what was wanted."""
        self.set_interval(_REDRAW_S, self._draw)

    def on_resize(self, _event: events.Resize) -> None:
        """The lines depend on the size."""
        self.call_after_refresh(self._draw)

    @property
    def _setting(self) -> Setting:
        return tuple(Setting)[self._place]

    def _draw(self) -> None:
        width, height = self._text.size
        if self._columns is not None:
            lines = column_lines(self._columns, self._first_column(), width, height)
        else:
            lines = self._settings_lines(width, height)
        self._text.show(lines)
        hints = _HINTS if self._columns is None else _COLUMN_HINTS
        spans = [((f" {key}", Role.ACCENT), (f" {word} ", Role.DIM)) for key, word in hints]
        self._keys.show([[span for pair in spans for span in pair]])

    def _settings_lines(self, width: int, height: int) -> list[Line]:
        present, changed = self._desk.present_settings(), self._desk.unsaved_settings()
        lines = settings_lines(present, changed, self._setting, width)
        notice = notice_lines(self._notice or self._desk.notice(), width)
        preview = self._desk.preview(width)
        if notice:
            lines += [[], *notice]
        if len(lines) + 1 + len(preview) <= height:
            lines += [*([[]] * (height - len(lines) - len(preview))), *preview]
        return lines[:height]

    def _first_column(self) -> int:
        place = self._columns.place if self._columns is not None else 0
        return first_shown(place, self._text.size.height - FIRST_ROW)

    def _say(self, notice: str) -> None:
        self._notice = notice
        self._draw()

    def action_back(self) -> None:
        """From the columns to the settings, and from these to the trace."""
        if self._columns is None:
            self.dismiss()
            return
        self._columns = None
        self._say("")

    def action_move(self, rows: int) -> None:
        """Choose another; it stops at the ends."""
        if self._columns is not None:
            self._columns = self._columns.moved(rows)
        else:
            self._place = max(0, min(len(Setting) - 1, self._place + rows))
        self._say("")

    def action_step(self, by: int) -> None:
        """The next value, or the one before; a column goes that way."""
        if self._columns is not None:
            self.action_shift(by)
            return
        self._notice = ""
        present = self._desk.present_settings()
        wanted = present.stepped(self._setting, by)
        if wanted != present:
            self._desk.apply_settings(wanted)
        self._draw()

    def action_enter(self) -> None:
        """The next value, or the list of columns; in it, show a column or hide it."""
        if self._columns is not None:
            self.action_show_column()
        elif self._setting is Setting.COLUMNS:
            self._columns = ColumnList.of(self._desk.present_settings().look.columns)
            self._say("")
        elif self._setting in (Setting.SIZE, Setting.PORT):
            self._ask(self._setting)
        else:
            self.action_step(1)

    def _ask(self, setting: Setting) -> None:
        """Let the user type the number."""
        if self._prompt is not None:
            return
        label = "Bytes" if setting is Setting.SIZE else "Port"
        self._prompt = Prompt(f"{label} (or {USUAL}):", _no_number, self.look)
        self._keys.display = False
        self.mount(self._prompt)

    def on_prompt_accepted(self, message: Prompt.Accepted) -> None:
        """Apply it; the session tells what is wrong with it."""
        message.stop()
        self._stop_asking()
        present = self._desk.present_settings()
        wanted = present.with_number(self._setting, parsed_number(message.text))
        if wanted != present:
            self._desk.apply_settings(wanted)
        self._draw()

    def on_prompt_given_up(self, message: Prompt.GivenUp) -> None:
        """It stays as it is."""
        message.stop()
        self._stop_asking()

    def _stop_asking(self) -> None:
        prompt, self._prompt = self._prompt, None
        if prompt is not None:
            self._keys.display = True
            prompt.remove()

    def action_show_column(self) -> None:
        """Show the column or hide it."""
        if self._columns is None:
            self.action_enter()
            return
        if self._columns.here in ALWAYS_SHOWN:
            self.app.bell()
            return
        self._choose(self._columns.toggled())

    def action_shift(self, rows: int) -> None:
        """Move the column."""
        if self._columns is not None:
            self._choose(self._columns.shifted(rows))

    def _choose(self, columns: ColumnList) -> None:
        self._columns = columns
        present = self._desk.present_settings()
        look = msgspec.structs.replace(present.look, columns=columns.chosen)
        self._desk.apply_settings(msgspec.structs.replace(present, look=look))
        self._draw()

    def action_save(self) -> None:
        """Write the changed ones to the configuration file."""
        self._columns = None
        self._say(self._desk.save_settings())

    def on_click(self, event: events.Click) -> None:
        """A click chooses, and on what is chosen does the same as Enter."""
        row = event.screen_y - self._text.region.y - FIRST_ROW
        if self._columns is not None:
            place = self._first_column() + row
            if row >= 0 and place < len(self._columns.columns):
                self._columns = self._columns.at(place)
                self.action_show_column()
                self._draw()
        elif 0 <= row < len(Setting):
            if row == self._place:
                self.action_enter()
            else:
                self.action_move(row - self._place)

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        super().paint(palette)
        self._text.paint(palette)
        self._keys.paint(palette)


def _no_number(text: str) -> str:
    """What is wrong with what was typed; empty for nothing."""
    try:
        parsed_number(text)
    except ValueError:
        return f"'{clean(text, 40)}' is no whole number, nor '{USUAL}'"
    return ""
