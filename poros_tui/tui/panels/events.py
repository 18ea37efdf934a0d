"""The panel with the log of what happened. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from poros_tui.model.events import Event, EventGroup
from poros_tui.tui.event_lines import event_lines, local_time
from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role

SHOWN_MAX: Final = 500
"""Events that are shown, the newest: nobody scrolls farther, and each costs time to draw."""
_THIS_HOP: Final = "this hop"
_ORDER: Final = (None, *EventGroup, _THIS_HOP)


class EventsPanel(Panel):
    """The newest first. It can be narrowed to one group of kinds, or to the hop under the
    cursor."""

    commands: Mapping[str, str] = {"filter": "show the next group of events alone"}

    def __init__(self) -> None:
        self._only: str | None = None
        self._drawn: tuple[object, list[Line]] = (None, [])
        """What the lines were made from, and the lines: most seconds nothing has happened."""

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """A heading, then a line or more for each event, and one where a day begins."""
        chronicle = scene.chronicle
        ttl = scene.cursor_ttl if self._only == _THIS_HOP else None
        today = local_time(chronicle.wall_s(scene.now_s)).date()
        key = (
            chronicle.event_count,
            self._only,
            ttl,
            width,
            today,
            scene.view.private_hops,
            scene.unit,
        )
        if self._drawn[0] != key:
            events = [event for event in chronicle.events() if self._shows(event, ttl)]
            self._drawn = (
                key,
                [
                    self._heading(ttl, len(events)),
                    *(
                        _event_lines(events[: -SHOWN_MAX - 1 : -1], scene, width)
                        if events
                        else [[(self._nothing(ttl), Role.DIM)]]
                    ),
                ],
            )
        return self._drawn[1]

    def _shows(self, event: Event, ttl: int | None) -> bool:
        if self._only is None:
            return True
        if self._only == _THIS_HOP:
            return ttl is not None and event.concerns(ttl)
        return event.group == self._only

    def _nothing(self, ttl: int | None) -> str:
        if self._only is None:
            return "nothing has happened yet"
        if self._only == _THIS_HOP:
            return f"nothing has happened at {f'hop {ttl}' if ttl is not None else _THIS_HOP} yet"
        return f"nothing of this kind ({self._only}) has happened yet"

    def _heading(self, ttl: int | None, events: int) -> Line:
        what = f"hop {ttl}" if ttl is not None else self._only
        line: Line = [(f"Events: {what}" if what else "Events", Role.HEADING)]
        if events > SHOWN_MAX:
            line.append((f"  the newest {SHOWN_MAX} of {events}", Role.DIM))
        elif events:
            line.append((f"  {events}, newest first", Role.DIM))
        return line

    def do(self, command: str, scene: Scene) -> str:
        """`filter`: the next group, then those of the hop under the cursor, then all again."""
        self._only = _ORDER[(_ORDER.index(self._only) + 1) % len(_ORDER)]
        return f"events: {self._only}" if self._only is not None else "all events"


def _event_lines(newest_first: list[Event], scene: Scene, width: int) -> list[Line]:
    lines: list[Line] = []
    day = local_time(scene.chronicle.wall_s(scene.now_s)).date()
    for event in scene.shown(newest_first):
        wall_s = scene.chronicle.wall_s(event.at_s)
        own_day = local_time(wall_s).date()
        if own_day != day:
            day = own_day
            lines.append([(f"{day:%A, %d %B %Y}", Role.DIM)])
        lines += event_lines(event, wall_s, width)
    return lines
