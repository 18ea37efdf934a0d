"""The characters of the time chart and the heat map, all of them. Pure.

Everything that these panels draw beside letters, digits and plain punctuation is named here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from poros_tui.model.events import EventGroup
from poros_tui.tui.spans import Role, Span

# The plot of the chart

BRAILLE_BLANK: Final = 0x2800
"""U+2800, to which the dots of a cell are added as bits."""
DOT_BITS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""By column in the cell, and by line from the top."""
DOTS_ACROSS: Final = len(DOT_BITS)
DOTS_DOWN: Final = len(DOT_BITS[0])
MEDIAN_SAMPLE: Final = "\N{BRAILLE PATTERN DOTS-25}"
BAND_SAMPLE: Final = "\N{BRAILLE PATTERN DOTS-1358}\N{BRAILLE PATTERN DOTS-1358}"
GRID_LINE: Final = "┈"
MOMENT_LINE: Final = "│"
"""Where the user points at."""


def dots(mask: int) -> str:
    """The character with these dots."""
    return chr(BRAILLE_BLANK + mask)


# Axes

VALUE_AXIS: Final = "│"
VALUE_TICK: Final = "┤"
TIME_AXIS: Final = "─"
TIME_TICK: Final = "┴"
CORNER: Final = "└"
LABEL_TICK: Final = "╵"
MOMENT_MARK: Final = "▲"
MOMENT_MARK_ABOVE: Final = "▼"

# Loss

LOST_ALL: Final = "\N{MULTIPLICATION SIGN}"
LOST_SOME: Final = "▁▂▃▄▅▆▇"
"""By the share that was lost."""
UNSENT: Final = "∅"
SILENT: Final = "·"
"""A hop that never answers: no news."""

# The heat map

SOLID: Final = "█" * 8
"""By level of delay, where colours tell the levels apart."""
SHADED: Final = "░░▒▒▓▓██"
"""By level of delay, where colours do not."""
THINNED: Final = "▓▒░"
"""In place of SOLID where some were lost: little, much, most."""
SHADED_LOST_SOME: Final = "%"
CURSOR: Final = "▸"

# Events

EVENT_MARKS: Final[Mapping[EventGroup, Span]] = {
    EventGroup.NETWORK: ("N", Role.BAD),
    EventGroup.PATH: ("P", Role.ACCENT),
    EventGroup.LOSS: ("L", Role.BAD),
    EventGroup.DELAY: ("D", Role.WARN),
    EventGroup.USER: ("U", Role.DIM),
}
"""The first of these is shown where several fall into one column."""
