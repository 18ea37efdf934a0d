"""What the trace screen does to leave something behind: copies, files, and what they leave out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.privacy import HIDDEN, HIDDEN_ADDRESSES, redacted
from poros_tui.model.session import PathSnapshot
from poros_tui.tui.formatting import plural
from poros_tui.tui.screens.export import ExportScreen
from poros_tui.tui.sharing import ExportKind, save, without_remote_fonts
from poros_tui.tui.terminal_diff import FrugalScreen


class Sharing(FrugalScreen):
    """The part of the trace screen that copies and exports."""

    def shown_path(self) -> PathSnapshot | None:
        """The path as it is known; None before anything is."""
        raise NotImplementedError

    def written(self, kind: ExportKind, path: PathSnapshot) -> str:
        """The text of a kind of export."""
        raise NotImplementedError

    def cursor_hop(self) -> HopSnapshot | None:
        """The hop under the cursor, as it may be shown."""
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

    def action_copy_address(self) -> None:
        """The address of the hop under the cursor, to the terminal's clipboard (OSC 52)."""
        hop = self.cursor_hop()
        responder = hop.responder if hop is not None else None
        if hop is None or responder is None:
            self.say("nobody has answered at this hop")
        elif responder.address in HIDDEN_ADDRESSES:
            self.say(f"this hop is {HIDDEN} (H shows it)")
        else:
            self.app.copy_to_clipboard(str(responder.address))
            self.say(f"copied {responder.address}, if this terminal permits it (OSC 52)")

    def action_copy_table(self, kind: str) -> None:
        """The table as text or Markdown, to the terminal's clipboard."""
        path = self.shown_path()
        if path is None:
            self.say("nothing is known of the path yet")
            return
        text = self._redacted(ExportKind(kind), path)
        self.app.copy_to_clipboard(text)
        hops = plural(len(path.hops), "hop")
        self.say(f"copied {hops} as {kind}, if this terminal permits it (OSC 52)")

    def _redacted(self, kind: ExportKind, path: PathSnapshot) -> str:
        keeps_columns = kind is not ExportKind.JSON
        return redacted(self.written(kind, path), self.private(), keeps_columns=keeps_columns)

    def action_export(self) -> None:
        """Ask what to write, and write it."""
        if self.shown_path() is None:
            self.say("nothing is known of the path yet")
            return
        choice = ExportScreen(str(Path.cwd()), self.image, self.look)
        self.app.push_screen(choice, lambda _result: self._chosen(choice.chosen))

    def _chosen(self, kind: ExportKind | None) -> None:
        if kind is not None:
            # A picture is taken of this screen, once it is drawn again.
            self.call_after_refresh(self._export, kind)

    def _export(self, kind: ExportKind) -> None:
        path = self.shown_path()
        if path is None:
            return
        if kind is ExportKind.SVG:
            title = redacted(f"poros-tui {self.target_name()}", self.private())
            text = redacted(
                without_remote_fonts(self.app.export_screenshot(title=title)),
                self.private(),
                keeps_columns=True,
            )
        else:
            text = self._redacted(kind, path)
        try:
            made = save(text, Path.cwd(), self.target_name(), self.now(), kind)
        except OSError as error:
            self.say(f"cannot write here: {(error.strerror or 'error').lower()}")
            return
        self.say(f"written: {made.name}")
