from __future__ import annotations

from ipaddress import ip_address

import pytest

from poros_tui.model.path_difference import Responding, difference


def path(letters: str, first_hop: int = 1) -> dict[int, Responding]:
    """A letter for each hop, `.` for who does not answer, `(AB)` for several at one."""
    hops: list[str] = []
    is_open = False
    for letter in letters:
        if letter in "()":
            is_open = letter == "("
            if is_open:
                hops.append("")
        elif is_open:
            hops[-1] += letter
        else:
            hops.append("" if letter == "." else letter)
    return {
        ttl: tuple(ip_address(f"10.0.0.{ord(letter) - 64}") for letter in one)
        for ttl, one in enumerate(hops, first_hop)
    }


@pytest.mark.parametrize(
    ("before", "after", "ttl", "words"),
    [
        ("ABCD", "AXCD", 2, "10.0.0.2 → 10.0.0.24"),
        ("ABCD", "AXYD", 2, "hops 2 to 3: 10.0.0.2, 10.0.0.3 → 10.0.0.24, 10.0.0.25"),
        ("ABCD", "ABXYCD", 3, "2 hops more: 10.0.0.24, 10.0.0.25; 4 hops → 6"),
        ("ABCDEF", "ABEF", 3, "2 hops less: 10.0.0.3, 10.0.0.4; 6 hops → 4"),
        ("ABCD", "AXYCD", 2, "hop 2: 10.0.0.2 → 10.0.0.24, 10.0.0.25; 4 hops → 5"),
        ("ABCD", "A.CD", 5, ""),
        ("ABCD", "ABC.D", 4, "1 hop more: no reply; 4 hops → 5"),
        ("A.CD", "AXCD", 2, "no reply → 10.0.0.24"),
        ("A(BE)CD", "A(EF)CD", 5, ""),
        ("A(BE)CD", "A(FG)CD", 2, "10.0.0.2 or 10.0.0.5 → 10.0.0.6 or 10.0.0.7"),
        (
            "ABCDEFGH",
            "AUVWXYZH",
            2,
            "hops 2 to 7: 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, and 2 more → "
            "10.0.0.21, 10.0.0.22, 10.0.0.23, 10.0.0.24, and 2 more",
        ),
    ],
)
def test_a_difference_in_words(before: str, after: str, ttl: int, words: str) -> None:
    found = difference(path(before), path(after), first_hop=1)
    if words:
        assert (found.ttl, found.words()) == (ttl, words)
    else:
        assert (found.old, found.new) == ((), ())


def test_hops_are_counted_from_the_first_that_is_asked() -> None:
    found = difference(path("ABC", 3), path("AXC", 3), first_hop=3)
    assert (found.ttl, found.old_length) == (4, 3)
