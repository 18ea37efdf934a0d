from __future__ import annotations

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.lookup.name_text import name_of_text
from poros_tui.model.clean import clean
from poros_tui.model.naming import NAME_MAX


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Core1.Example.NET.", "Core1.Example.NET"),
        ("host", "host"),
        ("host..", "host."),
        ("", None),
        (".", None),
        (" . ", None),
        ("192.0.2.1", None),
        ("192.0.2.1.", None),
        ("2001:db8::1", None),
        ("1", "1"),
        ("a\u202eb\x1b[0m.example", "ab[0m.example"),
        ("xn--mnchen-3ya.example", "münchen.example"),
        ("XN--MNCHEN-3YA.example", "münchen.example"),
        ("xn--strae-oqa.example", "straße.example"),
        ("xn--80ak6aa92e.example", "xn--80ak6aa92e.example"),
        ("xn--e1afmkfd.example", "xn--e1afmkfd.example"),
        ("xn--fsqu00a.example", "xn--fsqu00a.example"),
        ("xn--.example", "xn--.example"),
        ("xn--a.example", "xn--a.example"),
        ("xn--dlknesk-vkb.example", "xn--dlknesk-vkb.example"),
    ],
)
def test_a_name_is_shown_as_it_is_where_that_is_safe(text: str, name: str | None) -> None:
    assert name_of_text(text) == name


@given(st.text() | st.text(alphabet=".xn-ab\x1b\u202e0123456789"))
def test_whatever_comes_is_one_short_clean_line(text: str) -> None:
    name = name_of_text(text)
    if name is not None:
        assert name == clean(name, NAME_MAX)
        assert 0 < len(name) <= NAME_MAX


@given(st.text(alphabet="abcäöüéßœñçåø", min_size=1, max_size=20))
def test_letters_with_accents_are_decoded(label: str) -> None:
    encoded = idna.encode(label).decode()
    assert name_of_text(f"{encoded}.example") == f"{label}.example"


# Cyrillic, Greek and Latin letters that look like a, e, o, p, c, y, x, i, a, o, q, w and l.
LOOK_ALIKES = "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0131\u0251\u03bf\u051b\u051d\u04cf"


@given(st.sampled_from(LOOK_ALIKES), st.text(alphabet="abc", max_size=5))
def test_letters_that_look_like_others_stay_encoded(letter: str, rest: str) -> None:
    encoded = idna.encode(letter + rest).decode()
    assert name_of_text(f"{encoded}.example") == f"{encoded}.example"
