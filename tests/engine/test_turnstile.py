"""Rounds that begin one after the other."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.engine.turnstile import GAP_MAX_S, LAG_MAX_S, SHARE, Turnstile

intervals = st.lists(st.floats(0.1, 3600), min_size=2, max_size=256)


def turnstile_of(intervals_s: list[float]) -> Turnstile:
    turnstile = Turnstile()
    for number, interval_s in enumerate(intervals_s):
        turnstile.join(number, interval_s)
    return turnstile


def test_who_is_alone_never_waits() -> None:
    turnstile = turnstile_of([0.1])
    assert [turnstile.take(at_s, at_s) for at_s in (5.0, 5.0, 5.0)] == [5.0] * 3
    turnstile.leave(0)
    turnstile.leave(0)
    assert turnstile.gap_s == 0


@given(intervals)
def test_all_get_through_as_often_as_they_want_to(intervals_s: list[float]) -> None:
    turnstile = turnstile_of(intervals_s)
    wanted_per_s = sum(1 / interval_s for interval_s in intervals_s)
    assert turnstile.gap_s * wanted_per_s <= SHARE + 1e-9
    # Nobody waits longer than half of the shortest of all intervals, or half a second.
    assert turnstile.gap_s * len(intervals_s) <= SHARE * max(min(each, 1) for each in intervals_s)
    assert 0 < turnstile.gap_s <= GAP_MAX_S


@given(intervals, st.lists(st.floats(0, 2), min_size=2, max_size=50))
def test_two_never_begin_within_the_gap(intervals_s: list[float], steps_s: list[float]) -> None:
    turnstile = turnstile_of(intervals_s)
    now_s, taken_s = 100.0, []
    for step_s in steps_s:
        now_s += step_s
        taken_s.append(turnstile.take(now_s, now_s))
        assert taken_s[-1] >= now_s
    assert all(later - earlier >= turnstile.gap_s - 1e-9 for earlier, later in pairwise(taken_s))


def test_what_was_missed_while_nobody_ran_is_made_up_for_but_not_without_bound() -> None:
    turnstile = turnstile_of([1.0] * 64)
    taken_s = [turnstile.take(due_s=10.0 + place / 64, now_s=20.0) for place in range(64)]
    at_once = [at_s for at_s in taken_s if at_s <= 20.0]
    assert taken_s[0] == 20.0 - LAG_MAX_S
    assert len(at_once) == pytest.approx(1 + LAG_MAX_S / turnstile.gap_s, abs=1)
    assert taken_s[-1] == pytest.approx(20.0 - LAG_MAX_S + 63 * turnstile.gap_s)


def test_a_changed_interval_counts_from_then_on() -> None:
    turnstile = turnstile_of([1.0] * 100)
    before_s = turnstile.gap_s
    for number in range(100):
        turnstile.join(number, 0.1)
    assert turnstile.gap_s == pytest.approx(before_s / 10)
    for number in range(99):
        turnstile.leave(number)
    assert turnstile.gap_s == 0
