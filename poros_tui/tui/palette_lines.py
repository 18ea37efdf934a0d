"""The command palette as lines: what was typed, and the actions that it may mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.tui.keys import Key
from poros_tui.tui.spans import Line, Role, fitted

ABOVE_ENTRIES: Final = 2
"""Lines for what is typed, and a rule."""
CHOSEN_SIGN: Final = "▸"
_CARET: Final = "▏"
_NAME_WIDTH: Final = 14
_KEY_WIDTH: Final = 7


def first_shown(chosen: int, height: int) -> int:
    """The first entry that is shown where `height` of them have room: the chosen one is among
    them."""
    return max(0, chosen - max(1, height) + 1)


def palette_lines(
    query: str, entries: Sequence[Key], chosen: int, width: int, height: int
) -> list[Line]:
    """All lines in `width` cells; `entries` are those that match, `chosen` is one of them."""
    head: Line = [(" Action: ", Role.HEADING), (query, Role.STRONG), (_CARET, Role.ACCENT)]
    if not query:
        head.append((" type what it is about", Role.FAINT))
    lines = [fitted(head, width), [("─" * width, Role.FAINT)]]
    room = max(1, height - ABOVE_ENTRIES)
    if not entries:
        return [*lines, fitted([("   no action is called so", Role.WARN)], width)]
    first = first_shown(chosen, room)
    for place, key in enumerate(entries[first : first + room], first):
        is_chosen = place == chosen
        lines.append(
            fitted(
                [
                    (f" {CHOSEN_SIGN if is_chosen else ' '} ", Role.ACCENT),
                    (f"{key.name:<{_NAME_WIDTH}} ", Role.ACCENT if is_chosen else Role.STRONG),
                    (f"{key.shown:<{_KEY_WIDTH}} ", Role.HEADING),
                    (key.meaning, Role.TEXT if is_chosen else Role.DIM),
                ],
                width,
            )
        )
    return lines
