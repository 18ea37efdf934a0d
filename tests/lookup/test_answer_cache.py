from __future__ import annotations

from ipaddress import IPv4Address
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.lookup.answer_cache import (
    ABSENT_TTL_MAX_S,
    ABSENT_TTL_MIN_S,
    PAUSES_S,
    TTL_MAX_S,
    TTL_MIN_S,
    AnswerCache,
    lasting_s,
)
from poros_tui.lookup.asking import Answer
from poros_tui.model.naming import Naming

ADDRESS = IPv4Address("192.0.2.1")
NAMED = Naming(name="host.example")
ABSENT = Naming(problem="no PTR record")


@pytest.mark.parametrize(
    ("naming", "ttl_s", "lasts_s"),
    [
        (NAMED, 0, TTL_MIN_S),
        (NAMED, 3600, 3600),
        (NAMED, 2**31 - 1, TTL_MAX_S),
        (NAMED, None, TTL_MAX_S),
        (ABSENT, 5, ABSENT_TTL_MIN_S),
        (ABSENT, 900, 900),
        (ABSENT, 86400, ABSENT_TTL_MAX_S),
        (ABSENT, None, ABSENT_TTL_MAX_S),
    ],
)
def test_what_is_known_lasts_as_its_record_says_within_bounds(
    naming: Naming, ttl_s: float | None, lasts_s: float
) -> None:
    assert lasting_s(Answer(naming, ttl_s)) == lasts_s


def test_an_address_is_asked_for_once_until_its_time_is_over() -> None:
    cache = AnswerCache(Naming)
    assert cache.take(ADDRESS, 0)
    assert not cache.take(ADDRESS, 1e9)  # somebody is asking
    assert cache.put(ADDRESS, Answer(NAMED, 100), 10)
    assert not cache.take(ADDRESS, 109.9)
    assert cache.take(ADDRESS, 110)
    assert cache.known[ADDRESS] is NAMED  # while it is asked for again, too


def test_only_what_is_new_is_news() -> None:
    cache = AnswerCache(Naming)
    cache.take(ADDRESS, 0)
    assert cache.put(ADDRESS, Answer(NAMED, 100), 0)
    cache.take(ADDRESS, 100)
    assert not cache.put(ADDRESS, Answer(Naming(name="host.example"), 200), 100)
    cache.take(ADDRESS, 300)
    assert cache.put(ADDRESS, Answer(ABSENT, 200), 300)


def test_failures_are_asked_again_ever_later_and_then_given_up() -> None:
    cache, now_s, asked_at_s = AnswerCache(Naming), 0.0, []
    while now_s < 1e5:
        if cache.take(ADDRESS, now_s):
            asked_at_s.append(now_s)
            cache.fail(ADDRESS, "no name server answers", now_s)
        now_s += 1
    sums = [sum(PAUSES_S[:count]) for count in range(len(PAUSES_S) + 1)]
    assert asked_at_s == sums
    assert cache.known[ADDRESS].problem == "no name server answers"


def test_a_failure_does_not_take_a_known_name_away() -> None:
    cache = AnswerCache(Naming)
    cache.take(ADDRESS, 0)
    cache.put(ADDRESS, Answer(NAMED, 100), 0)
    cache.take(ADDRESS, 100)
    assert not cache.fail(ADDRESS, "no name server answers", 100)
    assert cache.known[ADDRESS] is NAMED
    assert cache.take(ADDRESS, 100 + PAUSES_S[0])


def test_an_answer_ends_a_row_of_failures() -> None:
    cache = AnswerCache(Naming)
    for now_s in (0.0, PAUSES_S[0]):
        assert cache.take(ADDRESS, now_s)
        cache.fail(ADDRESS, "", now_s)
    assert cache.take(ADDRESS, 100)
    cache.put(ADDRESS, Answer(NAMED, 60), 100)
    assert cache.take(ADDRESS, 160)
    cache.fail(ADDRESS, "", 160)
    assert cache.take(ADDRESS, 160 + PAUSES_S[0])


@given(st.lists(st.integers(0, 9)), st.integers(1, 6))
def test_never_more_are_kept_than_there_is_room_for(seen: list[int], size: int) -> None:
    cache, kept = AnswerCache(Naming, size), list[int]()
    for number in seen:
        address = IPv4Address(number)
        is_new = number not in kept
        assert cache.take(address, 0) == is_new
        if is_new:
            kept = [*kept, number][-size:]  # the one that came first goes first
            cache.put(address, Answer(Naming(name=f"n{number}"), inf), 0)
        assert set(cache.known) == {IPv4Address(one) for one in kept}


def test_an_answer_for_who_has_gone_is_dropped() -> None:
    cache = AnswerCache(Naming, 1)
    cache.take(ADDRESS, 0)
    cache.take(IPv4Address("192.0.2.2"), 0)
    assert not cache.put(ADDRESS, Answer(NAMED, 100), 0)
    assert not cache.fail(ADDRESS, "", 0)
    assert ADDRESS not in cache.known
