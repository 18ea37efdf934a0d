"""The names, networks and places of a simulated internet: as slow as a name server, and on Trio's
clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import trio

from poros_tui.lookup.asking import Answer, Ask
from poros_tui.lookup.exchanges import NO_EXCHANGE
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.lookup.name_text import name_of_text
from poros_tui.lookup.reasons import NO_PLACE, NO_RECORD, NOT_ANNOUNCED
from poros_tui.model.exchange import Exchange
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.place import Place
from poros_tui.model.probe import IPAddress

FASTEST_S: Final = 0.02
STEPS: Final = 8
"""Every address has its own of so many times, each FASTEST_S longer than the one before."""


def simulated_names(names: Mapping[IPAddress, str]) -> Inquiry[Naming]:
    """Answers with `names`, as they are when they are asked for. Call in Trio."""

    async def ask(address: IPAddress) -> Answer[Naming]:
        await trio.sleep(FASTEST_S * (1 + int(address) % STEPS))
        name = name_of_text(names.get(address, ""))
        if name is None:
            return Answer(Naming(problem=NO_RECORD), None)
        return Answer(Naming(name=name), None)

    async def open_ask() -> Ask[Naming]:
        return ask

    return Inquiry(Naming, open_ask)


def simulated_networks(networks: Sequence[Network]) -> Inquiry[Network]:
    """Answers with that of `networks` whose prefix has the address, the longest, as they are when
    they are asked for. Call in Trio."""

    async def ask(address: IPAddress) -> Answer[Network]:
        await trio.sleep(FASTEST_S * (1 + int(address) % STEPS))
        own = [
            (one.prefix.prefixlen, one) for one in networks if one.prefix and address in one.prefix
        ]
        if not own:
            return Answer(Network(problem=NOT_ANNOUNCED), None)
        return Answer(max(own, key=lambda pair: pair[0])[1], None)

    async def open_ask() -> Ask[Network]:
        return ask

    return Inquiry(Network, open_ask)


def simulated_exchanges(exchanges: Sequence[Exchange]) -> Inquiry[Exchange]:
    """Answers with that of `exchanges` whose prefix has the address. Call in Trio."""

    async def ask(address: IPAddress) -> Answer[Exchange]:
        own = (one for one in exchanges if one.prefix is not None and address in one.prefix)
        return Answer(next(own, NO_EXCHANGE), None)

    async def open_ask() -> Ask[Exchange]:
        return ask

    return Inquiry(Exchange, open_ask)


def simulated_places(places: Mapping[IPAddress, Place]) -> Inquiry[Place]:
    """Answers with `places`, as they are when they are asked for. Call in Trio."""

    async def ask(address: IPAddress) -> Answer[Place]:
        await trio.sleep(FASTEST_S * (1 + int(address) % STEPS))
        return Answer(places.get(address, Place(problem=NO_PLACE)), None)

    async def open_ask() -> Ask[Place]:
        return ask

    return Inquiry(Place, open_ask)
