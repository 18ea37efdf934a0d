"""What is whole of a JSON document that is cut off, or whose syntax is broken somewhere."""

from __future__ import annotations

import re
from typing import Final

import msgspec

_TOKEN: Final = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<comma>,) | (?P<colon>:)
        | (?P<string>"[^"\\]*(?:\\.[^"\\]*)*")
        | (?P<scalar>[^\s\[\]{}:,"]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_CLOSING: Final = {"{": "}", "[": "]"}


class WholePart(msgspec.Struct, frozen=True):
    """It, closed again."""

    text: str
    is_in_list: bool
    """Whether it ends within a list, the innermost that its end is in."""


def whole_part(text: str, begin: int, flaw: int) -> WholePart | None:
    """The document at `begin`, closed behind the last value that is whole before `flaw`, up to
    where the text is known to be JSON; None where no list begins before.

    Of the outermost list that is open there, elements that are not whole are left out altogether:
    half a hop would have half of its figures. A number or a word that ends at the flaw may go on
    behind it, and is not taken for whole.
    """
    open_ones: list[str] = []
    lists, has_list, is_value = 0, False, True
    end, closing = begin, ""
    place = begin
    while (token := _TOKEN.match(text, place, flaw)) is not None:
        place = token.end()
        kind = token.lastgroup
        if kind == "open":
            is_value = token["open"] == "["
            open_ones.append(token["open"])
            lists += is_value
            if not (is_value and lists == 1):
                continue
            has_list = True
        elif kind == "close":
            lists -= open_ones.pop() == "["
        elif kind in ("comma", "colon"):
            is_value = kind == "colon" or open_ones[-1] == "["
            continue
        elif not is_value or (kind == "scalar" and place == flaw):
            continue
        if lists == 0 or (lists == 1 and open_ones[-1] == "["):
            end, closing = place, "".join(_CLOSING[one] for one in reversed(open_ones))
    if not has_list:
        return None
    return WholePart(text[begin:end] + closing, is_in_list=closing.startswith("]"))
