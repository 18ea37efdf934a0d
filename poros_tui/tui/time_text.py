"""A time as the cell of a table, in the unit that the user wants. Pure."""

from __future__ import annotations

from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import ABSENT, DECIMALS_MAX, milliseconds, signed_milliseconds


def time_text(seconds: float | None, decimals: int, unit: TimeUnit) -> str:
    """Right-aligned text, as fine as milliseconds with so many decimals: `23.1`, `23100`,
    `0.0231`, `·`. Of less than half a microsecond `<0.001`, `<1`, `<0.000001`."""
    if unit is TimeUnit.MS:
        return milliseconds(seconds, decimals)
    if seconds is None:
        return ABSENT
    shown = _decimals(decimals, unit)
    if 0 < seconds < 0.5e-6 and (decimals == DECIMALS_MAX or unit is TimeUnit.US):
        return f"<{10.0**-shown:.{shown}f}"
    return f"{seconds * unit.per_second:.{shown}f}"


def signed_time_text(seconds: float | None, decimals: int, unit: TimeUnit) -> str:
    """A difference with its sign: `+23.1`, `-45`, `0.0000`, `·`."""
    if unit is TimeUnit.MS:
        return signed_milliseconds(seconds, decimals)
    if seconds is None:
        return ABSENT
    text = f"{seconds * unit.per_second:+.{_decimals(decimals, unit)}f}"
    return text[1:] if float(text) == 0 else text


def _decimals(decimals: int, unit: TimeUnit) -> int:
    return max(0, decimals + unit.decimals_more)
