"""What the trace screen does to leave something behind: copies, files, and what they leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.privacy import HIDDEN, HIDDEN_ADDRESSES, redacted
from poros_tui.model.session import PathSnapshot
from poros_tui.tui.formatting import plural
from poros_tui.tui.screens.export import OF_TRACE, Choice
from poros_tui.tui.screens.writing import Writing
from poros_tui.tui.sharing import ExportKind


class Sharing(Writing):
    """The part of the trace screen that copies and exports."""

    _shown_keys: Mapping[str, str]
    """What a key is called on the screen, by the name of what it does."""

    def shown_path(self) -> PathSnapshot | None:
        """The path as it is known; None before anything is."""
        raise NotImplementedError

    def written(self, kind: ExportKind, path: PathSnapshot) -> str:
        """The text of a kind of export."""
        raise NotImplementedError

    def cursor_hop(self) -> HopSnapshot | None:
        """The hop under the cursor, as it may be shown."""
        raise NotImplementedError

    def action_copy_address(self) -> None:
        """The address of the hop under the cursor, to the terminal's clipboard (OSC 52)."""
        hop = self.cursor_hop()
        responder = hop.responder if hop is not None else None
        if hop is None or responder is None:
            self.say("nobody has answered at this hop")
        elif responder.address in HIDDEN_ADDRESSES:
            self.say(f"this hop is {HIDDEN} ({self._shown_keys['hide-hops']} shows it)")
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
        keeps_columns = kind is ExportKind.TEXT
        text = self.written(kind, path)
        return redacted(text, self.private(), keeps_columns=keeps_columns, has_prose=True)

    def choices(self) -> Sequence[Choice]:
        """What can be written."""
        return OF_TRACE

    def refusal(self) -> str:
        """Why nothing can be written yet."""
        return "" if self.shown_path() is not None else "nothing is known of the path yet"

    def export(self, kind: ExportKind) -> None:
        """Write a file of this kind."""
        path = self.shown_path()
        if path is not None:
            is_picture = kind is ExportKind.SVG
            self.write(kind, self.picture() if is_picture else self._redacted(kind, path))
