from __future__ import annotations

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.privacy import (
    HIDDEN_ADDRESSES,
    private_words,
    redacted,
    without_addresses,
)
from tests.model.made_hops import quote, source
from tests.tui.made_path import MadePath

addresses = st.ip_addresses().map(str)


@given(st.lists(addresses, min_size=1, max_size=5), st.lists(addresses, max_size=5))
def test_no_hidden_word_is_left_and_no_other_is_touched(hidden: list[str], kept: list[str]) -> None:
    words = frozenset(hidden)
    rest = [word for word in kept if word not in words]
    text = f"from {' via '.join([*hidden, *rest])} to here ({hidden[0]}), {hidden[-1]}: 3 ms."
    plain = redacted(text, words)
    for word in words:
        assert word not in plain.replace("(", " ").replace(")", " ").replace(",", " ").split()
    for word in rest:
        assert word in plain


def test_an_address_that_only_begins_like_a_hidden_one_stays() -> None:
    words = frozenset({"10.0.0.1", "fe80::1"})
    text = "10.0.0.12 10.0.0.1 10.0.0.1.5 110.0.0.1 fe80::12 fe80::1 (10.0.0.1)."
    assert redacted(text, words) == (
        "10.0.0.12 hidden 10.0.0.1.5 110.0.0.1 fe80::12 hidden (hidden)."
    )


def test_columns_stay_where_they_are() -> None:
    words = frozenset({"192.168.100.200"})
    assert redacted("1  192.168.100.200  5 ms", words, keeps_columns=True) == (
        "1  hidden           5 ms"
    )
    for text in ("192.168.100.200 +1  5 ms", "192.168.100.200, says 192.168.100.200 now"):
        told = redacted(text, words, keeps_columns=True, has_prose=True)
        assert told == text.replace("192.168.100.200", "hidden")
        assert len(redacted(text, words, keeps_columns=True)) == len(text)


def test_a_line_that_ends_in_a_hidden_word_has_no_blanks_behind_it() -> None:
    words = frozenset({"192.168.100.200"})
    text = "1  192.168.100.200  192.168.100.200\n2  192.168.100.200"
    told = redacted(text, words, keeps_columns=True, has_prose=True)
    assert told == "1  hidden           hidden\n2  hidden"


def test_lines_in_a_string_of_json_are_no_part_of_a_word() -> None:
    words = frozenset({"192.0.2.1"})
    assert redacted('"hop 1\\n192.0.2.1\\n5 ms"', words) == '"hop 1\\nhidden\\n5 ms"'


def test_near_hops_lose_their_addresses_and_far_ones_what_they_quote_of_us() -> None:
    made = MadePath()
    made.reply(1, 1.0, "192.168.1.1", told=quote())
    made.reply(2, 2.0, "198.51.100.1", told=quote(source()))
    near, far = made.path.snapshot().hops
    shown = without_addresses(near, 1)
    assert shown.responder is not None
    assert shown.responder.address in HIDDEN_ADDRESSES
    assert shown.rtt == near.rtt
    assert not shown.evidence
    rewrites = [r for e in without_addresses(far, 1).evidence if e.quote for r in e.quote.rewrites]
    assert rewrites == []
    assert without_addresses(far, 1).responders == far.responders
    words = private_words((near, far), 1)
    assert "192.168.1.1" in words
    assert "198.51.100.1" not in words
    own = {str(r.sent) for e in far.evidence if e.quote for r in e.quote.rewrites}
    assert own <= words
    assert private_words((near, far), 0) == frozenset()
    assert without_addresses(near, 0) is near
    assert ip_address("0.0.0.0") in HIDDEN_ADDRESSES
