"""What is known of one column of a time axis, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from poros_tui.model.bins import Bin
from poros_tui.model.events import Event
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import short_time
from poros_tui.tui.time_axis import WallClock, clock, spell


def when(from_s: float, step_s: float, wall: WallClock) -> str:
    """`20:05:10, 15 s`: when a column begins, and how long it is."""
    return f"{clock(wall(from_s), step_s=step_s)}, {spell(step_s)}"


def figures(one: Bin, unit: TimeUnit = TimeUnit.MS) -> str:
    """The figures of one hop: `97.4 ms, 10-90 % 96.8-99.1, all 96.5-120.0, 1 of 10 lost`."""
    words: list[str] = []
    if one.median_s is not None:
        words.append(f"{short_time(one.median_s, unit)} {unit.sign}")
        if one.least_s != one.most_s:
            if (one.low_s, one.high_s) != (one.least_s, one.most_s):
                words.append(f"10-90 % {_range(one.low_s, one.high_s, unit)}")
            words.append(f"all {_range(one.least_s, one.most_s, unit)}")
    elif one.received:
        words.append("answered, the clock was set")
    if one.lost:
        words.append(f"{one.lost} of {one.decided} lost")
    elif one.received > 1:
        words.append(f"{one.received} answers")
    if one.unsent:
        words.append(f"{one.unsent} not sent")
    if not words:
        return "nothing was asked"
    if one.span_s is not None:
        words.append(f"all that is kept of {spell(one.span_s)}")
    return ", ".join(words)


def _range(low_s: float | None, high_s: float | None, unit: TimeUnit) -> str:
    return f"{short_time(low_s, unit)}-{short_time(high_s, unit)}"


def told(events: Iterable[Event], wall: WallClock, unit: TimeUnit = TimeUnit.MS) -> list[str]:
    """What happened there: `20:05:12 hop 6 delay shifted: from 14.2 to 21.7 ms`."""
    return [
        f"{clock(wall(event.at_s))} {_where(event)}{event.kind}: {event.words_in(unit)}"
        for event in events
    ]


def _where(event: Event) -> str:
    return f"hop {event.ttl} " if event.ttl is not None else ""
