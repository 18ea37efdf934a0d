"""Asks Team Cymru's DNS zones for the networks of addresses, with as few questions as may be.

An address of a prefix that is known is not asked for: it is of the same network. Nor are two
neighbours at once: of the 256 addresses of an IPv4 /24, or those of an IPv6 /48, one is asked for
and the others wait for what comes, because nearly nobody lets longer prefixes in. The name of a
network is asked for once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from math import inf
from typing import Final, Generic, TypeVar

import trio

from poros_tui.lookup.asking import Answer, NoAnswer
from poros_tui.lookup.cymru_text import Origin, origin_name, origin_of, system_name, system_of
from poros_tui.lookup.dns_client import DnsClient
from poros_tui.lookup.reasons import NOT_ANNOUNCED
from poros_tui.model.network import Network
from poros_tui.model.probe import IPAddress
from poros_tui.packets.dns import RecordType

SOURCE: Final = "Team Cymru"
KEPT_MAX: Final = 4096
"""Prefixes, and names of networks. The one that came first goes first."""
NAMELESS_TTL_S: Final = 300.0
"""After so long a network is asked for again whose name nobody has told."""
_NEIGHBOURS_BITS: Final = {4: 24, 6: 48}

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")


class _Kept(Generic[KeyT, ValueT]):
    """Answers with the times at which they are over, and who is being asked for now."""

    def __init__(self) -> None:
        self._known: dict[KeyT, tuple[ValueT, float]] = {}
        self._asking: dict[KeyT, trio.Event] = {}

    def get(self, key: KeyT) -> tuple[ValueT, float] | None:
        """The value, and for how many seconds it is true; None where it is not known."""
        value, until_s = self._known.get(key, (None, -inf))
        left_s = until_s - trio.current_time()
        return (value, left_s) if value is not None and left_s > 0 else None

    def put(self, key: KeyT, value: ValueT, ttl_s: float | None) -> None:
        if key not in self._known and len(self._known) >= KEPT_MAX:
            del self._known[next(iter(self._known))]
        self._known[key] = value, inf if ttl_s is None else trio.current_time() + ttl_s

    @asynccontextmanager
    async def alone(self, key: KeyT) -> AsyncIterator[None]:
        """A context in which nobody else asks for this key."""
        while (other := self._asking.get(key)) is not None:
            await other.wait()
        done = self._asking[key] = trio.Event()
        try:
            yield
        finally:
            del self._asking[key]
            done.set()


_Prefix = tuple[int, int, int]
"""IP version, length, and so many bits of the address."""


def _prefix(address: IPAddress, length: int) -> _Prefix:
    return address.version, length, int(address) >> (address.max_prefixlen - length)


class Cymru:
    """Asks for networks."""

    def __init__(self, client: DnsClient) -> None:
        self._client = client
        self._origins = _Kept[_Prefix, Origin]()
        self._strangers = _Kept[_Prefix, str]()
        """Of whose addresses none is announced, by what is to be said of them."""
        self._names = _Kept[int, str]()

    async def ask(self, address: IPAddress) -> Answer[Network]:
        """The network of an address.

        Raises:
            NoAnswer: nobody says.
        """
        neighbours = _prefix(address, _NEIGHBOURS_BITS[address.version])
        async with self._strangers.alone(neighbours):
            known = self._origin_known(address)
            if known is None:
                stranger = self._strangers.get(neighbours)
                if stranger is not None:
                    return Answer(Network(problem=stranger[0], source=SOURCE), stranger[1])
                found = await self._client.ask(origin_name(address), RecordType.TXT)
                origin = origin_of((one.text for one in found.records), address)
                if origin is None:
                    self._strangers.put(neighbours, NOT_ANNOUNCED, found.ttl_s)
                    return Answer(Network(problem=NOT_ANNOUNCED, source=SOURCE), found.ttl_s)
                self._origins.put(_prefix(address, origin.prefix.prefixlen), origin, found.ttl_s)
                known = origin, inf if found.ttl_s is None else found.ttl_s
        origin, left_s = known
        asn, *others = origin.asns
        name, name_left_s = await self._name(asn)
        network = Network(
            asn=asn,
            other_asns=tuple(others),
            name=name,
            prefix=origin.prefix,
            country=origin.country,
            registry=origin.registry,
            source=SOURCE,
        )
        return Answer(network, min(left_s, name_left_s))

    def _origin_known(self, address: IPAddress) -> tuple[Origin, float] | None:
        """Of the longest known prefix that has the address."""
        lengths = range(address.max_prefixlen, -1, -1)
        known = (self._origins.get(_prefix(address, length)) for length in lengths)
        return next((one for one in known if one is not None), None)

    async def _name(self, asn: int) -> tuple[str | None, float]:
        """The name, and for how long that is true."""
        async with self._names.alone(asn):
            known = self._names.get(asn)
            if known is not None:
                return known
            try:
                found = await self._client.ask(system_name(asn), RecordType.TXT)
            except NoAnswer:
                return None, NAMELESS_TTL_S
            name = system_of((one.text for one in found.records), asn)
            if name is None:
                return None, NAMELESS_TTL_S
            self._names.put(asn, name, found.ttl_s)
            return name, inf if found.ttl_s is None else found.ttl_s
