"""The targets as the screen knows them, in the order they were named. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.privacy import redacted
from poros_tui.model.session import SessionState, TraceIdentity
from poros_tui.model.targets import TargetSnapshot

NAME_MAX: Final = 253
"""Characters of a name that are shown: as long as a name of the DNS may be (RFC 1035)."""


class Entry(msgspec.Struct):
    """One target."""

    snapshot: TargetSnapshot
    """The newest."""
    named_at_s: float
    """When it was heard of, on the screen's clock."""
    was_reached: bool = False
    """Whether its destination answered at some time."""

    @property
    def number(self) -> int:
        """Its own, never that of another."""
        return self.snapshot.number

    @property
    def name(self) -> str:
        """For the user."""
        return self.snapshot.name

    def shown_name(self, private_hops: int) -> str:
        """The same as it may be shown: without the address of a destination that is one of the
        first `private_hops` hops."""
        name, end, identity = clean(self.name, NAME_MAX), self.snapshot.end, self.identity
        if identity is None or end is None or not end.is_destination or end.ttl > private_hops:
            return name
        return redacted(name, frozenset({str(identity.destination)}))

    @property
    def identity(self) -> TraceIdentity | None:
        """How it is traced now; None until its address is known."""
        identity, session = self.snapshot.identity, self.snapshot.session
        if identity is None or session is None or session.status.way is None:
            return identity
        return identity.by(session.status.way)

    @property
    def state(self) -> SessionState:
        """What its session does."""
        session = self.snapshot.session
        return session.status.state if session is not None else SessionState.STARTING


class Roster:
    """All targets by their number."""

    def __init__(self, snapshots: Iterable[TargetSnapshot], now_s: float) -> None:
        self._entries: dict[int, Entry] = {}
        for snapshot in snapshots:
            self.take(snapshot, now_s)

    def take(self, snapshot: TargetSnapshot, now_s: float) -> None:
        """What is new of a target, which may be new itself."""
        entry = self._entries.get(snapshot.number)
        if entry is None:
            entry = self._entries[snapshot.number] = Entry(snapshot, now_s)
            in_order = sorted(self._entries.values(), key=lambda each: each.snapshot.place)
            self._entries = {each.number: each for each in in_order}
        elif snapshot.identity is not None or entry.snapshot.identity is None:
            entry.snapshot = snapshot  # else it is from before what was known from the beginning
        session = snapshot.session
        if session is not None and session.distance is not None:
            entry.was_reached = True

    def drop(self, number: int) -> Entry | None:
        """Forget one; returns it if it was here."""
        return self._entries.pop(number, None)

    def get(self, number: int) -> Entry | None:
        """One of them, None where it is not here."""
        return self._entries.get(number)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All in order."""
        return tuple(self._entries.values())

    @property
    def numbers(self) -> tuple[int, ...]:
        """The same, their numbers."""
        return tuple(self._entries)

    @property
    def are_several(self) -> bool:
        """Whether there is more than one."""
        return len(self._entries) > 1
