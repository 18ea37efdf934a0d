"""Samples as a line of blocks whose gaps are losses. Pure.

All hops share one scale, so that rows can be compared: the height is, unless the user wants
another, the square root of the time, which keeps both a near hop's and a far hop's changes visible
(linear flattens the first, logarithmic the second).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from poros_tui.model.history import Gap, Sample
from poros_tui.model.hop import HopSnapshot
from poros_tui.tui.spans import LEVEL_ROLES, Line, Role, Span
from poros_tui.tui.table_look import HeightScale

BLOCKS: Final = "▁▂▃▄▅▆▇█"
LEVELS: Final = len(BLOCKS)
GAPS: Final[dict[Gap, Span]] = {
    Gap.PENDING: (" ", Role.TEXT),
    Gap.LOST: ("\N{MULTIPLICATION SIGN}", Role.LOST),
    Gap.SEND_ERROR: ("∅", Role.WARN),
    Gap.UNTIMED: ("?", Role.DIM),
}

_STEPS: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_HEADROOM: Final = 1.4
"""The top of the scale lies this much above the slowest hop's average: its ordinary samples stay
in the upper levels, and only unusual ones touch the top."""


def scale_top_s(hops: Iterable[HopSnapshot], before_s: float | None) -> float | None:
    """The round-trip time that fills a cell, a round number; None while nothing answered.

    It never shrinks: a scale that moves makes every cell lie about its neighbours, and writes the
    whole screen anew.
    """
    slowest_s = max((hop.rtt.mean_s for hop in hops if hop.rtt.mean_s is not None), default=None)
    if slowest_s is None:
        return before_s
    top_s = _round_up(slowest_s * _HEADROOM)
    return top_s if before_s is None else max(before_s, top_s)


def _round_up(value: float) -> float:
    if value <= 0:
        return 1e-6
    magnitude = 10.0 ** math.floor(math.log10(value))
    # The tolerance keeps 0.02 from becoming 0.03 for the last bit of a float.
    return next(step * magnitude for step in _STEPS if step * magnitude >= value * (1 - 1e-9))


def level(rtt_s: float, top_s: float, scale: HeightScale = HeightScale.SQRT) -> int:
    """0 to 7. At or above `top_s` it is 7."""
    return min(LEVELS - 1, int(scale.share(rtt_s, top_s) * LEVELS))


def cell(sample: Sample, top_s: float | None, scale: HeightScale = HeightScale.SQRT) -> Span:
    """One sample as one cell."""
    if isinstance(sample, Gap):
        return GAPS[sample]
    if top_s is None:
        return (" ", Role.TEXT)
    height = level(sample, top_s, scale)
    return BLOCKS[height], LEVEL_ROLES[height]


def visible(samples: Sequence[Sample], tried: int, width: int) -> Sequence[Sample]:
    """The samples that a line of `width` cells shows, oldest first.

    `tried` counts all probes of the hop, of which `samples` are the newest. The line fills from
    the left and jumps by a quarter of its width when it is full: a new sample then writes one
    cell and not the whole line, which keeps what goes to the terminal small.
    """
    if width <= 0:
        return ()
    if tried <= width:
        return samples[-width:]
    jump = max(1, width // 4)
    start = math.ceil((tried - width) / jump) * jump
    shown = tried - start
    return samples[-shown:] if shown else ()


def sparkline(
    hop: HopSnapshot,
    width: int,
    top_s: float | None,
    lost_role: Role = Role.LOST,
    scale: HeightScale = HeightScale.SQRT,
) -> Line:
    """The history of one hop in exactly `width` cells, neighbours of one role in one span.

    `lost_role` tells whether its losses matter to anybody.
    """
    line: Line = []
    shown = visible(hop.history, hop.sent + hop.send_errors, width)
    for sample in shown:
        text, role = cell(sample, top_s, scale)
        if sample is Gap.LOST:
            role = lost_role
        if line and line[-1][1] is role:
            line[-1] = (line[-1][0] + text, role)
        else:
            line.append((text, role))
    if len(shown) < width:
        line.append((" " * (width - len(shown)), Role.TEXT))
    return line
