"""What the doctor says, as text. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from poros_tui.cli.doctor.check import Part, State

_MARKS: Final[Mapping[State, str]] = {State.GOOD: "✓", State.LESS: "-", State.BAD: "✗"}
_ASCII_MARKS: Final[Mapping[State, str]] = {State.GOOD: "+", State.LESS: "-", State.BAD: "!"}
_INDENT: Final = 4


def as_text(parts: Iterable[Part], *, is_ascii: bool = False) -> str:
    """A paragraph for each part, a line for each check, and what mends it below."""
    marks = _ASCII_MARKS if is_ascii else _MARKS
    paragraphs = []
    for part in parts:
        lines = [part.title]
        for check in part.checks:
            lines.append(f"  {marks[check.state]} {check.words}")
            if check.remedy:
                lines.append(f"{' ' * _INDENT}  {check.remedy}")
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)
