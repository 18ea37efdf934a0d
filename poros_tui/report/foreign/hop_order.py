"""Hops in the order of their TTLs, without those whose TTL cannot be right."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final

from poros_tui.report.foreign.fields import Fields

A_HOP: Final = "a hop"
"""For sentences about one that is left out."""


def hops_in_order(
    fields: Fields, key: str, ttl_of: Callable[[Fields], int]
) -> list[tuple[int, Fields]]:
    """Hops in a list, with their TTLs: as many as can be, each with a TTL above that of the one
    before. What is left out is noted.

    Raises:
        Unreadable: there is no list, nothing in it, or nothing in order.
    """
    hops = [
        (ttl, hop.called(f"hop {ttl}"))
        for ttl, hop in fields.each(key, "hop", lambda hop: (ttl_of(hop), hop))
    ]
    kept = _longest_rise([ttl for ttl, _ in hops])
    if not hops:
        raise fields.none_left(key, "hop")
    if 2 * len(kept) < len(hops):
        raise fields.flaw(key, "are not in order")
    for place in sorted(set(range(len(hops))) - set(kept)):
        _, hop = hops[place]
        hop.note(hop.flaw_of_all("is out of order"), A_HOP)
    return [hops[place] for place in kept]


def not_told_without(fields: Fields) -> frozenset[str]:
    """Keys of the JSON object whose values are not known where a hop was left out, of those that
    are sums over all hops."""
    if any(flaw.what == A_HOP for flaw in fields.flaws.values()):
        return frozenset({"probes_sent", "send_errors"})
    return frozenset()


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """Places of the longest part of a sequence in which each number is larger than that before
    it (Fredman, Discrete Mathematics 11, 1975)."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int | None] = []
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else None)
        if length == len(ends):
            ends.append(number)
            places.append(place)
        else:
            ends[length], places[length] = number, place
    at = places[-1] if places else None
    rise: list[int] = []
    while at is not None:
        rise.append(at)
        at = before[at]
    return rise[::-1]
