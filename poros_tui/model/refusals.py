"""What a hop has counted as answers before it was known to be the destination's."""

from __future__ import annotations

from collections import deque
from typing import Final

from poros_tui.model.history import HISTORY_LENGTH
from poros_tui.model.probe import Reply


class Refusals:
    """Probes of which somebody said that they cannot be delivered."""

    def __init__(self) -> None:
        self.count = 0
        self.late = 0
        """Of `count`: those told after the timeout."""
        self.untimed = 0
        """Of `count`: those without a round-trip time."""
        self.numbers: Final[deque[int]] = deque(maxlen=HISTORY_LENGTH)
        """Of the probes whose samples may still be kept."""

    def add(self, reply: Reply) -> None:
        """One more."""
        self.count += 1
        self.late += reply.is_late
        self.untimed += reply.rtt_s is None and not reply.is_ambiguous
        self.numbers.append(reply.probe.number)
