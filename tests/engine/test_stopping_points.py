from __future__ import annotations

import random
from itertools import accumulate
from math import comb

import pytest

from poros_tui.engine.stopping_points import StoppingPoints, share_of_failure

PUBLISHED_95 = [6, 11, 16, 21, 27, 33, 38, 44, 51, 57, 63, 70, 76, 83, 90, 96]
PUBLISHED_99 = [8, 15, 21, 28, 36, 43, 51, 58, 66, 74, 82, 90, 98, 106, 115, 123]


def points(failure: float, number: int) -> list[int]:
    stopping = StoppingPoints(failure)
    return [stopping.after(found) for found in range(1, number + 1)]


def missed(branches: int, asked: int) -> float:
    """Of equally likely branches at least one unseen, by inclusion and exclusion."""
    return sum(
        (-1) ** (unseen + 1) * comb(branches, unseen) * (1 - unseen / branches) ** asked
        for unseen in range(1, branches)
    )


def test_they_are_those_that_are_published() -> None:
    assert points(0.01, 16) == PUBLISHED_99
    # Two of the table are one less than the recurrence gives: 38 and 44.
    ours = points(0.05, 16)
    assert [at for at in range(16) if ours[at] != PUBLISHED_95[at]] == [6, 7]
    assert ours[6:8] == [39, 45]


@pytest.mark.parametrize("failure", [0.5, 0.05, 0.01, 0.001])
def test_no_point_can_come_sooner_than_inclusion_and_exclusion_allow(failure: float) -> None:
    for found, point in enumerate(points(failure, 12), 1):
        assert missed(found + 1, point) <= failure


@pytest.mark.parametrize("branches", [2, 3, 5, 8])
def test_who_stops_there_misses_a_branch_as_seldom_as_promised(branches: int) -> None:
    chance, failure, runs = random.Random(branches), 0.05, 4000
    stopping = StoppingPoints(failure)
    failures = 0
    for _ in range(runs):
        seen = {chance.randrange(branches)}
        asked = 1
        while asked < stopping.after(len(seen)):
            seen.add(chance.randrange(branches))
            asked += 1
        failures += len(seen) < branches
    # Four standard deviations of so many runs.
    assert failures / runs < failure + 4 * (failure * (1 - failure) / runs) ** 0.5
    assert failures > 0


def test_shares_never_add_up_to_more_than_the_whole() -> None:
    sums = list(accumulate(share_of_failure(0.05, balancer) for balancer in range(1000)))
    assert sums[0] == 0.025
    assert 0.0499 < sums[-1] < 0.05
