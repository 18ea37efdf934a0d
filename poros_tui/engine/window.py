"""How many probes the adaptive mode dares to have in flight."""

from __future__ import annotations


class AdaptiveWindow:
    """The size of the next batch of probes, 1 to `most`: doubled by answers, halved by silence.

    Kept from round to round, so that a known path is asked in few batches.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.size = 1
        """Probes in the next batch."""

    def grow(self) -> None:
        """Every probe of the last batch was answered."""
        self.size = min(self._most, self.size * 2)

    def shrink(self) -> None:
        """At least one was not."""
        self.size = max(1, self.size // 2)
