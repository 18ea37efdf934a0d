"""The panel with all that is said of the path, and why. Pure."""

from __future__ import annotations

import textwrap
from typing import Final

from poros_tui.model.privacy import redacted
from poros_tui.model.verdict.statement import Segment, Statement, Weight
from poros_tui.model.verdict.telling import told
from poros_tui.tui.panels.panel import Panel
from poros_tui.tui.scene import Scene
from poros_tui.tui.spans import Line, Role

SIGNS: Final = {
    Weight.FINE: ("✓", Role.GOOD),
    Weight.NOTE: ("·", Role.ACCENT),
    Weight.TROUBLE: ("!", Role.BAD),
    Weight.UNKNOWN: ("?", Role.WARN),
}
_INDENT: Final = 2


def statements(scene: Scene) -> tuple[Statement, ...]:
    """What can be said now."""
    view = scene.view
    if view.session is None:
        return ()
    return told(view.hops(), view.session, scene.chronicle, scene.now_s, scene.unit)


class VerdictPanel(Panel):
    """Statement after statement, each with its numbers."""

    def lines(self, scene: Scene, width: int, height: int) -> list[Line]:
        """A paragraph for each, and below where trouble lies."""
        lines: list[Line] = [[("Verdict", Role.HEADING), ("  rules: see the help (?)", Role.DIM)]]
        said = statements(scene)
        private = scene.private
        if not said:
            lines.append([("nothing can be said yet", Role.DIM)])
        for statement in said:
            sign, role = SIGNS[statement.weight]
            words = redacted(statement.words, private)  # before an address is cut in two
            first, *rest = textwrap.wrap(words, max(10, width - _INDENT))
            lines.append([(f"{sign} ", role), (first, Role.TEXT)])
            lines += [[(" " * _INDENT + text, Role.TEXT)] for text in rest]
        return [*lines, *_segments(said, width)]


def _segments(said: tuple[Statement, ...], width: int) -> list[Line]:
    """One line that shows whose part of the path is in trouble."""
    troubled = {s.segment for s in said if s.segment is not None and s.weight is Weight.TROUBLE}
    line: Line = [("  ", Role.TEXT)]
    for segment in Segment:
        if len(line) > 1:
            line.append((" ─ ", Role.FAINT))
        is_bad = segment in troubled
        line.append((f"! {segment}" if is_bad else str(segment), Role.BAD if is_bad else Role.DIM))
    return [[], line] if said and troubled else []
