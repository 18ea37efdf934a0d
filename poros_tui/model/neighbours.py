"""The addresses beside a destination, and how few routes could tell them apart. Pure.

A load balancer that goes by destination shows to who asks several addresses of one network
(Augustin, Friedman and Teixeira, "Measuring Load-balanced Paths in the Internet", IMC 2007). So may
plain routing, which knows prefixes and not addresses: neighbours that go different ways in turn
would need a route for nearly each.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, TypeVar

from poros_tui.model.probe import IPAddress

IPNetwork = IPv4Network | IPv6Network
HOST_BITS: Final = 8
"""Of a /24, the longest prefix that the internet's routes have in IPv4; in IPv6 as many addresses,
a /120."""

Way = TypeVar("Way", bound=Hashable)


def network_of(address: IPAddress) -> IPNetwork:
    """The /24 of an address, in IPv6 its /120."""
    return ip_network((address.packed, address.max_prefixlen - HOST_BITS), strict=False)


def neighbours_of(address: IPAddress) -> tuple[IPAddress, ...]:
    """All others in its network but the first and the last, which are the network itself and its
    broadcast. Those with the longest prefix in common come first: the fewer routes lie between."""
    network = network_of(address)
    first = network.network_address
    own = int(address) - int(first)
    places = (own ^ distance for distance in range(1, network.num_addresses))
    return tuple(first + place for place in places if 0 < place < network.num_addresses - 1)


def routes_needed(ways: Mapping[IPAddress, Way]) -> int:
    """The fewest routes (a prefix and a way each, the longest prefix counts) that send these
    addresses of one network their ways, the network's own included. At least one address."""
    colours = list(dict.fromkeys(ways.values()))
    points = [(int(address), way) for address, way in ways.items()]
    return 1 + min(_routes_below(points, HOST_BITS - 1, colours).values())


def _routes_below(
    points: Sequence[tuple[int, Way]], bit: int, colours: Sequence[Way]
) -> dict[Way, int]:
    """How many more are needed within one prefix, by the way that a shorter one has given it.

    From the leaves up, as in Draves, King, Venkatachary and Zill, "Constructing Optimal IP Routing
    Tables" (INFOCOM 1999): a prefix keeps the way it was given, or has one route for a better.
    """
    if len({way for _, way in points}) < 2:
        return {colour: int(any(way != colour for _, way in points)) for colour in colours}
    halves = [[point for point in points if point[0] >> bit & 1 == half] for half in (0, 1)]
    low, high = (_routes_below(half, bit - 1, colours) for half in halves)
    kept = {colour: low[colour] + high[colour] for colour in colours}
    with_route = 1 + min(kept.values())
    return {colour: min(kept[colour], with_route) for colour in colours}
