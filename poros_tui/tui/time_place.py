"""A time in a recording as a user types it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from poros_tui.errors import UsageError
from poros_tui.model.clean import clean

_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?")
_AFTER: Final = re.compile(r"@(?:(\d+):)?(\d{1,3}):(\d{2}(?:\.\d+)?)")
_STEP: Final = re.compile(r"([+-])(\d+(?:\.\d+)?)([smhd]?)")
_PERCENT: Final = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")
_UNITS_S: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_ADVICE: Final = "give 14:05, 14:05:30, 2026-11-26 14:05, +10m, -30s, @1:30:00 or 50%"
_SHOWN_MAX: Final = 40


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded, and which time of it is played, in seconds on a clock that runs evenly."""

    begins_at_s: float
    ends_at_s: float
    now_s: float
    wall_s: Callable[[float], float]
    """Such a time in seconds since 1970: that clock may have been set meanwhile."""
    session_s: Callable[[float], float]
    """The other way round."""
    local: Callable[[float], datetime]
    """What time of day that is where the user is."""


def parse_time(typed: str, span: Span) -> float:
    """The time that is meant. A time of day is the first of that kind after the beginning.

    Raises:
        UsageError: it is no time, or none that was recorded.
    """
    text = typed.strip()
    found = _parsed(text, span)
    if found is None:
        raise UsageError(f"'{clean(text, _SHOWN_MAX)}' is no time", _ADVICE)
    # Whole seconds are typed, and the recording may begin within one.
    if not span.begins_at_s - 1 <= found <= span.ends_at_s + 1:
        first, last = (span.local(span.wall_s(at)) for at in (span.begins_at_s, span.ends_at_s))
        days = first.date() != last.date()
        pattern = "%d %b %H:%M:%S" if days else "%H:%M:%S"
        raise UsageError(
            f"'{clean(text, _SHOWN_MAX)}' is not recorded",
            f"the recording goes from {first:{pattern}} to {last:{pattern}}",
        )
    return max(span.begins_at_s, min(span.ends_at_s, found))


def _parsed(text: str, span: Span) -> float | None:
    if (match := _STEP.fullmatch(text)) is not None:
        sign, number, unit = match.groups()
        by_s = float(number) * _UNITS_S[unit]
        at_s = span.now_s + (by_s if sign == "+" else -by_s)
        return max(span.begins_at_s, min(span.ends_at_s, at_s))
    if (match := _PERCENT.fullmatch(text)) is not None:
        share = float(match[1]) / 100
        return span.begins_at_s + share * (span.ends_at_s - span.begins_at_s)
    if (match := _AFTER.fullmatch(text)) is not None:
        hours, minutes, seconds = match.groups()
        return span.begins_at_s + int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds)
    begin = span.local(span.wall_s(span.begins_at_s))
    if (match := _CLOCK.fullmatch(text)) is not None:
        wall_s = _time_of_day(match, begin)
        return None if wall_s is None else span.session_s(wall_s)
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            at = at.replace(tzinfo=begin.tzinfo)
        return span.session_s(at.timestamp())
    except (ValueError, OverflowError):
        return None


def _time_of_day(match: re.Match[str], begin: datetime) -> float | None:
    hours, minutes, seconds = int(match[1]), int(match[2]), float(match[3] or 0)
    if hours > 23 or minutes > 59 or seconds >= 60:
        return None
    at = begin.replace(
        hour=hours, minute=minutes, second=int(seconds), microsecond=int(seconds % 1 * 1e6)
    )
    if at.timestamp() < begin.timestamp() - 1:
        at += timedelta(days=1)
    return at.timestamp()
