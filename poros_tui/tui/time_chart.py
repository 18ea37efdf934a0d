"""The round-trip times of some hops over time as a chart with both axes. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from poros_tui.model.bins import Bin
from poros_tui.model.events import Event
from poros_tui.model.statistics import percentile
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.event_marks import mark
from poros_tui.tui.plot import DotField, draw_band, draw_line
from poros_tui.tui.spans import Line, Role, Span, in_runs
from poros_tui.tui.time_axis import Tick, labels_line
from poros_tui.tui.time_glyphs import (
    CORNER,
    DOTS_ACROSS,
    DOTS_DOWN,
    GRID_LINE,
    LOST_ALL,
    LOST_SOME,
    MOMENT_LINE,
    MOMENT_MARK,
    TIME_AXIS,
    TIME_TICK,
    UNSENT,
    VALUE_AXIS,
    VALUE_TICK,
    dots,
)
from poros_tui.tui.value_axis import Scale, scale_for

_GUTTER_WIDTH: Final = 8
_FINE_GUTTER_WIDTH: Final = 11
_BLANK: Final[Span] = (" ", Role.TEXT)
_BAND_SHOWN_PERCENT: Final = 95
"""Of its columns whose band lies whole in a fitted chart."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One hop in the chart."""

    ttl: int
    role: Role
    """Of its line."""
    lost_role: Role
    """Of its losses."""
    bins: Sequence[Bin]
    """Two for each column of cells."""


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around the lines."""

    width: int
    """Columns of cells, the gutter not counted."""
    height: int
    """Lines of the plot alone."""
    ticks: list[Tick]
    events: Mapping[int, Sequence[Event]]
    """By column."""
    moment: int | None = None
    """The column that is pointed at."""
    unit: TimeUnit = TimeUnit.MS
    corner: str = ""
    """A word below the axis of round trips."""
    has_axis: bool = True
    has_labels: bool = True


def gutter_width(unit: TimeUnit) -> int:
    """Cells for the figures at the left and the axis itself."""
    return _GUTTER_WIDTH if unit is TimeUnit.MS else _FINE_GUTTER_WIDTH


def fitting_scale(
    series: Sequence[Series], lines: int, *, from_zero: bool, before: Scale | None
) -> Scale | None:
    """Round bounds around all lines, and around the band of the first but for its rarest peaks,
    which are cut off; None where nothing was answered."""
    medians = [each.median_s for one in series for each in one.bins if each.median_s is not None]
    if not medians:
        return None
    lows = [each.low_s for each in series[0].bins if each.low_s is not None]
    highs = [each.high_s for each in series[0].bins if each.high_s is not None]
    least_s = min(*medians, percentile(lows, 100 - _BAND_SHOWN_PERCENT) or math.inf)
    most_s = max(*medians, percentile(highs, _BAND_SHOWN_PERCENT) or 0.0)
    return scale_for(least_s * 1e3, most_s * 1e3, lines, from_zero=from_zero, before=before)


def chart_lines(
    series: Sequence[Series], frame: Frame, scale: Scale | None, lanes: int
) -> list[Line]:
    """The plot, the axis with the events, a lane of losses for each of the first `lanes` hops, and
    the times of day."""
    lines = _plot_lines(series, frame, scale)
    if frame.has_axis:
        lines.append(_axis_line(frame))
    lines += [_lane(one, frame, is_alone=len(series) == 1) for one in series[:lanes]]
    if frame.has_labels:
        corner = f"{frame.corner:>{gutter_width(frame.unit) - 1}} "
        lines.append([(corner + labels_line(frame.ticks, frame.width), Role.DIM)])
    return lines


def _plot_lines(series: Sequence[Series], frame: Frame, scale: Scale | None) -> list[Line]:
    if scale is None:
        return _empty_lines(frame)
    band = DotField(frame.width, frame.height)
    draw_band(series[0].bins, scale, band)
    fields: list[DotField] = []
    names: dict[tuple[int, int], Span] = {}
    for one in series:
        field = DotField(frame.width, frame.height)
        newest = draw_line(one.bins, scale, field)
        fields.append(field)
        if newest is not None and len(series) > 1:
            _put_name(one, newest, frame, names)
    figures = _figures(scale, frame.height, frame.unit)
    return [
        [
            _gutter(figures.get(row), frame.unit),
            *in_runs(
                _cell(
                    column,
                    row in figures,
                    names.get((column, row)),
                    [(masks[column], one.role) for one, masks in rows],
                    shade,
                    frame,
                )
                for column, shade in enumerate(band.row(row))
            ),
        ]
        for row in range(frame.height)
        for rows in [[(one, field.row(row)) for one, field in zip(series, fields, strict=True)]]
    ]


def _empty_lines(frame: Frame) -> list[Line]:
    lines: list[Line] = [
        [_gutter(None, frame.unit), (" " * frame.width, Role.TEXT)] for _row in range(frame.height)
    ]
    words = "nothing was answered in this time"
    if frame.height and len(words) <= frame.width:
        lines[frame.height // 2] = [
            _gutter(None, frame.unit),
            (words.center(frame.width), Role.DIM),
        ]
    return lines


def _put_name(
    one: Series, newest: tuple[int, int], frame: Frame, names: dict[tuple[int, int], Span]
) -> None:
    """The number of the hop behind the end of its line, where nothing else stands."""
    text = str(one.ttl)
    column = min(newest[0] // DOTS_ACROSS + 2, frame.width - len(text))
    row = frame.height - 1 - newest[1] // DOTS_DOWN
    cells = [(column + index, row) for index in range(len(text))]
    if column >= 0 and not any(cell in names for cell in cells):
        names.update(zip(cells, ((letter, one.role) for letter in text), strict=True))


def _cell(
    column: int,
    is_tick: bool,
    name: Span | None,
    masks: Sequence[tuple[int, Role]],
    shade: int,
    frame: Frame,
) -> Span:
    if name is not None:
        return name
    together, role = 0, None
    for mask, of in masks:
        if mask:
            together |= mask
            role = role or of
    if role is not None:
        return dots(together), role
    if shade:
        return dots(shade), Role.BAND
    if column == frame.moment:
        return MOMENT_LINE, Role.FAINT
    return (GRID_LINE, Role.FAINT) if is_tick else _BLANK


def _figures(scale: Scale, height: int, unit: TimeUnit) -> dict[int, str]:
    """The marks of the axis by line from the top."""
    figures: dict[int, str] = {}
    for value_ms in scale.ticks_ms():
        dot = round(scale.share(value_ms) * (height * DOTS_DOWN - 1))
        figures.setdefault(height - 1 - dot // DOTS_DOWN, scale.label(value_ms, unit))
    return figures


def _gutter(figure: str | None, unit: TimeUnit) -> Span:
    axis = VALUE_AXIS if figure is None else VALUE_TICK
    return f"{figure or '':>{gutter_width(unit) - 2}} {axis}", Role.DIM


def _axis_line(frame: Frame) -> Line:
    """The ground with the ticks of time and the marks of events."""
    ticks = {tick.column for tick in frame.ticks}
    spans: list[Span] = [(" " * (gutter_width(frame.unit) - 1) + CORNER, Role.DIM)]
    for column in range(frame.width):
        if column in frame.events:
            spans.append(mark(frame.events[column]))
        elif column == frame.moment:
            spans.append((MOMENT_MARK, Role.STRONG))
        else:
            spans.append((TIME_TICK if column in ticks else TIME_AXIS, Role.DIM))
    return in_runs(spans)


def _lane(one: Series, frame: Frame, *, is_alone: bool) -> Line:
    """The losses of one hop, a cell for each column."""
    name = "lost" if is_alone else f"lost {one.ttl}"
    cells = (
        loss_cell(one.bins[column * 2 : column * 2 + 2], one.lost_role)
        for column in range(frame.width)
    )
    role = Role.DIM if is_alone else one.role
    return in_runs([(f"{name:>{gutter_width(frame.unit) - 1}} ", role), *cells])


def loss_cell(bins: Sequence[Bin], role: Role) -> Span:
    """The losses of some bins as one cell: its height is the share that was lost."""
    lost = sum(one.lost for one in bins)
    decided = lost + sum(one.received for one in bins)
    if not lost:
        return (UNSENT, Role.WARN) if any(one.unsent for one in bins) else _BLANK
    if lost == decided:
        return LOST_ALL, role
    return LOST_SOME[min(len(LOST_SOME) - 1, lost * len(LOST_SOME) // decided)], role
