from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from poros_tui.model.events import EventKind
from poros_tui.model.watching.delay import WINDOW, DelayWatch
from poros_tui.model.watching.told import Told
from tests.model.watching.made_rounds import DESTINATION, Maker, Outcome

Delay = Callable[[int], float]
"""Milliseconds of a round."""


class Line:
    """A path whose delays are watched. Its last hop is the destination, or not."""

    def __init__(self, *, is_reached: bool = True) -> None:
        self._watch = DelayWatch()
        self._maker = Maker()
        self._is_reached = is_reached
        self.told: list[tuple[int, Told]] = []

    def go(self, count: int, *hops: float | Delay | None) -> None:
        for number in range(count):
            outcomes: list[Outcome] = [hop(number) if callable(hop) else hop for hop in hops[:-1]]
            last = hops[-1](number) if callable(hops[-1]) else hops[-1]
            if last is not None and self._is_reached:
                outcomes.append((DESTINATION, last))
            else:
                outcomes.append(last)
            one = self._maker.round(*outcomes)
            end = len(hops) if self._is_reached else None
            self.told += [
                (one.number, told)
                for told in self._watch.see(one, self._maker.kept, end, len(hops))
            ]

    def brief(self) -> list[tuple[int, int | None]]:
        assert all(told.kind is EventKind.DELAY_SHIFTED for _, told in self.told)
        return [(told.sight.round, told.ttl) for _, told in self.told]


def noise(least_ms: float, seed: int, wide_ms: float = 3.0) -> Delay:
    chance = random.Random(seed)
    return lambda _number: least_ms + chance.uniform(0, wide_ms)


def test_a_shift_is_told_once_at_the_nearest_hop_that_shifts_with_the_rest() -> None:
    line = Line()
    line.go(100, 1.0, noise(5, 1), noise(10, 2), noise(20, 3))
    line.go(100, 1.0, noise(5, 4), noise(18, 5), noise(28, 6))
    assert line.brief() == [(100, 3)]
    noticed, told = line.told[0]
    assert 115 <= noticed <= 119
    assert told.words.startswith("21.")
    assert " → 29." in told.words
    assert "from here to the destination (medians of " in told.words


def test_up_and_down_are_two_shifts() -> None:
    line = Line()
    for seed, least_ms in enumerate((20, 35, 20)):
        line.go(60, 1.0, noise(least_ms, seed))
    assert line.brief() == [(60, 2), (120, 2)]


@pytest.mark.parametrize("seed", range(20))
def test_the_place_of_a_clear_shift_is_right_to_the_round(seed: int) -> None:
    line = Line()
    chance = random.Random(seed)
    before = chance.randrange(20, 120)
    up = chance.random() < 0.5
    line.go(before, noise(20 if up else 40, seed))
    line.go(60, noise(40 if up else 20, seed + 100))
    assert line.brief() == [(before, 1)]


def test_spikes_are_no_shift() -> None:
    line = Line()
    chance = random.Random(5)
    line.go(3000, lambda _: 20 + (chance.expovariate(1 / 200) if chance.random() < 0.2 else 0))
    assert line.told == []


def test_an_episode_of_ten_rounds_is_no_shift() -> None:
    line = Line()
    line.go(1000, lambda number: 80.0 if number % 100 < 10 else 20.0)
    assert line.told == []


def test_a_router_that_gets_slow_alone_is_no_shift() -> None:
    line = Line()
    line.go(100, 5.0, 10.0, 20.0)
    line.go(200, 5.0, 90.0, 20.0)
    assert line.told == []


def test_a_slow_router_in_between_does_not_bear_the_shift_of_the_farther_ones() -> None:
    line = Line()
    line.go(100, 5.0, 10.0, 20.0, 30.0)
    line.go(100, 15.0, 10.0, 30.0, 40.0)  # the second returns by another way
    assert line.brief() == [(100, 3)]


def test_a_silent_hop_in_between_is_passed_over() -> None:
    line = Line()
    line.go(100, 5.0, 10.0, None, 30.0)
    line.go(100, 5.0, 20.0, None, 40.0)
    assert line.brief() == [(100, 2)]


@pytest.mark.parametrize(("before_ms", "after_ms"), [(3.0, 3.9), (200.0, 219.0), (5.0, 4.1)])
def test_less_than_a_millisecond_or_a_tenth_is_no_shift(before_ms: float, after_ms: float) -> None:
    line = Line()
    line.go(200, before_ms)
    line.go(200, after_ms)
    assert line.told == []


def test_where_the_destination_is_silent_two_hops_must_shift() -> None:
    alone, shared = Line(is_reached=False), Line(is_reached=False)
    for line in (alone, shared):
        line.go(100, 5.0, 10.0, 20.0)
    alone.go(100, 5.0, 10.0, 40.0)
    shared.go(100, 5.0, 30.0, 40.0)
    assert alone.told == []
    assert shared.brief() == [(100, 2)]
    assert "from here to hop 3" in shared.told[0][1].words


def test_losses_say_nothing_of_the_delay() -> None:
    line = Line()
    line.go(100, 5.0, 20.0)
    line.go(50, 5.0, None)
    line.go(100, 5.0, 20.0)
    assert line.told == []


def test_the_window_is_bounded() -> None:
    line = Line()
    line.go(500, 20.0)
    assert len(line._watch._samples) == WINDOW


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["uniform", "normal", "pareto"])
def test_noise_of_any_kind_is_no_shift(kind: str, seed: int) -> None:
    line = Line()
    chance = random.Random(seed)
    draw: dict[str, Delay] = {
        "uniform": lambda _: 20 + chance.uniform(0, 40),
        "normal": lambda _: 20 + abs(chance.gauss(0, 15)),
        "pareto": lambda _: 20 * chance.paretovariate(1.1),
    }
    line.go(1500, draw[kind])
    assert line.told == []
