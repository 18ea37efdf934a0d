"""The samples of a hop as a small picture in SVG. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from poros_tui.model.history import Gap, Sample
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.statistics import percentile
from poros_tui.model.time_unit import TimeUnit

_WIDTH: Final = 240
_HEIGHT: Final = 36
_LANE: Final = 6
"""At the bottom, for losses."""
_EDGE: Final = 3
_STEP_MAX: Final = 12
"""Between two samples, so that few of them do not lie far apart."""
_PEAK: Final = 3
"""What is longer than so many times the longest median is cut off: one peak would flatten all."""


def chart_top_s(hops: Sequence[HopSnapshot]) -> float | None:
    """The round trip at the top of the charts of all these hops, in seconds; None where none was
    timed."""
    times_s = [[s for s in hop.history if isinstance(s, float)] for hop in hops]
    medians_s = [percentile(samples, 50) for samples in times_s if samples]
    longest_s = max((max(samples) for samples in times_s if samples), default=None)
    if longest_s is None:
        return None
    return min(longest_s, _PEAK * max(median for median in medians_s if median is not None))


def sample_chart(samples: Sequence[Sample], top_s: float | None) -> str:
    """Oldest at the left, as high as the square root of their share of `top_s`, longer ones as
    rings at the top. A loss is a mark below, and what has no round trip for another reason a
    gap."""
    step = min(_STEP_MAX, (_WIDTH - 2 * _EDGE) / max(1, len(samples) - 1))
    floor = _HEIGHT - _LANE
    shapes: list[str] = []
    runs: list[list[str]] = [[]]
    radius = 2 if step >= 5 else 1.2
    for place, sample in enumerate(samples):
        x = round(_EDGE + place * step, 1)
        if isinstance(sample, float) and top_s:
            share = math.sqrt(min(1.0, sample / top_s))
            y = round(floor - share * (floor - _EDGE), 1)
            runs[-1].append(f"{x} {y}")
            cut = ' class="cut"' if sample > top_s else ""
            shapes.append(f'<circle cx="{x}" cy="{y}" r="{radius}"{cut}/>')
            continue
        runs.append([])
        if sample is Gap.LOST:
            top = _HEIGHT - _LANE + 1
            shapes.append(
                f'<rect class="lost" x="{round(x - 1, 1)}" y="{top}" width="2" height="5"/>'
            )
    lines = "".join(f'<path d="M{" L".join(run)}"/>' for run in runs if len(run) > 1)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="xMinYMid" role="img" '
        f'aria-label="{_words(samples)}">'
        f'<line x1="0" x2="{_WIDTH}" y1="{floor}" y2="{floor}"/>{lines}{"".join(shapes)}</svg>'
    )


def _words(samples: Sequence[Sample]) -> str:
    """For who cannot see it."""
    times_s = [sample for sample in samples if isinstance(sample, float)]
    lost = sum(sample is Gap.LOST for sample in samples)
    span = ""
    if times_s:
        unit = TimeUnit.MS
        span = f", {unit.text(min(times_s))} to {unit.text(max(times_s))}"
    return f"{len(samples)} samples{span}, {lost} lost"
