"""Text from outside, made safe for a terminal. The one door for names, notes and reasons."""

from __future__ import annotations

import unicodedata
from typing import Final

_DROPPED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
"""Controls, formats (bidi overrides, zero-width joiners, byte order marks), surrogates, private
and unassigned code points, and combining marks: they have no width of their own, so that any
number of them can stand in one cell."""
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters by category, but drawn as nothing."""
ELLIPSIS: Final = "…"


def clean(text: str, max_length: int) -> str:
    """`text` with printable characters only, on one line, at most `max_length` characters.

    Composed first (NFC), so that letters with accents keep them. White space of any kind becomes
    one blank. A cut shows as an ellipsis. Cleaning twice changes nothing.
    """
    # Composing and classifying cost time: a hostile text may be megabytes long.
    composed = unicodedata.normalize("NFC", text[: max_length * 4 + 4])
    kept = "".join(_printable(character) for character in composed)
    words = " ".join(kept.split())
    if len(words) <= max_length:
        return words
    return words[: max_length - 1].rstrip() + ELLIPSIS if max_length > 0 else ""


def _printable(character: str) -> str:
    if character.isspace():
        return " "
    if unicodedata.category(character) in _DROPPED_CATEGORIES or character in _BLANK_LETTERS:
        return ""
    return character
