"""The whole path over time: a line for each hop, a cell for each span of time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import msgspec

from poros_tui.model.bins import Bin
from poros_tui.tui.heat_scale import HeatScale
from poros_tui.tui.spans import HEAT_ROLES, Line, Role, Span, in_runs
from poros_tui.tui.time_glyphs import (
    LOST_ALL,
    SHADED,
    SHADED_LOST_SOME,
    SILENT,
    SOLID,
    THINNED,
    UNSENT,
)

_BLANK: Final[Span] = (" ", Role.TEXT)
_MUCH: Final = 0.1
_MOST: Final = 0.5
"""Losses of a cell from which on it is thinner still."""
_HELD: Final = 1.5
"""A cell is held until the next one where that follows after so many times the usual distance:
with a probe a second, columns of half a second have no holes."""


class HeatRow(msgspec.Struct, frozen=True, kw_only=True):
    """One hop."""

    bins: Sequence[Bin]
    """A bin for each column."""
    base_s: float
    """What is taken off its times: its own best, or nothing."""
    lost_role: Role
    """Of its losses."""
    is_silent: bool
    """It never answered, and that says nothing."""
    there: Sequence[bool] | None = None
    """Whether the path had it, for each column; nothing is shown where it had not. None: always."""


def heat_cells(row: HeatRow, scale: HeatScale, *, is_solid: bool) -> Line:
    """The cells of one hop. `is_solid`: colours tell the levels apart, not shades."""
    cells = [_cell(one, row, scale, is_solid=is_solid) for one in row.bins]
    asked = [
        column for column, one in enumerate(row.bins) if one.received or one.lost or one.unsent
    ]
    distances = sorted(after - before for before, after in pairwise(asked))
    if distances and distances[-1] > 1:
        reach = distances[len(distances) // 2] * _HELD
        for before, after in pairwise(asked):
            if after - before <= reach:
                cells[before + 1 : after] = [cells[before]] * (after - before - 1)
    if row.there is not None:
        cells = [
            cell if is_there else _BLANK for cell, is_there in zip(cells, row.there, strict=True)
        ]
    return in_runs(cells)


def _cell(one: Bin, row: HeatRow, scale: HeatScale, *, is_solid: bool) -> Span:
    if one.median_s is None:
        if one.lost and not one.received:
            return (SILENT, Role.FAINT) if row.is_silent else (LOST_ALL, row.lost_role)
        if one.received:
            return "?", Role.DIM
        return (UNSENT, Role.WARN) if one.unsent else _BLANK
    level = scale.level((one.median_s - row.base_s) * 1e3)
    if not one.lost:
        return (SOLID if is_solid else SHADED)[level], HEAT_ROLES[level]
    if not is_solid:
        return SHADED_LOST_SOME, row.lost_role
    share = one.lost / one.decided
    return THINNED[(share >= _MUCH) + (share >= _MOST)], HEAT_ROLES[level]
