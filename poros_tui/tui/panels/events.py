"""The panel with the log of what happened. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from poros_tui.model.events import Event, EventGroup
from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role

_ROLES: Final = {
    EventGroup.PATH: Role.WARN,
    EventGroup.LOSS: Role.BAD,
    EventGroup.DELAY: Role.WARN,
    EventGroup.NETWORK: Role.BAD,
    EventGroup.USER: Role.DIM,
}


class EventsPanel(Panel):
    """The newest first. It can be narrowed to one group of kinds."""

    commands: Mapping[str, str] = {"filter": "show the next group of events alone"}

    def __init__(self) -> None:
        self._group: EventGroup | None = None

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """A heading, then a line or more for each event."""
        events = [event for event in scene.chronicle.events() if self._shows(event)]
        what = f"Events: {self._group}" if self._group is not None else "Events"
        lines: list[Line] = [[(what, Role.HEADING), ("  newest first", Role.DIM)]]
        if not events:
            lines.append([("nothing has happened yet", Role.DIM)])
        for event in reversed(events):
            lines += _event_lines(event, scene, width)
        return lines

    def _shows(self, event: Event) -> bool:
        return self._group is None or event.group is self._group

    def do(self, command: str, scene: Scene) -> str:
        """`filter`: the next group, or all again."""
        order: list[EventGroup | None] = [None, *EventGroup]
        self._group = order[(order.index(self._group) + 1) % len(order)]
        return f"events: {self._group}" if self._group is not None else "all events"


def _event_lines(event: Event, scene: Scene, width: int) -> list[Line]:
    wall_s = scene.chronicle.wall_s(event.at_s)
    time = datetime.fromtimestamp(wall_s).astimezone().strftime("%H:%M:%S")
    where = f"hop {event.ttl} " if event.ttl is not None else ""
    indent = len(time) + 1
    first, *rest = textwrap.wrap(f"{where}{event.kind}: {event.words}", max(10, width - indent))
    role = _ROLES[event.group]
    return [
        [(time + " ", Role.DIM), (first, role)],
        *([(" " * indent + text, role)] for text in rest),
    ]
