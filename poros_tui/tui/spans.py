"""Text with a role instead of a colour: what the pure renderers make, and the palette paints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto
from typing import Final

from rich.cells import cell_len, set_cell_size


class Role(Enum):
    """What a piece of text means. How that looks is the palette's business."""

    TEXT = auto()
    STRONG = auto()
    DIM = auto()
    """Present, but not what the eye should find first."""
    FAINT = auto()
    """Rules, separators, absent values."""
    ACCENT = auto()
    """The program's own colour: its name, the sorted column, keys."""
    HEADING = auto()
    GOOD = auto()
    WARN = auto()
    BAD = auto()
    LOST = auto()
    """A lost probe in a chart."""
    BADGE = auto()
    """A label that must not be overlooked, such as SIMULATION or PAUSED."""
    MATCH = auto()
    """What was searched for."""
    LEVEL_1 = auto()
    LEVEL_2 = auto()
    LEVEL_3 = auto()
    LEVEL_4 = auto()
    LEVEL_5 = auto()
    LEVEL_6 = auto()
    LEVEL_7 = auto()
    LEVEL_8 = auto()
    """Eight levels of round-trip time, low to high."""
    HEAT_1 = auto()
    HEAT_2 = auto()
    HEAT_3 = auto()
    HEAT_4 = auto()
    HEAT_5 = auto()
    HEAT_6 = auto()
    HEAT_7 = auto()
    HEAT_8 = auto()
    """Eight levels of delay in a map of full cells: the lowest recedes, the highest stands out."""
    SERIES_1 = auto()
    SERIES_2 = auto()
    SERIES_3 = auto()
    SERIES_4 = auto()
    SERIES_5 = auto()
    """Lines of several hops in one chart."""
    BAND = auto()
    """What lies behind a line of a chart."""


LEVEL_ROLES: Final = (
    Role.LEVEL_1,
    Role.LEVEL_2,
    Role.LEVEL_3,
    Role.LEVEL_4,
    Role.LEVEL_5,
    Role.LEVEL_6,
    Role.LEVEL_7,
    Role.LEVEL_8,
)
HEAT_ROLES: Final = (
    Role.HEAT_1,
    Role.HEAT_2,
    Role.HEAT_3,
    Role.HEAT_4,
    Role.HEAT_5,
    Role.HEAT_6,
    Role.HEAT_7,
    Role.HEAT_8,
)

SERIES_ROLES: Final = (
    Role.SERIES_1,
    Role.SERIES_2,
    Role.SERIES_3,
    Role.SERIES_4,
    Role.SERIES_5,
)

Span = tuple[str, Role]
Line = list[Span]

SEPARATOR: Final[Span] = (" · ", Role.FAINT)


def line_width(line: Iterable[Span]) -> int:
    """Terminal cells that the line takes."""
    return sum(cell_len(text) for text, _role in line)


def line_text(line: Iterable[Span]) -> str:
    """The line without its roles."""
    return "".join(text for text, _role in line)


def in_runs(spans: Iterable[Span]) -> Line:
    """The same with neighbours of one role in one span."""
    result: Line = []
    for text, role in spans:
        if result and result[-1][1] is role:
            result[-1] = (result[-1][0] + text, role)
        else:
            result.append((text, role))
    return result


def fitted(line: Iterable[Span], width: int) -> Line:
    """The line cut or padded with blanks to exactly `width` cells."""
    room = max(0, width)
    result: Line = []
    for text, role in line:
        size = cell_len(text)
        if size > room:
            if room:
                result.append((set_cell_size(text, room), role))
            return result
        if size:
            result.append((text, role))
        room -= size
    if room:
        result.append((" " * room, Role.TEXT))
    return result


def joined(pieces: Sequence[Line], separator: Span = SEPARATOR) -> Line:
    """The pieces that are not empty, with separators between them."""
    result: Line = []
    for piece in pieces:
        if not piece:
            continue
        if result:
            result.append(separator)
        result.extend(piece)
    return result


def pieces_that_fit(pieces: Sequence[tuple[int, Line]], width: int) -> Line:
    """The pieces in their order; those of the highest rank are dropped until the rest fits.

    Each piece comes with its rank: 0 is never dropped.
    """
    kept = [piece for piece in pieces if piece[1]]
    while True:
        line = joined([spans for _rank, spans in kept])
        worst = max((rank for rank, _spans in kept), default=0)
        if line_width(line) <= width or worst == 0:
            return line
        last = max(index for index, (rank, _spans) in enumerate(kept) if rank == worst)
        del kept[last]


def both_ends(left: Line, right: Line, width: int) -> Line:
    """`left` at the left and `right` at the right; the right one gives way where both are long."""
    room = width - line_width(left)
    if line_width(right) + 2 > room:
        return fitted(left, width)
    return [*fitted(left, width - line_width(right)), *right]
