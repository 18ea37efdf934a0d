"""The path in stretches of one network each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec

from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.network import Network
from poros_tui.model.privacy import HIDDEN_ADDRESSES
from poros_tui.model.special_ranges import special_range

UNKNOWN_WORDS: Final = "network not known"
HIDDEN_WORDS: Final = "hidden"

Key = tuple[str, int | str]
"""What hops of one stretch have in common."""
_UNKNOWN: Final[Key] = ("unknown", UNKNOWN_WORDS)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Hops in a row that are of one network, or of which none is known."""

    ttls: tuple[int, ...]
    """In their order; at least one."""
    network: Network | None
    """None where it is not known, or there is none."""
    words: str
    """Number and name of the network, or what its addresses are."""

    @property
    def first_ttl(self) -> int:
        """Of its nearest hop."""
        return self.ttls[0]


def stretches(hops: Sequence[HopSnapshot]) -> tuple[Stretch, ...]:
    """The path as it is now, in its order. A hop counts by who answers there now. A silent one
    between two of the same network is of it too; others are of none that is known."""
    keys = [_key(hop.responder) for hop in hops]
    _fill(keys)
    known: dict[Key, Network] = {}
    for hop, key in zip(hops, keys, strict=True):
        network = hop.responder.network if hop.responder is not None else None
        if network is not None and network.words is not None:
            known.setdefault(key or _UNKNOWN, network)
    result: list[Stretch] = []
    pairs = ((key or _UNKNOWN, hop.ttl) for hop, key in zip(hops, keys, strict=True))
    for key, group in groupby(pairs, key=lambda pair: pair[0]):
        network = known.get(key)
        words = (network.words if network is not None else None) or str(key[1])
        ttls = tuple(ttl for _key, ttl in group)
        result.append(Stretch(ttls=ttls, network=network, words=words))
    return tuple(result)


def has_networks(hops: Sequence[HopSnapshot]) -> bool:
    """Whether the network of any who answers is known."""
    return any(
        each.network is not None and each.network.words is not None
        for hop in hops
        for each in hop.responders
    )


def _key(responder: Responder | None) -> Key | None:
    """None where nobody answers."""
    if responder is None:
        return None
    network = responder.network
    if network is not None and network.asn is not None:
        return "asn", network.asn
    if network is not None and network.name is not None:
        return "name", network.name
    if responder.address in HIDDEN_ADDRESSES:
        return "hidden", HIDDEN_WORDS
    special = special_range(responder.address)
    return _UNKNOWN if special is None else ("special", special.words)


def _fill(keys: list[Key | None]) -> None:
    """Give silent hops the key of both their neighbours, where that is the same."""
    before: int | None = None
    for place, key in enumerate(keys):
        if key is None:
            continue
        if before is not None and keys[before] == key:
            keys[before + 1 : place] = [key] * (place - before - 1)
        before = place
