"""What several inquiries bring of each address, as one value that is told when it changes.

Each asks for itself: a name server that is slow to name an address holds up nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import trio

from poros_tui.lookup.answer_cache import SIZE
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.model.about import About
from poros_tui.model.exchange import Exchange
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.place import Place
from poros_tui.model.probe import IPAddress


class AddressBook:
    """What others know of all who answer, for all targets of a process."""

    def __init__(
        self,
        *,
        naming: Inquiry[Naming] | None = None,
        network: Inquiry[Network] | None = None,
        exchange: Inquiry[Exchange] | None = None,
        place: Inquiry[Place] | None = None,
        hidden_hops: int = 0,
    ) -> None:
        """Each asks for its own; None: nobody is asked for that. Whose network is asked for learns
        of the hop: of the first `hidden_hops` none is."""
        self._naming = naming
        self._network = network
        self._place = place
        self._hidden_hops = hidden_hops
        self._hidden: dict[IPAddress, None] = {}
        """Who answers at one of these, and may at others too, the oldest first."""
        self._exchange = exchange
        self._inquiries = tuple(
            each for each in (naming, network, exchange, place) if each is not None
        )
        self._known: dict[IPAddress, About] = {}

    @property
    def known(self) -> Mapping[IPAddress, About]:
        """What is known now: the same mapping always."""
        return self._known

    def see(self, address: IPAddress, ttl: int) -> None:
        """This address answers at this hop: ask for what is due."""
        if self._naming is not None:
            self._naming.see(address)
        if self._exchange is not None:
            self._exchange.see(address)
        if ttl <= self._hidden_hops:
            if address not in self._hidden and len(self._hidden) >= SIZE:
                del self._hidden[next(iter(self._hidden))]
            self._hidden[address] = None
        elif self._network is not None and address not in self._hidden:
            self._network.see(address)
        if self._place is not None:
            self._place.see(address)

    async def wait_settled(self) -> None:
        """Return when nothing is being asked."""
        for each in self._inquiries:
            await each.wait_settled()

    async def run(self, tell: Callable[[IPAddress], None] = lambda _address: None) -> None:
        """Ask until cancelled. `tell` is called with each address of which more is known."""
        async with trio.open_nursery() as nursery:
            for each in self._inquiries:
                nursery.start_soon(each.run, partial(self._learn, tell))

    def _learn(self, tell: Callable[[IPAddress], None], address: IPAddress) -> None:
        if address not in self._known and len(self._known) >= SIZE:
            del self._known[next(iter(self._known))]  # as the caches do: the oldest goes first
        self._known[address] = About(
            naming=self._naming.known.get(address) if self._naming is not None else None,
            network=self._network.known.get(address) if self._network is not None else None,
            exchange=self._exchange.known.get(address) if self._exchange is not None else None,
            place=self._place.known.get(address) if self._place is not None else None,
        )
        tell(address)
