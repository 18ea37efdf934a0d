"""Forged, corrupt and refused packets on real links."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from poros_tui.errors import SendError
from poros_tui.model.probe import AnswerKind
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.probe.echo import EchoSession
from poros_tui.probe.shared_socket import SharedSocket
from poros_tui.probe.transport import ProbeTransport
from tests.lab import namespace
from tests.lab.chain import ChainLab
from tests.lab.requirements import require_nft
from tests.packets import build
from tests.probe.conftest import ROUTERS
from tests.probe.listening import Ear, first_socket, listening
from tests.probe.rungs import Rung, open_inside

pytestmark = [pytest.mark.network, pytest.mark.trio]

PROBER, ROUTER, LAST_TTL = "10.1.1.1", "10.1.1.2", ROUTERS + 1


def session_of(transport: ProbeTransport) -> EchoSession:
    assert isinstance(transport, SharedSocket)
    session = transport._dialect.session  # type: ignore[attr-defined]
    assert isinstance(session, EchoSession)
    return session


class Forger:
    """The first router, sending whatever it likes under any name."""

    def __init__(self, lab: ChainLab) -> None:
        def open_socket() -> None:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

        namespace.inside(lab.names[1], open_socket)

    def send(self, message: bytes, source: str = ROUTER) -> None:
        packet = build.ipv4(message, source=source, destination=PROBER, ttl=64)
        self.socket.sendto(packet, (PROBER, 0))


@pytest.fixture
def forger(chain: ChainLab) -> Iterator[Forger]:
    forger = Forger(chain)
    yield forger
    forger.socket.close()


async def reach(ear: Ear, key: int) -> None:
    """A probe of our own behind the forgeries: when it is answered, they have been read."""
    await ear.send(LAST_TTL, key)
    await ear.until_answered([key])


def strays(ear: Ear) -> list[StrayReason]:
    return [event.reason for event in ear.events if isinstance(event, Stray)]


async def test_forged_and_corrupt_answers_are_counted_and_not_believed(
    chain: ChainLab, forger: Forger
) -> None:
    target = str(chain.target(4))
    chosen = open_inside(chain.namespace, Rung.RAW, chain.target(4))
    session = session_of(chosen.transport)
    async with listening(chosen.transport) as ear:
        await reach(ear, 0)
        request = session.request(1)
        sequence = int.from_bytes(request[6:8], "big")
        quoted = build.ipv4(request, source=PROBER, destination=target)
        reply = build.echo(0, session.identifier, sequence, request[8:])
        exceeded = build.icmp(11, payload=quoted)

        forger.send(build.echo(0, session.identifier, sequence, bytes(32)), source=target)
        forger.send(reply)
        # Who has not seen the probe does not know its payload.
        forger.send(build.icmp(11, payload=quoted[:20] + request[:2] + b"??" + request[4:8]))
        forger.send(build.icmp(11, payload=build.ipv4(request[:8], source=PROBER)))
        forger.send(build.icmp(11, payload=quoted[:28] + bytes(32)[:-1] + b"?"))
        forger.send(exceeded[:-1] + bytes([exceeded[-1] ^ 1]))
        forger.send(exceeded[:30])
        forger.send(build.icmp(11, payload=quoted[:24]))
        forger.send(build.icmp(11))
        # Not for us at all: the filter leaves these to whom they concern.
        forger.send(build.echo(0, session.identifier ^ 1, sequence, request[8:]))
        forger.send(build.icmp(5, 1, payload=quoted))
        await reach(ear, 2)
    assert strays(ear) == [
        StrayReason.OTHER_PAYLOAD,
        StrayReason.OTHER_SENDER,
        StrayReason.QUOTES_CHECKSUM,
        StrayReason.QUOTES_DESTINATION,
        StrayReason.QUOTES_PAYLOAD,
        StrayReason.BAD_CHECKSUM,
        StrayReason.BAD_CHECKSUM,
        StrayReason.CUT_SHORT,
        StrayReason.CUT_SHORT,
    ]
    assert [answer.key for answer in ear.answers] == [0, 2]


async def test_a_ping_socket_believes_forgers_no_more(chain: ChainLab, forger: Forger) -> None:
    target = str(chain.target(4))
    chosen = open_inside(chain.namespace, Rung.PING, chain.target(4))
    session = session_of(chosen.transport)
    async with listening(chosen.transport) as ear:
        await reach(ear, 0)
        request = session.request(1)
        sequence = int.from_bytes(request[6:8], "big")
        forger.send(build.echo(0, session.identifier, sequence, request[8:]))
        forger.send(build.echo(0, session.identifier, sequence, bytes(32)), source=target)
        wrong = request[:8] + bytes([request[8] ^ 1]) + request[9:]
        forger.send(build.icmp(11, payload=build.ipv4(wrong, source=PROBER, destination=target)))
        await reach(ear, 2)
    assert set(strays(ear)) == {
        StrayReason.OTHER_SENDER,
        StrayReason.OTHER_PAYLOAD,
        StrayReason.QUOTES_PAYLOAD,
    }
    assert [answer.key for answer in ear.answers] == [0, 2]


async def test_a_router_that_pads_a_short_quote_is_believed(
    chain: ChainLab, forger: Forger
) -> None:
    chosen = open_inside(chain.namespace, Rung.RAW, chain.target(4))
    request = session_of(chosen.transport).request(1)
    quoted = build.ipv4(request, source=PROBER, destination=str(chain.target(4)))
    async with listening(chosen.transport) as ear:
        # RFC 4884: padded to 128 bytes, then an extension with an MPLS label.
        extension = bytes.fromhex("2000beef0008010105dc3101")
        forger.send(build.icmp(11, payload=quoted[:28] + bytes(100) + extension))
        await ear.until_answered([1])
    assert ear.answers[0].kind is AnswerKind.TIME_EXCEEDED
    assert not strays(ear)


@pytest.fixture
def firewalled(chain: ChainLab) -> Iterator[ChainLab]:
    """The prober's own firewall drops what has a TTL of 9."""
    rules = (
        "add table inet poros; "
        "add chain inet poros out { type filter hook output priority 0; }; "
        "add rule inet poros out ip ttl 9 drop; "
        "add rule inet poros out ip6 hoplimit 9 drop"
    )
    require_nft()
    namespace.set_filter(chain.namespace, rules)
    yield chain
    namespace.set_filter(chain.namespace, "delete table inet poros")


TOLD = [
    (rung, version)
    for rung in Rung
    for version in (4, 6)
    # Nor does the kernel tell of a SYN of its own: it would send it again.
    if (rung, version) != (Rung.PING, 6) and rung is not Rung.TCP_CONNECT
]


@pytest.mark.parametrize("is_older_kernel", [False, True])
@pytest.mark.parametrize(("rung", "version"), TOLD)
async def test_a_local_firewall_is_a_send_error_and_stamps_stay_right(
    firewalled: ChainLab, rung: Rung, version: int, is_older_kernel: bool
) -> None:
    chosen = open_inside(firewalled.namespace, rung, firewalled.target(version))
    if is_older_kernel:
        # Such a drop, unlike a missing route, comes after the kernel has counted the packet.
        first_socket(chosen.transport)._stamps.count_along()
    async with listening(chosen.transport) as ear:
        for key in range(6):
            if key % 2:
                with pytest.raises(SendError, match="firewall"):
                    await ear.send(9, key)
            else:
                await ear.send(LAST_TTL, key)
        await ear.until_answered([0, 2, 4])
    assert list(ear.stamps) == [0, 2, 4]
    for key, following in ((0, 2), (2, 4)):
        assert ear.sent[key].realtime_ns <= ear.stamps[key] < ear.sent[following].realtime_ns


async def test_of_an_ipv6_ping_socket_the_kernel_does_not_tell_what_the_firewall_drops(
    firewalled: ChainLab,
) -> None:
    # icmpv6_push_pending_frames of Linux 6.18 forgets what ip6_push_pending_frames returned.
    chosen = open_inside(firewalled.namespace, Rung.PING, firewalled.target(6))
    async with listening(chosen.transport) as ear:
        await ear.send(9, 1)
        await reach(ear, 2)
    assert list(ear.stamps) == [2]
