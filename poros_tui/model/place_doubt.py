"""Whether those who answer can be where they are said to be, by how soon they answer. Pure.

Nothing is faster than light, which covers 204 km of fibre in a millisecond. So whoever answers
after t milliseconds is at most 102 km x t from here, and a place that is farther away is wrong, or
something nearer answers in its stead (a proxy, anycast). That takes two things:

- **Where "here" is.** With `--home` it is told, and each place is held against it. Nobody is asked
  where we are, and what a database says of our own public address would be one more of the places
  to be doubted.
- **Without it** places are held against each other. Two that answer after a and b milliseconds are
  both so near to one unknown point that they are at most 102 km x (a + b) from each other. If they
  are farther apart, one of them is wrong at least. Which one is decided by the number of
  contradictions: the places with most are doubted and taken away, then those with most of what is
  left, until nothing contradicts. Where two contradict each other alone, both are doubted.

The second says nothing that the first does not: of two places that agree with where we are the
triangle inequality says that they agree with each other. So with `--home` only the first is asked.

The shortest round trip is taken, over all rounds. Whatever is not the way through fibre (queues,
routers, stamps of user space) only makes it longer, and a place the less likely to be doubted:
right places never are, but wrong ones may pass. Radio links and hollow fibre are up to 1.47 times
as fast, over a few stretches of the world; there a right place of a path that uses nothing else
may be doubted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

import msgspec

from poros_tui.model.coordinates import (
    SPHERE_ERROR,
    Coordinates,
    distance_km,
    least_rtt_s,
    reach_km,
)
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.place import ACCURACY_UNTOLD_KM
from poros_tui.model.placed import Placed, placed_on
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import PathSnapshot

_HOME_ERROR_KM: Final = ACCURACY_UNTOLD_KM
"""Who is asked for coordinates gives those of a town."""
HELD_MAX: Final = 100
"""Without home so many who answer are held against each other, those that answer soonest: they tell
most. A path of 30 hops has fewer; and where everything contradicts it takes 20 ms."""


Doubts = Mapping[IPAddress, str]
"""What speaks against the place of an address, in words; those of which nothing is known, and
those that can be right, are not among them."""
NO_DOUBTS: Final[Doubts] = {}


def with_doubts(hop: HopSnapshot, doubts: Doubts) -> HopSnapshot:
    """The hop, with what speaks against the places of those who answer there."""
    if all(
        one.place is None or one.place.doubt == doubts.get(one.address, "")
        for one in hop.responders
    ):
        return hop
    return msgspec.structs.replace(
        hop, responders=tuple(_doubted(one, doubts.get(one.address, "")) for one in hop.responders)
    )


def _doubted(responder: Responder, doubt: str) -> Responder:
    about = responder.about
    if about.place is None:
        return responder
    place = msgspec.structs.replace(about.place, doubt=doubt)
    return msgspec.structs.replace(responder, about=msgspec.structs.replace(about, place=place))


def path_with_doubts(path: PathSnapshot, home: Coordinates | None) -> PathSnapshot:
    """The path, with what speaks against the places of those who answer."""
    found = doubts(placed_on(path.hops), home)
    return msgspec.structs.replace(path, hops=tuple(with_doubts(hop, found) for hop in path.hops))


def doubts(placed: Iterable[Placed], home: Coordinates | None) -> Doubts:
    """Who cannot be where it is said to be. `home` is where the probes are sent from, None where
    that is not known."""
    exact = [one for one in placed if one.place.error_km is not None]
    if home is not None:
        return {one.address: words for one in exact if (words := _too_far(one, home))}
    return _contradicting(sorted(exact, key=lambda one: one.best_rtt_s)[:HELD_MAX])


def _too_far(one: Placed, home: Coordinates) -> str:
    at, error_km = one.place.at, one.place.error_km
    assert at is not None
    assert error_km is not None
    away_km = distance_km(home, at)
    if _at_least(away_km, error_km + _HOME_ERROR_KM) <= reach_km(one.best_rtt_s):
        return ""
    return (
        f"{_time(one.best_rtt_s)} away, but {_named(one)} is {away_km:.0f} km from home: "
        f"{_time(least_rtt_s(away_km))} at least"
    )


def _at_least(away_km: float, error_km: float) -> float:
    """How far apart two points are at least whose coordinates may be off by so much together."""
    return away_km * (1 - SPHERE_ERROR) - error_km


def _contradicting(placed: Sequence[Placed]) -> Doubts:
    left: dict[IPAddress, dict[IPAddress, Placed]] = {}
    for one, other in _too_far_apart(placed):
        left.setdefault(one.address, {})[other.address] = other
        left.setdefault(other.address, {})[one.address] = one
    known = {one.address: one for one in placed}
    found: dict[IPAddress, str] = {}
    while left:
        most = max(map(len, left.values()))
        blamed = {address for address, against in left.items() if len(against) == most}
        for address in blamed:
            against = sorted(left[address].values(), key=lambda other: other.ttls)
            found[address] = _told(known[address], against)
        left = {
            address: rest
            for address, against in left.items()
            if address not in blamed
            and (rest := {who: other for who, other in against.items() if who not in blamed})
        }
    return found


def _too_far_apart(placed: Sequence[Placed]) -> Iterator[tuple[Placed, Placed]]:
    """Pairs that contradict each other. A path has few places, however many answer: how far they
    are apart is asked once for two of them."""
    groups: dict[tuple[Coordinates, float], list[Placed]] = {}
    for one in placed:
        if one.place.at is not None and one.place.error_km is not None:
            groups.setdefault((one.place.at, one.place.error_km), []).append(one)
    for ((here, error_km), ones), ((there, other_error_km), others) in combinations(
        groups.items(), 2
    ):
        apart_km = _at_least(distance_km(here, there), error_km + other_error_km)
        soonest_s = min(one.best_rtt_s for one in ones) + min(one.best_rtt_s for one in others)
        if apart_km <= reach_km(soonest_s):
            continue
        for one in ones:
            for other in others:
                if apart_km > reach_km(one.best_rtt_s + other.best_rtt_s):
                    yield one, other


def _apart(one: Placed, other: Placed) -> str:
    assert one.place.at is not None
    assert other.place.at is not None
    apart_km = distance_km(one.place.at, other.place.at)
    together_s = one.best_rtt_s + other.best_rtt_s
    return (
        f"{_named(one)} is {apart_km:.0f} km from {_named(other)} (hop {other.ttls[0]}): "
        f"their round trips would be {_time(least_rtt_s(apart_km))} together at least, "
        f"and are {_time(together_s)}"
    )


def _told(one: Placed, against: Sequence[Placed]) -> str:
    """What the nearest hop says against it, and how many more."""
    more = len(against) - 1
    return _apart(one, against[0]) + (f"; and {more} more" if more else "")


def _named(one: Placed) -> str:
    return one.place.city or one.place.country or one.place.country_code or "its place"


def _time(seconds: float) -> str:
    """In milliseconds, to two digits or so."""
    value_ms = seconds * 1e3
    return f"{value_ms:.{0 if value_ms >= 10 else 1 if value_ms >= 1 else 2}f} ms"
