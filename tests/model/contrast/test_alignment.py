from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.contrast.alignment import aligned
from poros_tui.model.contrast.measured import MeasuredHop


def hops(words: str) -> list[MeasuredHop]:
    """One for each word: addresses with `|` between them, `.` for silence."""
    return [
        MeasuredHop(ttl=ttl, responders=() if word == "." else tuple(word.split("|")))
        for ttl, word in enumerate(words.split(), 1)
    ]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a b c", "a b c", "1-1 2-2 3-3"),
        ("a b c", "a x b c", "1-1 --2 2-3 3-4"),
        ("a x b c", "a b c", "1-1 2-- 3-2 4-3"),
        ("a b c", "a x c", "1-1 2-2 3-3"),
        ("a b c", "a x y c", "1-1 2-2 --3 3-4"),
        ("a b|c d", "a c|e d", "1-1 2-2 3-3"),
        ("a . c", "a b c", "1-1 2-2 3-3"),
        ("a .", "a . . b .", "1-1 2-2 --3 --4 --5"),
        ("", "a", "--1"),
        ("", "", ""),
    ],
)
def test_hops_of_two_paths_find_each_other(first: str, second: str, expected: str) -> None:
    pairs = aligned(hops(first), hops(second))
    found = [f"{a.ttl if a else '-'}-{b.ttl if b else '-'}" for a, b in pairs]
    assert " ".join(found) == expected


PATHS = st.lists(st.sampled_from([(), ("a",), ("b",), ("c", "d"), ("d",)]), max_size=40)


@given(PATHS, PATHS)
def test_any_two_paths_have_pairs_in_the_order_of_both(
    one: list[tuple[str, ...]], other: list[tuple[str, ...]]
) -> None:
    first, second = (
        [MeasuredHop(ttl=ttl, responders=who) for ttl, who in enumerate(path, 1)]
        for path in (one, other)
    )
    pairs = aligned(first, second)
    assert [a for a, _ in pairs if a is not None] == first
    assert [b for _, b in pairs if b is not None] == second
    assert all(a is not None or b is not None for a, b in pairs)


@pytest.mark.parametrize("longer", [6, 11, 40])
def test_a_path_that_has_become_much_shorter(longer: int) -> None:
    long = hops(" ".join(f"x{number}" for number in range(longer)) + " end")
    (*gone, last) = aligned(long, hops("end"))
    assert [other for _, other in gone] == [None] * longer
    assert last[0] is long[-1]


def test_which_of_two_silent_hops_is_the_new_one_nobody_knows() -> None:
    pairs = aligned(hops("a . c"), hops("a . . c"))
    assert [(one.ttl if one else None) for one, _ in pairs].count(None) == 1
    assert [other.ttl for _, other in pairs if other] == [1, 2, 3, 4]
    assert (pairs[0][0], pairs[-1][0]) == tuple(hops("a . c")[::2])
