"""Where in a text of JSON a value stands. It is looked for anew when it is asked for: that
is seldom, and reading all values with their places would take many times as long."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

Path = tuple[str | int, ...]
"""Keys of objects and numbers in lists, from 0, that lead to a value."""

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_PASSER: Final = json.JSONDecoder(parse_int=str, parse_float=str)
"""Reads values in order to know where they end."""


def place_of(text: str, begin: int, path: Path) -> int:
    """Where the value begins that `path` leads to from the one at `begin`, which is known to be
    whole; of one that is missing, the beginning of what it is missing from."""
    place = begin
    for step in path:
        inner = next((at for name, at in _within(text, place) if name == step), None)
        if inner is None:
            break
        place = inner
    return place


def _within(text: str, place: int) -> Iterator[tuple[str | int, int]]:
    """Each value in the object or list that begins there, by its key or number."""
    kind, number = text[place], 0
    if kind not in "{[":
        return
    place = _past_space(text, place + 1)
    while text[place] not in "}]":
        name: str | int = number
        if kind == "{":
            name, place = _PASSER.raw_decode(text, place)
            place = _past_space(text, _past_space(text, place) + 1)  # the colon
        yield name, place
        _, place = _PASSER.raw_decode(text, place)
        place = _past_space(text, place)
        if text[place] == ",":
            place = _past_space(text, place + 1)
        number += 1


def _past_space(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match is not None else place
