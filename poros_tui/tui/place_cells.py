"""The cell of a place in the table of hops. Pure."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len, set_cell_size

from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.formatting import ABSENT, ELLIPSIS
from poros_tui.tui.spans import Line, Role

DOUBT_SIGN: Final = "?"
"""Behind a place that cannot be right."""


def place_cell(hop: HopSnapshot, width: int | None = None) -> Line:
    """City and country of who answers, whole where `width` is None."""
    place = hop.responder.place if hop.responder is not None else None
    if place is None or place.problem:
        return [(ABSENT, Role.FAINT)]
    sign = f" {DOUBT_SIGN}" if place.doubt else ""
    role = Role.WARN if place.doubt else Role.TEXT
    room = None if width is None else max(1, width - len(sign))
    return [(shortened(place.short_words, room), role), (sign, role)]


def shortened(text: str, width: int | None) -> str:
    """In at most `width` cells: the beginning of a name says most."""
    if width is None or cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + ELLIPSIS
