"""All that is known of one address from others than its router, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from poros_tui.model.exchange import Exchange
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.place import Place
from poros_tui.model.probe import IPAddress


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What asking for an address has brought so far. Each is None while nobody has said anything,
    or where nobody is asked."""

    naming: Naming | None = None
    network: Network | None = None
    exchange: Exchange | None = None
    place: Place | None = None

    @property
    def name(self) -> str | None:
        """By reverse DNS; None where it has none, or that is not known."""
        return self.naming.name if self.naming is not None else None

    @property
    def standing(self) -> tuple[str, ...]:
        """Its network, and the exchange in whose LAN it stands, in words: those that are known."""
        told = (self.network, self.exchange)
        return tuple(one.words for one in told if one is not None and one.words is not None)


UNKNOWN: Final = About()
NOTHING_KNOWN: Final[Mapping[IPAddress, About]] = {}
