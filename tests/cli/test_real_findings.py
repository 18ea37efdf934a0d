"""What the program finds on real networks: each with its proof, and nothing where nothing is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from poros_tui.model.findings.finding import FindingKind
from poros_tui.model.probe import Protocol
from tests.cli.forking import ForkedProgram
from tests.engine.findings_table import there
from tests.lab import namespace
from tests.lab.chain import ChainPlan, chain_network
from tests.lab.requirements import require_network, require_nft
from tests.lab.tun import lab_network

pytestmark = pytest.mark.network

LABS_AT_ONCE = 4
RUNS = [
    ("nat-broken", Protocol.ICMP, 4),
    ("nat-port", Protocol.ICMP, 6),
    ("nat-restored", Protocol.ICMP, 6),
    ("carrier-nat-two", Protocol.ICMP, 4),
    ("dscp-rewritten", Protocol.ICMP, 4),
    ("asymmetric", Protocol.ICMP, 6),
    ("ttl-keep", Protocol.ICMP, 4),
    ("nat-unseen", Protocol.ICMP, 6),
    ("mpls", Protocol.ICMP, 4),
    ("nat-broken", Protocol.TCP, 6),
    ("nat-restored", Protocol.TCP, 4),
    ("carrier-nat-two", Protocol.TCP, 4),
    ("dscp-rewritten", Protocol.TCP, 6),
    ("nat-unseen", Protocol.TCP, 4),
    ("nat-broken", Protocol.UDP, 4),
    ("nat-port", Protocol.UDP, 6),
    ("nat-restored", Protocol.UDP, 4),
    ("carrier-nat-two", Protocol.UDP, 6),
    ("dscp-rewritten", Protocol.UDP, 6),
    ("dscp-rewritten", Protocol.UDP, 4),
    ("ttl-keep", Protocol.UDP, 6),
    ("nat-unseen", Protocol.UDP, 4),
]
"""Networks, and with what and over which family each is traced."""


def found_in(
    forked: ForkedProgram, run: tuple[str, Protocol, int]
) -> list[tuple[FindingKind, int | None, int]]:
    """Kind, last hop before and first hop of each finding."""
    name, protocol, family = run
    with lab_network(name) as lab:
        options = ("--privilege", "raw", f"--{protocol}", "--dscp", "EF")
        report = forked.report(lab, *options, str(lab.target(family)))
    return [
        (FindingKind(finding["kind"]), finding["after_hop"], finding["hop"])
        for finding in report["findings"]
    ]


def test_on_real_networks_what_is_there_is_found_and_nothing_else(forked: ForkedProgram) -> None:
    require_network()
    with ThreadPoolExecutor(LABS_AT_ONCE) as pool:
        found = dict(zip(RUNS, pool.map(partial(found_in, forked), RUNS), strict=True))
    expected = {run: sorted((kind, hop, hop + 1) for kind, hop in there(*run)) for run in RUNS}
    assert found == expected


STATELESS_NAT = """
table inet lab {
    chain out {
        type filter hook postrouting priority 300;
        oifname "right" ip saddr 10.1.1.1 ip saddr set 192.0.2.9
        oifname "right" ip6 saddr fd00:1:1::1 ip6 saddr set 2001:db8::9
        oifname "right" ip dscp set cs1
        oifname "right" ip6 dscp set cs1
    }
    chain back {
        type filter hook prerouting priority -300;
        ip daddr 192.0.2.9 ip daddr set 10.1.1.1
        ip6 daddr 2001:db8::9 ip6 daddr set fd00:1:1::1
    }
}
"""
"""Of the second router; its source address comes back, in what is quoted it does not."""


@pytest.mark.parametrize("protocol", Protocol)
def test_what_a_linux_router_rewrites_is_found_behind_it_and_nothing_in_front(
    forked: ForkedProgram,
    protocol: Protocol,
) -> None:
    """In front of it the checksums are what virtual links make of them."""
    require_network()
    require_nft()
    with chain_network(ChainPlan(routers=4)) as lab:
        namespace.set_filter(lab.names[2], STATELESS_NAT)
        for place in (3, 4, 5):
            routes = [
                f"route add 192.0.2.9 via 10.1.{place}.1",
                f"route add 2001:db8::9 via fd00:1:{place}::1",
            ]
            namespace.ip_batch(routes, lab.names[place])
        options = ("--privilege", "raw", f"--{protocol}", "--dscp", "EF")
        for family in (4, 6):
            report = forked.report(lab, *options, str(lab.target(family)))
            found = [(one["kind"], one["after_hop"], one["hop"]) for one in report["findings"]]
            assert found == [("nat", 2, 3), ("dscp", 2, 3)], report["findings"]


REWRITING = """
table inet lab {
    chain out {
        type filter hook forward priority 0;
        oifname "right" tcp flags syn tcp option maxseg size set 1200
        oifname "right" tcp window set 1000
        oifname "right" meta nfproto ipv4 udp checksum set 0
        oifname "right" ip6 flowlabel set 0x12345
        oifname "right" ip id set 7
    }
}
"""
"""Of the second router, which is no NAT."""


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("-4 --tcp", ["tcp_header"]),
        ("-6 --tcp", ["flow_label", "tcp_header"]),
        ("-6 --icmp", ["flow_label"]),
        ("-6 --udp", ["flow_label"]),
        ("-6 --udp --flows 2", ["flow_label"]),
        ("-4 --icmp", []),
        ("-4 --udp", []),
        ("-4 --icmp --dont-fragment", ["nat"]),
        ("-4 --udp --dont-fragment", ["nat"]),
        ("-4 --tcp --dont-fragment", ["nat", "tcp_header"]),
    ],
)
def test_what_is_no_nat_is_called_what_it_is(
    forked: ForkedProgram, words: str, kinds: list[str]
) -> None:
    require_network()
    require_nft()
    with chain_network(ChainPlan(routers=4)) as lab:
        namespace.set_filter(lab.names[2], REWRITING)
        family = 6 if "-6" in words else 4
        options = ("--privilege", "raw", *words.split())
        report = forked.report(lab, *options, str(lab.target(family)))
    found = report["findings"]
    assert sorted((one["kind"], one["after_hop"], one["hop"]) for one in found) == [
        (kind, 2, 3) for kind in kinds
    ]
    proofs = [proof for one in found for proof in one["evidence"]]
    fields = {proof["field"]: (proof["sent"], proof["quoted"]) for proof in proofs}
    if "tcp_header" in kinds:
        assert fields["maximum segment size"] == (1460, 1200)
        assert fields["TCP window"] == (64240, 1000)
    if "nat" in kinds:
        assert fields["IP identification"] == (0, 7)
    assert "checksum" not in fields


PUBLIC = {4: "192.0.2.77", 6: "2001:db8::77"}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("words", ["--icmp", "--tcp", "--udp", "--udp --privilege user"])
@pytest.mark.parametrize("family", [4, 6])
def test_a_nat_of_the_destination_is_told_by_who_answers_in_its_name(
    forked: ForkedProgram, family: int, words: str
) -> None:
    require_network()
    require_nft()
    with chain_network(ChainPlan(routers=4)) as lab:
        word = {4: "ip", 6: "ip6"}[family]
        rules = (
            f"table {word} lab {{\nchain pre {{\ntype nat hook prerouting priority -100;\n"
            f"{word} daddr {PUBLIC[family]} dnat to {lab.target(family)};\n}}\n}}\n"
        )
        namespace.set_filter(lab.names[2], rules)
        report = forked.report(lab, *words.split(), PUBLIC[family])
    found = report["findings"]
    assert [(one["kind"], one["after_hop"], one["hop"]) for one in found] == [("nat", 1, 2)]
    assert "hops 2 to 4 answer under the destination's address" in found[0]["words"]


def limits_of(forked: ForkedProgram, family: int, *options: str) -> list[dict[str, Any] | None]:
    """What is told of the limit of each router of a chain with the kernel's own limits."""
    with chain_network("chain-limited") as lab:
        report = forked.report(lab, *options, str(lab.target(family)))
    *routers, destination = report["hops"]
    assert destination["rate_limit"] is None
    assert len(routers) == 6
    return [hop["rate_limit"] for hop in routers]


@pytest.mark.sampled(0)
def test_the_limits_of_linux_are_told_as_they_are(forked: ForkedProgram) -> None:
    """One answer a second after a burst of 6 (net.ipv4.icmp_ratelimit is 1000 ms); in IPv6 kernels
    differ in how fast it goes on."""
    require_network()
    with ThreadPoolExecutor(3) as pool:
        steadily = pool.submit(
            limits_of, forked, 4, "--rounds", "60", "--interval", "0.2", "-q", "1"
        )
        at_once = pool.submit(limits_of, forked, 4, "--rounds", "2", "--interval", "3", "-q", "20")
        in_ipv6 = pool.submit(
            limits_of, forked, 6, "--rounds", "20", "--interval", "0.2", "-q", "8"
        )
    for limit in steadily.result():
        assert limit is not None
        least, most = limit["per_second_interval"]
        assert 0.8 < least <= 1 <= most < 1.3
        assert limit["per_second"] == 1
        assert limit["burst"] == 6
        assert limit["probes"] == 60
        # 6 at once, and one for each of the 12 seconds.
        assert 40 <= limit["limited"] <= 43
        assert limit["confidence"] > 0.9999
    for limit in at_once.result():
        assert limit is not None
        assert limit["burst"] == 6
        assert 28 <= limit["limited"] <= 32
    for limit in in_ipv6.result():
        assert limit is not None
        assert limit["burst_interval"][0] <= 6 <= limit["burst_interval"][1]
        assert limit["per_second_interval"][0] > 0.5
