"""Half-open TCP probes: their numbers, their bytes, and that they leave nothing behind."""

from __future__ import annotations

import socket
import subprocess
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.errors import CorruptPacket, MalformedPacket, UsageError
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import AnswerKind, Multipath, Protocol
from poros_tui.model.quote import Quote
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.checksum import internet_checksum
from poros_tui.packets.tcp import (
    PROTOCOL_TCP,
    Flags,
    QuotedTcp,
    Syn,
    TcpSegment,
    syn_options,
    verify,
    with_checksum,
)
from poros_tui.probe.errqueue import Received
from poros_tui.probe.family import Destination
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.rung import RawRung, UserRung, rungs_of
from poros_tui.probe.source_ports import FLOWS, SourcePorts
from poros_tui.probe.syn_book import REMEMBERED, SynBook
from poros_tui.probe.tcp import TcpProbes
from poros_tui.probe.transport import Answer, TransportEvent
from tests.lab import namespace
from tests.lab.chain import ChainLab
from tests.packets import build
from tests.probe.listening import listening
from tests.probe.rungs import Rung, open_inside, open_rung

uint16, uint32 = st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)


@given(uint32, st.lists(st.integers(0, 3000), min_size=1, max_size=200))
def test_every_acknowledgment_of_a_probe_is_its_own(first: int, payloads: list[int]) -> None:
    book = SynBook(first)
    sent = [book.enter(key, 5, payload, None) for key, payload in enumerate(payloads)]
    for syn, payload in zip(sent, payloads, strict=True):
        assert book.quoted(syn.sequence) is syn
        for number in (syn.sequence + 1, syn.sequence + 1 + payload):
            assert book.acknowledged(number % 2**32) is syn


@given(uint32)
def test_sequence_numbers_ascend_by_one_where_there_is_no_payload(first: int) -> None:
    book = SynBook(first)
    numbers = [book.enter(key, 5, 0, None).sequence for key in range(50)]
    assert numbers == [(first + key) % 2**32 for key in range(50)]


def test_what_was_sent_long_ago_is_forgotten() -> None:
    book = SynBook(0)
    first = book.enter(0, 5, 0, None)
    for key in range(REMEMBERED - 1):
        book.enter(key, 5, 0, None)
    assert book.quoted(first.sequence) is first
    book.enter(1, 5, 0, None)
    assert book.quoted(first.sequence) is None


@given(uint16, uint16, uint32, st.binary(max_size=60), st.booleans())
def test_a_syn_reads_as_it_was_written(
    source: int, destination: int, sequence: int, payload: bytes, has_options: bool
) -> None:
    syn = Syn(
        source_port=source,
        destination_port=destination,
        sequence=sequence,
        options=syn_options(1) if has_options else b"",
        payload=payload,
    )
    here, there = IPv4Address("10.0.0.1"), IPv4Address("10.9.9.9")
    data = with_checksum(syn.encode(), here, there)
    segment, quoted = TcpSegment.decode(data), QuotedTcp.decode(data[:8])
    assert (segment.source_port, segment.destination_port) == (source, destination)
    assert (segment.flags, segment.acknowledgment) == (2, 0)
    assert (quoted.sequence, quoted.checksum) == (sequence, None)
    pseudo = here.packed + there.packed + bytes([0, 6]) + len(data).to_bytes(2, "big")
    assert internet_checksum(pseudo + data) == 0
    six = IPv6Address("fd00::1"), IPv6Address("fd00::2")
    data = with_checksum(syn.encode(), *six)
    pseudo = six[0].packed + six[1].packed + len(data).to_bytes(4, "big") + bytes([0, 0, 0, 6])
    assert internet_checksum(pseudo + data) == 0


@given(st.binary(min_size=20, max_size=61), st.booleans(), st.integers(0, 8 * 61 - 1))
def test_a_checksum_is_right_or_unfinished_or_the_segment_corrupt(
    data: bytes, is_v6: bool, bit: int
) -> None:
    here, there = (
        (IPv6Address("fd00::1"), IPv6Address("fd00::2"))
        if is_v6
        else (IPv4Address("10.0.0.1"), IPv4Address("10.9.9.9"))
    )
    whole = with_checksum(data, there, here)
    verify(whole, there, here)
    # What Linux leaves to a network card that does not exist: the pseudo-header's own sum.
    pseudo = (
        there.packed + here.packed + len(data).to_bytes(4, "big") + bytes([0, 0, 0, PROTOCOL_TCP])
    )
    words = (int.from_bytes(pseudo[at : at + 2], "big") for at in range(0, len(pseudo), 2))
    unfinished = (sum(words) - 1) % 0xFFFF + 1
    verify(data[:16] + unfinished.to_bytes(2, "big") + data[18:], there, here)
    place, mask = bit // 8 % len(whole), 1 << bit % 8
    flipped = whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1 :]
    if flipped[16:18] != unfinished.to_bytes(2, "big"):
        with pytest.raises(CorruptPacket):
            verify(flipped, there, here)


@pytest.mark.parametrize("version", [4, 6])
def test_a_corrupt_segment_answers_nothing(version: int) -> None:
    ours, target = (
        (IPv4Address("10.0.0.1"), IPv4Address("10.9.9.9"))
        if version == 4
        else (IPv6Address("fd00::1"), IPv6Address("fd00::2"))
    )
    probes = TcpProbes(
        destination=Destination(target),
        source=ours,
        port=80,
        source_ports=SourcePorts(45000),
        multipath=Multipath.PARIS,
        size=None,
    )
    syn = QuotedTcp.decode(probes.packet(5))
    reset = Syn(source_port=80, destination_port=syn.source_port, sequence=0, options=b"")
    acknowledging = bytearray(reset.encode())
    acknowledging[8:12] = (syn.sequence + 1).to_bytes(4, "big")
    acknowledging[13] = Flags.RST | Flags.ACK
    right = with_checksum(bytes(acknowledging), target, ours)
    wrong = right[:16] + bytes([right[16] ^ 0x55]) + right[17:]

    def heard(segment: bytes) -> TransportEvent | None:
        packet, address, local = segment, target, ours
        if version == 4:
            packet = build.ipv4(segment, source=str(target), destination=str(ours), protocol=6)
        received = Received(
            data=packet, address=address, port=0, stamp_ns=1, ttl=60, local=local, error=None
        )
        return probes.read_data(received, ClockReading(2, 1))

    answered = heard(right)
    assert isinstance(answered, Answer)
    assert answered.key == 5
    assert heard(wrong) == Stray(StrayReason.BAD_CHECKSUM)


@given(st.binary(max_size=60))
def test_garbage_is_malformed_or_a_segment(data: bytes) -> None:
    for decode, least in ((TcpSegment.decode, 20), (QuotedTcp.decode, 8)):
        try:
            decode(data)
        except MalformedPacket:
            continue
        assert len(data) >= least


@given(st.integers(1, 65535))
def test_each_flow_has_a_port_of_its_own(first: int) -> None:
    ports = [SourcePorts(first).of(flow) for flow in range(FLOWS)]
    assert len(set(ports)) == FLOWS
    assert all(1 <= port <= 65535 for port in ports)


@pytest.mark.parametrize("protocol", Protocol)
def test_the_module_of_every_protocol_has_rungs(protocol: Protocol) -> None:
    module = rungs_of(protocol)
    assert module.RAW is None or isinstance(module.RAW, RawRung)
    assert module.USER is None or isinstance(module.USER, UserRung)
    assert module.RAW is not None or module.USER is not None
    assert protocol.summary.endswith(".")


def connections_in(name: str) -> str:
    """Half-open ones too."""
    ss = ["ip", "netns", "exec", name, "ss", "-Htan", "state", "connected"]
    return subprocess.run(ss, capture_output=True, text=True, check=True).stdout


@pytest.mark.network
@pytest.mark.parametrize(
    "outgoing",
    [
        Outgoing(size=100),
        Outgoing(pattern=b"x"),
        Outgoing(source_port=999),
        Outgoing(multipath=Multipath.PARIS),
    ],
    ids=repr,
)
def test_what_a_connection_cannot_have_is_refused(chain: ChainLab, outgoing: Outgoing) -> None:
    with pytest.raises(UsageError, match="not for TCP probes without raw sockets"):
        open_inside(chain.namespace, Rung.TCP_CONNECT, chain.target(4), outgoing=outgoing)


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("outgoing", [Outgoing(), Outgoing(size=1400)], ids=repr)
async def test_a_listener_answers_every_probe_and_never_sees_a_connection(
    chain: ChainLab, version: int, outgoing: Outgoing
) -> None:
    with namespace.entered(chain.names[-1]):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        listener = socket.create_server(("", 80), family=family)
    keys = range(90)
    with listener:
        listener.setblocking(False)
        chosen = open_inside(
            chain.namespace, Rung.RAW_TCP, chain.target(version), outgoing=outgoing
        )
        async with listening(chosen.transport) as ear:
            for key in keys:
                await ear.send(30, key)
            await ear.until_answered(keys)
        assert {answer.kind for answer in ear.answers} == {AnswerKind.REACHED}
        assert len(ear.answers) == len(keys)
        with pytest.raises(BlockingIOError):
            listener.accept()
        assert connections_in(chain.names[-1]) == ""


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("version", [4, 6])
async def test_an_open_port_tells_the_kernels_own_round_trip(chain: ChainLab, version: int) -> None:
    with namespace.entered(chain.names[-1]):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        listener = socket.create_server(("", 80), family=family)
    with listener:
        chosen = open_inside(chain.namespace, Rung.TCP_CONNECT, chain.target(version))
        async with listening(chosen.transport) as ear:
            await ear.send(9, 1)
            await ear.until_answered([1])
    (answer,) = ear.answers
    assert answer.kind is AnswerKind.REACHED
    assert answer.measured_rtt_s is not None
    assert 0 < answer.measured_rtt_s < 30
    assert not answer.is_ambiguous


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("version", [4, 6])
async def test_the_quote_tells_the_probe_as_it_arrived(chain: ChainLab, version: int) -> None:
    outgoing = Outgoing(dscp=46)
    chosen = open_inside(chain.namespace, Rung.RAW_TCP, chain.target(version), outgoing=outgoing)
    async with listening(chosen.transport) as ear:
        await ear.send(2, 1)
        await ear.until_answered([1])
    (answer,) = ear.answers
    length = {4: 60, 6: 80}[version]
    expected = Quote(length=length, ttl=1, traffic_class=46 << 2, sent_traffic_class=46 << 2)
    assert answer.quote == expected


@pytest.mark.network
@pytest.mark.parametrize("rung", Rung)
def test_only_connections_are_flows_of_their_own(chain: ChainLab, rung: Rung) -> None:
    chosen = open_inside(chain.namespace, rung, chain.target(4))
    chosen.transport.close()
    assert chosen.keeps_flow is (rung is not Rung.TCP_CONNECT)


@pytest.mark.trio
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_a_refusal_is_read_before_the_next_probe_leaves(address: str) -> None:
    """Its time is when it is read: not after all of a burst."""
    family = socket.AF_INET if "." in address else socket.AF_INET6
    with socket.socket(family) as holding:
        holding.bind((address, 0))
        port = holding.getsockname()[1]  # that nobody listens on
        chosen = open_rung(Rung.TCP_CONNECT, ip_address(address), outgoing=Outgoing(port=port))
        async with listening(chosen.transport) as ear:
            sent = [await ear.transport.send(9, key) for key in (1, 2, 3)]
            told = list(ear.answers)
    assert [answer.key for answer in told] == [1, 2]
    for answer, before, after in zip(told, sent, sent[1:], strict=False):
        assert answer.kind is AnswerKind.REACHED
        assert before.monotonic_ns <= answer.read_at.monotonic_ns <= after.monotonic_ns
