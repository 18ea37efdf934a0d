"""A time in which the destination lost more than usual, or was not reached: from the log of events.
Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from poros_tui.model.bins import Bin
from poros_tui.model.events import Event, EventKind
from poros_tui.model.statistics import wilson_interval
from poros_tui.model.verdict.words import percent, span

DECIDED_LEAST: Final = 10
"""Probes to the destination below which nothing is claimed of its loss: 0 of 10 still leaves up to
28 % open."""
FELT_LOSS: Final = 0.01
"""From here on loss is trouble and not only worth a note: calls and TCP feel 1 %."""
_ENDS: Final = {
    EventKind.LOSS_BEGAN: EventKind.LOSS_ENDED,
    EventKind.UNREACHABLE: EventKind.REACHABLE_AGAIN,
}


class Spell(msgspec.Struct, frozen=True, kw_only=True):
    """A burst of losses, or an outage."""

    began: Event
    ended: Event | None
    """None while it goes on."""
    began_words: str
    """When, as people read it."""
    ended_words: str = ""
    since: Bin | None = None
    """The destination's probes since it ended, or since it began while it goes on; None where they
    are not kept."""

    @property
    def is_outage(self) -> bool:
        """Whether the destination was not reached at all."""
        return self.began.kind is EventKind.UNREACHABLE

    @property
    def is_open_outage(self) -> bool:
        """Whether it is not reached now: of that there is a statement of its own."""
        return self.is_outage and self.ended is None

    @property
    def since_s(self) -> float:
        """When the time of `since` began, on the session's clock."""
        return (self.ended or self.began).at_s

    @property
    def since_words(self) -> str:
        """The same, as people read it."""
        return self.ended_words if self.ended is not None else self.began_words

    @property
    def loss_since(self) -> tuple[int, int] | None:
        """Lost and decided of these probes; None with too few for any claim."""
        if self.since is None or self.since.decided < DECIDED_LEAST:
            return None
        return self.since.lost, self.since.decided

    @property
    def is_past(self) -> bool:
        """It is over, and what was lost since then is no trouble."""
        if self.ended is None or self.loss_since is None:
            return False
        least, _ = wilson_interval(*self.loss_since) or (0.0, 1.0)
        return least < FELT_LOSS

    @property
    def words(self) -> str:
        """A sentence for behind that about all loss."""
        if self.ended is not None:
            place = f" at hop {self.began.ttl}" if self.began.ttl is not None else ""
            what = "It was not reached" if self.is_outage else f"The last burst{place} went"
            when = f"from {self.began_words} to {self.ended_words}"
            return f" {what} {when}, {self.ended.words}.{self._words_since()}"
        if self.is_outage:
            return f" It has not been reached since {self.began_words}."
        place = f" at hop {self.began.ttl}" if self.began.ttl is not None else ""
        going_on = f" A burst goes on that began at {self.began_words}{place}"
        if self.since is None or not self.since.decided:
            return f"{going_on}."
        lost, decided = self.since.lost, self.since.decided
        return (
            f"{going_on}: {lost} of {decided} since then, "
            f"{span(*(wilson_interval(lost, decided) or (0.0, 1.0)))}."
        )

    def _words_since(self) -> str:
        if self.loss_since is None:
            return ""
        lost, decided = self.loss_since
        return f" Since then {lost or 'none'} of {decided} {'is' if lost == 1 else 'are'} lost."

    def short(self, ratio: float) -> str:
        """The figure that counts: of all that was sent `ratio` is lost."""
        if self.ended is not None:
            kind = "outage" if self.is_outage else "burst"
            return f"{percent(ratio)} % lost end to end, last {kind} {self.began_words}"
        if self.is_outage:
            return f"{percent(ratio)} % lost end to end"
        if self.since is not None and self.since.decided:
            ratio = self.since.lost / self.since.decided
        return f"{percent(ratio)} % lost end to end since {self.began_words}"


def newest_spell(events: Sequence[Event]) -> tuple[Event, Event | None] | None:
    """How the newest one began, and how it ended if it has. What goes on counts as newer than what
    is over, and an outage says more than the losses that it is made of."""
    spells = [spell for kind in _ENDS if (spell := _newest(events, kind)) is not None]

    def age(spell: tuple[Event, Event | None]) -> tuple[bool, float, bool]:
        began, ended = spell
        return ended is None, began.at_s, began.kind is EventKind.UNREACHABLE

    return max(spells, key=age, default=None)


def _newest(events: Sequence[Event], kind: EventKind) -> tuple[Event, Event | None] | None:
    ended = None
    for event in reversed(events):
        if event.kind is _ENDS[kind]:
            ended = event
        if event.kind is kind:
            return event, ended
    return None


def open_outage(events: Sequence[Event]) -> Event | None:
    """How the one began that goes on; None while the destination is reached, or never was."""
    newest = _newest(events, EventKind.UNREACHABLE)
    return newest[0] if newest is not None and newest[1] is None else None
