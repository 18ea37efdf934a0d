"""A place in a round's plan, and what became of it. Values only."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Slot(NamedTuple):
    """One query to one TTL."""

    ttl: int
    query: int


class SlotState(Enum):
    """From the moment a slot is handed out."""

    HANDED = "handed to a sender"
    SENT = "sent"
    ANSWERED = "answered"
    SILENT = "silent"
    FAILED = "not sent"
    BEYOND = "beyond the end of the path"

    @property
    def is_decided(self) -> bool:
        """Whether nobody waits for it any more."""
        return self not in (SlotState.HANDED, SlotState.SENT)
