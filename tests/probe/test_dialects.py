"""What each rung believes: packets as the kernel would hand them over, right, wrong and forged."""

from __future__ import annotations

import errno
import struct
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import AnswerKind, Multipath
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.model.stray import Stray, StrayKind
from poros_tui.packets.checksum import internet_checksum, pseudo_header
from poros_tui.probe.echo import EchoProbes, EchoSession
from poros_tui.probe.errqueue import ExtendedError, Origin, Received
from poros_tui.probe.family import Destination
from poros_tui.probe.filling import Filling
from poros_tui.probe.icmp import RawEcho
from poros_tui.probe.outgoing import PAYLOAD_BYTES, Outgoing
from poros_tui.probe.ping import PingEcho
from poros_tui.probe.transport import Answer, LocalFailure, TransportEvent
from poros_tui.probe.udp import UdpProbes
from poros_tui.probe.udp_session import CLASSIC_KEY_SPACE as KEY_SPACE
from poros_tui.probe.udp_session import FIRST_PORT
from tests.packets import build
from tests.probe.udp_probes import classic_probes

READ_AT = ClockReading(realtime_ns=2_000, monotonic_ns=1_000)
PAYLOAD = bytes(range(1, PAYLOAD_BYTES + 1))
KEY, IDENTIFIER, FIRST = 5, 0xABCD, 0xFFFE
SEQUENCE = (FIRST + KEY) % 65536
LOCAL4, ROUTER4, TARGET4 = "10.0.0.1", "10.0.5.5", "10.9.9.9"
LOCAL6, ROUTER6, TARGET6 = "fd00::1", "fd00:5::5", "fd00:9::9"


def session(version: int, multipath: Multipath = Multipath.PARIS) -> EchoSession:
    filling = Filling(PAYLOAD * 400, PAYLOAD_BYTES, {4: 28, 6: 48}[version])
    return EchoSession(version, IDENTIFIER, filling, FIRST, multipath, first_sum=77)


RAW4 = RawEcho(Destination(IPv4Address(TARGET4)), session(4))
RAW6 = RawEcho(Destination(IPv6Address(TARGET6)), session(6))
PING4 = PingEcho(RAW4.destination, RAW4.session)
PING6 = PingEcho(RAW6.destination, RAW6.session)
SENT4, SENT6 = RAW4.packet(KEY)[8:], RAW6.packet(KEY)[8:]
"""The payloads of the probe."""
UDP4 = classic_probes(TARGET4, PAYLOAD)
UDP6 = classic_probes(TARGET6, PAYLOAD)


def received(data: bytes, **facts: object) -> Received:
    """A packet or queue entry; what is not named was not told."""
    plain = Received(
        data=data, address=None, port=0, stamp_ns=1_500, ttl=None, local=None, error=None
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


def request(**change: int | bytes) -> bytes:
    """The probe, or nearly."""
    return build.echo(
        8,
        int(change.get("identifier", IDENTIFIER)),
        int(change.get("sequence", SEQUENCE)),
        bytes(change.get("payload", SENT4)),
    )


def raw4(
    message: bytes, source: str = ROUTER4, local: str = LOCAL4, dialect: RawEcho = RAW4
) -> TransportEvent | None:
    packet = build.ipv4(message, source=source, destination=local, ttl=61)
    return dialect.read_data(received(packet), READ_AT)


def raw4_error(
    quoted: bytes, icmp_type: int = 11, icmp_code: int = 0, source: str = ROUTER4
) -> TransportEvent | None:
    return raw4(build.icmp(icmp_type, icmp_code, payload=quoted), source)


def quote4(message: bytes, source: str = LOCAL4, destination: str = TARGET4) -> bytes:
    return build.ipv4(message, source=source, destination=destination)


def raw6(message: bytes, source: str = ROUTER6, dialect: RawEcho = RAW6) -> TransportEvent | None:
    return dialect.read_data(
        received(message, address=ip_address(source), local=ip_address(LOCAL6), ttl=61), READ_AT
    )


def quote6(source: str = LOCAL6, destination: str = TARGET6, identifier: int = IDENTIFIER) -> bytes:
    """The IPv6 probe as it was sent, checksum included, or nearly."""
    message = RAW6.packet(KEY)
    message = message[:4] + identifier.to_bytes(2, "big") + message[6:]
    head = pseudo_header(ip_address(source), ip_address(destination), 58, len(message))
    checksum = internet_checksum(head + message).to_bytes(2, "big")
    return build.ipv6(message[:2] + checksum + message[4:], source=source, destination=destination)


def plain(event: TransportEvent | None) -> TransportEvent | None:
    """The event without the quote."""
    return replace(event, quote=None) if isinstance(event, Answer) else event


def told(event: TransportEvent | None) -> Quote | None:
    assert isinstance(event, Answer)
    return event.quote


def destination_of(dialect: PingEcho | UdpProbes) -> IPv4Address | IPv6Address:
    to = dialect.session if isinstance(dialect, UdpProbes) else dialect
    return to.destination.address


def queued(
    dialect: PingEcho | UdpProbes,
    data: bytes,
    icmp: tuple[int, int],
    offender: str | None,
    *,
    extensions_at: int = 0,
    mtu: int = 0,
    **facts: object,
) -> TransportEvent | None:
    """An entry of the error queue."""
    destination = destination_of(dialect)
    version = destination.version
    error = ExtendedError(
        origin=Origin.ICMP if version == 4 else Origin.ICMP6,
        icmp_type=icmp[0],
        icmp_code=icmp[1],
        code=errno.EMSGSIZE if mtu else errno.EHOSTUNREACH,
        info=mtu,
        data=int.from_bytes(struct.pack("=HBx", extensions_at, 0), sys.byteorder),
        offender=ip_address(offender) if offender else None,
    )
    told: dict[str, object] = {
        "address": destination,
        "local": ip_address(LOCAL4 if version == 4 else LOCAL6),
        "ttl": 61,
        "error": error,
    }
    return dialect.read_error(received(data, **(told | facts)), READ_AT)


def corrupt(packet: bytes, place: int) -> bytes:
    return packet[:place] + bytes([packet[place] ^ 1]) + packet[place + 1 :]


def is_foreign(event: TransportEvent | None) -> bool:
    return isinstance(event, Stray) and event.reason.kind is StrayKind.FOREIGN


def is_malformed(event: TransportEvent | None) -> bool:
    return isinstance(event, Stray) and event.reason.kind is StrayKind.MALFORMED


def answer(kind: AnswerKind, responder: str, icmp: tuple[int | None, int | None]) -> Answer:
    return Answer(
        key=KEY,
        kind=kind,
        responder=ip_address(responder),
        icmp_type=icmp[0],
        icmp_code=icmp[1],
        reply_ttl=61,
        received_at_ns=1_500,
        read_at=READ_AT,
    )


def test_a_raw_socket_believes_a_router_that_quotes_the_probe() -> None:
    expected = answer(AnswerKind.TIME_EXCEEDED, ROUTER4, (11, 0))
    for quoted, length in (
        (quote4(request()), 60),
        (quote4(request())[:28], 28),
        (quote4(request()) + bytes(68) + b"extension", 60),
        (quote4(request())[:28] + bytes(100) + b"extension", 28),
        (quote4(request())[:39] + bytes(89), 39),
    ):
        event = raw4_error(quoted)
        assert plain(event) == expected
        assert told(event) == Quote(length=length, ttl=1, traffic_class=0, sent_traffic_class=0)


def test_a_raw_ipv6_socket_believes_a_router_that_quotes_the_probe() -> None:
    quoted = quote6()
    for length in (48, 60, len(quoted)):
        event = raw6(build.icmp(3, 0, payload=quoted[:length]))
        assert plain(event) == answer(AnswerKind.TIME_EXCEEDED, ROUTER6, (3, 0))
        assert told(event) == Quote(length=length, ttl=1, traffic_class=0, sent_traffic_class=0)


def told_too_big(mtu: int) -> list[TransportEvent | None]:
    """Routers say so to each rung; the next link takes `mtu` bytes."""
    quoted6 = build.ipv6(RAW6.packet(KEY), source=LOCAL6, destination=TARGET6)
    rest = mtu.to_bytes(4, "big")
    udp = {"port": FIRST_PORT + KEY}
    events = [
        raw4(build.icmp(3, 4, rest, quote4(request()))),
        queued(PING4, request(), (3, 4), ROUTER4, mtu=mtu),
        queued(UDP4, PAYLOAD, (3, 4), ROUTER4, mtu=mtu, **udp),
        raw6(build.icmp(2, 0, rest, quoted6)),
        queued(PING6, RAW6.packet(KEY), (2, 0), ROUTER6, mtu=mtu),
        queued(UDP6, PAYLOAD, (2, 0), ROUTER6, mtu=mtu, **udp),
    ]
    return [plain(event) for event in events]


def test_a_router_may_say_what_its_next_link_takes() -> None:
    unreachable = AnswerKind.UNREACHABLE
    expected4 = replace(answer(unreachable, ROUTER4, (3, 4)), mtu=1400)
    expected6 = replace(answer(unreachable, ROUTER6, (2, 0)), mtu=1400)
    assert told_too_big(1400) == [expected4] * 3 + [expected6] * 3


def test_an_old_router_says_that_it_was_too_big_and_not_by_how_much() -> None:
    expected = answer(AnswerKind.UNREACHABLE, ROUTER4, (3, 4))
    assert told_too_big(0)[:3] == [expected] * 3


def test_links_take_what_every_link_must() -> None:
    assert [is_foreign(event) for event in told_too_big(67)] == [True] * 6
    assert [is_foreign(event) for event in told_too_big(1279)] == [False] * 3 + [True] * 3
    assert [isinstance(event, Answer) for event in told_too_big(1280)] == [True] * 6


def test_an_echo_reply_of_the_destination_has_reached_it() -> None:
    reply = build.echo(0, IDENTIFIER, SEQUENCE, SENT4)
    assert raw4(reply, source=TARGET4) == answer(AnswerKind.REACHED, TARGET4, (0, 0))
    told = received(reply, address=ip_address(TARGET4), ttl=61)
    assert PING4.read_data(told, READ_AT) == answer(AnswerKind.REACHED, TARGET4, (0, 0))
    reply6 = build.echo(129, IDENTIFIER, SEQUENCE, SENT6)
    assert raw6(reply6, source=TARGET6) == answer(AnswerKind.REACHED, TARGET6, (129, 0))
    told6 = received(reply6, address=ip_address(TARGET6), ttl=61)
    assert PING6.read_data(told6, READ_AT) == answer(AnswerKind.REACHED, TARGET6, (129, 0))


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(
            raw4(build.echo(0, IDENTIFIER, SEQUENCE, SENT4), ROUTER4), id="reply of another host"
        ),
        pytest.param(
            raw4(build.echo(0, 1, SEQUENCE, SENT4), TARGET4), id="reply with another identifier"
        ),
        pytest.param(
            raw4(build.echo(0, IDENTIFIER, SEQUENCE, b"?" * PAYLOAD_BYTES), TARGET4),
            id="reply with another payload",
        ),
        pytest.param(
            raw4(build.echo(0, IDENTIFIER, SEQUENCE, SENT4[:-1]), TARGET4), id="reply cut short"
        ),
        pytest.param(
            raw4(build.echo(0, IDENTIFIER, SEQUENCE, SENT4 + b"\0"), TARGET4),
            id="reply with a byte too many",
        ),
        pytest.param(
            raw4_error(quote4(request(identifier=1))[:35]),
            id="quotes another identifier and too little to prove that it is a NAT's",
        ),
        pytest.param(
            raw4_error(quote4(request(payload=b"?" * PAYLOAD_BYTES))), id="quotes another payload"
        ),
        pytest.param(
            raw4_error(quote4(request(payload=b"?" * PAYLOAD_BYTES))[:28]),
            id="quotes another checksum only",
        ),
        pytest.param(
            raw4_error(quote4(request(), destination="10.9.9.8")[:35]),
            id="quotes another destination and too little to prove that it is a NAT's",
        ),
        pytest.param(
            raw4_error(
                quote4(request(identifier=1, payload=bytes(PAYLOAD_BYTES)))[:28] + bytes(40)
            ),
            id="zeros prove nothing",
        ),
        pytest.param(
            raw4_error(quote4(request(sequence=SEQUENCE + 1))), id="quotes another sequence"
        ),
        pytest.param(
            raw4_error(build.ipv4(build.udp(1, 2), protocol=17)), id="quotes another protocol"
        ),
        pytest.param(
            raw6(build.icmp(3, 0, payload=quote6(destination="fd00::2")[:55])),
            id="IPv6 quotes another destination",
        ),
        pytest.param(
            raw6(build.icmp(3, 0, payload=build.ipv6(RAW6.packet(KEY), source=LOCAL6)[:55])),
            id="IPv6 quotes another checksum",
        ),
        pytest.param(
            PING4.read_data(
                received(build.echo(0, IDENTIFIER, SEQUENCE, SENT4), address=ip_address(ROUTER4)),
                READ_AT,
            ),
            id="ping socket: reply of another host",
        ),
        pytest.param(
            queued(PING4, request(payload=b"?" * PAYLOAD_BYTES), (11, 0), ROUTER4),
            id="ping socket: quotes another payload",
        ),
        pytest.param(
            queued(PING4, request()[:15], (11, 0), ROUTER4, address=ip_address("10.9.9.8")),
            id="ping socket: quotes another destination",
        ),
        pytest.param(
            queued(UDP4, b"?" * 8, (11, 0), ROUTER4, port=FIRST_PORT + KEY),
            id="UDP: quotes another payload",
        ),
        pytest.param(
            queued(UDP4, PAYLOAD, (11, 0), ROUTER4, port=FIRST_PORT - 1), id="UDP: port below ours"
        ),
        pytest.param(
            queued(UDP4, PAYLOAD, (11, 0), ROUTER4, port=FIRST_PORT + KEY_SPACE),
            id="UDP: port above ours",
        ),
        pytest.param(
            UDP4.read_data(received(b"", address=ip_address(ROUTER4), port=FIRST_PORT), READ_AT),
            id="UDP: datagram of another host",
        ),
        pytest.param(
            UDP4.read_data(received(b"", address=ip_address(TARGET4), port=53), READ_AT),
            id="UDP: datagram from another port",
        ),
    ],
)
def test_what_does_not_match_the_probe_is_foreign(event: TransportEvent | None) -> None:
    assert is_foreign(event)


@pytest.mark.parametrize(
    ("quoted", "rewrites"),
    [
        (
            quote4(request(), source="192.168.1.7"),
            [(RewrittenField.SOURCE_ADDRESS, LOCAL4, "192.168.1.7")],
        ),
        (
            quote4(request(), source="192.168.1.7")[:28],
            [(RewrittenField.SOURCE_ADDRESS, LOCAL4, "192.168.1.7")],
        ),
        (
            quote4(request(), destination="192.168.1.8"),
            [(RewrittenField.DESTINATION_ADDRESS, TARGET4, "192.168.1.8")],
        ),
        (
            quote4(request(identifier=0x7777)),
            [
                (RewrittenField.CHECKSUM, RAW4.packet(KEY)[2:4], request(identifier=0x7777)[2:4]),
                (RewrittenField.ICMP_IDENTIFIER, IDENTIFIER, 0x7777),
            ],
        ),
        (
            quote4(corrupt(request(), 3))[:36],
            [(RewrittenField.CHECKSUM, request()[2:4], corrupt(request(), 3)[2:4])],
        ),
    ],
)
def test_what_a_nat_rewrote_is_believed_by_the_payload_and_told(
    quoted: bytes, rewrites: list[tuple[RewrittenField, Any, Any]]
) -> None:
    event = raw4_error(quoted)
    assert plain(event) == answer(AnswerKind.TIME_EXCEEDED, ROUTER4, (11, 0))
    quote = told(event)
    assert quote is not None
    assert quote.rewrites == tuple(
        Rewrite(field, value(sent), value(arrived)) for field, sent, arrived in rewrites
    )


def value(written: bytes | str | int) -> int | IPv4Address | IPv6Address:
    if isinstance(written, bytes):
        return int.from_bytes(written, "big")
    return ip_address(written) if isinstance(written, str) else written


def test_an_ipv6_quote_tells_what_was_rewritten() -> None:
    event = raw6(build.icmp(3, 0, payload=quote6(source="fd00:77::7", identifier=7)))
    assert plain(event) == answer(AnswerKind.TIME_EXCEEDED, ROUTER6, (3, 0))
    quote = told(event)
    assert quote is not None
    assert [rewrite.field for rewrite in quote.rewrites] == [
        RewrittenField.SOURCE_ADDRESS,
        RewrittenField.CHECKSUM,
        RewrittenField.ICMP_IDENTIFIER,
    ]


def test_a_quote_tells_the_class_of_service_that_arrived() -> None:
    marked = RawEcho(RAW4.destination, RAW4.session, traffic_class=46 << 2)
    header = build.ipv4(request(), source=LOCAL4, destination=TARGET4, ttl=3, traffic_class=8)
    event = raw4(build.icmp(11, 0, payload=header), dialect=marked)
    assert told(event) == Quote(length=60, ttl=3, traffic_class=8, sent_traffic_class=46 << 2)


def on_the_wire(dialect: EchoProbes, key: int, flow: int, size: int | None) -> bytes:
    """The ICMP message with its checksum, the kernel's in IPv6."""
    message = dialect.packet(key, flow, size)
    local = ip_address(LOCAL4 if dialect.session.version == 4 else LOCAL6)
    checksum = dialect.session.checksum(key, local, dialect.destination.address)
    return message[:2] + checksum.to_bytes(2, "big") + message[4:]


def fresh(dialect: RawEcho) -> RawEcho:
    """The same with a session of its own, which may send KEY in another flow or size: the others
    remember it as it was sent last."""
    return RawEcho(dialect.destination, session(dialect.session.version))


KEYS, SIZES = st.integers(0, KEY_SPACE - 1), st.none() | st.integers(50, 9216)


@pytest.mark.parametrize("shared", [RAW4, RAW6])
@given(key=KEYS, other=KEYS, flow=st.integers(0, 500), size=SIZES, other_size=SIZES)
@example(key=KEY, other=KEY, flow=1, size=None, other_size=100)
def test_a_flow_has_one_checksum_whatever_its_probes(
    shared: RawEcho, key: int, other: int, flow: int, size: int | None, other_size: int | None
) -> None:
    dialect = fresh(shared)
    seen = {on_the_wire(dialect, key, flow, size)[:4]}
    seen.add(on_the_wire(dialect, other, flow, other_size)[:4])
    assert len(seen) == 1
    assert on_the_wire(dialect, key, flow + 1, size)[:4] not in seen
    if shared is RAW4:
        assert internet_checksum(dialect.packet(key, flow, size)) == 0


@given(key=KEYS)
def test_classic_probes_differ_where_load_balancers_look(key: int) -> None:
    classic = RawEcho(RAW4.destination, session(4, multipath=Multipath.CLASSIC))
    assert classic.packet(key)[:4] != classic.packet((key + 1) % KEY_SPACE)[:4]


@given(key=KEYS, flow=st.integers(0, 99), size=SIZES, length=st.integers(28, 9216))
def test_probes_of_any_flow_and_size_are_known_again(
    key: int, flow: int, size: int | None, length: int
) -> None:
    dialect = fresh(RAW4)
    message = dialect.packet(key, flow, size)
    event = raw4(build.icmp(11, payload=quote4(message)[:length]), dialect=dialect)
    assert isinstance(event, Answer)
    assert event.key == key
    answering = build.echo(0, IDENTIFIER, (FIRST + key) % 65536, message[8:])
    reply = raw4(answering, TARGET4, dialect=dialect)
    assert isinstance(reply, Answer)


def test_a_probe_of_headers_alone_has_no_word_to_spare() -> None:
    dialect = fresh(RAW4)
    for size in (28, 29):
        message = dialect.packet(KEY, 0, size)
        assert len(message) == size - 20
        event = raw4(build.icmp(11, payload=quote4(message)), dialect=dialect)
        assert isinstance(event, Answer)


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(raw4(b"\x0b\x00"), id="ICMP without a header"),
        pytest.param(raw4(corrupt(build.icmp(11, payload=quote4(request())), 40)), id="corrupt"),
        pytest.param(raw4_error(quote4(request())[:27]), id="quote of 27 bytes"),
        pytest.param(raw4_error(b""), id="no quote"),
        pytest.param(raw6(b"\x03\x00\x00"), id="ICMPv6 without a header"),
        pytest.param(raw6(build.icmp(3, payload=b"\x60")), id="IPv6 quote of a byte"),
        pytest.param(queued(PING4, request()[:7], (11, 0), ROUTER4), id="ping: quote of 7 bytes"),
        pytest.param(queued(PING4, request(), (11, 0), None), id="ping: nobody's error"),
        pytest.param(
            queued(UDP4, PAYLOAD, (11, 0), None, port=FIRST_PORT + KEY), id="UDP: nobody's error"
        ),
        pytest.param(
            PING4.read_data(received(b"\0", address=ip_address(TARGET4)), READ_AT),
            id="ping: reply of a byte",
        ),
    ],
)
def test_what_cannot_be_read_is_malformed(event: TransportEvent | None) -> None:
    assert is_malformed(event)


@pytest.mark.parametrize(
    "event",
    [
        raw4(build.echo(8, 1, 1)),
        raw4(build.icmp(5, 1, payload=quote4(request()))),
        raw4_error(quote4(request()), icmp_type=11, icmp_code=1),
        raw6(build.icmp(4, 0, payload=build.ipv6(RAW6.packet(KEY)))),
        queued(PING4, request(), (12, 0), ROUTER4),
        queued(UDP6, PAYLOAD, (4, 0), ROUTER6, port=FIRST_PORT + KEY),
        PING4.read_data(received(build.echo(8, IDENTIFIER, 1)), READ_AT),
    ],
)
def test_other_messages_are_neither_answers_nor_strays(event: TransportEvent | None) -> None:
    assert event is None


@pytest.mark.parametrize(
    ("dialect", "data", "port"),
    [
        (PING4, PING4.packet(KEY), 0),
        (PING4, PING4.packet(KEY)[:8], 0),
        (PING6, PING6.packet(KEY), 0),
        (UDP4, PAYLOAD, FIRST_PORT + KEY),
        (UDP4, b"", FIRST_PORT + KEY),
        (UDP6, PAYLOAD[:7], FIRST_PORT + KEY),
    ],
)
def test_the_error_queue_tells_the_router_and_the_probe(
    dialect: PingEcho | UdpProbes, data: bytes, port: int
) -> None:
    is_v4 = destination_of(dialect).version == 4
    router, icmp = (ROUTER4, (11, 0)) if is_v4 else (ROUTER6, (3, 0))
    event = queued(dialect, data, icmp, router, port=port)
    assert event == answer(AnswerKind.TIME_EXCEEDED, router, icmp)


@pytest.mark.parametrize(
    ("icmp", "responder", "kind"),
    [
        ((3, 3), TARGET4, AnswerKind.REACHED),
        ((3, 3), ROUTER4, AnswerKind.UNREACHABLE),
        ((3, 1), TARGET4, AnswerKind.UNREACHABLE),
        ((3, 13), ROUTER4, AnswerKind.UNREACHABLE),
        ((3, 99), ROUTER4, AnswerKind.UNREACHABLE),
    ],
)
def test_unreachables_are_judged_alike_on_every_rung(
    icmp: tuple[int, int], responder: str, kind: AnswerKind
) -> None:
    expected = answer(kind, responder, icmp)
    assert plain(raw4_error(quote4(request()), *icmp, source=responder)) == expected
    assert queued(PING4, request(), icmp, responder) == expected
    assert queued(UDP4, PAYLOAD, icmp, responder, port=FIRST_PORT + KEY) == expected


def test_port_unreachable_from_an_ipv6_destination_has_reached_it() -> None:
    event = queued(UDP6, PAYLOAD, (1, 4), TARGET6, port=FIRST_PORT + KEY)
    assert event == answer(AnswerKind.REACHED, TARGET6, (1, 4))


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (raw4_error(quote4(request()), 3, 1, LOCAL4), "the next hop does not answer ARP"),
        (queued(PING4, request(), (3, 1), LOCAL4), "the next hop does not answer ARP"),
        (
            queued(PING6, PING6.packet(KEY), (1, 3), LOCAL6),
            "the next hop does not answer neighbour discovery",
        ),
        (
            queued(UDP4, PAYLOAD, (3, 13), LOCAL4, port=FIRST_PORT + KEY),
            "this machine says administratively prohibited",
        ),
    ],
)
def test_an_unreachable_from_this_machine_is_its_own_failure(
    event: TransportEvent | None, reason: str
) -> None:
    assert event == LocalFailure(KEY, reason)


def test_a_local_error_of_the_udp_socket_names_its_probe() -> None:
    error = ExtendedError(origin=Origin.LOCAL, icmp_type=0, icmp_code=0, data=0, offender=None)
    event = queued(UDP4, b"", (0, 0), None, port=FIRST_PORT + KEY, error=error)
    assert event == LocalFailure(KEY, "this machine could not send it after all")
    assert queued(PING4, b"", (0, 0), None, error=error) is None


def test_our_own_address_as_destination_is_no_local_failure() -> None:
    event = queued(UDP4, PAYLOAD, (3, 3), TARGET4, port=FIRST_PORT + KEY, local=ip_address(TARGET4))
    assert event == answer(AnswerKind.REACHED, TARGET4, (3, 3))
    prohibited = queued(
        UDP4, PAYLOAD, (3, 13), TARGET4, port=FIRST_PORT + KEY, local=ip_address(TARGET4)
    )
    assert prohibited == answer(AnswerKind.UNREACHABLE, TARGET4, (3, 13))


def test_a_datagram_that_comes_back_has_reached_the_destination() -> None:
    told = received(b"any", address=ip_address(TARGET4), port=FIRST_PORT + KEY, ttl=61)
    event = UDP4.read_data(told, READ_AT)
    assert event == answer(AnswerKind.REACHED, TARGET4, (None, None))


def test_without_a_kernel_stamp_the_time_of_reading_stands_in() -> None:
    told = received(
        b"any", address=ip_address(TARGET4), port=FIRST_PORT + KEY, ttl=61, stamp_ns=None
    )
    event = UDP4.read_data(told, READ_AT)
    assert isinstance(event, Answer)
    assert event.received_at_ns == READ_AT.realtime_ns


@pytest.mark.parametrize("dialect", [RAW4, RAW6, PING4, PING6, UDP4, UDP6])
@given(key=st.integers(0, KEY_SPACE - 1))
def test_every_key_has_a_probe_of_its_own(
    dialect: RawEcho | PingEcho | UdpProbes, key: int
) -> None:
    other = (key + 1) % dialect.key_space
    assert (dialect.packet(key), dialect.address(key)) != (
        dialect.packet(other),
        dialect.address(other),
    )
    port = dialect.address(key)[1]
    assert 0 <= port <= 65535
    if not isinstance(dialect, UdpProbes):
        sequence = int.from_bytes(dialect.packet(key)[6:8], "big")
        assert dialect.session.key_of(sequence) == key


@given(st.binary(max_size=200), st.binary(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_garbage_is_survived_on_every_rung(
    data: bytes, tail: bytes, icmp_type: int, icmp_code: int
) -> None:
    for message in (data, build.icmp(icmp_type, icmp_code, payload=data + tail)):
        for dialect in (RAW4, RAW6, PING4, PING6, UDP4, UDP6):
            dialect.read_data(received(message, address=ip_address(ROUTER4)), READ_AT)
        raw4(message)
        for queue in (PING4, PING6, UDP4, UDP6):
            queued(queue, message, (icmp_type, icmp_code), ROUTER4, port=FIRST_PORT)


@pytest.mark.parametrize("version", [4, 6])
def test_two_sessions_share_no_secret(version: int) -> None:
    one, other = (Outgoing().filling(version).payload() for _ in range(2))
    assert one != other
    assert len(one) == PAYLOAD_BYTES


@given(st.sampled_from([4, 6]), st.integers(72, 9216), st.binary(min_size=1, max_size=16))
def test_a_pattern_fills_the_payload_behind_a_secret(
    version: int, size: int, pattern: bytes
) -> None:
    payload = Outgoing(size=size, pattern=pattern).filling(version).payload()
    assert len(payload) == size - {4: 28, 6: 48}[version]
    filling = payload[8:]
    assert all(byte == pattern[at % len(pattern)] for at, byte in enumerate(filling))
    assert payload[:8] != Outgoing(size=size, pattern=pattern).filling(version).payload()[:8]
