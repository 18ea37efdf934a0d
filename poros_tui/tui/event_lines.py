"""Events as lines of text. Pure."""

from __future__ import annotations

import textwrap
from datetime import datetime
from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.events import GROUPS, Event, EventGroup, EventKind
from poros_tui.tui.spans import Line, Role

TIME_WIDTH: Final = 9
"""`12:34:56` and a blank."""
_HOP_WIDTH: Final = 8
"""`hop 255` and a blank."""
_WORDS_MAX: Final = 400
_WORDS_LEAST: Final = 24
"""Cells below which they go without the column for hops."""
_GROUP_ROLES: Final = {
    EventGroup.PATH: Role.WARN,
    EventGroup.LOSS: Role.BAD,
    EventGroup.DELAY: Role.WARN,
    EventGroup.NETWORK: Role.BAD,
    EventGroup.USER: Role.DIM,
}
_GOOD: Final = frozenset((EventKind.LOSS_ENDED, EventKind.REACHABLE_AGAIN, EventKind.NETWORK_UP))


def event_role(kind: EventKind) -> Role:
    """Its colour, in a list and on an axis."""
    return Role.GOOD if kind in _GOOD else _GROUP_ROLES[GROUPS[kind]]


def local_time(wall_s: float) -> datetime:
    """Seconds since 1970 as the time of this place."""
    return datetime.fromtimestamp(wall_s).astimezone()


def event_lines(event: Event, wall_s: float, width: int, *, with_hop: bool = True) -> list[Line]:
    """Time of day, hop, kind and words in `width` cells, on as many lines as it needs. `wall_s` is
    the time of the event in seconds since 1970."""
    time = f"{local_time(wall_s):%H:%M:%S} "
    hop = ""
    if with_hop and width - TIME_WIDTH - _HOP_WIDTH >= _WORDS_LEAST:
        hop = (f"hop {event.ttl}" if event.ttl is not None else "").ljust(_HOP_WIDTH)
    elif with_hop and event.ttl is not None:
        hop = f"hop {event.ttl} "
    indent = TIME_WIDTH + len(hop)
    text = f"{event.kind}: {clean(event.words, _WORDS_MAX)}"
    first, *rest = textwrap.wrap(text, max(10, width - indent), break_on_hyphens=False)
    kind, words = first[: len(event.kind)], first[len(event.kind) :]
    return [
        [(time, Role.DIM), (hop, Role.STRONG), (kind, event_role(event.kind)), (words, Role.TEXT)],
        *([(" " * indent + part, Role.TEXT)] for part in rest),
    ]
