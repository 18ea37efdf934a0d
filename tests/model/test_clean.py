from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.clean import clean


@given(st.text(max_size=200), st.integers(min_value=0, max_value=60))
def test_what_comes_out_is_printable_and_short(text: str, max_length: int) -> None:
    cleaned = clean(text, max_length)
    assert len(cleaned) <= max_length
    assert cleaned.isprintable()
    assert not any(unicodedata.category(character) in {"Cf", "Mn"} for character in cleaned)


@given(st.text(max_size=200), st.integers(min_value=0, max_value=60))
def test_cleaning_twice_changes_nothing(text: str, max_length: int) -> None:
    once = clean(text, max_length)
    assert clean(once, max_length) == once


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("example.com", "example.com"),
        ("a\x1b[31mred\x1b[0m", "a[31mred[0m"),
        ("title\x1b]0;owned\x07", "title]0;owned"),
        ("c1\x9b31m", "c131m"),
        ("abc\u202ecba\u2066x\u2069", "abccbax"),
        ("zero\u200bwidth\ufeff\u200d", "zerowidth"),
        ("two\nlines\r\n\tand tabs", "two lines and tabs"),
        ("  ends  ", "ends"),
        ("cafe\u0301.example", "café.example"),
        ("z\u0336\u0335\u0334algo", "zalgo"),
        ("例え.jp", "例え.jp"),
        ("[red]x[/red]", "[red]x[/red]"),
        ("hidden\u3164letter", "hiddenletter"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("", ""),
    ],
)
def test_hostile_text_becomes_harmless(text: str, cleaned: str) -> None:
    assert clean(text, 64) == cleaned


def test_a_cut_shows() -> None:
    assert clean("abcdef", 4) == "abc…"
    assert clean("abcdef", 6) == "abcdef"
    assert clean("abcdef", 1) == "…"
    assert clean("abcdef", 0) == ""


def test_a_megabyte_of_escapes_is_cut_before_it_is_read() -> None:
    assert clean("\x1b" * 1_000_000 + "x", 10) == ""
