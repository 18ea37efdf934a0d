"""Differentiated services code points, by name or number."""

from __future__ import annotations

from typing import Final

from poros_tui.errors import UsageError

NAMES: Final = {
    "DF": 0,  # RFC 2474
    "BE": 0,
    "LE": 1,  # RFC 8622
    "VA": 44,  # RFC 5865
    "EF": 46,  # RFC 3246
    **{f"CS{number}": 8 * number for number in range(8)},  # RFC 2474
    **{f"AF{c}{drop}": 8 * c + 2 * drop for c in range(1, 5) for drop in range(1, 4)},  # RFC 2597
}


def parse_dscp(text: str) -> int:
    """The code point, 0 to 63.

    Raises:
        UsageError: neither a name nor a number in range.
    """
    named = NAMES.get(text.strip().upper())
    if named is not None:
        return named
    if text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= 63:
        return int(text)
    raise UsageError(
        f"--dscp {text[:20]!r} is no class of service",
        "give EF, CS0 to CS7, AF11 to AF43, VA, LE, DF or a number from 0 to 63",
    )
