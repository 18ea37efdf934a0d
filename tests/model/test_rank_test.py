"""The rank test against counting all orders."""

from __future__ import annotations

from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.rank_test import chance, overlap, overlaps

values = st.lists(st.integers(-5, 5), min_size=1, max_size=12)


def counted(first: list[int], second: list[int]) -> float:
    """Pairs in the rarer order, a tie counting half."""
    below = sum((a < b) + (a == b) / 2 for a in first for b in second)
    return min(below, len(first) * len(second) - below)


@given(values, values)
def test_the_overlap_is_that_of_all_pairs(first: list[int], second: list[int]) -> None:
    assert overlap(first, second) == pytest.approx(counted(first, second))


@given(values)
def test_all_partings_are_found_at_once(series: list[int]) -> None:
    found = overlaps(series)
    for number in range(1, len(series)):
        assert found[number] == pytest.approx(counted(series[:number], series[number:]))


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (4, 4), (3, 6), (5, 5)])
def test_the_chance_is_the_share_of_all_orders(first: int, second: int) -> None:
    places = range(first + second)
    found = [
        counted(list(chosen), [place for place in places if place not in chosen])
        for chosen in combinations(places, first)
    ]
    for most in range(first * second // 2):
        share = sum(one <= most for one in found) / len(found)
        assert chance(first, second, most) == pytest.approx(share)


@given(st.integers(1, 20), st.integers(1, 20), st.floats(0, 200))
def test_the_chance_does_not_depend_on_which_sample_is_first(
    first: int, second: int, most: float
) -> None:
    assert chance(first, second, most) == chance(second, first, most)
    assert 0 < chance(first, second, most) <= 1


def test_samples_that_do_not_overlap_have_the_chance_of_one_order_and_its_reverse() -> None:
    assert chance(50, 8, 0) == pytest.approx(2 / comb(58, 8))
    assert chance(50, 8, 0) < 1.1e-9


def test_a_tie_counts_as_overlap() -> None:
    assert overlap([1.0, 1.0], [1.0]) == 1.0
    assert chance(2, 20, 0.5) == chance(2, 20, 1.0) > chance(2, 20, 0.0)
