"""Prefixes of the peering LANs of internet exchanges, as PeeringDB has them
(https://www.peeringdb.com/apidocs). Pure.

The file is one JSON object with the objects `ixpfx`, `ixlan` and `ix` of PeeringDB, each a list, or
as its API answers a list as `data`: what `poros-tui update-ix` writes, and whole dumps of it.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, Generic, TypeVar

import msgspec

from poros_tui.model.clean import clean
from poros_tui.model.exchange import Exchange
from poros_tui.model.probe import IPAddress

NAME_MAX: Final = 100
CITY_MAX: Final = 60
LENGTH_LEAST: Final = {4: 16, 6: 32}
"""A shorter prefix is no LAN."""

RowT = TypeVar("RowT")


class PrefixRow(msgspec.Struct):
    """A prefix of a peering LAN, as far as it matters here. As what follows it has other keys."""

    prefix: str
    ixlan_id: int
    status: str = "ok"


class LanRow(msgspec.Struct):
    """A peering LAN."""

    id: int
    ix_id: int


class ExchangeRow(msgspec.Struct):
    """An exchange."""

    id: int
    name: str
    city: str = ""
    country: str = ""


class Answer(msgspec.Struct, Generic[RowT]):
    """As the API answers."""

    data: list[RowT]


class ExchangeFile(msgspec.Struct, kw_only=True):
    """What is in a file."""

    ixpfx: list[PrefixRow] | Answer[PrefixRow]
    ixlan: list[LanRow] | Answer[LanRow] = []
    """Where it is missing, a LAN has the number of its exchange, as it has nearly always."""
    ix: list[ExchangeRow] | Answer[ExchangeRow]


def decode_exchanges(content: bytes) -> ExchangeFile:
    """Read a file.

    Raises:
        ValueError: it is none, in a few words.
    """
    try:
        file = msgspec.json.decode(content, type=ExchangeFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"it is no export of PeeringDB: {clean(str(error), NAME_MAX)}") from None
    if not _rows(file.ixpfx) or not _rows(file.ix):
        raise ValueError("it has no prefixes of exchanges")
    return file


def _rows(rows: list[RowT] | Answer[RowT]) -> list[RowT]:
    return rows.data if isinstance(rows, Answer) else rows


class ExchangeTable:
    """Exchanges by the prefixes of their LANs."""

    def __init__(self, file: ExchangeFile, source: str) -> None:
        """`source` is the name of the file. Rows that cannot be are left out."""
        lans = {lan.id: lan.ix_id for lan in _rows(file.ixlan)}
        exchanges = {one.id: one for one in _rows(file.ix)}
        self._source = source
        self._prefixes: dict[tuple[int, int, int], ExchangeRow] = {}
        for row in _rows(file.ixpfx):
            exchange = exchanges.get(lans.get(row.ixlan_id, row.ixlan_id))
            prefix = _lan_prefix(row)
            if exchange is not None and prefix is not None and clean(exchange.name, NAME_MAX):
                self._prefixes[_key(prefix)] = exchange
        self._lengths = sorted({(key[0], key[1]) for key in self._prefixes}, reverse=True)

    @property
    def prefix_count(self) -> int:
        """How many prefixes are known."""
        return len(self._prefixes)

    @property
    def exchange_count(self) -> int:
        """Of how many exchanges."""
        return len({one.id for one in self._prefixes.values()})

    def find(self, address: IPAddress) -> Exchange | None:
        """The exchange of the longest prefix that has the address; None where there is none."""
        for version, length in self._lengths:
            if version != address.version:
                continue
            bits = address.max_prefixlen - length
            row = self._prefixes.get((version, length, int(address) >> bits))
            if row is not None:
                country = clean(row.country, 2)
                return Exchange(
                    name=clean(row.name, NAME_MAX),
                    city=clean(row.city, CITY_MAX) or None,
                    country=country if len(country) == 2 and country.isascii() else None,
                    prefix=ip_network((address.packed, length), strict=False),
                    source=self._source,
                )
        return None


def _lan_prefix(row: PrefixRow) -> IPv4Network | IPv6Network | None:
    if row.status != "ok":
        return None
    try:
        prefix = ip_network(row.prefix)
    except ValueError:
        return None
    return prefix if prefix.prefixlen >= LENGTH_LEAST[prefix.version] else None


def _key(prefix: IPv4Network | IPv6Network) -> tuple[int, int, int]:
    bits = prefix.max_prefixlen - prefix.prefixlen
    return prefix.version, prefix.prefixlen, int(prefix.network_address) >> bits
