"""Which kind of file to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingsMap

from poros_tui.tui.palette import Palette
from poros_tui.tui.sharing import ExportKind
from poros_tui.tui.spans import Line, Role
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage
from poros_tui.tui.widgets.line_view import LineView

Choice = tuple[str, ExportKind, str]
"""The key, what it writes, and that in words."""

OF_TRACE: Final[Sequence[Choice]] = (
    ("t", ExportKind.TEXT, "the table as plain text, as wide as it needs"),
    ("m", ExportKind.MARKDOWN, "the table in Markdown"),
    ("j", ExportKind.JSON, "all that is known of the session, as JSON"),
    ("s", ExportKind.SVG, "a picture of the screen, as SVG"),
)
OF_OVERVIEW: Final[Sequence[Choice]] = (
    ("t", ExportKind.TEXT, "the table as plain text, as wide as it needs"),
    ("m", ExportKind.MARKDOWN, "the table in Markdown"),
    ("c", ExportKind.CSV, "the table as CSV, for a spreadsheet"),
    ("j", ExportKind.JSON, "all that is known of every session, as JSON"),
    ("s", ExportKind.SVG, "a picture of the screen, as SVG"),
)


class ExportScreen(FrugalScreen):
    """A key for each kind; Escape goes back."""

    BINDINGS = [Binding("escape,q,w", "give_up", "Close", show=False)]

    def __init__(
        self, choices: Sequence[Choice], folder: str, image: TerminalImage, palette: Palette
    ) -> None:
        super().__init__(image)
        self._choices = choices
        keys = [
            Binding(key, f"choose('{kind}')", kind.value, show=False) for key, kind, _ in choices
        ]
        self._bindings = BindingsMap.merge([BindingsMap(keys), self._bindings])
        self.chosen: ExportKind | None = None
        """None where the user went back."""
        self._lines = LineView(id="export")
        self._folder = folder
        self.paint(palette)

    def compose(self) -> ComposeResult:
        """The choice."""
        yield self._lines

    def on_mount(self) -> None:
        """Say what each key writes, and where to."""
        lines: list[Line] = [
            [(" Write to a new file in ", Role.TEXT), (self._folder, Role.STRONG)],
            [],
            *(
                [("   ", Role.TEXT), (key, Role.ACCENT), (f"  {words}", Role.TEXT)]
                for key, _kind, words in self._choices
            ),
            [],
            [(" Esc", Role.ACCENT), (" back", Role.DIM)],
        ]
        self._lines.styles.height = len(lines)
        self._lines.show(lines)

    def paint(self, palette: Palette) -> None:
        """Use these colours from now on."""
        super().paint(palette)
        self._lines.paint(palette)

    def action_choose(self, kind: str) -> None:
        """Take this kind."""
        self.chosen = ExportKind(kind)
        self.dismiss()

    def action_give_up(self) -> None:
        """Write nothing."""
        self.dismiss()
