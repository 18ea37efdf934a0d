"""Who announces the addresses of a scenario, and at which exchanges they are, read from its tables
`networks` and `exchanges`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from poros_tui.model.exchange import Exchange
from poros_tui.model.network import ASN_MAX, Network
from poros_tui.probe.simulation.table import Table
from poros_tui.probe.simulation.twin import ipv6_twin

SOURCE: Final = "simulation"


def read_networks(table: Table | None) -> tuple[Network, ...]:
    """Prefixes, each with the number and the name of its network. The IPv6 twins of an IPv4 prefix
    are of the same.

    Raises:
        ValueError: a key is no prefix, or its text has no number and name.
    """
    return tuple(_networks(table)) if table is not None else ()


def _networks(table: Table) -> Iterator[Network]:
    for key, text in table.all_texts().items():
        prefix = _prefix(table, key)
        number, _, name = text.partition(" ")
        if not (number.isascii() and number.isdigit() and 0 < int(number) <= ASN_MAX and name):
            raise table.complain(key, "needs the number of a network, and its name")
        for each in (prefix, *_twins(prefix)):
            yield Network(asn=int(number), name=name, prefix=each, source=SOURCE)


def read_exchanges(table: Table | None) -> tuple[Exchange, ...]:
    """Prefixes of LANs, each with the name of its exchange, with IPv6 twins as above.

    Raises:
        ValueError: a key is no prefix.
    """
    if table is None:
        return ()
    named = [(_prefix(table, key), name) for key, name in table.all_texts().items()]
    return tuple(
        Exchange(name=name, prefix=each, source=SOURCE)
        for prefix, name in named
        for each in (prefix, *_twins(prefix))
    )


def _prefix(table: Table, key: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(key)
    except ValueError:
        raise table.complain(key, "is no prefix") from None


def _twins(prefix: IPv4Network | IPv6Network) -> Iterator[IPv6Network]:
    if isinstance(prefix, IPv4Network):
        yield IPv6Network((ipv6_twin(prefix.network_address), 96 + prefix.prefixlen))
