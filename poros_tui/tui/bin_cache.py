"""The bins that a panel has drawn, kept as long as nothing in them changes. Pure.

A chart is drawn every second, and all of its columns but the newest are as they were: to ask for
those alone costs a hundredth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from poros_tui.model.bins import EMPTY_BIN, Bin
from poros_tui.model.chronicle import Chronicle
from poros_tui.tui.grid import Grid


class _Kept:
    """The bins of one hop from column `first` of all time on."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.bins: list[Bin] = []
        self.revision = 0


class BinCache:
    """Of one chronicle, in columns of one length at a time."""

    def __init__(self) -> None:
        self._step_s: float | None = None
        self._hops: dict[int, _Kept] = {}

    def keep_only(self, ttls: Iterable[int]) -> None:
        """Forget all other hops."""
        self._hops = {ttl: self._hops[ttl] for ttl in ttls if ttl in self._hops}

    def bins(self, chronicle: Chronicle, ttl: int, grid: Grid, now_s: float) -> Sequence[Bin]:
        """The bins of one hop, a bin for each column."""
        if grid.step_s != self._step_s:
            self._step_s = grid.step_s
            self._hops.clear()
        kept = self._hops.get(ttl)
        end = grid.first + grid.count
        known_end = kept.first + len(kept.bins) if kept is not None else 0
        if kept is None or grid.first < kept.first or grid.first > known_end:
            kept = self._hops[ttl] = _Kept(grid.first)
        # The revision first: what changes between the two is then read once more, and not missed.
        kept.revision, changed_s = chronicle.changed_since(ttl, kept.revision)
        if changed_s < grid.from_s:
            kept.bins.clear()
        else:
            changed = grid.number(min(changed_s, grid.to_s))
            del kept.bins[max(0, changed - kept.first) :]
        if grid.first > kept.first:
            del kept.bins[: grid.first - kept.first]
            kept.first = grid.first
        missing = kept.first + len(kept.bins)
        past_end = max(missing, min(end, grid.number(now_s) + 1))
        if past_end > missing:
            from_s = grid.origin_s + missing * grid.step_s
            to_s = grid.origin_s + past_end * grid.step_s
            kept.bins += chronicle.bins(ttl, from_s, to_s, past_end - missing)
        shown = kept.bins[: grid.count]
        return [*shown, *[EMPTY_BIN] * (grid.count - len(shown))]
