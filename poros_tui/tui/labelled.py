"""Lines of the panel that begin with a label. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

from poros_tui.tui.spans import Line, Role, Span, joined

LABEL_WIDTH: Final = 9


def labelled(label: str, pieces: list[Line], width: int) -> list[Line]:
    """The pieces after a label, on as many lines as they need."""
    if not pieces:
        return []
    lines: list[Line] = []
    row: list[Line] = []
    for piece in pieces:
        if row and LABEL_WIDTH + len("".join(t for t, _ in joined([*row, piece]))) > width:
            lines.append(joined(row))
            row = []
        row.append(piece)
    lines.append(joined(row))
    heads: list[Span] = [(label.ljust(LABEL_WIDTH), Role.HEADING)]
    heads += [(" " * LABEL_WIDTH, Role.TEXT)] * (len(lines) - 1)
    return [[head, *line] for head, line in zip(heads, lines, strict=True)]


def figure(name: str, value: str, role: Role = Role.TEXT) -> Line:
    """A value after its name."""
    return [(f"{name} ", Role.DIM), (value, role)]


def wrapped(label: str, texts: Iterable[str], width: int, role: Role) -> list[Line]:
    """Sentences after a label, each on as many lines as it needs."""
    lines = [
        part
        for text in texts
        for part in textwrap.wrap(
            text, max(10, width - LABEL_WIDTH), subsequent_indent="  ", break_on_hyphens=False
        )
    ]
    heads = [label, *([""] * len(lines))]
    return [
        [(head.ljust(LABEL_WIDTH), Role.HEADING), (line, role)]
        for head, line in zip(heads, lines, strict=False)
    ]
