"""The bytes of the probes as they leave: judged by tshark, and one flow where they should be."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from poros_tui.model.probe import Protocol
from tests.cli.captures import (
    CHECKSUMS,
    ETHERNET,
    IP_STATUS,
    JUMBO,
    MARKED,
    PAYLOAD,
    SEARCHED,
    SERVICES,
    SEVERITY,
    USUAL,
    WAYS,
    Captured,
    Way,
    captured,
)
from tests.cli.combination import FlowMode, Rung
from tests.cli.forking import shared_program
from tests.lab.requirements import require_network
from tests.lab.tshark import MALFORMED, require_tshark

pytestmark = [pytest.mark.network, pytest.mark.sampled(0)]  # each captures all that is sent

GOOD = "1"
RESET = "0x0004"
WARNING, ERROR = 0x600000, 0x800000
Captures = dict[Way, list[Captured]]
every_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: f"{way[0]}{way[1]}")


@pytest.fixture(scope="module")
def captures(tmp_path_factory: pytest.TempPathFactory) -> Captures:
    require_network()
    require_tshark()
    directory = tmp_path_factory.mktemp("captures")
    program = shared_program()
    with ThreadPoolExecutor(len(WAYS)) as pool:
        each = pool.map(lambda way: captured(program, way, directory), WAYS)
        return dict(zip(WAYS, each, strict=True))


@every_way
def test_every_checksum_is_right_and_nothing_is_malformed(way: Way, captures: Captures) -> None:
    for run in captures[way]:
        for packet in run.packets:
            if way[1] == 4:
                assert packet[IP_STATUS] == GOOD, (run.asked, packet)
            is_fragment = packet.get("ip.flags.mf") == "1" or "ipv6.fraghdr.more" in packet
            if not is_fragment or f"{CHECKSUMS[way]}.status" in packet:
                assert packet[f"{CHECKSUMS[way]}.status"] == GOOD, (run.asked, packet)
            assert MALFORMED not in packet, (run.asked, packet)
            severity = max(map(int, packet.get(SEVERITY, "0").split(",")))
            # A reset is a warning, and that nobody can decrypt what has no keys.
            is_known = packet not in run.probes or "quic" in packet["frame.protocols"]
            assert severity < (ERROR if is_known else WARNING), (run.asked, packet)


@every_way
def test_every_probe_that_is_told_of_has_left_and_no_other(way: Way, captures: Captures) -> None:
    for run in captures[way]:
        told = json.loads(run.said.out)
        count = told["probes_sent"] + (told["path_mtu"]["probes"] if told["path_mtu"] else 0)
        whole = [probe for probe in run.probes if f"{CHECKSUMS[way]}.status" in probe]
        assert len(whole) == count, (run.asked, run.said)
        # Of a datagram in fragments the lab answers as much as it has.
        assert run.said.code == 0 or run.asked.link < JUMBO, (run.asked, run.said)


@every_way
def test_every_probe_has_the_size_that_was_wanted(way: Way, captures: Captures) -> None:
    for run in captures[way]:
        sizes = {int(probe["frame.len"]) for probe in run.probes}
        if run.asked.link < JUMBO:
            assert len(run.packets) >= 7 * 4
            assert max(sizes) <= ETHERNET
        elif run.asked.extra == SEARCHED:
            assert max(sizes) == JUMBO
            if way[1] == 4:
                assert {probe["ip.flags.df"] for probe in run.probes} <= {"1", "True"}
        elif not run.asked.extra or run.asked.extra == MARKED:
            assert sizes == {run.asked.size or USUAL[way[1]]}, run.asked


def flows_of(way: Way, run: Captured) -> Counter[tuple[str, ...]]:
    """What load balancers hash, and of how many probes."""
    fields = {
        Protocol.ICMP: [CHECKSUMS[way]],
        Protocol.UDP: ["udp.srcport", "udp.dstport"],
        Protocol.TCP: ["tcp.srcport", "tcp.dstport"],
    }[way[0]] + (["ipv6.flow"] if way[1] == 6 else [])
    return Counter(tuple(probe[field] for field in fields) for probe in run.probes)


def of_one_kind(captures: Captures, way: Way) -> list[Captured]:
    """The runs whose probes come from one kind of sockets, and are whole."""
    return [run for run in captures[way] if run.asked.extra != SEARCHED and run.asked.link == JUMBO]


@every_way
def test_load_balancers_see_as_many_flows_as_were_wanted(way: Way, captures: Captures) -> None:
    for run in of_one_kind(captures, way):
        flows = flows_of(way, run)
        assert len(flows) == (run.asked.flows or len(run.probes)), (run.asked, flows)
        assert len(set(flows.values())) == 1, (run.asked, flows)


@pytest.mark.parametrize("protocol", Protocol)
def test_a_flow_has_one_label_in_ipv6_and_another_has_another(
    protocol: Protocol, captures: Captures
) -> None:
    for run in of_one_kind(captures, (protocol, 6)):
        labels = {probe["ipv6.flow"] for probe in run.probes}
        assert all(int(label, 16) for label in labels), run.asked
        if run.asked.flows is not None:
            assert len(labels) == run.asked.flows, run.asked


@every_way
def test_what_stays_and_what_tells_the_probe_is_as_documented(way: Way, captures: Captures) -> None:
    tells = {
        Protocol.ICMP: ("icmp.seq", "icmpv6.echo.sequence_number"),
        Protocol.UDP: ("udp.payload", "udp.srcport", "udp.dstport"),
        Protocol.TCP: ("tcp.seq_raw",),
    }[way[0]]
    for run in of_one_kind(captures, way):
        asked, mode = run.asked, run.asked.combination.flow_mode
        assert len(run.values(*tells)) == len(run.probes), asked
        has_own_ports = way[0] is Protocol.UDP and asked.flows is None
        if has_own_ports and "--payload-hex" not in asked.extra:
            assert len(run.values("udp.srcport")) == 1, asked
        else:
            assert len(run.values("udp.dstport", "tcp.dstport")) == 1, asked
        if mode in (FlowMode.DUBLIN, FlowMode.DUBLIN_FLOWS):
            assert len(run.values("udp.srcport", "udp.checksum")) == asked.flows, asked
            assert len(run.values("udp.payload")) > 1, asked


@every_way
def test_the_class_of_service_is_on_every_probe(way: Way, captures: Captures) -> None:
    field = {4: "ip.dsfield", 6: "ipv6.tclass"}[way[1]]
    for run in captures[way]:
        expected = 46 << 2 if run.asked.extra == MARKED else 0
        assert {int(probe[field], 16) for probe in run.probes} == {expected}, run.asked


@pytest.mark.parametrize("family", [4, 6])
def test_services_are_asked_in_their_own_language(family: int, captures: Captures) -> None:
    asked = {run.asked.extra: run.probes for run in captures[Protocol.UDP, family]}
    for port, name in SERVICES.items():
        for probe in asked["--port", str(port)]:
            assert probe["frame.protocols"].split(":")[-1] == name
    for probe in asked["--payload-hex", PAYLOAD]:
        assert probe["udp.payload"] == PAYLOAD


@pytest.mark.parametrize("family", [4, 6])
def test_the_kernel_resets_every_half_open_connection_and_acknowledges_none(
    family: int, captures: Captures
) -> None:
    for run in of_one_kind(captures, (Protocol.TCP, family)):
        if run.asked.combination.rung is Rung.RAW:
            destination = json.loads(run.said.out)["hops"][1]["probes"]
            others = [packet["tcp.flags"] for packet in run.packets if packet not in run.probes]
            assert others == [RESET] * len(destination), run.asked
