"""What differs between two paths, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress

Responding = tuple[IPAddress, ...]
"""Who answers at a hop; empty where nobody does."""

SHOWN_MAX: Final = 4
"""Hops that are named on either side of a difference."""


class PathDifference(msgspec.Struct, frozen=True, kw_only=True):
    """The stretch that differs, between what both paths begin and end with."""

    ttl: int
    """Of its first hop."""
    old: tuple[Responding, ...]
    new: tuple[Responding, ...]
    """The hops of the stretch in the older and the newer path; one of them may be empty."""
    old_length: int
    new_length: int
    """Hops of both paths."""

    def words(self) -> str:
        """One clause, such as `hops 5 to 6: 10.0.5.1, 10.0.6.1 → 10.9.5.1, 10.9.6.1`."""
        old, new = _listed(self.old), _listed(self.new)
        if not self.old:
            text = f"{_hops(len(self.new))} more: {new}"
        elif not self.new:
            text = f"{_hops(len(self.old))} less: {old}"
        else:
            text = f"{old} → {new}"
            if len(self.old) > 1 or len(self.new) > 1:
                text = f"{_span(self.ttl, len(self.old))}: {text}"
        if self.old_length != self.new_length:
            text += f"; {_hops(self.old_length)} → {self.new_length}"
        return text


def difference(
    before: Mapping[int, Responding], after: Mapping[int, Responding], *, first_hop: int
) -> PathDifference:
    """Compare two paths by the TTLs of their hops, from `first_hop` on.

    Hops are alike if one address answers at both, or nobody. Who is silent in the newer path may
    just not have answered yet, which is no difference, but where its place is counted from the end
    that would be a guess.
    """
    old = [before.get(ttl, ()) for ttl in range(first_hop, max(before, default=0) + 1)]
    new = [after.get(ttl, ()) for ttl in range(first_hop, max(after, default=0) + 1)]
    common = min(len(old), len(new))
    is_in_place = len(old) == len(new)
    tail = 0
    while tail < common and _are_alike(old[-1 - tail], new[-1 - tail], is_in_place):
        tail += 1
    head = 0
    while head < common - tail and _are_alike(old[head], new[head], True):
        head += 1
    return PathDifference(
        ttl=first_hop + head,
        old=tuple(old[head : len(old) - tail]),
        new=tuple(new[head : len(new) - tail]),
        old_length=len(old),
        new_length=len(new),
    )


def _are_alike(old: Responding, new: Responding, may_be_silent: bool) -> bool:
    if not new:
        return may_be_silent or not old
    return not set(old).isdisjoint(new)


def _listed(hops: Sequence[Responding]) -> str:
    shown = [
        " or ".join(str(address) for address in responders[:SHOWN_MAX]) or "no reply"
        for responders in hops[:SHOWN_MAX]
    ]
    if len(hops) > SHOWN_MAX:
        shown.append(f"and {len(hops) - SHOWN_MAX} more")
    return ", ".join(shown)


def _hops(number: int) -> str:
    return "1 hop" if number == 1 else f"{number} hops"


def _span(ttl: int, length: int) -> str:
    return f"hops {ttl} to {ttl + length - 1}" if length > 1 else f"hop {ttl}"
