"""Cumulative sums that ask whether a share has become larger (Page, Biometrika 41, 1954, pp.
100-115)."""

from __future__ import annotations

from math import log, sqrt
from typing import Final

import msgspec

USUAL_LEAST: Final = 0.01
DEVIATIONS: Final = 2.0
_MEMORY: Final = 1024
"""Rounds after which the usual counts half."""


class Rates(msgspec.Struct, frozen=True):
    """What a sum decides between: shares that are lost, 0 to 1."""

    usual: float
    burst: float

    def evidence(self, loss: float) -> float:
        """For the burst, of a round that lost this share."""
        return loss * log(self.burst / self.usual) + (1 - loss) * log(
            (1 - self.burst) / (1 - self.usual)
        )


class Usual:
    """What share is lost usually."""

    def __init__(self) -> None:
        self.lost = 0.0
        self.rounds = 0

    def add(self, loss: float) -> None:
        """A round has lost this share."""
        self.lost += loss
        self.rounds += 1
        if self.rounds >= _MEMORY:
            self.lost /= 2
            self.rounds //= 2

    @property
    def bound(self) -> float:
        """The upper end of Wilson's interval."""
        squared, rounds = DEVIATIONS**2, self.rounds
        ratio = self.lost / rounds
        centre = ratio + squared / (2 * rounds)
        spread = DEVIATIONS * sqrt(ratio * (1 - ratio) / rounds + squared / (4 * rounds**2))
        return max(USUAL_LEAST, (centre + spread) / (1 + squared / rounds))


class Sum:
    """One cumulative sum, and where it last was 0."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates
        self.value = self.highest = 0.0
        self.start = 0
        """Index of the first round since."""

    def add(self, loss: float, index: int) -> None:
        """A round has lost this share; `index` is its own, for `start`."""
        if self.value <= 0.0:
            self.start = index
        self.value = max(0.0, self.value + self.rates.evidence(loss))
        self.highest = max(self.highest, self.value)
