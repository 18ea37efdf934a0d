"""Send stamps on loopback, where any user may send UDP."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv4Address
from typing import cast

import pytest

from poros_tui.errors import SendError
from poros_tui.probe.family import IPV4, Ancillary, Destination, SocketAddress
from poros_tui.probe.shared_socket import SharedSocket
from poros_tui.probe.sockets import open_udp
from poros_tui.probe.stamps import UNCLAIMED_MAX, SendStamps
from poros_tui.probe.udp import UdpProbes
from tests.probe.listening import listening
from tests.probe.udp_probes import classic_probes

LOOPBACK = Destination(IPv4Address("127.0.0.1"))
PROBES = classic_probes("127.0.0.1", b"a secret")
REFUSED = frozenset({3, 4, 8})


class OldKernelSocket:
    """A socket whose kernel does not know SCM_TS_OPT_ID, as before Linux 6.13."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def sendmsg(
        self, buffers: list[bytes], ancillary: list[Ancillary], flags: int, address: SocketAddress
    ) -> int:
        if any((level, kind) == (socket.SOL_SOCKET, 81) for level, kind, _ in ancillary):
            raise OSError(errno.EINVAL, "Invalid argument")
        return self._socket.sendmsg(buffers, ancillary, flags, address)

    def __getattr__(self, name: str) -> object:
        return getattr(self._socket, name)


class SometimesRefused(UdpProbes, frozen=True):
    """Sends some probes to the broadcast address, which the kernel refuses (EACCES)."""

    def address(self, key: int) -> SocketAddress:
        return ("255.255.255.255", 33434) if key in REFUSED else super().address(key)


def transport_over(sock: object) -> SharedSocket:
    return SharedSocket(
        cast("socket.socket", sock),
        IPV4,
        SometimesRefused(PROBES.session),
        SendStamps(cast("socket.socket", sock)),
    )


async def assert_stamps_belong_to_their_probes(transport: SharedSocket) -> None:
    keys = [key for key in range(12) if key not in REFUSED]
    async with listening(transport) as ear:
        for key in range(12):
            if key in REFUSED:
                with pytest.raises(SendError, match="EACCES"):
                    await ear.send(1, key)
            else:
                await ear.send(1, key)
        await ear.until_answered(keys)
    assert list(ear.stamps) == keys
    later = [*keys[1:], None]
    for key, following in zip(keys, later, strict=True):
        assert ear.sent[key].realtime_ns <= ear.stamps[key]
        if following is not None:
            assert ear.stamps[key] <= ear.sent[following].realtime_ns


@pytest.mark.trio
async def test_stamps_belong_to_their_probes() -> None:
    await assert_stamps_belong_to_their_probes(transport_over(open_udp(LOOPBACK)))


@pytest.mark.trio
async def test_stamps_belong_to_their_probes_on_an_older_kernel_too() -> None:
    transport = transport_over(OldKernelSocket(open_udp(LOOPBACK)))
    await assert_stamps_belong_to_their_probes(transport)


@pytest.mark.trio
async def test_an_older_kernel_is_noticed_at_the_first_probe_and_no_probe_is_lost_by_it() -> None:
    sock = open_udp(LOOPBACK)
    old = cast("socket.socket", OldKernelSocket(sock))
    stamps = SendStamps(old)
    async with listening(SharedSocket(old, IPV4, PROBES, stamps)) as ear:
        assert not stamps.counts_along
        await ear.send(1, 7)
        assert stamps.counts_along
        await ear.until_answered([7])
    assert list(ear.stamps) == [7]


def test_stamps_that_never_come_are_forgotten() -> None:
    with open_udp(LOOPBACK) as sock:
        stamps = SendStamps(sock)
        stamps.count_along()
        for key in range(UNCLAIMED_MAX + 1):
            stamps.packet_left(key)
        assert stamps.by_key({0: 5, 1: 6}) == {1: 6}
        assert stamps.by_key({1: 6}) == {}
        assert stamps.by_key({UNCLAIMED_MAX: 7}) == {UNCLAIMED_MAX: 7}


class StamplessSocket(OldKernelSocket):
    """A socket in a sandbox that has no SO_TIMESTAMPING either."""

    def setsockopt(self, level: int, option: int, value: int) -> None:
        if (level, option) == (socket.SOL_SOCKET, 37):
            raise OSError(errno.ENOPROTOOPT, "Protocol not available")
        self._socket.setsockopt(level, option, value)


@pytest.mark.trio
async def test_without_kernel_stamps_answers_carry_the_time_of_reading() -> None:
    async with listening(transport_over(StamplessSocket(open_udp(LOOPBACK)))) as ear:
        await ear.send(1, 0)
        await ear.until_answered([0])
    assert not ear.stamps
    assert ear.answers[0].received_at_ns == ear.answers[0].read_at.realtime_ns
