"""A simulated internet as a value: its hops, its destination, its troubles. Read from TOML.

    description = "three hops, the second rate-limited"

    [destination]
    address = "203.0.113.10"
    rtt_ms = 30
    udp = false

    [[hop]]
    address = "10.0.1.1"
    rtt_ms = 1

    [[hop]]
    addresses = ["10.0.2.1", "10.0.2.2"]
    balance = "flow"
    rtt_ms = 12
    rate_limit = { per_second = 1, burst = 6 }

    [names]
    "10.0.1.1" = "gateway.example"

    [networks]
    "10.0.0.0/16" = "64500 EXAMPLE-NET"

    [exchanges]
    "10.0.9.0/24" = "EXAMPLE-IX"

    [[place]]
    city = "Berlin"
    latitude = 52.52
    longitude = 13.405
    addresses = ["10.0.1.1"]

    [[route]]
    at_s = 10

    [[route.hop]]
    address = "10.0.1.1"
    rtt_ms = 1

`destination = "203.0.113.10"` alone is enough where its defaults are right. The keys are
the attributes of `Scenario`, `Destination`, `Hop`, `Manner` and `Box`, but for the times of nodes:
these are milliseconds here and end in `_ms`.

A long path is written by its exceptions. `rising` makes hops as `rising_path` does, and then each
`[[hop]]` (or `[[route.hop]]`) names the one that it changes, and only what is different there:

    destination = "203.0.113.10"
    rising = { hops = 30, last_rtt_ms = 120 }

    [[hop]]
    ttl = 9
    blackhole = true
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address
from typing import Final

import msgspec

from poros_tui.model.coordinates import Coordinates
from poros_tui.model.exchange import Exchange
from poros_tui.model.network import Network
from poros_tui.model.place import Place
from poros_tui.model.probe import IPAddress
from poros_tui.probe.simulation.box_reading import MTU_MAX, MTU_MIN
from poros_tui.probe.simulation.network_reading import read_exchanges, read_networks
from poros_tui.probe.simulation.node import Destination, Hop
from poros_tui.probe.simulation.node_reading import read_destination, read_hop
from poros_tui.probe.simulation.place_reading import read_home, read_places
from poros_tui.probe.simulation.table import Table
from poros_tui.probe.simulation.twin import ipv6_twin

LAST_LINK_RTT_S: Final = 0.001
"""From the last hop to the destination, where the scenario does not say."""
HOPS_MAX: Final = 254
"""A TTL is at most 255, and the destination needs one."""
_TIME_MAX_S: Final = 1_000_000


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """The hops from a moment on."""

    at_s: float
    hops: tuple[Hop, ...]
    destination_rtt_s: float
    """Key `destination_rtt_ms`; for the first route the destination's `rtt_ms`."""

    @property
    def distance(self) -> int:
        """TTL that reaches the destination, if nothing on the way forbids it."""
        return len(self.hops) + 1


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One simulated internet, seen from one prober."""

    destination: Destination
    routes: tuple[Route, ...]
    """In order of time; the first is from 0 on."""
    description: str = ""
    mtu: int | None = None
    """Bytes that the prober's own link takes; None: any number, but 1500 in the lab."""
    repeat_s: float | None = None
    """After this long the first route is back and the changes come again; None: never."""
    names: Mapping[IPAddress, str] = {}
    """By what its addresses are called, where they are. The name of an IPv4 address is that of its
    IPv6 twin too."""
    networks: tuple[Network, ...] = ()
    """Who announces its addresses; those of IPv6 twins too."""
    exchanges: tuple[Exchange, ...] = ()
    """In whose LANs its addresses are, in the same way."""
    places: Mapping[IPAddress, Place] = {}
    """Where its addresses are said to be."""
    home: Coordinates | None = None
    """Where the prober is; None: nobody says."""

    @property
    def hops(self) -> tuple[Hop, ...]:
        """The hops at the beginning."""
        return self.routes[0].hops

    def route_at(self, now_s: float) -> Route:
        """The route `now_s` seconds after the beginning."""
        if self.repeat_s is not None:
            now_s %= self.repeat_s
        current = self.routes[0]
        for route in self.routes:
            if route.at_s <= now_s:
                current = route
        return current

    @classmethod
    def from_toml(cls, text: str) -> Scenario:
        """Read a scenario.

        Raises:
            ValueError: not TOML, an unknown key, or a wrong value; the key is named.
        """
        return _read_scenario(Table(tomllib.loads(text)))


def rising_path(hops: int, last_rtt_s: float) -> Scenario:
    """A path without troubles: `hops` hops (1 to 255), the destination being the last of them.

    RTTs rise in equal steps to `last_rtt_s`, hop n is 10.0.n.1, the destination 203.0.113.10.

    Raises:
        ValueError: too many hops, or too few.
    """
    return _read_scenario(
        Table(
            {
                "description": f"{hops} hops, RTT rising to {last_rtt_s * 1000:g} ms",
                "destination": "203.0.113.10",
                "rising": {"hops": hops, "last_rtt_ms": last_rtt_s * 1000},
            }
        )
    )


def _read_scenario(table: Table) -> Scenario:
    destination, rtt_s = read_destination(table)
    routes = [_read_route(table, at_s=0.0, destination_rtt_s=rtt_s)]
    for change in table.tables("route"):
        at_s = change.number("at_s", 0, _TIME_MAX_S)
        if at_s is None or at_s <= routes[-1].at_s:
            raise change.complain("at_s", "must be there, and later than the route before")
        new_rtt_s = change.seconds("destination_rtt_ms")
        routes.append(_read_route(change, at_s=at_s, destination_rtt_s=new_rtt_s))
        change.finish()
    repeat_s = table.number("repeat_s", 0, _TIME_MAX_S)
    if repeat_s is not None and repeat_s <= routes[-1].at_s:
        raise table.complain("repeat_s", "must be later than the last route")
    names = _read_names(table.table("names"))
    networks = read_networks(table.table("networks"))
    exchanges = read_exchanges(table.table("exchanges"))
    places, home = read_places(table.tables("place")), read_home(table.table("home"))
    description = table.text("description") or ""
    mtu = table.whole("mtu", MTU_MIN, MTU_MAX)
    table.finish()
    return Scenario(
        destination=destination,
        routes=tuple(routes),
        description=description,
        mtu=mtu,
        repeat_s=repeat_s,
        names=names,
        networks=networks,
        exchanges=exchanges,
        places=places,
        home=home,
    )


def _read_names(table: Table | None) -> dict[IPAddress, str]:
    names: dict[IPAddress, str] = {}
    if table is None:
        return names
    for key, name in table.all_texts().items():
        try:
            address = ip_address(key)
        except ValueError:
            raise table.complain(key, "is no address") from None
        names[address] = name
        if isinstance(address, IPv4Address):
            names.setdefault(ipv6_twin(address), name)
    return names


def _read_route(table: Table, *, at_s: float, destination_rtt_s: float | None) -> Route:
    rising = table.table("rising")
    if rising is None:
        hops = tuple(read_hop(hop) for hop in table.tables("hop"))
        last_rtt_s = LAST_LINK_RTT_S + (hops[-1].manner.rtt_s if hops else 0.0)
    else:
        hops, last_rtt_s = _read_rising(table, rising)
    _check_links(table, hops)
    if len(hops) > HOPS_MAX:
        raise table.complain("hop", f"{len(hops)} are too many: at most {HOPS_MAX}")
    if destination_rtt_s is None:
        destination_rtt_s = last_rtt_s
    return Route(at_s=at_s, hops=hops, destination_rtt_s=destination_rtt_s)


def _read_rising(table: Table, rising: Table) -> tuple[tuple[Hop, ...], float]:
    distance = rising.whole("hops", 1, HOPS_MAX + 1)
    last_rtt_s = rising.seconds("last_rtt_ms")
    if distance is None or last_rtt_s is None:
        raise table.complain("rising", "needs hops and last_rtt_ms")
    rising.finish()
    plain = {
        ttl: Table(
            {"address": f"10.0.{ttl}.1", "rtt_ms": 1000 * last_rtt_s * ttl / distance},
            f"ttl {ttl}: ",
        )
        for ttl in range(1, distance)
    }
    for change in table.tables("hop"):
        ttl = change.whole("ttl", 1, distance - 1)
        if ttl is None:
            raise change.complain("ttl", "say which of the rising hops this is")
        plain[ttl] = change.over(plain[ttl])
    return tuple(read_hop(hop) for hop in plain.values()), last_rtt_s


def _check_links(table: Table, hops: tuple[Hop, ...]) -> None:
    """Every router has its links, and every link leads to something.

    Raises:
        ValueError: the hop is named.
    """
    widths = [len(hop.addresses) or 1 for hop in hops] + [1, 0]
    for place, hop in enumerate(hops):
        if hop.links and len(hop.links) != widths[place]:
            raise table.complain(f"hop {place + 1}: links", "not one list for each address")
        for link in (link for links in hop.links for link in links):
            width = widths[place + 1 + link.skips]
            if (link.index or 0) >= width:
                raise table.complain(f"hop {place + 1}: links", "lead to where nothing is")
