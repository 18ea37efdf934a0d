from __future__ import annotations

import random
from ipaddress import ip_address
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.watching.responders import (
    ADDED_CHANCE,
    GONE_CHANCE,
    Added,
    Gone,
    Responders,
    _all_before,
)
from poros_tui.model.watching.rounds import Sight


def tell(answers: str, responders: Responders | None = None) -> list[tuple[int, Added | Gone]]:
    """One answer a round, each by the router of that letter; what is told, and when."""
    responders = responders or Responders()
    told = []
    for number, letter in enumerate(answers):
        found = responders.take(router(letter), letter == "D", Sight(number, float(number)))
        if found is not None:
            told.append((number, found))
    return told


def router(letter: str) -> object:
    return ip_address(f"10.0.0.{ord(letter)}")


def members(answers: str) -> str:
    responders = Responders()
    tell(answers, responders)
    return "".join(sorted(chr(int(address) & 255) for address in responders.members))


def test_who_answers_first_belongs_there_at_once() -> None:
    assert members("A") == "A"


def test_those_who_take_turns_from_the_beginning_belong_there_without_a_word() -> None:
    assert tell("ABCABCABACB" * 9) == []
    assert members("ABCABCABACB" * 9) == "ABC"


def test_one_stray_answer_changes_nothing() -> None:
    assert tell("A" * 50 + "X" + "A" * 100) == []
    assert members("A" * 50 + "X" + "A" * 100) == "A"


def test_a_run_of_others_is_counted_from_its_first_answer_and_broken_by_the_old() -> None:
    responders = Responders()
    tell("A" * 10 + "BBC", responders)
    assert (responders.run, responders.run_from) == (3, Sight(10, 10.0))
    assert responders.last_round == 9
    tell("A", responders)
    assert (responders.run, responders.run_from) == (0, None)


def test_after_a_replacement_only_those_of_the_run_belong_there() -> None:
    responders = Responders()
    tell("A" * 30 + "X" + "A" * 5 + "BCB", responders)
    responders.replace()
    assert set(responders.members) == {router("B"), router("C")}
    assert responders.run == 0


def test_where_next_to_nothing_is_known_the_newer_answers_count() -> None:
    assert members("AABBB") == "B"  # one answer and its repetition
    assert members("ABCD") == "ABCD"  # many routers: any of them may belong there
    assert members("AAABBBB") == "A"


def test_one_more_is_told_from_his_first_answer_on() -> None:
    ((noticed, told),) = tell("A" * 100 + "BABBABB")
    assert isinstance(told, Added)
    assert (told.address, told.sight, told.before) == (router("B"), Sight(100, 100.0), 100)
    assert (told.answers, told.of, noticed) == (5, 7, 106)
    assert told.chance == pytest.approx(comb(7, 5) / comb(107, 5))
    assert told.chance <= ADDED_CHANCE
    assert told.words == "10.0.0.66 answers too: 5 of 7, none of 100 before (p = 2e-07)"


def test_a_rare_one_that_was_perhaps_always_there_joins_without_a_word() -> None:
    answers = "A" * 40 + ("B" + "A" * 12) * 20
    assert tell(answers) == []
    assert members(answers) == "AB"


def test_one_who_goes_is_told_from_the_first_answer_after_his_last() -> None:
    ((_, told),) = tell("AB" * 60 + "A" * 60)
    assert isinstance(told, Gone)
    assert (told.address, told.sight) == (router("B"), Sight(120, 120.0))
    assert told.answers == 60
    assert told.chance <= GONE_CHANCE


def test_a_rare_one_is_not_shown_after_long_and_again_when_he_answers() -> None:
    responders = Responders()
    for answers, shown in (("A" * 19 + "B") * 20, "AB"), ("A" * 200, "A"), ("B", "AB"):
        assert tell(answers, responders) == []
        found: set[object] = set()
        responders.add_since(0, found)  # type: ignore[arg-type]
        assert found == {router(letter) for letter in shown}


@pytest.mark.parametrize("ways", [2, 3, 4, 8, 16])
@pytest.mark.parametrize("seed", range(5))
def test_turns_by_chance_are_never_news(ways: int, seed: int) -> None:
    chance = random.Random(seed)
    letters = "ABCDEFGHIJKLMNOP"[:ways]
    assert tell("".join(chance.choice(letters) for _ in range(5000))) == []


@given(st.integers(1, 12), st.integers(0, 12), st.integers(1, 12))
def test_the_chance_of_an_absence_agrees_with_counting(own: int, others: int, since: int) -> None:
    total = own + others
    expected = comb(total - since, own) / comb(total, own) if since <= total - own else 0.0
    assert _all_before(own, total, since) == pytest.approx(expected)


def test_who_shares_a_hop_with_another_flow_is_known_there_too() -> None:
    first, second = Responders(), Responders()
    tell("ABAB", first)
    tell("CCX", second)
    first.absorb(second)
    assert set(first.members) == {router(letter) for letter in "ABCX"}
    assert tell("XCBA" * 30, first) == []


def test_only_the_destination_is_the_end() -> None:
    for answers, is_end in (("D", True), ("DRD", False), ("R", False), ("", False)):
        responders = Responders()
        tell(answers, responders)
        assert responders.is_end() is is_end
