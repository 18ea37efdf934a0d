"""A name from outside as text for the screen: cleaned, capped, and nothing that it is not. Pure."""

from __future__ import annotations

import unicodedata
from ipaddress import ip_address
from typing import Final

from poros_tui.model.clean import clean
from poros_tui.model.naming import NAME_MAX

_ENCODED: Final = "xn--"
"""Begins a label with other letters than those of ASCII (RFC 5890 2.3.2.5)."""
_ALSO_LATIN: Final = frozenset("ßæøœþ")
"""Letters that are no ASCII letter with an accent, and look like none."""


def name_of_text(text: str) -> str | None:
    """A name as it may be shown; None where that is no name.

    The case stays as it was given. Who calls a host by an address would have that read as the
    address of a hop: that is no name.
    """
    shown = clean(text.removesuffix("."), NAME_MAX)
    name = ".".join(_decoded(label) for label in shown.split("."))
    # Of what is decoded too: it could be longer, or be composed to something else.
    name = clean(name, NAME_MAX)
    if not name.strip(".") or _is_address(name):
        return None
    return name


def _decoded(label: str) -> str:
    """A label of IDNA in letters, where none of them can be taken for another: Latin ones with
    accents. In other scripts there are letters that look like Latin ones, and stay encoded."""
    if label[: len(_ENCODED)].lower() != _ENCODED:
        return label
    import idna  # takes 20 ms to load, for one name in thousands

    try:
        text = idna.decode(label.lower())
    except (idna.IDNAError, UnicodeError):
        return label
    return text if all(map(_is_unmistakable, text)) else label


def _is_unmistakable(letter: str) -> bool:
    if letter.isascii():
        return True
    parts = unicodedata.normalize("NFD", letter)
    has_accents = len(parts) > 1 and all(map(unicodedata.combining, parts[1:]))
    return letter in _ALSO_LATIN or (parts[0].isascii() and has_accents)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip())
    except ValueError:
        return False
    return True
