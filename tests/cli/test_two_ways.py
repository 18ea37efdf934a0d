"""Two ways to one destination, as with a VPN: --interface and --source choose between them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from ipaddress import IPv6Address

import pytest

from tests.cli.program import PROGRAM, report_of
from tests.lab import namespace
from tests.lab.lab import WITHOUT_CAPABILITIES
from tests.lab.requirements import require_network

pytestmark = pytest.mark.network

RUNGS = {
    "raw": (("-I",), True),
    "ping": (("-I",), False),
    "udp": (("-U",), False),
    "tcp": (("-T",), True),
    "tcp-connect": (("-T",), False),
}
WAYS = {"wan": 1, "vpn": 2}
"""Interface of the prober, and the number in its addresses."""
DESTINATION = {4: "10.99.0.1", 6: "fd00:99::1"}
_SYSCTLS = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv6/conf/all/forwarding": "1",
    "ipv4/icmp_ratelimit": "0",
    "ipv6/icmp/ratelimit": "0",
    "ipv4/ping_group_range": "0 2147483647",
}


def ours(way: str, family: int) -> str:
    number = WAYS[way]
    return f"10.1.{number}.1" if family == 4 else f"fd00:1{number}::1"


def router(way: str, family: int) -> str:
    number = WAYS[way]
    return f"10.1.{number}.2" if family == 4 else f"fd00:1{number}::2"


def _link(near: str, near_device: str, far: str, far_device: str, net4: str, net6: str) -> None:
    create = f"link add {near_device} netns {near} type veth peer name {far_device} netns {far}"
    namespace.ip_batch([create])
    for name, device, number in ((near, near_device, 1), (far, far_device, 2)):
        lines = [
            f"link set {device} up",
            f"addr add {net4}.{number}/24 dev {device}",
            f"addr add {net6}::{number}/64 dev {device} nodad",
        ]
        namespace.ip_batch(lines, name)
    for name, device, number in ((near, near_device, 1), (far, far_device, 2)):
        namespace.wait_for_carrier(name, [device])
        namespace.wait_for_addresses(name, [IPv6Address(f"{net6}::{number}")])


@pytest.fixture(scope="module")
def prober() -> Iterator[str]:
    """A namespace. All goes by the one router, but for what leaves through the VPN's interface, or
    comes from its address: for that there is a table of routes of its own."""
    require_network()
    prober, end = namespace.new_name(), namespace.new_name()
    routers = {way: namespace.new_name() for way in WAYS}
    names = [prober, *routers.values(), end]
    try:
        namespace.ip_batch(f"netns add {name}" for name in names)
        for name in names:
            namespace.set_sysctls(name, _SYSCTLS)
            namespace.ip_batch(["link set lo up"], name)
        ends = [f"addr add {DESTINATION[4]}/32 dev lo", f"addr add {DESTINATION[6]}/128 dev lo"]
        namespace.ip_batch(ends, end)
        for way, number in WAYS.items():
            _link(prober, way, routers[way], "near", f"10.1.{number}", f"fd00:1{number}")
            _link(routers[way], "far", end, way, f"10.2.{number}", f"fd00:2{number}")
            there = [
                f"route add {DESTINATION[4]} via 10.2.{number}.2",
                f"route add {DESTINATION[6]} via fd00:2{number}::2",
            ]
            namespace.ip_batch(there, routers[way])
            back = [
                f"route add 10.1.{number}.0/24 via 10.2.{number}.1",
                f"route add fd00:1{number}::/64 via fd00:2{number}::1",
            ]
            namespace.ip_batch(back, end)
        default = [f"route add default via {router('wan', family)}" for family in (4, 6)]
        namespace.ip_batch(default, prober)
        _add_policy(prober)
        yield prober
    finally:
        namespace.delete(names)


def _add_policy(prober: str) -> None:
    for family in (4, 6):
        for words in (
            f"route add default via {router('vpn', family)} table 100",
            "rule add oif vpn table 100",
            f"rule add from {ours('vpn', family)} table 100",
        ):
            subprocess.run(["ip", "-n", prober, f"-{family}", *words.split()], check=True)


def path(prober: str, family: int, *arguments: str, capabilities: bool = True) -> list[list[str]]:
    inside = ["ip", "netns", "exec", prober, *(() if capabilities else WITHOUT_CAPABILITIES)]
    hops = report_of([*inside, *PROGRAM, "--json", "-q", "1", *arguments, DESTINATION[family]])[
        "hops"
    ]
    return [[one["address"] for one in hop["responders"]] for hop in hops]


@pytest.mark.sampled(0)
@pytest.mark.parametrize("family", [4, 6])
def test_without_a_wish_the_routes_decide(prober: str, family: int) -> None:
    assert path(prober, family) == [[router("wan", family)], [DESTINATION[family]]]


@pytest.mark.sampled(3)
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("option", ["--interface", "--source"])
def test_probes_take_the_way_that_was_chosen(
    prober: str, rung: str, family: int, option: str
) -> None:
    protocol, capabilities = RUNGS[rung]
    value = "vpn" if option == "--interface" else ours("vpn", family)
    taken = path(prober, family, *protocol, option, value, capabilities=capabilities)
    assert taken == [[router("vpn", family)], [DESTINATION[family]]]
