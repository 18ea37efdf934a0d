"""Something changed: wakes everybody who waits for it, as often as it happens."""

from __future__ import annotations

import trio


class Pulse:
    """An event that can happen again and again. Look at `next` first, then at the state, and
    only then wait: nothing that happens in between is missed."""

    def __init__(self) -> None:
        self.next = trio.Event()
        """Set at the next beat."""

    def beat(self) -> None:
        """Wake all who wait."""
        self.next.set()
        self.next = trio.Event()
