from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from poros_tui.tui.keys import KEYS
from poros_tui.tui.ranking import ranked, shortest_window

ENTRIES = [(key.name, key.meaning) for key in KEYS]
LETTERS = st.text("abc", min_size=1, max_size=4)
TEXTS = st.text("abc -", max_size=12)


def names(query: str) -> list[str]:
    return [ENTRIES[index][0] for index in ranked(query, ENTRIES)]


def test_nothing_typed_finds_everything_in_its_order() -> None:
    assert names("") == names("  ") == [name for name, _meaning in ENTRIES]


def test_a_name_comes_before_what_only_mentions_it() -> None:
    assert names("mark")[0] == "mark"
    assert names("mark").index("clear-mark") < names("mark").index("difference")
    assert names("MODE")[0] == "mode"
    assert names("pau")[0] == "pause"


def test_letters_with_others_between_them_find_a_name() -> None:
    assert names("vdt")[0] == "verdict"
    assert names("flw")[0] == "flows"


def test_words_of_the_meaning_find_it_too() -> None:
    assert "paths" in names("diagram")[:2]
    assert names("forget all")[0] == "reset"


def test_what_has_not_the_letters_is_not_found() -> None:
    assert names("zzzz") == []


@given(LETTERS, st.lists(st.tuples(TEXTS, TEXTS), max_size=6))
@example("ab", [("b a", ""), ("a b", ""), ("", "a-b")])
def test_found_are_those_with_the_letters_in_their_order(
    query: str, entries: list[tuple[str, str]]
) -> None:
    pattern = re.compile(".*".join(query))
    wanted = {
        index
        for index, pair in enumerate(entries)
        if any(pattern.search(text.replace(" ", "")) for text in pair)
    }
    assert set(ranked(query, entries)) == wanted
    assert len(ranked(query, entries)) == len(wanted)


@given(LETTERS, st.text("abc", max_size=10))
def test_the_shortest_window_is_the_shortest_of_all_parts(letters: str, text: str) -> None:
    pattern = re.compile(".*".join(letters))
    parts = [
        end - start
        for start in range(len(text))
        for end in range(start + 1, len(text) + 1)
        if pattern.search(text[start:end])
    ]
    assert shortest_window(letters, text) == min(parts, default=None)
