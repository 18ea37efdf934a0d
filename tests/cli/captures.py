"""Runs of the program whose probes are captured, and what tshark reads of these.

Each protocol and family has a lab, where one run follows the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice, product
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from poros_tui.model.probe import Protocol
from tests.cli.combination import COMBINATIONS, FLOWS, Combination, FlowMode, Rung
from tests.cli.forking import ForkedProgram
from tests.cli.program import Said
from tests.lab import namespace
from tests.lab.tap import Tap
from tests.lab.tshark import MALFORMED, read_by_tshark
from tests.lab.tun import DEVICE, lab_network, load_scenario

Packet = dict[str, str]
"""What tshark reads of it: those of FIELDS that are there."""
Way = tuple[Protocol, int]
WAYS: Final[list[Way]] = list(product(Protocol, (4, 6)))
HEADERS: Final[dict[Way, int]] = {
    (Protocol.ICMP, 4): 28, (Protocol.UDP, 4): 28, (Protocol.TCP, 4): 40,
    (Protocol.ICMP, 6): 48, (Protocol.UDP, 6): 48, (Protocol.TCP, 6): 60,
}  # fmt: skip
USUAL: Final = {4: 60, 6: 80}
ETHERNET, JUMBO = 1500, 9216
SERVICES: Final = {53: "dns", 123: "ntp", 443: "quic", 3478: "stun"}
PAYLOAD: Final = "c0ffee00c0ffee"
MARKED: Final = ("--dscp", "EF")
SEARCHED: Final = ("--mtu",)

CHECKSUMS: Final = {
    (Protocol.ICMP, 4): "icmp.checksum", (Protocol.ICMP, 6): "icmpv6.checksum",
    (Protocol.UDP, 4): "udp.checksum", (Protocol.UDP, 6): "udp.checksum",
    (Protocol.TCP, 4): "tcp.checksum", (Protocol.TCP, 6): "tcp.checksum",
}  # fmt: skip
IP_STATUS: Final = "ip.checksum.status"
SEVERITY: Final = "_ws.expert.severity"
FIELDS: Final = (
    *(IP_STATUS, MALFORMED, SEVERITY, "frame.len", "frame.protocols"),
    *(name for checksum in set(CHECKSUMS.values()) for name in (checksum, f"{checksum}.status")),
    *("ip.dsfield", "ipv6.tclass", "ip.flags.df", "ipv6.flow", "ip.flags.mf", "ipv6.fraghdr.more"),
    *("icmp.seq", "icmpv6.echo.sequence_number", "tcp.srcport", "tcp.dstport", "tcp.seq_raw"),
    *("udp.srcport", "udp.dstport", "udp.payload", "tcp.flags"),
)
STRICT: Final = [
    word for name in ("ip", "udp", "tcp") for word in ("-o", f"{name}.check_checksum:TRUE")
]
UNNAMED: Final = ["-d", "udp.port==1-65535,data", "-d", "tcp.port==1-65535,data"]
"""What chance has filled is of no protocol, even if it looks like one."""
SYN: Final = "0x0002"


@dataclass(frozen=True, slots=True)
class Asked:
    """A run of the program to a host behind one router, four probes in each flow."""

    combination: Combination
    size: int | None = None
    extra: tuple[str, ...] = ()
    link: int = JUMBO
    """Bytes that the device takes."""

    def arguments(self) -> list[str]:
        words = ["--json", "--max-hops", "2", "--queries", "2", *self.combination.arguments]
        if self.size is not None:
            words += ["--size", str(self.size)]
        return [*words, *self.extra]

    @property
    def is_greeting(self) -> bool:
        """Whether the probes speak the language of a service."""
        return "--port" in self.extra

    @property
    def flows(self) -> int | None:
        """In how many the probes go; None where each is one."""
        combination = self.combination
        is_smallest = self.size == HEADERS[combination.protocol, combination.family]
        has_no_word = is_smallest and combination.protocol is not Protocol.TCP
        if not combination.keeps_flow or has_no_word or "--payload-hex" in self.extra:
            return None
        return FLOWS if combination.compares_flows else 1


def asked_of(way: Way) -> Iterator[Asked]:
    """Every flow mode in every size, from the smallest that it can have on; and what else shapes
    a probe."""
    usual = USUAL[way[1]]
    for combination in COMBINATIONS:
        if (combination.protocol, combination.family) != way:
            continue
        yield Asked(combination)
        if combination.can_choose_size:
            for size in (smallest(combination), usual + 1, ETHERNET, JUMBO):
                yield Asked(combination, size)
        if combination.flow_mode is FlowMode.DEFAULT:
            yield Asked(combination, extra=MARKED)
            if combination.can_choose_size:
                yield Asked(combination, extra=SEARCHED)
                yield Asked(combination, JUMBO, link=ETHERNET)
    default = Combination(way[0], Rung.USER, way[1], FlowMode.DEFAULT)
    if way[0] is Protocol.UDP:
        for port in SERVICES:
            yield Asked(default, extra=("--port", str(port)))
        yield Asked(default, extra=("--payload-hex", PAYLOAD))


def smallest(combination: Combination) -> int:
    """Bytes that hold the headers and what tells the probe, or makes up for it."""
    headers = HEADERS[combination.protocol, combination.family]
    if combination.protocol is Protocol.TCP:
        return headers
    words = {
        FlowMode.DEFAULT: 0, FlowMode.CLASSIC: 0, FlowMode.PARIS: 1, FlowMode.FLOWS: 1,
        FlowMode.DUBLIN: 2, FlowMode.DUBLIN_FLOWS: 2,
    }  # fmt: skip
    return headers + 2 * words[combination.flow_mode]


@dataclass(frozen=True, slots=True)
class Captured:
    """What a run has sent."""

    asked: Asked
    said: Said
    packets: list[Packet]

    @property
    def probes(self) -> list[Packet]:
        """Without the later packets of connections, and the kernel's resets of half-open ones."""
        return [packet for packet in self.packets if packet.get("tcp.flags", SYN) == SYN]

    def values(self, *fields: str) -> set[tuple[str, ...]]:
        """Of these fields, over all probes; a field that is not there is empty."""
        return {tuple(probe.get(field, "") for field in fields) for probe in self.probes}


def captured(program: ForkedProgram, way: Way, directory: Path) -> list[Captured]:
    """All runs of a protocol and family."""
    runs: list[tuple[Asked, Said, list[bytes]]] = []
    with lab_network(replace(load_scenario("near"), mtu=JUMBO)) as lab, Tap(lab) as tap:
        lab.allow_ping_sockets(True)
        target = lab.target(way[1])
        # The device becomes narrower but once.
        for asked in sorted(asked_of(way), key=lambda one: -one.link):
            if asked.link != JUMBO:
                namespace.ip_batch([f"link set {DEVICE} mtu {asked.link}"], lab.namespace)
            is_raw = asked.combination.rung is Rung.RAW
            said = program.run(lab, [*asked.arguments(), str(target)], capabilities=is_raw)
            runs.append((asked, said, tap.sent_to(target)))
    read: dict[bool, Iterator[Packet]] = {}
    for is_greeting, options in ((True, STRICT), (False, STRICT + UNNAMED)):
        chosen = [sent for asked, _, sent in runs if asked.is_greeting is is_greeting]
        packets = list(chain.from_iterable(chosen))
        file = directory / f"{way[0]}{way[1]}-{is_greeting}.pcap"
        read[is_greeting] = iter(read_by_tshark(packets, FIELDS, file, options) if packets else [])
    return [
        Captured(asked, said, list(islice(read[asked.is_greeting], len(sent))))
        for asked, said, sent in runs
    ]
