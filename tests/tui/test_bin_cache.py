from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.bins import Bin
from poros_tui.model.chronicle import Chronicle
from poros_tui.tui.bin_cache import BinCache
from poros_tui.tui.grid import Grid
from tests.tui.made_path import MadePath

STARTED_S = 1000.0
WALL_S = 1_800_000_000.0


class Spied(Chronicle):
    """Counts the bins that are asked for."""

    asked = 0

    def bins(self, ttl: int, from_s: float, to_s: float, count: int) -> tuple[Bin, ...]:
        self.asked += count
        return super().bins(ttl, from_s, to_s, count)


class Session:
    """A chronicle and a path that fills it."""

    def __init__(self) -> None:
        self.now_s = STARTED_S
        self.chronicle = Spied()
        self.chronicle.begin(now_s=STARTED_S, wall_s=WALL_S)
        self.made = MadePath()
        self.made.on_message = lambda message: self.chronicle.record(message, self.now_s)

    def second(self, sample_ms: float | None = 10.0) -> None:
        self.now_s += 1
        if sample_ms is None:
            self.made.lose(1)
        else:
            self.made.reply(1, sample_ms)

    def grid(self, step_s: float, first_s: float, count: int) -> Grid:
        origin_s = self.chronicle.origin_s
        first = math.floor((first_s - origin_s) / step_s)
        return Grid(origin_s=origin_s, step_s=step_s, first=first, count=count)

    def plain(self, grid: Grid) -> Sequence[Bin]:
        return self.chronicle.bins(1, grid.from_s, grid.to_s, grid.count)


@pytest.mark.sampled(0)
@given(st.integers(0, 1 << 32))
def test_what_is_kept_is_what_would_be_asked_for(seed: int) -> None:
    chance = random.Random(seed)
    session, cache = Session(), BinCache()
    waiting = []
    for _step in range(60):
        for _ in range(chance.choice((0, 1, 1, 1, 30))):
            session.now_s += chance.choice((0.25, 1.0))
            waiting.append(session.made.send(1))
        chance.shuffle(waiting)
        for probe in waiting[: chance.randint(0, 5)]:
            if chance.random() < 0.3:
                session.made.lose(1, probe)  # and answered later
            else:
                session.made.reply(1, chance.uniform(1, 50), probe=probe)
                waiting.remove(probe)
        back_s = chance.choice((20.0, 20.0, 20.0, 60.0, -5.0))
        grid = session.grid(chance.choice((1.0, 1.0, 1.0, 5.0)), session.now_s - back_s, 30)
        assert cache.bins(session.chronicle, 1, grid, session.now_s) == list(session.plain(grid))


def test_only_what_has_changed_is_asked_for_again() -> None:
    session, cache = Session(), BinCache()
    for _ in range(100):
        session.second()
    grid = session.grid(1.0, STARTED_S, 200)
    cache.bins(session.chronicle, 1, grid, session.now_s)
    assert session.chronicle.asked == 101
    for _ in range(10):
        session.second()
        cache.bins(session.chronicle, 1, grid, session.now_s)
    assert session.chronicle.asked <= 101 + 10 * 2
    moved = session.grid(1.0, STARTED_S + 50, 200)
    before = session.chronicle.asked
    cache.bins(session.chronicle, 1, moved, session.now_s)
    assert session.chronicle.asked == before


def test_other_hops_are_forgotten_on_demand() -> None:
    session, cache = Session(), BinCache()
    session.second()
    grid = session.grid(1.0, STARTED_S, 10)
    for ttl in (1, 2):
        cache.bins(session.chronicle, ttl, grid, session.now_s)
    cache.keep_only([2])
    before = session.chronicle.asked
    cache.bins(session.chronicle, 2, grid, session.now_s)
    assert session.chronicle.asked == before
    cache.bins(session.chronicle, 1, grid, session.now_s)
    assert session.chronicle.asked > before


@pytest.mark.parametrize("ttl", [1, 9])
def test_a_hop_that_nobody_has_asked_is_blank(ttl: int) -> None:
    session, cache = Session(), BinCache()
    grid = session.grid(1.0, STARTED_S, 5)
    assert cache.bins(session.chronicle, ttl, grid, session.now_s) == [Bin()] * 5
