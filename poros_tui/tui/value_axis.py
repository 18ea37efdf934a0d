"""The axis of milliseconds at the left of a chart: bounds near what is shown, and round marks
between them. Pure."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from poros_tui.model.time_unit import TimeUnit

_NICE: Final = (1.0, 2.0, 5.0, 10.0)
_LINES_PER_TICK: Final = 2.5
_BOUNDS: Final = 10
"""Bounds are round to about this part of what is shown."""
_FLAT_SHARE: Final = 0.02
_FLAT_MS: Final = 0.05
"""A scale spans at least this share of its values, and this much: else noise fills it."""
_LOOSE: Final = 0.4
"""Values that fill less than this of the scale before get another."""
_DECIMALS_MAX: Final = 3
_EDGE: Final = 1e-9


class Scale(msgspec.Struct, frozen=True):
    """From the ground line to the top line, in milliseconds."""

    floor_ms: float
    top_ms: float
    step_ms: float
    """Between two marks."""
    bound_ms: float
    """What both bounds are whole multiples of."""

    def share(self, value_ms: float) -> float:
        """0 on the ground, 1 at the top; what is beyond is cut off."""
        share = (value_ms - self.floor_ms) / (self.top_ms - self.floor_ms)
        return min(1.0, max(0.0, share))

    def ticks_ms(self) -> list[float]:
        """The marks from the ground up: whole multiples of the step, or where there is but one of
        them, which makes no scale, the bounds."""
        ticks_ms = self._multiples_ms()
        return ticks_ms if len(ticks_ms) > 1 else [self.floor_ms, self.top_ms]

    def _multiples_ms(self) -> list[float]:
        first = math.ceil(self.floor_ms / self.step_ms - _EDGE)
        last = math.floor(self.top_ms / self.step_ms + _EDGE)
        return [self.step_ms * index for index in range(first, last + 1)]

    def label(self, value_ms: float, unit: TimeUnit = TimeUnit.MS) -> str:
        """The figure of a mark, with the decimals that all of them need."""
        apart_ms = self.step_ms if len(self._multiples_ms()) > 1 else self.bound_ms
        decimals = max(0, math.ceil(-math.log10(apart_ms) - _EDGE))
        return unit.fixed(value_ms / 1e3, min(decimals, _DECIMALS_MAX))


def _nice(least: float) -> float:
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next(nice * magnitude for nice in _NICE if nice * magnitude >= least * (1 - _EDGE))


def scale_for(
    least_ms: float,
    most_ms: float,
    lines: int,
    *,
    from_zero: bool,
    before: Scale | None = None,
) -> Scale:
    """Bounds around what is to be shown on so many lines.

    `before` is kept as long as everything lies in it and fills it well: an axis that moves for
    every new value cannot be read.
    """
    if from_zero:
        least_ms = 0.0
    spare_ms = max(_FLAT_MS, most_ms * _FLAT_SHARE) - (most_ms - least_ms)
    if spare_ms > 0:
        least_ms = max(0.0, least_ms - spare_ms / 2)
        most_ms += spare_ms / 2
    if before is not None and _still_fits(before, least_ms, most_ms):
        return before
    unit_ms = _nice((most_ms - least_ms) / _BOUNDS)
    floor_ms = math.floor(least_ms / unit_ms + _EDGE) * unit_ms
    top_ms = math.ceil(most_ms / unit_ms - _EDGE) * unit_ms
    step_ms = _nice((top_ms - floor_ms) * _LINES_PER_TICK / max(_LINES_PER_TICK, lines))
    return Scale(floor_ms, top_ms, step_ms, unit_ms)


def _still_fits(before: Scale, least_ms: float, most_ms: float) -> bool:
    is_inside = before.floor_ms <= least_ms and most_ms <= before.top_ms
    return is_inside and most_ms - least_ms >= (before.top_ms - before.floor_ms) * _LOOSE
