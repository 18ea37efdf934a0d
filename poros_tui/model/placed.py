"""Who answers on a path, and where each of them is said to be. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from poros_tui.model.hop import HopSnapshot
from poros_tui.model.place import Place
from poros_tui.model.probe import IPAddress


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """One who answers, and where it is said to be."""

    address: IPAddress
    ttls: tuple[int, ...]
    """The hops at which it answers, the nearest first."""
    place: Place
    best_rtt_s: float
    """Its shortest round trip, at whichever hop."""


def placed_on(hops: Iterable[HopSnapshot]) -> list[Placed]:
    """All who have a place and a round-trip time, in the order of the path."""
    found: dict[IPAddress, Placed] = {}
    for hop in hops:
        for one in hop.responders:
            best_s, place = one.rtt.best_s, one.place
            if place is None or place.problem or best_s is None:
                continue
            before = found.get(one.address)
            if before is not None:
                best_s = min(best_s, before.best_rtt_s)
            found[one.address] = Placed(
                address=one.address,
                ttls=(*before.ttls, hop.ttl) if before is not None else (hop.ttl,),
                place=place,
                best_rtt_s=best_s,
            )
    return list(found.values())
