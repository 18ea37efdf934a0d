"""A widget that shows lines made elsewhere, and refreshes only those that changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from poros_tui.tui.palette import DARK, Palette
from poros_tui.tui.spans import Line, Span, line_width


def painted(line: Iterable[Span], palette: Palette, *, under_cursor: bool = False) -> Strip:
    """The line in colour."""
    spans = list(line)
    segments = [
        Segment(palette.text(text), palette.style(role, under_cursor=under_cursor))
        for text, role in spans
    ]
    return Strip(segments, line_width(spans))


class LineView(Widget):
    """Lines of text from the top, without scrolling."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()
        self._palette: Palette = DARK

    @property
    def lines(self) -> Sequence[Line]:
        """What is shown."""
        return self._lines

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines from now on."""
        before, self._lines = self._lines, lines
        for y in range(max(len(before), len(lines))):
            if before[y : y + 1] != lines[y : y + 1]:
                self.refresh(Region(0, y, self.size.width, 1))

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        self._palette = palette
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Textual's Line API."""
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, self._palette.blank)
        strip = painted(self._lines[y], self._palette)
        return strip.adjust_cell_length(width, self._palette.blank)
