"""Which level of the heat map a delay has: eight of them, with round bounds. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Final

import msgspec

from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.spans import HEAT_ROLES, Line, Role
from poros_tui.tui.time_glyphs import SHADED, SOLID

LEVELS: Final = len(HEAT_ROLES)
_ADDED: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_UNIT_SHARE: Final = 0.01
_UNITS_MS: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class HeatScale(msgspec.Struct, frozen=True):
    """From which time on each level counts."""

    bounds_ms: tuple[float, ...]
    """Of all levels but the lowest, ascending."""

    def level(self, value_ms: float) -> int:
        """0 to 7."""
        return bisect_right(self.bounds_ms, value_ms)

    def legend(self, *, is_solid: bool, unit: TimeUnit = TimeUnit.MS) -> Line:
        """Every sign with the time from which on it stands, in `unit`."""
        signs = SOLID if is_solid else SHADED
        line: Line = []
        for level, (sign, role) in enumerate(zip(signs, HEAT_ROLES, strict=True)):
            is_last_of_sign = is_solid or signs[level + 1 : level + 2] != sign
            if not is_last_of_sign:
                continue
            lowest = level if is_solid else signs.index(sign)
            bound_ms = self.bounds_ms[level if lowest == 0 else lowest - 1]
            text = ("<" if lowest == 0 else "") + unit.rounded(bound_ms / 1e3)
            line += [(" " if line else "", Role.TEXT), (sign, role), (text, Role.DIM)]
        return line


def added_scale(longest_best_s: float, before: HeatScale | None) -> HeatScale:
    """For delays that are added to a hop's best: from a hundredth of the path's own round trip up
    to all of it. It never gets finer within a session: colours would change their meaning."""
    wanted = math.log(max(1e-9, longest_best_s * 1e3 * _UNIT_SHARE))
    unit_ms = min(_UNITS_MS, key=lambda unit: abs(math.log(unit) - wanted))
    scale = HeatScale(tuple(_rounded(unit_ms * factor) for factor in _ADDED))
    return scale if before is None else max(before, scale, key=lambda each: each.bounds_ms)


def absolute_scale(top_s: float) -> HeatScale:
    """For round-trip times, by the square root as the sparklines are; `top_s` fills them."""
    return HeatScale(tuple(_rounded(top_s * 1e3 * (k / LEVELS) ** 2) for k in range(1, LEVELS)))


def _rounded(value: float) -> float:
    """Two digits."""
    return float(f"{value:.2g}")
