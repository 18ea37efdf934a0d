"""What a watcher is, and the one that notes what the user does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol as TypingProtocol

from poros_tui.model.events import Event, EventKind
from poros_tui.model.session import Message, SessionState, SessionStatus


class Watcher(TypingProtocol):
    """Looks at what a session does, and tells what happened."""

    def take(self, message: Message, now_s: float) -> Iterable[Event]:
        """What `message`, which came at `now_s`, shows to have happened. It is asked at every
        message, and nearly always has nothing to tell."""


class UserWatcher:
    """Notes changes that the user made: they explain what figures do afterwards."""

    def __init__(self) -> None:
        self._status: SessionStatus | None = None

    def take(self, message: Message, now_s: float) -> Iterable[Event]:
        """What the user has changed since the last status."""
        if not isinstance(message, SessionStatus):
            return ()
        before, self._status = self._status, message
        if before is None:
            return ()
        return [
            Event(kind=kind, at_s=now_s, words=words, round=message.round)
            for kind, words in _changes(before, message)
        ]


def _changes(before: SessionStatus, now: SessionStatus) -> Iterator[tuple[EventKind, str]]:
    is_other_way = now.way is not None and now.way != before.way
    if is_other_way and now.way is not None:
        yield EventKind.PROTOCOL_CHANGED, f"probing with {now.way.words()}"
    elif now.generation > before.generation:
        yield EventKind.RESET, "statistics forgotten"
    if now.mode is not before.mode:
        yield EventKind.MODE_CHANGED, f"from {before.mode} to {now.mode}"
    if now.interval_s != before.interval_s:
        words = f"a round every {now.interval_s:g} s instead of {before.interval_s:g} s"
        yield EventKind.INTERVAL_CHANGED, words
    if now.baseline is not None and now.baseline != before.baseline:
        yield EventKind.BASELINE_SET, "figures are compared to those until now"
    elif now.baseline is None and before.baseline is not None:
        yield EventKind.BASELINE_CLEARED, "figures are compared no longer"
    was_paused, is_paused = (status.state is SessionState.PAUSED for status in (before, now))
    if is_paused and not was_paused:
        yield EventKind.PAUSED, "nothing is sent"
    if was_paused and now.state is SessionState.RUNNING:
        yield EventKind.RESUMED, "sending again"
