"""The verdict in one line under the header: what matters most first, as much as fits. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.model.verdict.statement import Statement, Topic, Weight
from poros_tui.model.verdict.verdict import most_important
from poros_tui.tui.formatting import ELLIPSIS
from poros_tui.tui.panels.verdict import SIGNS
from poros_tui.tui.spans import Line, Role, Span, fitted, joined, line_width

_GAP: Final[Span] = ("   ", Role.TEXT)
_ROLES: Final = {
    Weight.FINE: Role.GOOD,
    Weight.NOTE: Role.TEXT,
    Weight.TROUBLE: Role.BAD,
    Weight.UNKNOWN: Role.DIM,
}


def verdict_line(said: Sequence[Statement], width: int) -> Line:
    """Exactly `width` cells; blank while nothing can be said.

    Trouble and another path come before all else, in few words where it must be. What does not fit
    is left to the panel, whole statement by statement, and counted.
    """
    room = width - 2
    ordered = most_important(said)
    first = [one for one in ordered if _must_be_told(one)]
    words: list[str] = []
    for statement in first:
        if not _fits(ordered, [*words, _brief(statement)], room):
            break
        words.append(_brief(statement))
    for place, statement in enumerate(ordered[: len(words)]):
        longer = [*words[:place], statement.short, *words[place + 1 :]]
        if _fits(ordered, longer, room):
            words = longer
    if len(words) == len(first):
        for statement in ordered[len(first) :]:
            choices = (statement.short, _brief(statement))
            fitting = (text for text in choices if _fits(ordered, [*words, text], room))
            text = next(fitting, None)
            if text is None:
                break
            words.append(text)
    if ordered and not words:
        words.append(_cut(ordered, room))
    return fitted([(" ", Role.TEXT), *_line(ordered, words)], width)


def _must_be_told(statement: Statement) -> bool:
    return statement.weight is Weight.TROUBLE or statement.topic is Topic.PATH


def _brief(statement: Statement) -> str:
    return statement.brief or statement.short


def _fits(ordered: Sequence[Statement], words: Sequence[str], room: int) -> bool:
    return line_width(_line(ordered, words)) <= room


def _line(ordered: Sequence[Statement], words: Sequence[str]) -> Line:
    """The first of the statements in these words, and how many more there are."""
    pieces: list[Line] = []
    for statement, text in zip(ordered, words, strict=False):
        sign, role = SIGNS[statement.weight]
        pieces.append([(f"{sign} ", role), (text, _ROLES[statement.weight])])
    more = len(ordered) - len(words)
    if more and words:
        pieces.append([(f"+{more} more", Role.DIM)])
    return joined(pieces, _GAP)


def _cut(ordered: Sequence[Statement], room: int) -> str:
    """Words of the first statement that are too long for the line, up to where they end."""
    text = _brief(ordered[0])
    while text and not _fits(ordered, [text + ELLIPSIS], room):
        text = text[:-1]
    return text + ELLIPSIS
