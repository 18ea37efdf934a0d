"""A chain of real Linux routers as a lab: namespaces joined by veth pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise
from typing import Final

from poros_tui.model.probe import IPAddress, Protocol
from tests.lab import namespace
from tests.lab.expectation import Responders
from tests.lab.lab import Lab

LEFT, RIGHT = "left", "right"
"""The two interfaces of a node: towards the prober, and towards the destination."""
_FORWARDING: Final = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv6/conf/all/forwarding": "1",
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
}
_TOO_BIG_UNSAID: Final = """
table inet lab {
    chain output {
        type filter hook output priority filter;
        icmp type destination-unreachable icmp code frag-needed drop
        icmpv6 type packet-too-big drop
    }
}
"""
_NO_RATE_LIMITS: Final = {
    "ipv4/icmp_ratelimit": "0",
    "ipv4/icmp_msgs_per_sec": "1000000",
    "ipv4/icmp_msgs_burst": "1000000",
    "ipv6/icmp/ratelimit": "0",
}


class Refusal(StrEnum):
    """The kinds of route by which a Linux router refuses to forward (ip-route(8))."""

    UNREACHABLE = "unreachable"
    """Host unreachable; in IPv6 no route."""
    PROHIBIT = "prohibit"
    """Communication administratively prohibited."""
    BLACKHOLE = "blackhole"
    """Nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainPlan:
    """What is to be built."""

    routers: int = 6
    """Between the prober and the destination, 1 to 200."""
    refusal: Refusal | None = None
    refusing_router: int = 3
    """Which of them has the route of that kind to the destination, from 1."""
    rate_limits: bool = False
    """Leave the kernel's own limits on ICMP errors: a burst of 6 and then 1 a second in IPv4.

    Without them too, a refusing IPv4 route is answered for only 5 times and then once a second:
    net.ipv4.route.error_burst and error_cost belong to the machine, not to a namespace.
    """

    mtu: int | None = None
    """Bytes that one link takes, 1280 to 1499; the others take 1500."""
    narrow_router: int = 2
    """The router before that link, from 1."""
    mtu_silent: bool = False
    """That router drops what is too big, and a filter keeps it from saying so."""

    @property
    def description(self) -> str:
        """One line for people."""
        words = f"{self.routers} real Linux routers"
        if self.mtu:
            words += f", and the link behind number {self.narrow_router} takes {self.mtu} bytes"
            words += ", which nobody says" if self.mtu_silent else ""
        if self.refusal:
            words += f", and number {self.refusing_router} has a route of type {self.refusal}"
        return words + (", ICMP rate limits as the kernel has them" if self.rate_limits else "")


CHAINS: Final[Mapping[str, ChainPlan]] = {
    "chain": ChainPlan(),
    "chain-limited": ChainPlan(rate_limits=True),
    "chain-unreachable": ChainPlan(refusal=Refusal.UNREACHABLE),
    "chain-prohibited": ChainPlan(refusal=Refusal.PROHIBIT),
    "chain-blackhole": ChainPlan(refusal=Refusal.BLACKHOLE),
    "chain-mtu": ChainPlan(mtu=1400),
    "chain-mtu-silent": ChainPlan(mtu=1400, mtu_silent=True),
}
"""The chains that can be named on the command line."""


class ChainLab(Lab):
    """Real routers, and a destination behind them. Links are counted from the prober's, 1."""

    def __init__(self, plan: ChainPlan, names: list[str]) -> None:
        self.plan = plan
        self.names = names
        """Namespaces: the prober's, the routers', the destination's."""
        last = len(names) - 1
        super().__init__(
            namespace=names[0], destination=_address4(last), destination6=_address6(last)
        )

    def absent(self, family: int) -> IPAddress:
        """An address on the last link that nobody has: the last router asks for it in vain, and
        then, after 3 s in IPv4 (three ARP requests), says that the host is unreachable."""
        return self.target(family) + 97

    def path(self, family: int, protocol: Protocol = Protocol.ICMP) -> list[Responders]:
        """Who answers at TTL 1, 2, ...; both protocols see the same."""
        plan = self.plan
        last = len(self.names) - 1
        if plan.refusal is Refusal.BLACKHOLE:
            last = plan.refusing_router - 1  # not even the expired are answered there
        elif plan.refusal:
            last = plan.refusing_router
        address = _address4 if family == 4 else _address6
        return [frozenset({address(ttl)}) for ttl in range(1, last + 1)]

    def link_down(self, link: int = 1) -> None:
        """Take a link down, at its end towards the prober."""
        namespace.ip_batch([f"link set {RIGHT} down"], self.names[link - 1])

    def link_up(self, link: int = 1) -> None:
        """Bring a link back, with the addresses and routes that went with it, and wait until
        both ends let packets through."""
        near, far = link - 1, link
        namespace.ip_batch([f"link set {RIGHT} up"], self.names[near])
        namespace.wait_for_carrier(self.names[near], [RIGHT])
        namespace.wait_for_carrier(self.names[far], [LEFT])
        namespace.ip_batch(_configuration(near, self.plan), self.names[near])
        for node in (near, far):
            _wait_for_addresses(node, self.plan, self.names[node])


@contextmanager
def chain_network(plan: ChainPlan | str = "chain") -> Iterator[ChainLab]:
    """Namespaces in a row, the prober's first and the destination's last.

    Raises:
        LabError: the chain could not be built.
    """
    if isinstance(plan, str):
        plan = CHAINS[plan]
    namespace.delete_abandoned()
    names = [namespace.new_name() for _ in range(plan.routers + 2)]
    try:
        _build(plan, names)
        yield ChainLab(plan, names)
    finally:
        namespace.delete(names)


def _build(plan: ChainPlan, names: list[str]) -> None:
    namespace.ip_batch(f"netns add {name}" for name in names)
    sysctls = _FORWARDING if plan.rate_limits else {**_FORWARDING, **_NO_RATE_LIMITS}
    for name in names:
        namespace.set_sysctls(name, sysctls)
    namespace.ip_batch(
        f"link add {RIGHT} netns {left} type veth peer name {LEFT} netns {right}"
        for left, right in pairwise(names)
    )
    for node, name in enumerate(names):
        namespace.ip_batch(_configuration(node, plan), name)
    if plan.mtu_silent:
        namespace.set_filter(names[plan.narrow_router], _TOO_BIG_UNSAID)
    for node, name in enumerate(names):
        namespace.wait_for_carrier(name, _devices(node, plan))
        _wait_for_addresses(node, plan, name)


def _devices(node: int, plan: ChainPlan) -> list[str]:
    """Of node 0 (the prober), 1, ..."""
    return [LEFT] * (node > 0) + [RIGHT] * (node <= plan.routers)


def _wait_for_addresses(node: int, plan: ChainPlan, name: str) -> None:
    own = {LEFT: _address6(node), RIGHT: _neighbour6(node + 1)}
    devices = _devices(node, plan)
    namespace.wait_for_addresses(name, [own[device] for device in devices], devices)


def _configuration(node: int, plan: ChainPlan) -> list[str]:
    """The commands that set up a node, or set it up again."""
    last = plan.routers + 1
    lines = ["link set lo up"]
    if node > 0:
        lines += [
            f"link set {LEFT} up",
            f"addr replace {_address4(node)}/24 dev {LEFT}",
            f"addr replace {_address6(node)}/64 dev {LEFT} nodad",
        ]
    if node > 1:
        lines += [
            f"route replace 10.1.1.0/24 via {_neighbour4(node)}",
            f"route replace fd00:1:1::/64 via {_neighbour6(node)}",
        ]
    if node < last:
        lines += [
            f"link set {RIGHT} up",
            f"addr replace {_neighbour4(node + 1)}/24 dev {RIGHT}",
            f"addr replace {_neighbour6(node + 1)}/64 dev {RIGHT} nodad",
            f"route replace default via {_address4(node + 1)}",
            f"route replace ::/0 via {_address6(node + 1)}",
        ]
    if plan.mtu and node == plan.narrow_router:
        lines.append(f"link set {RIGHT} mtu {plan.mtu}")
    if plan.mtu and node == plan.narrow_router + 1:
        lines.append(f"link set {LEFT} mtu {plan.mtu}")
    if plan.refusal and node == plan.refusing_router:
        lines += [
            f"route replace {plan.refusal} {_address4(last)}/32",
            f"route replace {plan.refusal} {_address6(last)}/128",
        ]
    return lines


def _address4(node: int) -> IPv4Address:
    """Of a node, on its link towards the prober: with it a router answers the prober."""
    return IPv4Address(f"10.1.{node}.2")


def _address6(node: int) -> IPv6Address:
    return IPv6Address(f"fd00:1:{node:x}::2")


def _neighbour4(node: int) -> IPv4Address:
    """The other end of that link."""
    return IPv4Address(f"10.1.{node}.1")


def _neighbour6(node: int) -> IPv6Address:
    return IPv6Address(f"fd00:1:{node:x}::1")
