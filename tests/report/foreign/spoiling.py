"""Reports with one value spoiled: what becomes of the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from poros_tui.report.as_json import run_object
from poros_tui.report.foreign.read import Read, read_any
from poros_tui.report.run import FinishedRun

Place = tuple[str | int, ...]

MISSING: Final = "missing"
_NOT_A_NUMBER: Final = "not-a-number"
POISONS: Final[dict[str, Any]] = {
    MISSING: None,
    "null": None,
    "NaN": _NOT_A_NUMBER,
    "text": "\x1b[31mno",
    "negative": -1,
    "absurd": 10**30,
    "object": {"spoiled": True},
    "list": [[]],
    "truth": True,
}
_HOPS: Final = (("hops",), ("result",), ("report", "hubs"))
_AS_A_WHOLE: Final = {"per_second_interval", "burst_interval", "full_mda"}
_TTLS: Final = ("ttl", "hop", "probe_ttl", "count")


def places_in(value: object, place: Place = ()) -> Iterator[Place]:
    """Of all values but the document itself."""
    if place:
        yield place
    inner: Iterator[tuple[str | int, object]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for key, one in inner:
        # The line is that of the list.
        if place and place[-1] in _AS_A_WHOLE:
            return
        yield from places_in(one, (*place, key))


def spoiled(document: Any, place: Place, poison: str) -> tuple[str, range]:  # noqa: ANN401
    """The text, a line for each value, and the lines of which one is to be told: those of the
    value, or the first of what it is in."""
    copy = json.loads(json.dumps(document))
    within = copy
    for key in place[:-1]:
        within = within[key]
    last: Any = place[-1]
    if poison == MISSING:
        del within[last]
    else:
        within[last] = POISONS[poison]
    text = json.dumps(copy, indent=1).replace(f'"{_NOT_A_NUMBER}"', "NaN")
    first = line_of(copy, place[:-1])
    if poison == MISSING:
        return text, range(first, first + 1)
    value = line_of(copy, place)
    height = json.dumps(POISONS[poison], indent=1).count("\n") + 1
    return text, range(first, value + height) if poison == "null" else range(value, value + height)


def value_at(document: Any, place: Place) -> object:  # noqa: ANN401
    """What stands there."""
    for key in place:
        document = document[key]
    return document


def line_of(document: object, place: Place) -> int:
    """In its text with a line for each value."""
    mark = "here it is"
    copy = json.loads(json.dumps(document))
    if not place:
        return 1
    within = copy
    for key in place[:-1]:
        within = within[key]
    last: Any = place[-1]
    within[last] = mark
    text = json.dumps(copy, indent=1)
    return text[: text.index(mark)].count("\n") + 1


def told(run: FinishedRun) -> dict[str, Any]:
    """All that is known of it."""
    object_: dict[str, Any] = json.loads(json.dumps(run_object(run)))
    return object_


def hops_by_ttl(run: FinishedRun) -> dict[int, Any]:
    return {hop["ttl"]: hop for hop in told(run)["hops"]}


def hops_of(document: Any, place: Place) -> set[int] | None:  # noqa: ANN401
    """TTLs of the hop that a value belongs to; None where it belongs to the whole trace."""
    for hops in _HOPS:
        if place[: len(hops)] == hops and len(place) > len(hops):
            hop = document
            for key in place[: len(hops) + 1]:
                hop = hop[key]
            return {hop[key] for key in _TTLS if key in hop}
    return None


def read(text: str) -> Read:
    return read_any(text, "file")
