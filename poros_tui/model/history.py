"""The last samples of one hop, in the order they were sent, with gaps for what never came."""

from __future__ import annotations

from collections import deque
from enum import Enum
from typing import Final

HISTORY_LENGTH: Final = 240
"""Samples kept for each hop: four minutes at one a second, and wider than any sparkline."""


class Gap(Enum):
    """A place in the history that holds no round-trip time."""

    PENDING = "pending"
    """Sent, not yet decided."""
    LOST = "lost"
    SEND_ERROR = "send error"
    """It never left this machine."""
    UNTIMED = "untimed"
    """Answered, but the clock was stepped in between."""


Sample = float | Gap
"""A round-trip time in seconds, or why there is none."""


class SampleHistory:
    """A bounded list of samples. Outcomes may come in any order; places are by sending."""

    def __init__(self, length: int = HISTORY_LENGTH) -> None:
        self._numbers: deque[int] = deque(maxlen=length)
        self._samples: deque[Sample] = deque(maxlen=length)

    def open(self, number: int) -> None:
        """Make a place for probe `number`, the newest."""
        self._numbers.append(number)
        self._samples.append(Gap.PENDING)

    def fill(self, number: int, sample: Sample) -> None:
        """Put the sample of probe `number` in its place; nothing if that has scrolled away."""
        # Outcomes are nearly always of a recent probe: look from the newest end.
        for back in range(1, len(self._numbers) + 1):
            if self._numbers[-back] == number:
                self._samples[-back] = sample
                return

    def newest(self, count: int) -> tuple[Sample, ...]:
        """At most `count` samples, oldest first."""
        samples = tuple(self._samples)
        return samples[-count:] if count < len(samples) else samples

    def __len__(self) -> int:
        return len(self._samples)
