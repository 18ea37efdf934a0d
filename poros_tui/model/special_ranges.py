"""Addresses that are of no network in the internet, so that asking for theirs tells strangers of
one's own and brings nothing: the special registries of IANA (RFC 6890), as values. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress


class SpecialRange(msgspec.Struct, frozen=True):
    """A range that nobody announces."""

    network: IPv4Network | IPv6Network
    words: str
    """What its addresses are."""
    source: str
    """RFC and section."""


def _ranges(*rows: tuple[str, str, str]) -> tuple[SpecialRange, ...]:
    return tuple(SpecialRange(ip_network(text), words, source) for text, words, source in rows)


SPECIAL_RANGES: Final = _ranges(
    ("0.0.0.0/8", "addresses of this network", "RFC 1122 3.2.1.3"),
    ("10.0.0.0/8", "private addresses", "RFC 1918 3"),
    ("100.64.0.0/10", "addresses shared by customers", "RFC 6598 7"),
    ("127.0.0.0/8", "loopback addresses", "RFC 1122 3.2.1.3"),
    ("169.254.0.0/16", "link-local addresses", "RFC 3927 2.1"),
    ("172.16.0.0/12", "private addresses", "RFC 1918 3"),
    ("192.0.0.0/24", "addresses of protocols", "RFC 6890 2.1"),
    ("192.0.2.0/24", "addresses for documentation", "RFC 5737 3"),
    ("192.88.99.0/24", "6to4 relays", "RFC 7526 4"),
    ("192.168.0.0/16", "private addresses", "RFC 1918 3"),
    ("198.18.0.0/15", "addresses for benchmarks", "RFC 2544 C.2.2"),
    ("198.51.100.0/24", "addresses for documentation", "RFC 5737 3"),
    ("203.0.113.0/24", "addresses for documentation", "RFC 5737 3"),
    ("224.0.0.0/4", "multicast addresses", "RFC 5771 3"),
    ("240.0.0.0/4", "reserved addresses", "RFC 1112 4"),
    ("::/8", "reserved addresses", "RFC 4291 2.4"),
    ("64:ff9b::/96", "translated IPv4 addresses", "RFC 6052 2.1"),
    ("64:ff9b:1::/48", "translated IPv4 addresses", "RFC 8215 3"),
    ("100::/64", "addresses to be discarded", "RFC 6666 3"),
    ("2001::/32", "Teredo addresses", "RFC 4380 2.6"),
    ("2001:2::/48", "addresses for benchmarks", "RFC 5180 8"),
    ("2001:10::/28", "identifiers, no addresses", "RFC 4843 2"),
    ("2001:20::/28", "identifiers, no addresses", "RFC 7343 2"),
    ("2001:db8::/32", "addresses for documentation", "RFC 3849 4"),
    ("2002::/16", "6to4 addresses", "RFC 3056 2"),
    ("3fff::/20", "addresses for documentation", "RFC 9637 4"),
    ("5f00::/16", "identifiers of segments", "RFC 9602 3"),
    ("fc00::/7", "private addresses", "RFC 4193 3.1"),
    ("fe80::/10", "link-local addresses", "RFC 4291 2.5.6"),
    ("fec0::/10", "private addresses", "RFC 3879 4"),
    ("ff00::/8", "multicast addresses", "RFC 4291 2.7"),
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that IANA gives out of IPv6 (RFC 4291 2.4)."""
_ELSEWHERE: Final = SpecialRange(
    IPv6Network("::/0"), "addresses that nobody was given", "RFC 4291 2.4"
)

_MASKS: Final = {
    version: tuple(
        (int(one.network.netmask), int(one.network.network_address), one)
        for one in SPECIAL_RANGES
        if one.network.version == version
    )
    for version in (4, 6)
}


def special_range(address: IPAddress) -> SpecialRange | None:
    """The range that makes the address special; None for one that somebody may announce.

    A 6to4 address whose IPv4 address is special is no better than that, and others go through
    anybody's relay: none of them is asked for.
    """
    number = int(address)
    for mask, start, one in _MASKS[address.version]:
        if number & mask == start:
            return one
    if isinstance(address, IPv6Address) and not _is_in(address, _GLOBAL_UNICAST):
        return _ELSEWHERE
    return None


def _is_in(address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    return int(address) & int(network.netmask) == int(network.network_address)
