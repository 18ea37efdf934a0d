"""Every path that a session has met, one after the other, with the figures of its own time.

Paths are never blended: what was measured on one is in no figure of another. A change is noticed
some rounds late, so that the newest rounds are kept apart until it is sure where they belong.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from copy import copy
from itertools import chain
from typing import Final

import msgspec

from poros_tui.model.path_difference import Responding
from poros_tui.model.path_lengths import PathLengths
from poros_tui.model.watching.rounds import ROUNDS_KEPT, Round, RoundBook, Sight

PATHS_MAX: Final = 256
"""Kept in one session; the oldest go first. 256 paths of 30 hops take 2 MB."""


class Figures(msgspec.Struct, kw_only=True, gc=False):
    """Of the probes that were sent to one hop in some time."""

    sent: int = 0
    answered: int = 0
    lost: int = 0
    timed: int = 0
    """Answers whose round-trip time is known."""
    total_s: float = 0.0
    """The sum of these times."""
    best_s: float | None = None
    worst_s: float | None = None
    """None where there is none."""

    @property
    def mean_s(self) -> float | None:
        """None where no time is known."""
        return self.total_s / self.timed if self.timed else None


class HopThen(msgspec.Struct, frozen=True, kw_only=True):
    """One hop of a path that was there for a time."""

    ttl: int
    responders: Responding
    """Who answered in that time; empty where nobody did."""
    figures: Figures


class PathThen(msgspec.Struct, frozen=True, kw_only=True):
    """A path that was there for a time."""

    number: int
    """Counts the paths of the session, from 1."""
    from_s: float
    """When the first probe took it, on the session's clock."""
    to_s: float | None
    """When the first probe took the next one; None for the path that is there now."""
    words: str
    """Why it begins: what is different from the one before, or what the user did."""
    hops: tuple[HopThen, ...]
    """From the first that was asked to the last that is known, without gaps in the TTLs."""

    @property
    def responders(self) -> frozenset[object]:
        """All addresses on it."""
        return frozenset(address for hop in self.hops for address in hop.responders)


class _Period(msgspec.Struct):
    number: int
    from_s: float
    words: str
    settled: dict[int, Figures]
    """By TTL, of the rounds that are too old to belong to a later path."""


class PathHistory:
    """Folds rounds into the path of their time."""

    def __init__(self) -> None:
        self._past: deque[PathThen] = deque(maxlen=PATHS_MAX - 1)
        self._now: _Period | None = None
        self._recent: deque[Round] = deque()
        self._hops: Mapping[int, Responding] = {}
        self._book: RoundBook | None = None
        self._next_words = "the session began"
        self._lengths = PathLengths()

    def follow(self, book: RoundBook) -> None:
        """What this book has not handed on yet counts for the path that is there now: a silent hop
        holds up a round for as long as the timeout, and its other figures are known before."""
        self._book = book

    def add(self, round_: Round) -> None:
        """A round is complete."""
        self._lengths.add(round_)
        if self._now is None:
            from_s = min((hop.at_s for hop in round_.hops.values()), default=None)
            if from_s is None:
                return
            number = self._past[-1].number + 1 if self._past else 1
            self._now = _Period(number, from_s, self._next_words, {})
        self._recent.append(round_)
        if len(self._recent) > ROUNDS_KEPT:
            _fold(self._recent.popleft(), self._now.settled)

    def show(self, hops: Mapping[int, Responding]) -> None:
        """Who answers at each hop now, by TTL, from the first to the last."""
        self._hops = hops

    def change(self, sight: Sight, words: str) -> None:
        """The path that was shown is another from this round on."""
        now = self._now
        if now is None:
            return
        if sight.at_s <= now.from_s:  # noticed late: it happened before what was noticed first
            now.words = f"{now.words}; {words}"
            return
        newer = [one for one in self._recent if one.number >= sight.round]
        self._end(now, sight.at_s, before_round=sight.round)
        self._recent = deque(newer)
        self._now = _Period(now.number + 1, sight.at_s, words, {})

    def restart(self, now_s: float, words: str) -> None:
        """All begins anew, for example with another protocol."""
        if self._now is not None:
            self._end(self._now, now_s, before_round=None)
        self._recent.clear()
        self._hops = {}
        self._now = None
        self._next_words = words

    def _end(self, period: _Period, at_s: float, *, before_round: int | None) -> None:
        rounds = (one for one in self._recent if before_round is None or one.number < before_round)
        self._past.append(self._path(period, at_s, rounds))

    def _path_now(self, period: _Period) -> PathThen:
        under_way = self._book.under_way if self._book is not None else ()
        return self._path(period, None, chain(self._recent, under_way))

    def _path(self, period: _Period, to_s: float | None, rounds: Iterable[Round]) -> PathThen:
        figures = {ttl: copy(one) for ttl, one in period.settled.items()}
        for one in rounds:
            _fold(one, figures)
        return PathThen(
            number=period.number,
            from_s=period.from_s,
            to_s=to_s,
            words=period.words,
            hops=tuple(
                HopThen(
                    ttl=ttl,
                    responders=responders,
                    figures=figures.get(ttl) or Figures(),
                )
                for ttl, responders in sorted(self._hops.items())
            ),
        )

    def paths(self) -> tuple[PathThen, ...]:
        """All that are kept, oldest first; the last is the one that is there now. Empty before
        the first round is complete."""
        if self._now is None:
            return tuple(self._past)
        return (*self._past, self._path_now(self._now))

    def longest(self, from_s: float, to_s: float) -> int:
        """See `PathLengths.longest`."""
        return self._lengths.longest(from_s, to_s)

    def at(self, time_s: float) -> PathThen | None:
        """The path at that moment, on the session's clock; None where none is known."""
        if self._now is not None and time_s >= self._now.from_s:
            return self._path_now(self._now)
        return next(
            (
                path
                for path in reversed(self._past)
                if path.to_s is not None and path.from_s <= time_s < path.to_s
            ),
            None,
        )


def _fold(round_: Round, figures: dict[int, Figures]) -> None:
    for ttl, hop in round_.hops.items():
        own = figures.get(ttl)
        if own is None:
            own = figures[ttl] = Figures()
        own.sent += hop.sent
        own.answered += hop.answered
        own.lost += hop.lost
        for rtt_s in hop.rtts_s:
            own.timed += 1
            own.total_s += rtt_s
            if own.best_s is None or rtt_s < own.best_s:
                own.best_s = rtt_s
            if own.worst_s is None or rtt_s > own.worst_s:
                own.worst_s = rtt_s
