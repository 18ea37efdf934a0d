"""The verdict in one line under the header: what matters most first, as much as fits. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.model.verdict.statement import Statement, Weight
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
    """Exactly `width` cells; blank while nothing can be said. What does not fit is left to the
    panel, whole statement by statement."""
    room = width - 2
    pieces: list[Line] = []
    for statement in most_important(said):
        sign, role = SIGNS[statement.weight]
        piece: Line = [(f"{sign} ", role), (statement.short, _ROLES[statement.weight])]
        if line_width(joined([*pieces, piece], _GAP)) <= room:
            pieces.append(piece)
        elif not pieces:
            pieces.append([*fitted(piece, max(0, room - 1)), (ELLIPSIS, Role.DIM)])
    return fitted([(" ", Role.TEXT), *joined(pieces, _GAP)], width)
