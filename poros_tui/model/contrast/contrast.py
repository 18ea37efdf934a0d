"""Two traces beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from poros_tui.model.contrast.alignment import Pair, aligned, are_alike
from poros_tui.model.contrast.measured import Measured, MeasuredHop
from poros_tui.model.contrast.tests_of_difference import (
    adjusted,
    delay_chance,
    least_chance,
    loss_chance,
    shift,
)
from poros_tui.model.statistics import difference_interval

FAILURE: Final = 0.01
"""Of all tests of one comparison together: a false alarm in every hundredth."""
CONFIDENCE: Final = 0.95
"""Of the intervals that are shown."""


class Kind(StrEnum):
    """What became of a hop."""

    SAME = "same"
    REPLACED = "replaced"
    GAINED = "gained"
    LOST = "lost"
    UNKNOWN = "unknown"
    """In one of the traces, or both, nobody answered there, or nothing is told of it."""


class DelayDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Of the round-trip times of a hop, second less first."""

    first_ms: float
    second_ms: float
    """Medians."""
    shift_ms: float
    interval_ms: tuple[float, float]
    chance: float
    """Of a false alarm, for all tests together; 0 to 1."""
    could_tell: bool
    """Whether there are enough answers for any difference to mean something."""
    is_small: bool
    """Whether it is less than what is asked for, be it real or not."""

    @property
    def is_real(self) -> bool:
        """Whether it is more than chance."""
        return self.chance <= FAILURE

    @property
    def matters(self) -> bool:
        """Whether it is real, and large enough for whoever asks."""
        return self.is_real and not self.is_small


class LossDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Of the losses of a hop."""

    first: tuple[int, int]
    second: tuple[int, int]
    """(lost, decided)."""
    interval: tuple[float, float]
    """Of the second ratio less the first, -1 to 1."""
    chance: float

    @property
    def is_real(self) -> bool:
        """Whether it is more than chance."""
        return self.chance <= FAILURE


class HopContrast(msgspec.Struct, frozen=True, kw_only=True):
    """One place in both paths."""

    kind: Kind
    first: MeasuredHop | None
    second: MeasuredHop | None
    is_destination: bool
    """Whether it is that of both."""
    delay: DelayDifference | None = None
    loss: LossDifference | None = None


class Contrast(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    first: Measured
    second: Measured
    hops: tuple[HopContrast, ...]
    tests: int
    """That were asked at once."""
    least_shift_percent: float
    """Of a median round trip: what is less does not matter."""

    @property
    def destination(self) -> HopContrast | None:
        """Where both reach it; None where one does not."""
        return next((hop for hop in self.hops if hop.is_destination), None)

    @property
    def changed_hops(self) -> tuple[HopContrast, ...]:
        """Those that were gained, lost or replaced."""
        changed = (Kind.GAINED, Kind.LOST, Kind.REPLACED)
        return tuple(hop for hop in self.hops if hop.kind in changed)

    @property
    def knows_all(self) -> bool:
        """Whether all hops up to the destination are told in both."""
        return None not in (self.first.end, self.second.end) and not any(
            hop.kind is Kind.UNKNOWN and None in (hop.first, hop.second) for hop in self.hops
        )

    @property
    def says_anything(self) -> bool:
        """Whether there is a place in both paths at which somebody answered, at least."""
        return bool(self.changed_hops) or any(hop.kind is Kind.SAME for hop in self.hops)

    @property
    def is_different(self) -> bool:
        """Whether anything that matters differs by more than chance."""
        return bool(self.changed_hops) or any(
            (hop.delay is not None and hop.delay.matters)
            or (hop.loss is not None and hop.loss.is_real)
            for hop in self.hops
        )


def contrast(first: Measured, second: Measured, *, least_shift_percent: float = 0.0) -> Contrast:
    """Compare two traces, the older first. A shift of less than so much of the older median may be
    real, and does not matter: of enough round trips any is found."""
    pairs = _pairs(first, second)
    chances: list[float | None] = []
    for pair in pairs:
        chances += [_delay_chance(pair), _loss_chance(pair)]
    asked = sum(chance is not None for chance in chances)
    told = adjusted(chances)
    untold = _untold(pairs, 0, first) | _untold(pairs, 1, second)
    hops = tuple(
        HopContrast(
            kind=Kind.UNKNOWN if place in untold else _kind(pair),
            first=pair[0],
            second=pair[1],
            is_destination=_is_end(pair, first, second),
            delay=_delay(pair, told[2 * place], asked, least_shift_percent),
            loss=_loss(pair, told[2 * place + 1]),
        )
        for place, pair in enumerate(pairs)
    )
    return Contrast(
        first=first, second=second, hops=hops, tests=asked, least_shift_percent=least_shift_percent
    )


def _pairs(first: Measured, second: Measured) -> list[Pair]:
    """The ends stand beside each other, also those of two destinations."""
    end, other_end = first.end, second.end
    if end is None or other_end is None:
        return aligned(first.hops, second.hops)
    before = aligned(_before(first.hops, end), _before(second.hops, other_end))
    return [*before, (end, other_end)]


def _before(hops: Sequence[MeasuredHop], end: MeasuredHop) -> list[MeasuredHop]:
    return [hop for hop in hops if hop.ttl < end.ttl]


def _untold(pairs: Sequence[Pair], side: int, trace: Measured) -> frozenset[int]:
    """Places where this trace has no hop, and may have one that was not told."""
    found: set[int] = set()
    absent: list[int] = []
    before: MeasuredHop | None = None
    for place, pair in enumerate(pairs):
        hop = pair[side]
        if hop is None:
            absent.append(place)
            continue
        if trace.leaves_out(before, hop):
            found.update(absent)
        absent, before = [], hop
    if trace.leaves_out(before, None):
        found.update(absent)
    return frozenset(found)


def _is_end(pair: Pair, first: Measured, second: Measured) -> bool:
    return None not in pair and pair == (first.end, second.end)


def _kind(pair: Pair) -> Kind:
    first, second = pair
    if first is None:
        return Kind.GAINED
    if second is None:
        return Kind.LOST
    if not first.responders or not second.responders:
        return Kind.UNKNOWN
    return Kind.SAME if are_alike(first, second) else Kind.REPLACED


def _delay_chance(pair: Pair) -> float | None:
    first, second = pair
    if first is None or second is None:
        return None
    return delay_chance(first.rtts_ms, second.rtts_ms)


def _loss_chance(pair: Pair) -> float | None:
    first, second = pair
    if first is None or second is None or not (first.lost or second.lost):
        return None  # without a loss there is nothing to tell, and one test less
    return loss_chance((first.lost, first.decided), (second.lost, second.decided))


def _delay(
    pair: Pair, chance: float | None, asked: int, least_shift_percent: float
) -> DelayDifference | None:
    first, second = pair
    if first is None or second is None or chance is None:
        return None
    shifted = shift(first.rtts_ms, second.rtts_ms, CONFIDENCE)
    medians = first.median_ms, second.median_ms
    if shifted is None or medians[0] is None or medians[1] is None:
        return None
    by_ms, interval_ms = shifted
    least = least_chance(len(first.rtts_ms), len(second.rtts_ms))
    return DelayDifference(
        first_ms=medians[0],
        second_ms=medians[1],
        shift_ms=by_ms,
        interval_ms=interval_ms,
        chance=chance,
        could_tell=least * asked <= FAILURE,
        is_small=abs(by_ms) < least_shift_percent / 100 * medians[0],
    )


def _loss(pair: Pair, chance: float | None) -> LossDifference | None:
    first, second = pair
    if first is None or second is None or chance is None:
        return None
    shares = (first.lost, first.decided), (second.lost, second.decided)
    interval = difference_interval(shares[1], shares[0])
    assert interval is not None  # both have decided something, or there is no chance
    return LossDifference(first=shares[0], second=shares[1], interval=interval, chance=chance)
