"""What a screen does to leave a file behind: which kind, what is left out, and how it went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from poros_tui.model.privacy import redacted
from poros_tui.tui.formatting import with_elided
from poros_tui.tui.screens.export import Choice, ExportScreen
from poros_tui.tui.sharing import ExportKind, save, without_remote_fonts
from poros_tui.tui.terminal_diff import FrugalScreen


class Writing(FrugalScreen):
    """The part of a screen that writes files."""

    def choices(self) -> Sequence[Choice]:
        """What can be written."""
        raise NotImplementedError

    def refusal(self) -> str:
        """Why nothing can be written yet; empty where something can."""
        raise NotImplementedError

    def export(self, kind: ExportKind) -> None:
        """Make the text of a kind, and `write` it."""
        raise NotImplementedError

    def private(self) -> frozenset[str]:
        """Words that may not leave."""
        raise NotImplementedError

    def target_name(self) -> str:
        """For the name of a file."""
        raise NotImplementedError

    def now(self) -> datetime:
        """For the name of a file."""
        raise NotImplementedError

    def say(self, notice: str) -> None:
        """Tell the user."""
        raise NotImplementedError

    def action_export(self) -> None:
        """Ask what to write, and write it."""
        refusal = self.refusal()
        if refusal:
            self.say(refusal)
            return
        choice = ExportScreen(self.choices(), str(Path.cwd()), self.image, self.look)
        self.app.push_screen(choice, lambda _result: self._chosen(choice.chosen))

    def _chosen(self, kind: ExportKind | None) -> None:
        if kind is not None:
            # A picture is taken of this screen, once it is drawn again.
            self.call_after_refresh(self.export, kind)

    def picture(self) -> str:
        """This screen as SVG, without what may not leave."""
        private = with_elided(self.private())
        title = redacted(f"poros-tui {self.target_name()}", private)
        picture = without_remote_fonts(self.app.export_screenshot(title=title))
        return redacted(picture, private, keeps_columns=True)

    def write(self, kind: ExportKind, text: str) -> None:
        """To a new file here, and say how it went."""
        try:
            made = save(text, Path.cwd(), self.target_name(), self.now(), kind)
        except OSError as error:
            self.say(f"cannot write here: {(error.strerror or 'error').lower()}")
            return
        self.say(f"written: {made.name}")
