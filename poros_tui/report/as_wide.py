"""A finished trace as the text report with all its figures, as wide as they need."""

from __future__ import annotations

from collections.abc import Sequence

from poros_tui.report.as_text import to_text
from poros_tui.report.columns import FIGURES, with_networks
from poros_tui.report.layout import Layout
from poros_tui.report.run import FinishedRun


def render(runs: Sequence[FinishedRun], _layout: Layout) -> str:
    """One report after the other, an empty line between them. It has its own columns."""
    return "\n\n".join(to_text(run, columns=with_networks(FIGURES, run.path.hops)) for run in runs)
