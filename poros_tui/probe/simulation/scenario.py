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

    [[route]]
    at_s = 10

    [[route.hop]]
    address = "10.0.1.1"
    rtt_ms = 1

`destination = "203.0.113.10"` alone is enough where its defaults are right. The keys are
the attributes of `Scenario`, `Destination`, `Hop` and `Manner`, but for the times of nodes: these
are milliseconds here and end in `_ms`.

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
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import msgspec

from poros_tui.probe.simulation.carried import read_extensions
from poros_tui.probe.simulation.node import (
    Balance,
    Destination,
    Hop,
    Manner,
    Mischief,
    RateLimit,
    Unreachable,
)
from poros_tui.probe.simulation.table import Table

LAST_LINK_RTT_S: Final = 0.001
"""From the last hop to the destination, where the scenario does not say."""
HOPS_MAX: Final = 254
"""A TTL is at most 255, and the destination needs one."""
_TWIN_PREFIX: Final = int(IPv6Address("2001:db8::"))
_MEASURE_MAX: Final = 1_000_000


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
    repeat_s: float | None = None
    """After this long the first route is back and the changes come again; None: never."""

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


def ipv6_twin(address: IPv4Address) -> IPv6Address:
    """The IPv6 address of a node that was given none: 2001:db8:: with `address` at its end."""
    return IPv6Address(_TWIN_PREFIX | int(address))


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
    destination, rtt_s = _read_destination(table)
    routes = [_read_route(table, at_s=0.0, destination_rtt_s=rtt_s)]
    for change in table.tables("route"):
        at_s = change.number("at_s", 0, _MEASURE_MAX)
        if at_s is None or at_s <= routes[-1].at_s:
            raise change.complain("at_s", "must be there, and later than the route before")
        new_rtt_s = change.seconds("destination_rtt_ms")
        routes.append(_read_route(change, at_s=at_s, destination_rtt_s=new_rtt_s))
        change.finish()
    repeat_s = table.number("repeat_s", 0, _MEASURE_MAX)
    if repeat_s is not None and repeat_s <= routes[-1].at_s:
        raise table.complain("repeat_s", "must be later than the last route")
    description = table.text("description") or ""
    table.finish()
    return Scenario(
        destination=destination, routes=tuple(routes), description=description, repeat_s=repeat_s
    )


def _read_route(table: Table, *, at_s: float, destination_rtt_s: float | None) -> Route:
    rising = table.table("rising")
    if rising is None:
        hops = tuple(_read_hop(hop) for hop in table.tables("hop"))
        last_rtt_s = LAST_LINK_RTT_S + (hops[-1].manner.rtt_s if hops else 0.0)
    else:
        hops, last_rtt_s = _read_rising(table, rising)
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
    return tuple(_read_hop(hop) for hop in plain.values()), last_rtt_s


def _read_destination(table: Table) -> tuple[Destination, float | None]:
    inner = table.table_or_text("destination", "address")
    address = inner.address("address")
    if address is None:
        raise inner.complain("address", "the destination needs one")
    manner, rtt_s = _read_manner(inner, initial_ttl=64)
    destination = Destination(
        address=address,
        address6=inner.address6("address6") or ipv6_twin(address),
        manner=manner,
        icmp=inner.flag("icmp", True),
        udp=inner.flag("udp", True),
    )
    inner.finish()
    return destination, rtt_s


def _read_hop(table: Table) -> Hop:
    silent = table.flag("silent", False)
    manner, rtt_s = _read_manner(table, initial_ttl=255)
    addresses, addresses6 = _read_addresses(table)
    if not addresses and (not silent or manner.mischief):
        raise table.complain("address", "a hop that is not silent needs one")
    if addresses and rtt_s is None:
        raise table.complain("rtt_ms", "a hop with an address needs one")
    hop = Hop(
        manner=manner,
        addresses=addresses,
        addresses6=addresses6,
        balance=table.choice("balance", Balance) or Balance.FLOW,
        silent=silent,
        link_loss=table.number("link_loss", 0, 1) or 0.0,
        blackhole=table.flag("blackhole", False),
        unreachable=table.choice("unreachable", Unreachable),
        unreachable_beyond=table.flag("unreachable_beyond", False),
        unreachable_delay_s=table.seconds("unreachable_delay_ms") or 0.0,
    )
    if hop.unreachable is None and (hop.unreachable_beyond or hop.unreachable_delay_s):
        raise table.complain("unreachable", "say which one: " + ", ".join(Unreachable))
    table.finish()
    return hop


def _read_addresses(table: Table) -> tuple[tuple[IPv4Address, ...], tuple[IPv6Address, ...]]:
    single, single6 = table.address("address"), table.address6("address6")
    addresses = table.addresses("addresses") or ((single,) if single else ())
    addresses6 = table.addresses6("addresses6") or ((single6,) if single6 else ())
    return addresses, addresses6 or tuple(ipv6_twin(address) for address in addresses)


def _read_manner(table: Table, *, initial_ttl: int) -> tuple[Manner, float | None]:
    rtt_s = table.seconds("rtt_ms")
    mischief = table.choices("mischief", Mischief)
    if Mischief.NONE in mischief:
        raise table.complain("mischief", "'none' is said by leaving the key out")
    manner = Manner(
        rtt_s=rtt_s or 0.0,
        jitter_s=table.seconds("jitter_ms") or 0.0,
        loss=table.number("loss", 0, 1) or 0.0,
        duplicates=table.whole("duplicates", 0, 10) or 0,
        rate_limit=_read_rate_limit(table),
        mischief=mischief,
        initial_ttl=table.whole("initial_ttl", 1, 255) or initial_ttl,
        quote_bytes=table.whole("quote_bytes", 28, 1232),
        extensions=read_extensions(table),
        tells_quote_length=table.flag("tells_quote_length", True),
    )
    return manner, rtt_s


def _read_rate_limit(table: Table) -> RateLimit | None:
    limit = table.table("rate_limit")
    if limit is None:
        return None
    per_second = limit.number("per_second", 0.001, _MEASURE_MAX)
    burst = limit.whole("burst", 1, _MEASURE_MAX)
    if per_second is None or burst is None:
        raise table.complain("rate_limit", "needs per_second and burst")
    limit.finish()
    return RateLimit(per_second=per_second, burst=burst)
