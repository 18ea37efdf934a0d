"""Each test beside its definition, counted out."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model import rank_test
from poros_tui.model.contrast.tests_of_difference import (
    adjusted,
    delay_chance,
    least_chance,
    loss_chance,
    shift,
)

few = st.lists(st.integers(0, 1000), min_size=2, max_size=6, unique=True)


def pairs_below(first: list[float], second: list[float]) -> float:
    return sum((a < b) + (a == b) / 2 for a in first for b in second)


@given(few, st.data())
def test_the_chance_of_an_order_is_the_share_of_all_orders_that_are_as_rare(
    values: list[float], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(values) - 1))
    first, second = values[:size], values[size:]
    middle = size * (len(values) - size) / 2
    seen = abs(pairs_below(first, second) - middle)
    orders = [
        abs(pairs_below(list(some), [one for one in values if one not in some]) - middle)
        for some in combinations(values, size)
    ]
    expected = sum(order >= seen for order in orders) / len(orders)
    assert delay_chance(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("by", [0.0, 0.2, 0.5, 0.8])
def test_of_many_values_the_normal_approximation_is_too_careful_rather_than_too_bold(
    by: float,
) -> None:
    chance = random.Random(7)
    first = [chance.gauss(0, 1) for _ in range(60)]
    second = [chance.gauss(by, 1) for _ in range(70)]
    exact = rank_test.chance(60, 70, rank_test.overlap(first, second))
    found = delay_chance(first, second)
    assert found is not None
    assert exact * 0.98 <= found <= exact * (1.2 if exact > 1e-4 else 2)


def test_ties_are_no_difference() -> None:
    assert delay_chance([1.0] * 100, [1.0] * 100) == 1.0
    assert delay_chance([1.0] * 5, [1.0] * 5) == 1.0
    assert delay_chance([], [1.0]) is None


def test_the_least_chance_is_that_of_samples_that_do_not_overlap() -> None:
    for sizes in ((1, 1), (3, 3), (10, 10), (4, 9)):
        apart = delay_chance(list(range(sizes[0])), list(range(100, 100 + sizes[1])))
        assert least_chance(*sizes) == pytest.approx(apart)
    assert least_chance(3, 3) == 0.1


@pytest.mark.sampled(0)
@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
def test_the_chance_of_losses_is_counted_over_all_ways_to_lose_so_many(
    lost: int, received: int, lost_later: int, received_later: int
) -> None:
    decided, decided_later = lost + received, lost_later + received_later
    found = loss_chance((lost, decided), (lost_later, decided_later))
    if not decided or not decided_later:
        assert found is None
        return
    counts: dict[int, int] = {}
    for chosen in combinations(range(decided + decided_later), lost + lost_later):
        here = sum(place < decided for place in chosen)
        counts[here] = counts.get(here, 0) + 1
    as_rare = sum(count for count in counts.values() if count <= counts[lost])
    assert found == pytest.approx(as_rare / sum(counts.values()))


def test_the_shift_is_the_median_of_all_differences_and_its_interval_holds_it() -> None:
    assert shift([1.0, 2.0, 3.0], [11.0, 12.0, 13.0], 0.95) == (10.0, (8.0, 12.0))
    assert shift([], [1.0], 0.95) is None


def test_the_interval_of_the_shift_holds_the_truth_as_often_as_it_says() -> None:
    chance, held = random.Random(1), 0
    for _ in range(400):
        first = [chance.expovariate(1) for _ in range(15)]
        second = [2.0 + chance.expovariate(1) for _ in range(20)]
        found = shift(first, second, 0.95)
        assert found is not None
        _, (least, most) = found
        held += least <= 2.0 <= most
    assert 0.92 <= held / 400 <= 0.98


def test_of_long_samples_some_values_stand_for_their_neighbours() -> None:
    first = [float(value) for value in range(20_000)]
    found = shift(first, [value + 7.0 for value in first], 0.95)
    assert found is not None
    assert found[0] == pytest.approx(7.0, abs=25)


@given(st.lists(st.none() | st.floats(0, 1), max_size=12))
def test_chances_of_several_tests_are_those_of_holm(chances: list[float | None]) -> None:
    told = adjusted(chances)
    known = sorted(
        (chance, found)
        for chance, found in zip(chances, told, strict=True)
        if chance is not None and found is not None
    )
    assert [chance is None for chance in chances] == [found is None for found in told]
    for place, (_, found) in enumerate(known):
        steps = [min(1.0, known[k][0] * (len(known) - k)) for k in range(place + 1)]
        assert found == pytest.approx(max(steps))
    assert all(one[1] <= other[1] + 1e-12 for one, other in pairwise(known))
