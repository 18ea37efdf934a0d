"""The graph of all paths as the lines of a panel. Pure."""

from __future__ import annotations

import textwrap

from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.multipath_words import graph_lines
from poros_tui.tui.spans import Line, Role


def path_lines(graph: MultipathGraph, width: int) -> list[Line]:
    """What the report says too, in `width` cells: long lines go on below."""
    room = max(20, width)
    return [
        [(part, Role.TEXT)]
        for line in graph_lines(graph)
        for part in textwrap.wrap(line, room, drop_whitespace=False, break_on_hyphens=False)
    ]
