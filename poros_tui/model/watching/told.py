"""What a detector tells: an event but for when it was noticed."""

from __future__ import annotations

import msgspec

from poros_tui.model.events import Event, EventKind
from poros_tui.model.watching.rounds import Sight


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened in a round."""

    kind: EventKind
    sight: Sight
    """The first probe that shows it."""
    words: str
    """One clause with its numbers, without time and hop."""
    ttl: int | None = None
    """The hop it is about, None where it is about none."""
    shift_s: tuple[float, float] | None = None
    """As that of `Event`."""

    def event(self, noticed_at_s: float) -> Event:
        """For the log, told at this time of the session's clock."""
        return Event(
            kind=self.kind,
            ttl=self.ttl,
            at_s=self.sight.at_s,
            round=self.sight.round,
            words=self.words,
            shift_s=self.shift_s,
            noticed_at_s=noticed_at_s,
        )
