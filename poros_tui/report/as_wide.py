"""A finished trace as the text report with all its figures, as wide as they need."""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.report.as_text import to_text
from poros_tui.report.columns import FIGURES, with_networks, with_places
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun


def render(runs: Sequence[FinishedRun], _layout: Layout) -> str:
    """One report after the other, an empty line between them. It has its own columns."""
    return "\n\n".join(to_text(run, columns=_columns(run)) for run in runs)


def _columns(run: FinishedRun) -> tuple[str, ...]:
    return with_places(with_networks(FIGURES, run.path.hops), run.path.hops)
