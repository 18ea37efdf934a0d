"""UDP probes of one flow: what tells them apart, in quotes and in what services say."""

from __future__ import annotations

import struct
from ipaddress import ip_address

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import AnswerKind, Multipath, Protocol
from poros_tui.packets.checksum import internet_checksum, pseudo_header
from poros_tui.packets.greetings import GREETINGS
from poros_tui.probe.errqueue import ExtendedError, Origin, Received
from poros_tui.probe.simulation.node import UdpService
from poros_tui.probe.transport import Answer
from poros_tui.probe.udp import TOO_SHORT, UNTOLD, UdpProbes
from poros_tui.probe.udp_session import KEY_SPACE, UdpSession
from tests.lab.requirements import require_network
from tests.lab.tun import lab_network, load_scenario
from tests.probe.listening import listening
from tests.probe.rungs import Rung, open_inside
from tests.probe.udp_probes import udp_session

TARGET4, TARGET6 = "10.9.9.9", "fd00:9::9"
READ_AT = ClockReading(realtime_ns=2_000, monotonic_ns=1_000)
KEYS = st.integers(0, KEY_SPACE - 1)
SIZES = st.none() | st.integers(60, 9216)
CHANCE = bytes(range(0x80, 0x90))


def greeted(port: int) -> UdpSession:
    greeting = GREETINGS[port](CHANCE)
    return udp_session(TARGET4, port=port, usual=len(greeting.content), greeting=greeting)


SESSIONS = [
    udp_session(TARGET4),
    udp_session(TARGET6),
    udp_session(TARGET6, multipath=Multipath.DUBLIN),
    *(greeted(port) for port in GREETINGS),
]


def quoting(session: UdpSession, quoted: bytes) -> object:
    is_v4 = session.destination.address.version == 4
    error = ExtendedError(
        origin=Origin.ICMP if is_v4 else Origin.ICMP6,
        icmp_type=11 if is_v4 else 3,
        icmp_code=0,
        data=0,
        offender=ip_address("10.0.5.5" if is_v4 else "fd00:5::5"),
    )
    received = Received(
        data=quoted, address=session.destination.address, port=session.port, stamp_ns=1_500,
        ttl=61, local=None, error=error,
    )  # fmt: skip
    return UdpProbes(session).read_error(received, READ_AT)


def replying(session: UdpSession, reply: bytes) -> object:
    received = Received(
        data=reply, address=session.destination.address, port=session.port, stamp_ns=1_500,
        ttl=61, local=None, error=None,
    )  # fmt: skip
    return UdpProbes(session).read_data(received, READ_AT)


@pytest.mark.parametrize("session", SESSIONS)
@given(key=KEYS, size=SIZES, cut=st.integers(0, 9216), padding=st.sampled_from([0, 100]))
def test_a_quote_tells_its_probe_or_that_it_is_too_short(
    session: UdpSession, key: int, size: int | None, cut: int, padding: int
) -> None:
    payload = session.payload(key, 0, size)
    event = quoting(session, payload[:cut] + bytes(padding))
    if isinstance(event, Answer):
        assert event.key == key
    else:
        assert event is TOO_SHORT
        assert len(payload[:cut].rstrip(b"\0")) < 48


@pytest.mark.parametrize("session", SESSIONS)
@given(key=KEYS, other=KEYS)
def test_a_flow_has_constant_ports_and_every_key_another_payload(
    session: UdpSession, key: int, other: int
) -> None:
    assert session.port_of(key) == session.port_of(other) == session.port
    one, two = session.payload(key), session.payload(other)
    assert (one == two) == (key == other)


@given(key=KEYS, size=st.integers(52, 9216), other=st.integers(52, 9216))
def test_dublin_has_one_checksum_for_all_sizes(key: int, size: int, other: int) -> None:
    session = SESSIONS[2]
    checksums = set()
    for bytes_ in (size, other):
        payload = session.payload(key, 0, bytes_)
        blank = struct.pack("!HHHH", 40000, 33434, 8 + len(payload), 0) + payload
        head = pseudo_header(ip_address("fd00::1"), ip_address(TARGET6), 17, len(blank))
        checksums.add(internet_checksum(head + blank))
    assert len(checksums) == 1


@given(st.binary(max_size=100))
def test_another_payload_is_not_believed(quoted: bytes) -> None:
    session = udp_session(TARGET4)
    session.payload(5)
    assert not isinstance(quoting(session, quoted), Answer)
    assert replying(session, quoted) is UNTOLD


def dns(payload: bytes) -> bytes:
    return payload[:2] + bytes.fromhex("80050001000000000000")


def ntp(payload: bytes) -> bytes:
    return b"\x24" + bytes(23) + payload[40:48] + bytes(16)


def quic(payload: bytes) -> bytes:
    return b"\x80\0\0\0\0\0\x08" + payload[6:14] + b"\0\0\0\1"


def stun(payload: bytes) -> bytes:
    return b"\1\1\0\x0c" + payload[4:20] + bytes(12)


@pytest.mark.parametrize(("port", "reply"), [(53, dns), (123, ntp), (443, quic), (3478, stun)])
@given(key=KEYS)
def test_services_tell_which_probe_they_answer(port: int, reply: object, key: int) -> None:
    session = greeted(port)
    payload = session.payload(key)
    event = replying(session, reply(payload))  # type: ignore[operator]
    assert isinstance(event, Answer)
    assert (event.key, event.kind, event.icmp_type) == (key, AnswerKind.REACHED, None)
    assert replying(session, b"a datagram that is always the same") is UNTOLD


def test_greetings_are_what_their_services_read() -> None:
    assert GREETINGS[53](CHANCE).content[2:] == bytes.fromhex("00000001000000000000 00 0002 0001")
    assert (len(GREETINGS[123](CHANCE).content), len(GREETINGS[443](CHANCE).content)) == (48, 1200)
    assert GREETINGS[3478](CHANCE).content[:8] == bytes.fromhex("000100002112a442")


@pytest.mark.parametrize("session", SESSIONS)
@given(key=KEYS)
def test_an_echo_tells_its_probe(session: UdpSession, key: int) -> None:
    event = replying(session, session.payload(key))
    assert isinstance(event, Answer)
    assert event.key == key


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("service", [UdpService.ECHO, UdpService.FIXED, UdpService.DNS])
async def test_a_live_service_is_reached_at_its_distance(service: UdpService, version: int) -> None:
    require_network()
    scenario = load_scenario("near")
    destination = replace(scenario.destination, udp=service)
    with lab_network(replace(scenario, destination=destination)) as lab:
        path = [set(hop) for hop in lab.path(version, Protocol.UDP)]
        chosen = open_inside(lab.namespace, Rung.UDP, lab.target(version))
        ttls = range(1, len(path) + 3)
        async with listening(chosen.transport) as ear:
            async with trio.open_nursery() as nursery:
                for ttl in ttls:
                    nursery.start_soon(ear.send, ttl, ttl)
            await ear.until_answered(ttls)
        seen = ear.path()
    for ttl in ttls:
        hop = path[min(ttl, len(path)) - 1]
        assert seen[ttl][0] in hop
        is_end = ttl >= len(path)
        assert seen[ttl][1] is (AnswerKind.REACHED if is_end else AnswerKind.TIME_EXCEEDED)
    for answer in ear.answers:
        assert ear.stamps[answer.key] < answer.received_at_ns
