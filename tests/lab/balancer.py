"""A real Linux router that shares its load out between two others, behind which all ways meet:
namespaces joined by veth pairs. IPv4 alone: in IPv6 the flow label counts as an address does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from tests.lab import namespace

DESTINATION: Final = IPv4Address("192.0.2.10")
BALANCER: Final = IPv4Address("10.1.0.2")
BRANCHES: Final = frozenset({IPv4Address("10.2.0.2"), IPv4Address("10.3.0.2")})
DEAD: Final = IPv4Address("10.3.0.2")
"""Of these, the one that may be dead."""
_PASSES_NOTHING: Final = """
table ip dead {
    chain passed { type filter hook forward priority 0; policy drop; }
}
"""
_SEED: Final = Path("/proc/sys/net/ipv4/fib_multipath_hash_seed")
_ROUTER: Final = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/icmp_ratelimit": "0",
    "ipv4/icmp_msgs_per_sec": "1000000",
    "ipv4/icmp_msgs_burst": "1000000",
}
_LINKS: Final = (
    ("prober", "10.1.0.1", "balancer", "10.1.0.2"),
    ("balancer", "10.2.0.1", "one", "10.2.0.2"),
    ("balancer", "10.3.0.1", "other", "10.3.0.2"),
    ("one", "10.4.0.1", "last", "10.4.0.2"),
    ("other", "10.5.0.1", "last", "10.5.0.2"),
    ("last", "192.0.2.1", "destination", "192.0.2.10"),
)
_ROUTES: Final = (
    ("prober", "default via 10.1.0.2"),
    ("balancer", "192.0.2.0/24 nexthop via 10.2.0.2 nexthop via 10.3.0.2"),
    ("balancer", "10.4.0.0/24 via 10.2.0.2"),
    ("balancer", "10.5.0.0/24 via 10.3.0.2"),
    ("one", "192.0.2.0/24 via 10.4.0.2"),
    ("one", "default via 10.2.0.1"),
    ("other", "192.0.2.0/24 via 10.5.0.2"),
    ("other", "default via 10.3.0.1"),
    ("last", "default via 10.4.0.1"),
    ("destination", "default via 192.0.2.1"),
)


class HashPolicy(Enum):
    """What the kernel chooses a way by (net.ipv4.fib_multipath_hash_policy)."""

    ADDRESSES = "0"
    ADDRESSES_AND_PORTS = "1"


@contextmanager
def linux_balancer(policy: HashPolicy, *, seed: int, is_one_dead: bool = False) -> Iterator[str]:
    """The prober's namespace, four hops away from DESTINATION. BALANCER is the first of them.

    `seed` is of the kernel's hash, where that can be set (Linux 6.11). `is_one_dead`: DEAD answers,
    and passes nothing on.

    Raises:
        LabError: it could not be built.
    """
    namespace.delete_abandoned()
    places = dict.fromkeys(place for link in _LINKS for place in link[::2])
    names = {place: namespace.new_name() for place in places}
    try:
        namespace.ip_batch(f"netns add {name}" for name in names.values())
        for name in names.values():
            namespace.set_sysctls(name, _ROUTER)
        namespace.set_sysctls(names["balancer"], {"ipv4/fib_multipath_hash_policy": policy.value})
        if _SEED.exists():
            namespace.set_sysctls(names["balancer"], {"ipv4/fib_multipath_hash_seed": str(seed)})
        namespace.ip_batch(
            f"link add {far} netns {names[near]} type veth peer name {near} netns {names[far]}"
            for near, _, far, _ in _LINKS
        )
        for place, name in names.items():
            ends = [(far, own) for near, own, far, _ in _LINKS if near == place]
            ends += [(near, own) for near, _, far, own in _LINKS if far == place]
            namespace.ip_batch(
                (
                    "link set lo up",
                    *(f"addr add {own}/24 dev {device}" for device, own in ends),
                    *(f"link set {device} up" for device, _ in ends),
                ),
                name,
            )
        for place, route in _ROUTES:
            namespace.ip_batch([f"route add {route}"], names[place])
        for place, name in names.items():
            devices = [far for near, _, far, _ in _LINKS if near == place]
            devices += [near for near, _, far, _ in _LINKS if far == place]
            namespace.wait_for_carrier(name, devices)
        if is_one_dead:
            namespace.set_filter(names["other"], _PASSES_NOTHING)
        yield names["prober"]
    finally:
        namespace.delete(names.values())
