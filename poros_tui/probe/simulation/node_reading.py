"""The nodes of a scenario, read from their tables of TOML."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Final

from poros_tui.probe.simulation.box_reading import read_box
from poros_tui.probe.simulation.carried import read_extensions
from poros_tui.probe.simulation.node import (
    Balance,
    Destination,
    Hop,
    Link,
    Manner,
    Mischief,
    RateLimit,
    TcpPort,
    UdpService,
    Unreachable,
)
from poros_tui.probe.simulation.table import Table
from poros_tui.probe.simulation.twin import ipv6_twin

_MEASURE_MAX: Final = 1_000_000
_WEIGHT_MAX: Final = 1000


def read_destination(table: Table) -> tuple[Destination, float | None]:
    """The destination of a scenario's table, and its RTT in seconds where it is said.

    Raises:
        ValueError: a wrong value; the key is named.
    """
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
        udp=_read_udp(inner),
        tcp=inner.choice("tcp", TcpPort) or TcpPort.OPEN,
    )
    inner.finish()
    return destination, rtt_s


def read_hop(table: Table) -> Hop:
    """A hop from its table.

    Raises:
        ValueError: a wrong value; the key is named.
    """
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
        weights=_read_weights(table, len(addresses)),
        links=tuple(
            tuple(_read_link(table, target) for target in targets)
            for targets in table.lists("links")
        ),
        silent=silent,
        link_loss=table.number("link_loss", 0, 1) or 0.0,
        link_limit=_read_rate_limit(table, "link_limit"),
        blackhole=table.flag("blackhole", False),
        unreachable=table.choice("unreachable", Unreachable),
        unreachable_beyond=table.flag("unreachable_beyond", False),
        box=read_box(table),
        unreachable_delay_s=table.seconds("unreachable_delay_ms") or 0.0,
    )
    if hop.unreachable is None and (hop.unreachable_beyond or hop.unreachable_delay_s):
        raise table.complain("unreachable", "say which one: " + ", ".join(Unreachable))
    if (hop.weights or hop.links) and len(addresses) != len(addresses6):
        raise table.complain("addresses6", "where links or weights are, as many as addresses")
    table.finish()
    return hop


def _read_udp(table: Table) -> UdpService:
    if (is_closed := table.flag_or_text("udp")) is not None:
        return UdpService.CLOSED if is_closed else UdpService.SILENT
    return table.choice("udp", UdpService) or UdpService.CLOSED


def _read_weights(table: Table, addresses: int) -> tuple[int, ...]:
    weights = table.wholes("weights", 1, _WEIGHT_MAX)
    if weights and len(weights) != addresses:
        raise table.complain("weights", "not one for each address")
    return weights


def _read_link(table: Table, target: object) -> Link:
    match str(target).split():
        case ["skip"]:
            return Link(skips=True)
        case ["skip", number] if number.isdecimal():
            return Link(index=int(number), skips=True)
        case [number] if number.isdecimal():
            return Link(index=int(number))
    raise table.complain("links", f"{target!r} is neither a number from 0 nor 'skip' or 'skip 0'")


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
        rate_limit=_read_rate_limit(table, "rate_limit"),
        mischief=mischief,
        initial_ttl=table.whole("initial_ttl", 1, 255) or initial_ttl,
        return_hops=table.whole("return_hops", 1, 255),
        quoted_ttl=table.whole("quoted_ttl", 0, 255),
        quote_bytes=table.whole("quote_bytes", 28, 1232),
        extensions=read_extensions(table),
        tells_quote_length=table.flag("tells_quote_length", True),
    )
    return manner, rtt_s


def _read_rate_limit(table: Table, key: str) -> RateLimit | None:
    limit = table.table(key)
    if limit is None:
        return None
    per_second = limit.number("per_second", 0.001, _MEASURE_MAX)
    burst = limit.whole("burst", 1, _MEASURE_MAX)
    if per_second is None or burst is None:
        raise table.complain(key, "needs per_second and burst")
    limit.finish()
    return RateLimit(per_second=per_second, burst=burst)
