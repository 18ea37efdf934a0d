"""What the panels of the screen may draw from, at one moment. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from poros_tui.model.chronicle import Chronicle
from poros_tui.model.events import Event
from poros_tui.model.privacy import redacted
from poros_tui.model.session import TraceIdentity
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.table_look import Called
from poros_tui.tui.time_window import TimeWindow
from poros_tui.tui.view import TraceView


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One session as the screen knows it."""

    identity: TraceIdentity
    view: TraceView
    chronicle: Chronicle
    cursor_ttl: int | None
    """The hop under the cursor; None while there is no row."""
    now_s: float
    """The present on the session's clock (that of the chronicle)."""
    window: TimeWindow = msgspec.field(default_factory=TimeWindow)
    """Which time the panels with a time axis show. The screen has one for all of them."""
    unit: TimeUnit = TimeUnit.MS
    """Of round-trip times."""
    called: Called = Called.NAME
    """How who answers is called."""
    has_shades_of_colour: bool = True
    """Whether the terminal shows levels as colours; without colour, or with 16, it does not."""

    def shown(self, events: Iterable[Event]) -> list[Event]:
        """As they are to be drawn: with times in the unit that is wanted; and lines may break in
        the middle of an address, so it is left out before."""
        private = self.private
        return [
            event
            if event.shift_s is None and not private
            else msgspec.structs.replace(event, words=redacted(event.words_in(self.unit), private))
            for event in events
        ]

    @property
    def private(self) -> frozenset[str]:
        """Words that may not be read in what is drawn or leaves: of the hops as they are now, and
        of the paths that were there before."""
        near = self.view.private_hops
        if not near:
            return frozenset()
        before = (
            str(address)
            for path in self.chronicle.paths()
            for hop in path.hops
            if hop.ttl <= near
            for address in hop.responders
        )
        return self.view.private.union(before)
