"""The history of one hop as a chart of several lines, on a scale of its own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.model.history import Gap, Sample
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import short_time
from poros_tui.tui.spans import LEVEL_ROLES, Line, Role, Span
from poros_tui.tui.sparkline import BLOCKS, GAPS, LEVELS, visible

_AXIS_WIDTH: Final = 9
_FINE_AXIS_WIDTH: Final = 11
_EIGHTHS: Final = " " + BLOCKS


def axis_width(unit: TimeUnit) -> int:
    """Cells for the figures at the left and the axis itself."""
    return _AXIS_WIDTH if unit is TimeUnit.MS else _FINE_AXIS_WIDTH


def chart_lines(
    samples: Sequence[Sample],
    tried: int,
    size: tuple[int, int],
    lost_role: Role,
    unit: TimeUnit = TimeUnit.MS,
) -> list[Line]:
    """Columns from the shortest time shown to the longest, in `size`: cells wide, lines high.

    Losses stand as a sign on the ground line, for they have no height.
    """
    width, height = size
    shown = visible(samples, tried, max(0, width - axis_width(unit)))
    times = [sample for sample in shown if not isinstance(sample, Gap)]
    bounds = (min(times), max(times)) if times else None
    columns = [_column(sample, bounds or (0.0, 0.0), height, lost_role) for sample in shown]
    lines: list[Line] = []
    for row in range(height):
        line: Line = [_axis(row, height, bounds, unit)]
        line.extend(column[row] for column in columns)
        lines.append(_merged(line))
    return lines


def _axis(row: int, height: int, bounds: tuple[float, float] | None, unit: TimeUnit) -> Span:
    figure = ""
    if bounds is not None and row == 0:
        figure = short_time(bounds[1], unit)
    elif bounds is not None and row == height - 1:
        figure = short_time(bounds[0], unit)
    return f"{figure:>{axis_width(unit) - 2}} │", Role.DIM


def _column(
    sample: Sample, bounds: tuple[float, float], height: int, lost_role: Role
) -> list[Span]:
    """One sample from the top line to the ground."""
    blank: Span = (" ", Role.TEXT)
    if isinstance(sample, Gap):
        text, role = GAPS[sample]
        ground = (text, lost_role if sample is Gap.LOST else role)
        return [blank] * (height - 1) + [ground]
    low, high = bounds
    share = (sample - low) / (high - low) if high > low else 0.0
    eighths = 1 + round(share * (height * LEVELS - 1))  # the lowest is still one eighth high
    role = LEVEL_ROLES[min(LEVELS - 1, int(share * LEVELS))]
    column: list[Span] = []
    for row in range(height):
        above_ground = (height - 1 - row) * LEVELS
        filled = max(0, min(LEVELS, eighths - above_ground))
        column.append((_EIGHTHS[filled], role) if filled else blank)
    return column


def _merged(line: Line) -> Line:
    result: Line = []
    for text, role in line:
        if result and result[-1][1] is role:
            result[-1] = (result[-1][0] + text, role)
        else:
            result.append((text, role))
    return result
