"""A target that the user has added and that the engine has not told of yet. Pure."""

from __future__ import annotations

from poros_tui.tui.roster import Entry, Roster


class Awaited:
    """The one that was added last, until there is something to see of it."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._newest: int | None = None
        """The highest number that there was; None while nothing is awaited."""
        self._shown: int | None = None
        """What was looked at."""

    def expect(self, shown: int | None) -> None:
        """The user adds one while he looks at this one; None: at the overview."""
        self._newest, self._shown = max(self._roster.numbers, default=-1), shown

    def drop(self, number: int) -> None:
        """This target is gone, or came to nothing."""
        if self._newest is not None and number > self._newest:
            self._newest = None

    def come(self, shown: int | None) -> Entry | None:
        """It, once there is something to see of it, and if the user has not looked at anything
        else since; `shown` is what he looks at now."""
        newest = self._newest
        if newest is None:
            return None
        if shown != self._shown:
            self._newest = None
            return None
        for entry in self._roster.entries:
            if entry.number > newest and entry.identity is not None:
                self._newest = None
                return entry
        return None
