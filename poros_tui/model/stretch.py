"""The path in stretches of one network each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

import msgspec

from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.privacy import HIDDEN_ADDRESSES
from poros_tui.model.special_ranges import special_range

UNKNOWN_WORDS: Final = "network not known"
HIDDEN_WORDS: Final = "hidden"

Key = tuple[str, int | str]
"""What hops of one stretch have in common."""
_UNKNOWN: Final[Key] = ("unknown", UNKNOWN_WORDS)


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Hops in a row that are of one network or exchange, or of which none is known."""

    ttls: tuple[int, ...]
    """In their order; at least one."""
    is_known: bool
    """Whether it is a network or an exchange that is known."""
    words: str
    """Number and name of the network, the exchange, or what its addresses are."""

    @property
    def first_ttl(self) -> int:
        """Of its nearest hop."""
        return self.ttls[0]


def stretches(hops: Sequence[HopSnapshot]) -> tuple[Stretch, ...]:
    """The path as it is now, in its order. A hop counts by who answers there now. A silent one
    between two of the same network is of it too; others are of none that is known."""
    keys = [_key(hop.responder) for hop in hops]
    _fill(keys)
    known: dict[Key, str] = {}
    for hop, key in zip(hops, keys, strict=True):
        words = _words(hop.responder) if hop.responder is not None else None
        if words is not None and key is not None:
            known.setdefault(key, words)
    result: list[Stretch] = []
    pairs = ((key or _UNKNOWN, hop.ttl) for hop, key in zip(hops, keys, strict=True))
    for key, group in groupby(pairs, key=lambda pair: pair[0]):
        ttls = tuple(ttl for _key, ttl in group)
        words = known.get(key, str(key[1]))
        result.append(Stretch(ttls=ttls, is_known=key in known, words=words))
    return tuple(result)


def has_networks(hops: Sequence[HopSnapshot]) -> bool:
    """Whether the network of any who answers is known, or the exchange."""
    return any(_words(each) is not None for hop in hops for each in hop.responders)


def _words(responder: Responder) -> str | None:
    """Of its exchange, else of its network."""
    if responder.exchange is not None:
        return responder.exchange.words
    return responder.network.words if responder.network is not None else None


def _key(responder: Responder | None) -> Key | None:
    """None where nobody answers."""
    if responder is None:
        return None
    if responder.exchange is not None:
        return "exchange", str(responder.exchange.name)
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
