from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.packets.icmp_codes import unreachable_mark, unreachable_words


@pytest.mark.parametrize(
    ("version", "icmp_type", "icmp_code", "words", "mark"),
    [
        (4, 3, 0, "network unreachable", "!N"),
        (4, 3, 1, "host unreachable", "!H"),
        (4, 3, 2, "protocol unreachable", "!P"),
        (4, 3, 3, "port unreachable", "!<3>"),
        (4, 3, 4, "too big for the next link", "!F"),
        (4, 3, 5, "source route failed", "!S"),
        (4, 3, 9, "network administratively prohibited", "!X"),
        (4, 3, 10, "host administratively prohibited", "!X"),
        (4, 3, 13, "administratively prohibited", "!X"),
        (4, 3, 14, "host precedence violation", "!V"),
        (4, 3, 15, "precedence cutoff in effect", "!C"),
        (4, 3, 99, "unreachable (type 3, code 99)", "!<99>"),
        (4, 4, 0, "unreachable (type 4, code 0)", "!<0>"),
        (6, 2, 0, "too big for the next link", "!F"),
        (6, 2, 7, "too big for the next link", "!F"),
        (6, 1, 0, "no route to destination", "!N"),
        (6, 1, 1, "administratively prohibited", "!X"),
        (6, 1, 2, "beyond scope of source address", "!S"),
        (6, 1, 3, "address unreachable", "!H"),
        (6, 1, 4, "port unreachable", "!<4>"),
        (6, 1, 6, "reject route to destination", "!X"),
        (6, 3, 0, "unreachable (type 3, code 0)", "!<0>"),
        (6, None, None, "unreachable (type ?, code ?)", "!<?>"),
    ],
)
def test_codes_have_words_and_marks(
    version: int, icmp_type: int | None, icmp_code: int | None, words: str, mark: str
) -> None:
    assert unreachable_words(version, icmp_type, icmp_code) == words
    assert unreachable_mark(version, icmp_type, icmp_code) == mark


@pytest.mark.parametrize("message", [(4, 3, 4), (6, 2, 0)])
def test_an_mtu_is_told_with_the_code(message: tuple[int, int, int]) -> None:
    assert unreachable_words(*message, 1400) == "too big for the next link: it takes 1400 bytes"
    assert unreachable_mark(*message, 1400) == "!F-1400"
    assert unreachable_words(message[0], 1, 1, 1400) == unreachable_words(message[0], 1, 1)


@given(
    st.sampled_from([4, 6]),
    st.none() | st.integers(0, 255),
    st.none() | st.integers(0, 255),
)
def test_every_code_has_words_and_a_short_mark(
    version: int, icmp_type: int | None, icmp_code: int | None
) -> None:
    assert unreachable_words(version, icmp_type, icmp_code)
    assert 2 <= len(unreachable_mark(version, icmp_type, icmp_code)) <= 6
