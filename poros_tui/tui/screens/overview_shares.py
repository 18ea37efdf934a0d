"""What the overview does to leave something behind: copies, files, and what they leave out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from poros_tui.model.privacy import HIDDEN, path_untold, redacted, without_home
from poros_tui.model.session import PathSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.formatting import plural
from poros_tui.tui.overview_privacy import words_of_sessions, words_of_targets
from poros_tui.tui.overview_report import overview_report
from poros_tui.tui.overview_rows import TargetLine
from poros_tui.tui.roster import Entry
from poros_tui.tui.screens.export import OF_OVERVIEW, Choice
from poros_tui.tui.screens.writing import Writing
from poros_tui.tui.sharing import ExportKind, KnownSession, WriteSessions

Paths = Mapping[int, PathSnapshot]
"""All that is known of the targets that have begun, by their numbers."""
AskPaths = Callable[[Callable[[Paths], None]], None]
"""Has them asked for, and its argument called with them a little later."""


class OverviewSharing(Writing):
    """The part of the overview that copies and exports."""

    _ask_paths: AskPaths
    _write_sessions: WriteSessions

    def shown_lines(self) -> Sequence[TargetLine]:
        """As they are shown, from top to bottom."""
        raise NotImplementedError

    def cursor_line(self) -> TargetLine | None:
        """The one under the cursor."""
        raise NotImplementedError

    @property
    def unit(self) -> TimeUnit:
        """In which round trips are shown."""
        raise NotImplementedError

    def entries(self) -> Sequence[Entry]:
        """All targets as they are known."""
        raise NotImplementedError

    @property
    def hidden_hops(self) -> int:
        """Of how many the addresses may not leave."""
        raise NotImplementedError

    def key_of(self, name: str) -> str:
        """The key of an action as the user knows it."""
        raise NotImplementedError

    def choices(self) -> Sequence[Choice]:
        """What can be written."""
        return OF_OVERVIEW

    def refusal(self) -> str:
        """The targets are known from the beginning."""
        return ""

    def private(self) -> frozenset[str]:
        """Of the first hops of each, and one's own addresses."""
        return words_of_targets((entry.snapshot for entry in self.entries()), self.hidden_hops)

    def target_name(self) -> str:
        """How many there are: no name of a file holds them all."""
        return plural(len(self.entries()), "target")

    def action_copy_address(self) -> None:
        """The address of the target under the cursor, to the terminal's clipboard (OSC 52)."""
        line = self.cursor_line()
        address = line.address if line is not None else None
        if address is None:
            self.say("no address is known of this target")
        elif address == HIDDEN:
            self.say(f"this address is {HIDDEN} ({self.key_of('hide-hops')} shows it)")
        else:
            self.app.copy_to_clipboard(address)
            self.say(f"copied {address}, if this terminal permits it (OSC 52)")

    def action_copy_table(self, kind: str) -> None:
        """The overview as text or Markdown, to the terminal's clipboard."""
        lines = self.shown_lines()
        self.app.copy_to_clipboard(self._table(ExportKind(kind)))
        targets = plural(len(lines), "target")
        self.say(f"copied {targets} as {kind}, if this terminal permits it (OSC 52)")

    def _table(self, kind: ExportKind) -> str:
        return overview_report(self.shown_lines(), kind, self.private(), self.unit)

    def export(self, kind: ExportKind) -> None:
        """Write a file of this kind."""
        if kind is ExportKind.JSON:
            self._ask_paths(self._write_paths)
        else:
            self.write(kind, self.picture() if kind is ExportKind.SVG else self._table(kind))

    def _write_paths(self, paths: Paths) -> None:
        near = self.hidden_hops
        sessions = [
            _known_session(entry, paths.get(entry.number), near) for entry in self.entries()
        ]
        words = self.private() | words_of_sessions(sessions, near)
        self.write(ExportKind.JSON, redacted(self._write_sessions(sessions), words))


def _known_session(entry: Entry, path: PathSnapshot | None, near: int) -> KnownSession:
    snapshot = entry.snapshot
    if snapshot.identity is None or path is None:
        problem = snapshot.problem
        if problem and snapshot.advice:
            problem = f"{problem}; {snapshot.advice}"
        return KnownSession(name=entry.name, problem=problem or "nothing is known of it yet")
    way = path.session.status.way
    return KnownSession(
        name=entry.name,
        identity=without_home(
            snapshot.identity if way is None else snapshot.identity.by(way), near
        ),
        path=path_untold(path, near),
        chronicle=snapshot.chronicle,
    )
