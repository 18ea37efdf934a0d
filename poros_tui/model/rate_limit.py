"""A limit on the answers of a hop, as far as it is known. A value."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor, log10, sqrt

import msgspec


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """A token bucket: it holds `burst` answers, and so many a second come back into it."""

    per_second: float | None
    """Answers a second: the roundest number between the bounds, for people set round ones. None
    where the bounds are far apart."""
    per_second_interval: tuple[float, float | None]
    """Between which it lies with 95 % or more; 0 where it may be as slow as anything, None where
    it may be as fast as anything."""
    burst: int | None
    """Answers to probes that come at once: the likeliest number, None where no number is likelier
    than all others together, or several routers have a bucket each."""
    burst_interval: tuple[int, int | None] | None
    """Between which it lies with 95 % or more, the second None where it may be as large as
    anything; None where several routers have a bucket each."""
    limited: int
    """Probes that were not answered because of it, by estimate."""
    probes: int
    """Among how many that it was estimated for."""
    confidence: float
    """0 to 1, at least 0.999: that these losses are no chance. Of hops whose answers are lost by
    chance or in outages, fewer than the rest to 1 are ever taken for limited."""
    routers: int = 1
    """How many share the hop, and the figures."""

    def words(self) -> str:
        """One clause, such as `about 1 a second (0.97 to 1.01), burst 6; 14 of 30 probes not
        answered because of it, confidence 99.9 %`."""
        parts = [self._rate_words(), self._burst_words()]
        bucket = ", ".join(part for part in parts if part)
        together = f", {self.routers} routers together" if self.routers > 1 else ""
        return (
            f"{bucket or 'how fast is not known'}{together}; {self.limited} of {self.probes} "
            f"{'probe' if self.probes == 1 else 'probes'} not answered because of it, "
            f"confidence {self.confidence_words()} %"
        )

    def confidence_words(self) -> str:
        """In percent, never more than is known: `99.9`, `99.99`, `>99.99`."""
        percent = 100 * self.confidence
        if percent >= 99.995:
            return ">99.99"
        return f"{floor(100 * percent) / 100:.2f}".removesuffix("0")

    def _rate_words(self) -> str:
        least, most = self.per_second_interval
        if most is None:
            return f"at least {_rounded(least, floor)} a second" if least else ""
        if not least:
            return f"at most {_rounded(most, ceil)} a second"
        bounds = f"{_rounded(least, floor)} to {_rounded(most, ceil)}"
        if self.per_second is None:
            return f"{bounds} a second"
        return f"about {self.per_second:g} a second ({bounds})"

    def _burst_words(self) -> str:
        if self.burst_interval is None:
            return ""
        least, most = self.burst_interval
        if most is None:
            return f"burst at least {least}" if least > 1 else ""
        if self.burst is None:
            return f"burst {least} to {most}"
        return f"burst {self.burst}" if least == most else f"burst {self.burst} ({least} to {most})"


def _rounded(value: float, towards: Callable[[float], int]) -> str:
    """With three digits, to that side."""
    unit = 10.0 ** (floor(log10(value)) - 2)
    # What is a whole number of units but for the rounding of floats is one.
    return f"{towards(round(value / unit, 6)) * unit:.3g}"


def roundest(least: float, most: float) -> float:
    """The number between the two, both above 0, that is a multiple of the highest power of ten; of
    several the one nearest to their middle."""
    middle = sqrt(least * most)
    highest = floor(log10(most))
    for power in range(highest, highest - 6, -1):
        unit = 10.0**power
        rounded = round(middle / unit) * unit
        for near in (rounded, rounded + unit, rounded - unit):
            if least <= near <= most:
                return float(f"{near:.6g}")
    return middle
