"""The samples of a hop out of a file, put together when somebody looks at them: those of a day take
15 ms, and of 30 hops half a second, while mostly the charts of one or two are looked at."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import DecodeError

from poros_tui.model.bins import Bin
from poros_tui.model.history import Sample
from poros_tui.model.series import HopSeries, SeriesPiece
from poros_tui.record.graph import Unreadable

Resume = Callable[[HopSeries], None]
"""Makes an empty one what it was."""


class DeferredSeries(HopSeries):
    """As if it were there. What comes meanwhile waits."""

    def __init__(self, origin_s: float, samples_max: int, resume: Resume) -> None:
        super().__init__(origin_s, samples_max)
        self._resume: Resume | None = resume
        self._waiting: list[tuple[int, float | None, Sample | None]] = []
        """Number of a probe, and when it was sent, or what became of it."""
        self._beyond = 0

    def _wake(self) -> None:
        if self._resume is None:
            return
        resume, self._resume = self._resume, None
        waiting, self._waiting = self._waiting, []
        try:
            resume(self)
        except (Unreadable, DecodeError, ValueError, OverflowError, LookupError, TypeError):
            # Damaged, or made up: then it begins with what comes now.
            super().__init__(self._origin_s, self._samples_max)
        for number, at_s, sample in waiting:
            if at_s is not None:
                super().open(number, at_s)
            elif sample is not None:
                super().fill(number, sample)
        super().renew(self._beyond)

    @property
    def revision(self) -> int:
        """As of any; nobody has looked at one that is not there yet."""
        return max(self._beyond, super().revision)

    def open(self, number: int, at_s: float) -> None:
        """Probe `number`, the newest, was sent at `at_s`."""
        if self._resume is None:
            super().open(number, at_s)
        else:
            self._waiting.append((number, at_s, None))

    def fill(self, number: int, sample: Sample) -> None:
        """What became of probe `number`."""
        if self._resume is None:
            super().fill(number, sample)
        else:
            self._waiting.append((number, None, sample))

    def renew(self, beyond: int) -> None:
        """Nothing that was read at revision `beyond` or before is true any more."""
        if self._resume is None:
            super().renew(beyond)
        else:
            self._beyond = max(self._beyond, beyond)

    def settled(self, from_tick: int) -> SeriesPiece:
        """What will not change any more, from that tick on."""
        self._wake()
        return super().settled(from_tick)

    def unsettled(self, from_tick: int) -> tuple[list[int], list[int], list[int]]:
        """The rest."""
        self._wake()
        return super().unsettled(from_tick)

    def changed_since(self, revision: int) -> tuple[int, float]:
        """The revision that the series has now, and from when on it may differ."""
        self._wake()
        return super().changed_since(revision)

    def bins(self, from_s: float, to_s: float, count: int) -> tuple[Bin, ...]:
        """The span in `count` equal parts, oldest first."""
        self._wake()
        return super().bins(from_s, to_s, count)

    @property
    def own_best_s(self) -> float | None:
        """What is usual of the hop at its best."""
        self._wake()
        return super().own_best_s
