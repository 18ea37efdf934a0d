"""The settings dialog as lines. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from poros_tui.tui.column_list import ColumnList
from poros_tui.tui.columns import BY_CHOICE, KINDS
from poros_tui.tui.formatting import ELLIPSIS
from poros_tui.tui.settings import Setting, Settings
from poros_tui.tui.spans import Line, Role, Span, fitted

FIRST_ROW: Final = 2
"""Lines above the first setting, and above the first column."""
_SIGN: Final = "▸"
_CHANGED_SIGN: Final = "*"
_NAME_WIDTH: Final = 10
_VALUE_WIDTH: Final = 16
_VALUE_X: Final = 15
"""Cells before a value."""
_COLUMN_WIDTH: Final = 11


def settings_lines(
    settings: Settings, changed: Sequence[Setting], chosen: Setting, width: int
) -> list[Line]:
    """The settings with their values; `changed` are not saved yet, `chosen` is under the cursor."""
    lines: list[Line] = [
        fitted(
            [
                (" Settings", Role.HEADING),
                (f"  {_CHANGED_SIGN} changed, and not saved" if changed else "", Role.DIM),
            ],
            width,
        ),
        [("─" * width, Role.FAINT)],
    ]
    for setting in Setting:
        is_chosen = setting is chosen
        value = settings.shown(setting)
        if is_chosen:
            is_typed = setting in (Setting.SIZE, Setting.PORT)
            value = f"⏎ {value}" if setting is Setting.COLUMNS else f"◂ {value} ▸"
            value += " ⏎" if is_typed else ""
        meaning = f"  {setting.meaning}"
        if setting is Setting.COLUMNS:
            value = _whole_words(value, width - _VALUE_X)
            if len(value) + len(meaning) > width - _VALUE_X:
                meaning = ""
        sign = _CHANGED_SIGN if setting in changed else " "
        line: Line = [
            _cursor(is_chosen),
            (f"{setting.value:<{_NAME_WIDTH}}", Role.STRONG if is_chosen else Role.TEXT),
            (f"{sign} ", Role.WARN),
            (f"{value:<{_VALUE_WIDTH}}", Role.ACCENT if is_chosen else Role.TEXT),
            (meaning, Role.DIM),
        ]
        lines.append(fitted(line, width))
    return lines


def column_lines(columns: ColumnList, first: int, width: int, height: int) -> list[Line]:
    """The list of columns from `first` on, as many as `height` has room for."""
    lines: list[Line] = [
        fitted([(" Columns", Role.HEADING), ("  from left to right", Role.DIM)], width),
        [("─" * width, Role.FAINT)],
    ]
    rows = columns.columns[first : first + max(1, height - FIRST_ROW)]
    for place, column in enumerate(rows, first):
        kind, is_here = KINDS[column], place == columns.place
        is_shown = column in columns.shown
        line: Line = [
            _cursor(is_here),
            ("[x] " if is_shown else "[ ] ", Role.ACCENT if is_shown else Role.DIM),
            (f"{column:<{_COLUMN_WIDTH}}", Role.STRONG if is_here else Role.TEXT),
            (kind.meaning.removesuffix(BY_CHOICE), Role.DIM),
        ]
        lines.append(fitted(line, width))
    return lines


def _whole_words(text: str, width: int) -> str:
    """As many words as fit, and a sign where there are more."""
    if len(text) <= width:
        return text
    return f"{text[: max(0, width - 1)].rpartition(' ')[0]} {ELLIPSIS}"


def notice_lines(notice: str, width: int) -> list[Line]:
    """A sentence on as many lines as it needs; none for an empty one."""
    return [[(f" {text}", Role.WARN)] for text in textwrap.wrap(notice, max(10, width - 2))]


def _cursor(is_here: bool) -> Span:
    return f" {_SIGN if is_here else ' '} ", Role.ACCENT
