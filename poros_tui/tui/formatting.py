"""Numbers, times and addresses as the cells of the screen. Pure: text in, text out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from poros_tui.model.privacy import HIDDEN, HIDDEN_ADDRESSES
from poros_tui.model.probe import IPAddress
from poros_tui.model.time_unit import TimeUnit

ABSENT: Final = "·"
"""Stands for None: not known, not zero."""
ELLIPSIS: Final = "…"
_ELIDED_LEAST: Final = 4
"""Less of an address tells nobody which it is."""

DECIMALS_MAX: Final = 3
"""Microseconds: the kernel's stamps are right to about 10 of them."""
_WITHOUT_DECIMALS_MS: Final = 10_000
"""From here on decimals would only be noise."""


def decimals_for(best_s: float | None) -> int:
    """Decimals of a millisecond that the whole table shows, 1 to 3, when its best time is this.

    One number for all cells, so that the decimal points stand in line.
    """
    if best_s is None or best_s >= 1e-3:
        return 1
    return 2 if best_s >= 1e-4 else DECIMALS_MAX


def milliseconds(seconds: float | None, decimals: int) -> str:
    """Seconds as milliseconds, right-aligned text: `23.1`, `0.045`, `<0.001`, `12345  `, `·`.

    Long times lose their decimals, and blanks keep the place of the point.
    """
    if seconds is None:
        return ABSENT
    value_ms = seconds * 1e3
    if value_ms >= _WITHOUT_DECIMALS_MS:
        return f"{value_ms:.0f}" + " " * (decimals + 1)
    smallest_ms = 10.0**-DECIMALS_MAX
    if decimals == DECIMALS_MAX and 0 < value_ms < smallest_ms / 2:
        return f"<{smallest_ms:.{DECIMALS_MAX}f}"
    return f"{value_ms:.{decimals}f}"


def signed_milliseconds(seconds: float | None, decimals: int) -> str:
    """A difference in seconds as milliseconds with its sign: `+23.1`, `-0.045`, `0.0`, `·`."""
    if seconds is None:
        return ABSENT
    value_ms = seconds * 1e3
    if abs(value_ms) >= _WITHOUT_DECIMALS_MS:
        return f"{value_ms:+.0f}" + " " * (decimals + 1)
    text = f"{value_ms:+.{decimals}f}"
    return text[1:] if float(text) == 0 else text


def short_milliseconds(seconds: float | None) -> str:
    """Seconds as milliseconds with about three digits, for prose: `0.045`, `1.93`, `512`."""
    if seconds is None:
        return ABSENT
    value_ms = seconds * 1e3
    for limit, decimals in ((0.1, 3), (10, 2), (1000, 1)):
        if value_ms < limit:
            return milliseconds(seconds, decimals)
    return f"{value_ms:.0f}"


def short_time(seconds: float | None, unit: TimeUnit) -> str:
    """The same in that unit, as fine."""
    if seconds is None or unit is TimeUnit.MS:
        return short_milliseconds(seconds)
    return unit.figure(seconds)


def percent(ratio: float | None) -> str:
    """A ratio of 0 to 1 as `12.5`. Little is not nothing, and nearly all is not all."""
    if ratio is None:
        return ABSENT
    value = ratio * 100
    if 0 < value < 0.05:
        return "<0.1"
    if 99.95 <= value < 100:
        return ">99.9"
    return f"{value:.1f}"


def count(number: int) -> str:
    """A counter in at most six cells: `99999`, then `100k`, `1.2M`."""
    if number < 100_000:
        return str(number)
    if number < 1_000_000:
        return f"{number // 1000}k"
    return f"{number / 1e6:.1f}M"


def elapsed(seconds: float) -> str:
    """A duration as `0:07`, `12:34`, `1:02:03`, `3d 04:05`."""
    minutes, second = divmod(int(max(0.0, seconds)), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d {hour:02d}:{minute:02d}"
    if hours:
        return f"{hour}:{minute:02d}:{second:02d}"
    return f"{minute}:{second:02d}"


def interval(seconds: float) -> str:
    """The time between rounds: `0.1 s`, `1 s`, `2 min`."""
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:.0f} min"
    return f"{seconds:g} s"


def rate(packets_per_s: float) -> str:
    """Packets a second: `12.0`, `0.3`, `150`."""
    return f"{packets_per_s:.1f}" if packets_per_s < 100 else f"{packets_per_s:.0f}"


def plural(number: int, noun: str) -> str:
    """`1 hop`, `2 hops`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def address(value: IPAddress, width: int | None = None) -> str:
    """An address, elided in the middle where it has less than its own room; `hidden` for one that
    is not to be shown."""
    return elided(HIDDEN if value in HIDDEN_ADDRESSES else str(value), width)


def with_elided(words: Iterable[str]) -> frozenset[str]:
    """The words, and all that `elided` may make of them."""
    return frozenset(
        elided(word, width) for word in words for width in range(_ELIDED_LEAST, len(word) + 1)
    ).union(words)


def elided(text: str, width: int | None) -> str:
    """`text` in at most `width` characters, its middle given up: both ends of an address tell."""
    if width is None or len(text) <= width:
        return text
    if width <= 1:
        return ELLIPSIS[:width]
    tail = width // 2
    head = width - 1 - tail
    return text[:head] + ELLIPSIS + text[len(text) - tail :]
