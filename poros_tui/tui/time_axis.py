"""The time axis: where its marks stand, what they are called, and the words for times. Pure.

Times of day are those of this machine's time zone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from poros_tui.tui.grid import Grid

TICK_STEPS_S: Final = (
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0, 7200.0, 10800.0, 21600.0, 43200.0, 86400.0),
)
_LABEL_GAP: Final = 4
"""Cells between two labels, at least."""
WallClock = Callable[[float], float]
"""A time of the session's clock as seconds since 1970."""


class Tick(msgspec.Struct, frozen=True):
    """A mark on the axis."""

    column: int
    label: str


def local(wall_s: float) -> datetime:
    """The time of day here."""
    return datetime.fromtimestamp(wall_s).astimezone()


def clock(wall_s: float, *, step_s: float = 1.0) -> str:
    """`20:05:10`, with tenths where columns are shorter than a second."""
    at = local(wall_s)
    text = at.strftime("%H:%M:%S")
    return f"{text}.{at.microsecond // 100_000}" if step_s < 1 else text


def spell(duration_s: float) -> str:
    """`0.5 s`, `110 s`, `15 min`, `17.5 min`, `26 h`."""
    if duration_s < 120:
        return f"{_short(duration_s)} s"
    if duration_s < 7200:
        return f"{_short(duration_s / 60)} min"
    return f"{_short(duration_s / 3600)} h"


def _short(value: float) -> str:
    return f"{round(value, 2 if value < 1 else 1):g}"


def span_words(grid: Grid, now_s: float, wall: WallClock) -> str:
    """`20:05:10-20:20:10`, with the day where it is not today or not the same at both ends."""
    first, last = local(wall(grid.from_s)), local(wall(grid.to_s))
    if first.date() != last.date():
        return f"{first:%d %b %H:%M}-{last:%d %b %H:%M}"
    day = "" if first.date() == local(wall(now_s)).date() else f"{first:%d %b} "
    return f"{day}{first:%H:%M:%S}-{last:%H:%M:%S}"


def ticks(grid: Grid, wall: WallClock) -> list[Tick]:
    """Marks at round times of day, as many as there is room for."""
    start_s, end_s = wall(grid.from_s), wall(grid.to_s)
    offset = local(start_s).utcoffset()
    offset_s = offset.total_seconds() if offset is not None else 0.0
    for step_s in TICK_STEPS_S:
        width = len("00:00") if step_s >= 60 else len("00:00:00")
        if step_s / grid.step_s >= width + _LABEL_GAP or step_s == TICK_STEPS_S[-1]:
            break
    found: list[Tick] = []
    at_s = math.ceil((start_s + offset_s) / step_s) * step_s - offset_s
    while at_s < end_s:
        column = math.floor((at_s - start_s) / grid.step_s + 1e-6)
        found.append(Tick(column, _label(at_s, step_s)))
        at_s += step_s
    return found


def _label(at_s: float, step_s: float) -> str:
    at = local(at_s)
    if step_s < 60:
        return f"{at:%H:%M:%S}"
    return f"{at:%d %b}" if (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"


def labels_line(marks: list[Tick], width: int, tick: str = "") -> str:
    """The labels in `width` cells: below the middle of their marks, or behind a `tick` of their
    own. One that does not fit whole is left out."""
    text = ""
    for mark in marks:
        label = tick + mark.label
        start = mark.column if tick else max(0, mark.column - len(label) // 2)
        if start >= len(text) + bool(text) and start + len(label) <= width:
            text = text.ljust(start) + label
    return text.ljust(width)
