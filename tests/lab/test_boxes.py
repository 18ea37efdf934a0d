"""The lab's packets and the simulated transport tell the same of what boxes do to a probe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import product
from struct import pack

import pytest

from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.probe.simulation.answer import SimulatedAnswer
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.quoting import SentProbe, quote_of, sent_fields
from poros_tui.probe.simulation.scenario import Scenario
from tests.lab import wire
from tests.lab.packets import SOURCE4, SOURCE6, TARGET4, TARGET6, echo_request, tcp, udp
from tests.lab.replies import reply_packet
from tests.lab.test_wire import ones_complement_sum
from tests.lab.tun import load_scenario

NATS = ["nat-restored", "nat-unseen", "nat-broken", "nat-port", "carrier-nat-two"]
REWRITING = [*NATS, "dscp-rewritten", "ecn-cleared", "ttl-reset", "ttl-keep"]
EVERY = list(product((4, 6), Protocol))
TTL = 7
CLASS = 0x02
IDENTIFICATION = 0xABCD
_NUMBERS = {
    (4, Protocol.ICMP): wire.ICMP4,
    (6, Protocol.ICMP): wire.ICMP6,
    **{(family, Protocol.UDP): wire.UDP for family in (4, 6)},
    **{(family, Protocol.TCP): wire.TCP for family in (4, 6)},
}
_CHECKSUMS = {Protocol.ICMP: 2, Protocol.UDP: 6, Protocol.TCP: 16}


@dataclass(frozen=True)
class Header:
    """What a raw socket reads of a quoted probe, which need not be all there."""

    traffic_class: int
    ttl: int
    identification: int | None
    source: IPAddress
    destination: IPAddress
    numbers: tuple[int, int]
    """Ports, or an echo request's identifier and sequence."""
    checksum: int | None


def header_of(packet: bytes, protocol: Protocol) -> Header:
    if packet[0] >> 4 == 4:
        addresses, transport = (packet[12:16], packet[16:20]), packet[20:]
        traffic_class, ttl = packet[1], packet[8]
    else:
        addresses, transport = (packet[8:24], packet[24:40]), packet[40:]
        traffic_class, ttl = int.from_bytes(packet[:2], "big") >> 4 & 0xFF, packet[7]
    is_4 = packet[0] >> 4 == 4
    start, at = 4 if protocol is Protocol.ICMP else 0, _CHECKSUMS[protocol]
    return Header(
        traffic_class=traffic_class,
        ttl=ttl,
        identification=int.from_bytes(packet[4:6], "big") if is_4 else None,
        source=ip_address(addresses[0]),
        destination=ip_address(addresses[1]),
        numbers=(
            int.from_bytes(transport[start : start + 2], "big"),
            int.from_bytes(transport[start + 2 : start + 4], "big"),
        ),
        checksum=int.from_bytes(transport[at : at + 2], "big") if len(transport) > at + 1 else None,
    )


def sealed(data: bytes, protocol: Protocol) -> bytes:
    """With the checksum of its transport, as the kernel sends it."""
    family, at = data[0] >> 4, _CHECKSUMS[protocol]
    head = 20 if family == 4 else 40
    transport = data[head:]
    blank = transport[:at] + b"\0\0" + transport[at + 2 :]
    number = _NUMBERS[family, protocol]
    pseudo = data[12:20] + pack("!HH", number, len(blank))
    if family == 6:
        pseudo = data[8:40] + pack("!II", len(blank), number)
    elif protocol is Protocol.ICMP:
        pseudo = b""
    total = 0xFFFF - ones_complement_sum(pseudo + blank)
    sealed_transport = blank[:at] + total.to_bytes(2, "big") + blank[at + 2 :]
    return data[:head] + sealed_transport


def packet_of(family: int, protocol: Protocol, ttl: int = TTL, size: int = 0) -> bytes:
    match protocol:
        case Protocol.ICMP:
            transport = echo_request(kind=8 if family == 4 else 128)
        case Protocol.UDP:
            transport = udp()
        case Protocol.TCP:
            transport = tcp(payload=b"nonce678")
    transport = transport.ljust(size - (20 if family == 4 else 40), b"p")
    number = _NUMBERS[family, protocol]
    if family == 4:
        length = 20 + len(transport)
        fields = (0x45, CLASS, length, IDENTIFICATION, 0, ttl, number, 0, SOURCE4, TARGET4)
        return sealed(wire.with_ipv4_checksum(pack("!BBHHHBBH4s4s", *fields)) + transport, protocol)
    word = 6 << 28 | CLASS << 20 | 0x12345
    return sealed(
        pack("!IHBB16s16s", word, len(transport), number, ttl, SOURCE6, TARGET6) + transport,
        protocol,
    )


def asked(
    scenario: Scenario, packet: bytes, *, dont_fragment: bool = False
) -> tuple[SimulatedAnswer, bytes]:
    """The answer to a probe, and the packet that it is in the lab."""
    probe = wire.read_probe(packet)
    assert probe
    (answer,) = SimulatedNetwork(scenario, seed=1).answers(
        ttl=probe.ttl,
        protocol=probe.protocol,
        flow=probe.flow,
        serial=0,
        family=probe.family,
        now_s=0.0,
        size=len(packet),
        dont_fragment=dont_fragment,
    )
    return answer, reply_packet(probe, answer, seed="")


def message_of(packet: bytes) -> bytes:
    return packet[20:] if packet[0] >> 4 == 4 else packet[40:]


def sent_probe(packet: bytes, protocol: Protocol) -> SentProbe:
    header = header_of(packet, protocol)
    assert header.checksum is not None
    return SentProbe(
        protocol=protocol,
        destination=header.destination,
        fields=sent_fields(
            protocol,
            header.destination,
            ports=header.numbers,
            checksum=header.checksum,
            identification=header.identification,
            source=header.source,
        ),
        size=len(packet),
        traffic_class=CLASS,
    )


def rewrites_of(sent: Header, quoted: Header, protocol: Protocol) -> Iterator[Rewrite]:
    """What differs, in the order of the packet."""
    fields = [
        (RewrittenField.IP_IDENTIFICATION, sent.identification, quoted.identification),
        (RewrittenField.SOURCE_ADDRESS, sent.source, quoted.source),
        (RewrittenField.DESTINATION_ADDRESS, sent.destination, quoted.destination),
    ]
    checksum = (RewrittenField.CHECKSUM, sent.checksum, quoted.checksum)
    if protocol is Protocol.ICMP:
        identifier = (RewrittenField.ICMP_IDENTIFIER, sent.numbers[0], quoted.numbers[0])
        fields += [checksum, identifier]
    else:
        ports = zip(sent.numbers, quoted.numbers, strict=True)
        names = (RewrittenField.SOURCE_PORT, RewrittenField.DESTINATION_PORT)
        fields += [(name, *pair) for name, pair in zip(names, ports, strict=True)]
        fields.append(checksum)
    for name, before, after in fields:
        if before is not None and after is not None and before != after:
            yield Rewrite(name, before, after)


@pytest.mark.parametrize("name", REWRITING)
def test_what_is_quoted_is_what_the_simulated_transport_tells(name: str) -> None:
    scenario = load_scenario(name)
    for (family, protocol), ttl in product(EVERY, range(1, 9)):
        packet = packet_of(family, protocol, ttl)
        answer, reply = asked(scenario, packet)
        told = quote_of(answer, sent_probe(packet, protocol))
        if not answer.message.is_error:
            assert told is None
            continue
        quote = message_of(reply)[8:]
        quoted = header_of(quote, protocol)
        assert told == Quote(
            length=len(quote),
            ttl=quoted.ttl,
            traffic_class=quoted.traffic_class,
            sent_traffic_class=CLASS,
            rewrites=tuple(rewrites_of(header_of(packet, protocol), quoted, protocol)),
        )


def told_by(name: str, family: int, protocol: Protocol, ttl: int = TTL) -> set[RewrittenField]:
    packet = packet_of(family, protocol, ttl)
    answer, _ = asked(load_scenario(name), packet)
    quote = quote_of(answer, sent_probe(packet, protocol))
    assert quote
    return {rewrite.field for rewrite in quote.rewrites}


@pytest.mark.parametrize(("family", "protocol"), EVERY)
def test_each_nat_leaves_its_own_marks(family: int, protocol: Protocol) -> None:
    checksum, address = RewrittenField.CHECKSUM, RewrittenField.SOURCE_ADDRESS
    is_covered = (family, protocol) != (4, Protocol.ICMP)
    marks = {checksum} if is_covered else set()
    assert told_by("nat-restored", family, protocol, 2) == set()  # the NAT's own answer
    assert told_by("nat-restored", family, protocol) == marks
    assert told_by("nat-unseen", family, protocol) == set()
    assert told_by("nat-broken", family, protocol) == {address} | marks
    number = RewrittenField.SOURCE_PORT
    if protocol is Protocol.ICMP:
        number = RewrittenField.ICMP_IDENTIFIER
    expected = {address, number, checksum}
    if family == 4:
        expected.add(RewrittenField.IP_IDENTIFICATION)
    assert told_by("nat-port", family, protocol) == expected
    assert told_by("carrier-nat-two", family, protocol) == {checksum}


def test_a_nat_does_not_translate_back_what_another_behind_it_has_left() -> None:
    hops = "".join(
        f'[[hop]]\naddress = "10.0.{n}.1"\nrtt_ms = {n}\n'
        f'nat = {{ source = "100.64.0.{n}", restore = {restore} }}\n'
        for n, restore in ((1, "true"), (2, "false"), (3, "true"))
    )
    scenario = Scenario.from_toml('destination = "203.0.113.10"\n' + hops)
    for family, protocol in EVERY:
        packet = packet_of(family, protocol, 3)
        answer, reply = asked(scenario, packet)
        quoted = header_of(message_of(reply)[8:], protocol)
        inner = scenario.hops[1].box.nat
        assert inner
        assert quoted.source == inner.new_source(family)
        told = quote_of(answer, sent_probe(packet, protocol))
        assert told
        expected = rewrites_of(header_of(packet, protocol), quoted, protocol)
        assert told.rewrites == tuple(expected)


def test_a_nat_may_translate_the_destination() -> None:
    nat = 'nat = { destination = "192.0.2.80", restore = false }'
    text = f'destination = "203.0.113.10"\n[[hop]]\naddress = "10.0.1.1"\nrtt_ms = 1\n{nat}\n'
    scenario = Scenario.from_toml(text)
    answer, reply = asked(scenario, packet_of(4, Protocol.UDP))
    quoted = header_of(message_of(reply)[8:], Protocol.UDP)
    assert quoted.destination == IPv4Address("192.0.2.80")
    assert answer.responder == IPv4Address("203.0.113.10")
    _, reply = asked(scenario, packet_of(6, Protocol.UDP))
    quoted = header_of(message_of(reply)[8:], Protocol.UDP)
    assert quoted.destination == IPv6Address("2001:db8::c000:250")


def test_a_short_quote_has_no_tcp_checksum_to_tell_of() -> None:
    nat = "nat = { source = '100.64.0.9' }\n"
    hops = "".join(
        f"[[hop]]\naddress = '10.0.{n}.1'\nrtt_ms = {n}\nquote_bytes = 28\n{nat}" for n in (1, 2)
    )
    scenario = Scenario.from_toml("destination = '203.0.113.10'\n" + hops)
    packet = packet_of(4, Protocol.TCP, 2)
    answer, reply = asked(scenario, packet)
    assert len(message_of(reply)) == 8 + 28
    told = quote_of(answer, sent_probe(packet, Protocol.TCP))
    assert told
    assert (told.length, told.rewrites) == (28, ())


def test_the_destination_s_answers_come_back_as_if_there_were_no_nat() -> None:
    for name, (family, protocol) in product(("nat-port", "nat-broken"), EVERY):
        if protocol is Protocol.UDP:
            continue  # an error, which quotes
        packet = packet_of(family, protocol, 30)
        _, plain = asked(load_scenario("tcp-open"), packet)
        _, translated = asked(load_scenario(name), packet)
        assert translated == plain


def test_a_router_writes_dscp_and_another_clears_ecn() -> None:
    for family, protocol in EVERY:
        for name, place, expected in (
            ("dscp-rewritten", 3, 10 << 2 | CLASS),
            ("ecn-cleared", 5, 0),
        ):
            for ttl in (place, place + 1):
                _, reply = asked(load_scenario(name), packet_of(family, protocol, ttl))
                quoted = header_of(message_of(reply)[8:], protocol)
                assert quoted.traffic_class == (expected if ttl > place else CLASS)


@pytest.mark.parametrize(
    ("name", "family", "told"),
    [("mtu-step", 4, 1400), ("mtu-step", 6, 1400), ("mtu-untold", 4, 0), ("mtu-untold", 6, 1400)],
)
@pytest.mark.parametrize("protocol", Protocol)
def test_a_router_says_that_a_packet_is_too_big(
    name: str, family: int, told: int, protocol: Protocol
) -> None:
    scenario = load_scenario(name)
    packet = packet_of(family, protocol, TTL, size=1401)
    answer, reply = asked(scenario, packet, dont_fragment=True)
    message = message_of(reply)
    assert message[:2] == (b"\x03\x04" if family == 4 else b"\x02\x00")
    assert int.from_bytes(message[4:8], "big") == told
    assert str(answer.responder) in ("10.0.4.1", "2001:db8::a00:401")
    quoted = header_of(message[8:], protocol)
    assert quoted.ttl == TTL - 3
    told_quote = quote_of(answer, sent_probe(packet, protocol))
    assert told_quote
    assert told_quote.length == len(message) - 8
    expired, _ = asked(scenario, packet_of(family, protocol, 4, size=1401), dont_fragment=True)
    assert expired.message.value == "time exceeded"
    small, _ = asked(scenario, packet_of(family, protocol, TTL, size=1400), dont_fragment=True)
    assert small.message.value == "time exceeded"


def test_ipv4_without_df_is_parted_and_the_first_fragment_quoted() -> None:
    scenario = load_scenario("mtu-step")
    packet = packet_of(4, Protocol.UDP, TTL, size=1500)
    answer, reply = asked(scenario, packet)
    quote = message_of(reply)[8:]
    assert int.from_bytes(quote[2:4], "big") == 1396  # 20 and the multiple of 8 that fits
    assert int.from_bytes(quote[6:8], "big") == 0x2000  # more fragments
    assert ones_complement_sum(quote[:20]) == 0xFFFF
    told = quote_of(answer, sent_probe(packet, Protocol.UDP))
    assert told
    assert told.length == len(quote) == 548
    answer, reply = asked(scenario, packet_of(4, Protocol.UDP, 30, size=1500))
    assert int.from_bytes(message_of(reply)[10:12], "big") == 1500  # put together again


def test_the_lab_s_probe_packet_knows_df() -> None:
    plain = wire.read_probe(packet_of(4, Protocol.UDP))
    assert plain
    assert not plain.dont_fragment
    data = plain.data[:6] + b"\x40" + plain.data[7:]
    assert replace(plain, data=data).dont_fragment
