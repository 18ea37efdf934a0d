"""The line of tabs: the overview and one for each target, as many as fit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from poros_tui.tui.formatting import elided
from poros_tui.tui.roster import Entry
from poros_tui.tui.spans import Line, Role, line_width

OVERVIEW_TAB: Final = "overview"
_NAME_WIDTH: Final = 22
"""A longer name is elided: others want to be seen too."""
_TROUBLE_SIGN: Final = "!"

Places = tuple[tuple[int, int, int | None], ...]
"""First cell, cell after the last, and the number of the target; None: the overview."""


def tab_line(
    entries: Sequence[Entry], shown: int | None, width: int, private_hops: int = 0
) -> tuple[Line, Places]:
    """The tabs, that of the target `shown` (None: the overview) among them, and which cells belong
    to which. Where there are more than fit, the line shows those around it and says how many are
    left out at either side. Of `private_hops` hops from here no address is shown."""
    tabs: list[tuple[int | None, str]] = [(None, OVERVIEW_TAB)]
    tabs += [
        (entry.number, _label(entry, place, private_hops)) for place, entry in enumerate(entries, 1)
    ]
    chosen = next((place for place, (number, _) in enumerate(tabs) if number == shown), 0)
    first, last = _window([len(label) + 3 for _, label in tabs], chosen, width - 10)
    line: Line = [(" ", Role.TEXT)]
    places = []
    for place in (0, *range(first, last + 1)):
        if place == first > 1:
            line.append((f"<{first - 1} ", Role.DIM))
        number, label = tabs[place]
        start = line_width(line)
        if place == chosen:
            line += [("[", Role.ACCENT), (label, Role.ACCENT), ("] ", Role.ACCENT)]
        else:
            role = Role.BAD if label.endswith(_TROUBLE_SIGN) else Role.DIM
            line += [(" ", Role.TEXT), (label, role), ("  ", Role.TEXT)]
        places.append((start, line_width(line) - 1, number))
    if last < len(tabs) - 1:
        line.append((f"{len(tabs) - 1 - last}>", Role.DIM))
    return line, tuple(places)


def _label(entry: Entry, place: int, private_hops: int) -> str:
    name = elided(entry.shown_name(private_hops), _NAME_WIDTH)
    return f"{place} {name}{_TROUBLE_SIGN if entry.snapshot.problem else ''}"


def _window(widths: Sequence[int], chosen: int, room: int) -> tuple[int, int]:
    """The first and the last tab that are shown: from the first one on if the chosen one is among
    them then. The overview is always shown, and not counted."""
    first = last = max(1, chosen)
    used = widths[0] + widths[first]
    while first > 1 and used + widths[first - 1] <= room:
        first -= 1
        used += widths[first]
    while last + 1 < len(widths) and used + widths[last + 1] <= room:
        last += 1
        used += widths[last]
    return first, last
