"""Which entries a few typed letters mean, the likeliest first. Pure."""

from __future__ import annotations

from collections.abc import Sequence

Rank = tuple[int, int]
"""What kind of match it is, and how far its letters are apart: less is better."""


def ranked(query: str, entries: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """Indices of the entries (name, meaning) that have the letters of `query` in their order,
    best first; of equals the first. Upper and lower case are the same, blanks count for nothing.
    """
    wanted = query.lower().split()
    found = [
        (rank, index)
        for index, (name, meaning) in enumerate(entries)
        if (rank := _rank(wanted, name.lower(), meaning.lower())) is not None
    ]
    return tuple(index for _rank, index in sorted(found))


def _rank(wanted: Sequence[str], name: str, meaning: str) -> Rank | None:
    phrase, letters = " ".join(wanted), "".join(wanted)
    if not letters:
        return 0, 0
    if name.startswith(phrase):
        return 0, len(name)
    for kind, text in ((1, name), (3, meaning)):
        if _is_at_word(phrase, text):
            return kind, 0
        if phrase in text:
            return kind + 1, 0
    for kind, text in ((5, name), (6, meaning)):
        length = shortest_window(letters, text.replace(" ", ""))
        if length is not None:
            return kind, length
    return None


def _is_at_word(phrase: str, text: str) -> bool:
    place = text.find(phrase)
    while place > 0 and text[place - 1].isalnum():
        place = text.find(phrase, place + 1)
    return place >= 0


def shortest_window(letters: str, text: str) -> int | None:
    """The length of the shortest part of `text` with all `letters` in their order; None if there
    is none."""
    lengths = []
    for start, letter in enumerate(text):
        if letter != letters[0]:
            continue
        end = start
        for wanted in letters[1:]:
            end = text.find(wanted, end + 1)
            if end < 0:
                break
        else:
            lengths.append(end + 1 - start)
            continue
        break  # what does not fit behind here fits no later
    return min(lengths, default=None)
