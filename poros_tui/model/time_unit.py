"""In which unit round-trip times are written."""

from __future__ import annotations

from enum import StrEnum


class TimeUnit(StrEnum):
    """One for all that is shown of a session."""

    MS = "ms"
    US = "us"
    S = "s"

    @property
    def sign(self) -> str:
        """Behind a figure."""
        return "µs" if self is TimeUnit.US else self.value

    @property
    def words(self) -> str:
        """Above the columns."""
        return {"ms": "milliseconds", "us": "microseconds", "s": "seconds"}[self.value]

    @property
    def per_second(self) -> float:
        """So many are a second."""
        return {"ms": 1e3, "us": 1e6, "s": 1.0}[self.value]

    @property
    def decimals_more(self) -> int:
        """Than milliseconds have, to be as fine."""
        return {"ms": 0, "us": -3, "s": 3}[self.value]

    def fixed(self, seconds: float, decimals: int, *, sign: str = "") -> str:
        """As fine as milliseconds with so many decimals. `sign` is that of format strings."""
        shown = max(0, decimals + self.decimals_more)
        return f"{seconds * self.per_second:{sign}.{shown}f}"

    def figure(self, seconds: float) -> str:
        """As fine as milliseconds with about three digits: `0.045`, `1.93`, `97.9`, `512`."""
        value_ms = seconds * 1e3
        decimals = 3 if value_ms < 0.1 else 2 if value_ms < 10 else 1 if value_ms < 1000 else 0
        return self.fixed(seconds, decimals)

    def text(self, seconds: float) -> str:
        """The figure with its unit: `97.9 ms`."""
        return f"{self.figure(seconds)} {self.sign}"

    def rounded(self, seconds: float) -> str:
        """A round number as it is, without zeros behind it: `0.5`, `500`, `0.0005`."""
        text = f"{seconds * self.per_second:.9f}"
        return text.rstrip("0").rstrip(".")

    def shift(self, before_s: float, after_s: float) -> str:
        """What a time was and is: `14.2 → 21.7 ms`."""
        return f"{self.fixed(before_s, 1)} → {self.fixed(after_s, 1)} {self.sign}"
