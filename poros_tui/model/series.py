"""The samples of one hop by time, for charts: a day and more in bounded memory.

Kept are the newest 90,000 samples, each for itself (4 bytes: a day at one a second), and of the
last 30 hours figures in bins of 30 s and 2 min (22 bytes each), which are all that is left of
samples that came faster than one a second, and what long spans are drawn from.
A day at one a second over 30 hops takes 15 MB, and 17 MB with what the watchers keep (`python -m
tests.bench --only chronicle-cost`).

A bin is made of its samples when the one after it is over, and made anew when more becomes known of
them, as by an answer after its time-out: samples are kept for 2 min at the least, and answers are
known for 90 s at the most.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise
from typing import Final, NamedTuple

from poros_tui.model.bin_tier import BinTier
from poros_tui.model.bins import EMPTY_BIN, Bin, Columns, Figures, figures_of, merged
from poros_tui.model.history import Sample
from poros_tui.model.sample_code import PENDING, code_of, seconds
from poros_tui.model.sample_store import TICKS_PER_S, SampleStore

SAMPLES_MAX: Final = 90_000
KEPT_S: Final = 30 * 3600
FINE_STEP_S: Final = 30
COARSE_STEP_S: Final = 120
"""A whole number of fine ones. Days are a whole number of coarse ones."""

_EXACT_S: Final = COARSE_STEP_S
_EXACT_SAMPLES: Final = 240
"""Spans longer than this are not made of single samples but of bins, where there are some."""
_SETTLED_AFTER: Final = 120 * TICKS_PER_S
"""Ticks: nothing can become of a probe any more that was sent so long ago (see `sample_store`)."""
_SETTLED_STEP: Final = FINE_STEP_S * TICKS_PER_S
_SETTLED_BINS: Final = 16
"""Of the newest bins of each length, so many may be made of what was not settled."""
_CHANGES_KEPT: Final = 64
_ENOUGH_BINS: Final = 10
_EDGE: Final = 1e-3
"""Ticks: what is this near to the edge of a bin is there, whatever the last bits of floats say."""


class SeriesPiece(NamedTuple):
    """What was measured of one hop in some time, to be kept in a file."""

    end: int
    """The tick at which the next piece begins."""
    ticks: Sequence[int]
    codes: Sequence[int]
    """Each sample: when, and what."""
    runs: Sequence[tuple[int, Columns]]
    """For each length of bins: the index of the first, and their figures."""


class HopSeries:
    """Samples in the order of sending; outcomes may come in any order."""

    def __init__(self, origin_s: float = 0.0, samples_max: int = SAMPLES_MAX) -> None:
        """Bins begin at whole multiples of their length after `origin_s`. At least `samples_max`
        samples are kept (4 bytes each), but none older than KEPT_S."""
        self._origin_s = origin_s
        self._samples_max = samples_max
        self._store = SampleStore()
        self._tiers = tuple(
            BinTier(step_s * TICKS_PER_S, KEPT_S // step_s)
            for step_s in (FINE_STEP_S, COARSE_STEP_S)
        )
        self._is_empty = True
        self._whole_from = 0
        """The tick from which on all samples are kept, at the edge of a bin; 0: all there were."""
        self._stale: set[tuple[int, int]] = set()
        """Bins whose samples have changed since: tier and index."""
        self._revision = 0
        self._changes: deque[tuple[int, int]] = deque()
        """What was changed: revision and tick, both ascending; an earlier tick that is changed
        later hides those after it."""
        self._unknown_before = 0
        """Revisions before this one have been forgotten."""

    # Written

    def open(self, number: int, at_s: float) -> None:
        """Probe `number`, the newest, was sent at `at_s`."""
        self._open_at(number, self._tick(at_s), PENDING)

    def _open_at(self, number: int, tick: int, code: int) -> None:
        tick = self._store.add(number, tick, code)
        if self._is_empty:
            self._is_empty = False
            for tier in self._tiers:
                tier.restart(tick // tier.step)
        self._close_bins(tick)
        self._drop_old(tick)
        self._note_change(tick)

    def fill(self, number: int, sample: Sample) -> None:
        """What became of probe `number`; nothing where that is no longer kept."""
        tick = self._store.put(number, code_of(sample))
        if tick is None:
            return
        for level, tier in enumerate(self._tiers):
            index = tick // tier.step
            if tier.first <= index < tier.end and tick >= self._whole_from:
                self._stale.add((level, index))
        self._note_change(tick)

    def _tick(self, at_s: float) -> int:
        return round((at_s - self._origin_s) * TICKS_PER_S)

    def _close_bins(self, tick: int) -> None:
        """Make the bins whose next one is over too, and the empty ones of a pause."""
        for tier in self._tiers:
            end = tick // tier.step - 1
            if end - tier.end > KEPT_S * TICKS_PER_S // tier.step:
                tier.restart(end)
            for index in range(tier.end, end):
                tier.append(self._made(index * tier.step, tier.step))

    def _made(self, start: int, step: int) -> Figures:
        return figures_of(self._store.codes(start, start + step))

    def _drop_old(self, tick: int) -> None:
        store, coarse = self._store, self._tiers[-1]
        oldest_tick = tick - KEPT_S * TICKS_PER_S
        while (len(store) > self._samples_max or store.oldest_end < oldest_tick) and (
            store.oldest_end < coarse.end * coarse.step
        ):
            self._make_stale_anew()
            self._whole_from = (store.oldest_end // coarse.step + 1) * coarse.step
            store.drop_oldest()

    def _make_stale_anew(self) -> None:
        for level, index in self._stale:
            tier = self._tiers[level]
            if tier.first <= index < tier.end:
                tier.put(index, self._made(index * tier.step, tier.step))
        self._stale.clear()

    def _note_change(self, tick: int) -> None:
        self._revision += 1
        changes = self._changes
        second = tick - tick % TICKS_PER_S
        while changes and changes[-1][1] >= second:
            changes.pop()
        changes.append((self._revision, second))
        if len(changes) > _CHANGES_KEPT:
            self._unknown_before = changes.popleft()[0]

    # Kept in files, piece by piece

    def settled(self, from_tick: int) -> SeriesPiece:
        """What will not change any more, from that tick on (0: from the beginning)."""
        self._make_stale_anew()
        newest = self._store.newest_end if len(self._store) else 0
        end = max(from_tick, (newest - _SETTLED_AFTER) // _SETTLED_STEP * _SETTLED_STEP)
        ticks, codes = self._store.between(max(from_tick, self._whole_from), end)
        runs = []
        for tier in self._tiers:
            first = max(tier.first, -(-from_tick // tier.step))
            stop = max(first, min(tier.end, end // tier.step))
            runs.append((first, tier.between(first, stop)))
        return SeriesPiece(end, ticks, codes, runs)

    def unsettled(self, from_tick: int) -> tuple[list[int], list[int], list[int]]:
        """The rest: numbers of the probes, ticks and codes."""
        return self._store.since(from_tick)

    def resume(
        self,
        pieces: Iterable[SeriesPiece],
        unsettled: tuple[Sequence[int], Sequence[int], Sequence[int]],
    ) -> None:
        """Become what was kept so. Call on a new one."""
        for piece in pieces:
            self._is_empty = False
            self._store.extend(piece.ticks, piece.codes)
            for tier, (first, columns) in zip(self._tiers, piece.runs, strict=True):
                if columns[0]:
                    tier.extend(first, columns)
            if len(self._store):
                self._drop_old(self._store.newest_end)
        for number, tick, code in zip(*unsettled, strict=True):
            self._open_at(number, tick, code)
        # Bins that were closed on the way were made of what was not decided then.
        self._stale.update(
            (level, index)
            for level, tier in enumerate(self._tiers)
            for index in range(max(tier.first, tier.end - _SETTLED_BINS), tier.end)
        )
        self.renew(0)

    def renew(self, beyond: int) -> None:
        """Nothing that was read at revision `beyond` or before is true any more."""
        self._revision = self._unknown_before = max(self._revision, beyond) + 1
        self._changes.clear()

    # Read

    @property
    def revision(self) -> int:
        """Grows with every change."""
        return self._revision

    def changed_since(self, revision: int) -> tuple[int, float]:
        """The revision that the series has now, and the time from which on it may differ from
        what it was at `revision`; infinity where nothing has changed."""
        if revision < self._unknown_before:
            return self._revision, -math.inf
        for changed_at, tick in self._changes:
            if changed_at > revision:
                return self._revision, self._origin_s + tick / TICKS_PER_S
        return self._revision, math.inf

    def bins(self, from_s: float, to_s: float, count: int) -> tuple[Bin, ...]:
        """The span in `count` equal parts, oldest first.

        Counts, the least and the most are exact. So are percentiles of up to 2 min with up to 240
        samples that are still kept; others are put together from bins (see `bins.merged`).
        """
        self._make_stale_anew()
        edges = [
            math.ceil(
                (from_s + (to_s - from_s) * part / count - self._origin_s) * TICKS_PER_S - _EDGE
            )
            for part in range(count + 1)
        ]
        return tuple(self._bin(start, end) for start, end in pairwise(edges))

    def _bin(self, start: int, end: int) -> Bin:
        if start >= end:
            return EMPTY_BIN
        if start >= self._whole_from and end - start <= _EXACT_S * TICKS_PER_S:
            codes = self._store.codes(start, end)
            if len(codes) <= _EXACT_SAMPLES:
                return figures_of(codes).as_bin()
        fine = self._tiers[0]
        if end <= self._whole_from and end - start < fine.step:
            index = (start + end) // 2 // fine.step
            is_kept = fine.first <= index < fine.end
            return fine.figures(index).as_bin(FINE_STEP_S) if is_kept else EMPTY_BIN
        for tier in reversed(self._tiers):
            if start % tier.step == 0 == end % tier.step:
                first, stop = start // tier.step, end // tier.step
                if tier.first <= first and stop <= tier.end:
                    return merged(tier.between(first, stop)).as_bin()
        parts: list[Columns] = []
        codes = []
        self._gather(start, end, len(self._tiers) - 1, parts, codes)
        return merged(_together(parts), codes).as_bin()

    def _gather(
        self, start: int, end: int, level: int, parts: list[Columns], codes: list[int]
    ) -> None:
        """What a span is made of: as many coarse bins as lie in it, finer ones at both ends."""
        if start >= end:
            return
        if level < 0:
            self._gather_samples(start, end, parts, codes)
            return
        tier = self._tiers[level]
        first = max(-(-start // tier.step), tier.first)
        stop = min(end // tier.step, tier.end)
        if first >= stop:
            self._gather(start, end, level - 1, parts, codes)
            return
        self._gather(start, first * tier.step, level - 1, parts, codes)
        parts.append(tier.between(first, stop))
        self._gather(stop * tier.step, end, level - 1, parts, codes)

    def _gather_samples(self, start: int, end: int, parts: list[Columns], codes: list[int]) -> None:
        fine = self._tiers[0]
        if start < self._whole_from:
            # The rest of a bin whose samples are gone: it is where its middle is.
            half = fine.step // 2
            first = max(fine.first, -(-(start - half) // fine.step))
            before = min(end, self._whole_from)
            stop = min(fine.end, -(-(before - half) // fine.step))
            if first < stop:
                parts.append(fine.between(first, stop))
        codes += self._store.codes(max(start, self._whole_from), end)

    @property
    def own_best_s(self) -> float | None:
        """What is usual of the hop at its best: the 10th percentile of its medians over all that
        is kept, those of 2 min, of 30 s while these are few, of samples at the beginning. Neither
        one lucky answer decides it, nor a rise that lasts. None where nothing was answered."""
        self._make_stale_anew()
        for tier in reversed(self._tiers):
            medians = tier.medians()
            if len(medians) >= _ENOUGH_BINS:
                return seconds(figures_of(medians).low)
        newest = self._store.codes(self._whole_from, 1 << 62)
        return seconds(figures_of(newest).low)


def _together(parts: list[Columns]) -> Columns:
    """All bins of several runs as one."""
    if len(parts) == 1:
        return parts[0]
    columns = zip(*parts, strict=True) if parts else ((),) * len(Figures._fields)
    return [list(chain.from_iterable(column)) for column in columns]
