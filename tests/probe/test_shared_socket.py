"""Sending and hearing through one socket, with a kernel that misbehaves on demand."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import cast

import pytest
import trio
import trio.testing

from poros_tui.errors import SendError
from poros_tui.model.probe import AnswerKind
from poros_tui.probe.family import IPV4, Destination
from poros_tui.probe.shared_socket import SharedSocket
from poros_tui.probe.sockets import open_udp, send_error_words
from poros_tui.probe.stamps import SendStamps
from tests.probe.listening import listening
from tests.probe.udp_probes import classic_probes

pytestmark = pytest.mark.trio

LOOPBACK = IPv4Address("127.0.0.1")
Failure = Callable[[], OSError | None]


class FailingSocket:
    """A real UDP socket whose sendmsg fails as long as `failure` gives an error."""

    def __init__(self, failure: Failure) -> None:
        self._socket = open_udp(Destination(LOOPBACK))
        self._failure = failure
        self.tries = 0

    def sendmsg(self, *arguments: object) -> int:
        self.tries += 1
        error = self._failure()
        if error is not None:
            raise error
        return self._socket.sendmsg(*arguments)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self._socket, name)


def transport_over(sock: object) -> SharedSocket:
    sock = cast("socket.socket", sock)
    return SharedSocket(sock, IPV4, classic_probes(str(LOOPBACK), b"a secret"), SendStamps(sock))


def failing_times(count: int, code: int) -> Failure:
    errors = iter([OSError(code, os.strerror(code))] * count)
    return lambda: next(errors, None)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENETUNREACH, "network is unreachable"),
        (errno.EHOSTUNREACH, "no route to the host"),
        (errno.ENETDOWN, "the network interface is down"),
        (errno.ENODEV, "the network interface is gone"),
        (errno.EPERM, "a local firewall refused it (EPERM)"),
        (errno.EACCES, "a local route or policy prohibits it (EACCES)"),
        (errno.EMSGSIZE, "it is larger than the interface allows (EMSGSIZE)"),
        (errno.EADDRNOTAVAIL, "no local address fits the destination (EADDRNOTAVAIL)"),
        (errno.ENOBUFS, "the interface's send queue is full (ENOBUFS)"),
        (errno.EINVAL, "no usable route: blackholed, or an interface must be named (EINVAL)"),
        (errno.EIO, "input/output error (EIO)"),
    ],
)
async def test_a_refusal_that_stays_is_a_send_error_in_words(code: int, words: str) -> None:
    sock = FailingSocket(lambda: OSError(code, os.strerror(code)))
    async with listening(transport_over(sock)) as ear:
        with pytest.raises(SendError) as refusal:
            await ear.send(1, 0)
    assert refusal.value.reason == words
    # Once more, because the error might have been an earlier packet's; not for ever.
    assert sock.tries == 2


async def test_an_error_without_a_number_has_words_too() -> None:
    assert send_error_words(OSError()) == "success (0)"


@pytest.mark.parametrize("code", [errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EACCES])
async def test_the_error_of_an_earlier_packet_is_not_this_ones(code: int) -> None:
    async with listening(transport_over(FailingSocket(failing_times(1, code)))) as ear:
        await ear.send(1, 9)
        await ear.until_answered([9])
    assert ear.path() == {9: (LOOPBACK, AnswerKind.REACHED)}


async def test_a_full_send_buffer_is_waited_for_by_all_who_send() -> None:
    async with listening(transport_over(FailingSocket(failing_times(7, errno.EAGAIN)))) as ear:
        async with trio.open_nursery() as nursery:
            for key in range(5):
                nursery.start_soon(ear.send, 1, key)
        await ear.until_answered(range(5))
    assert len(ear.answers) == 5


async def test_waiting_for_room_can_be_cancelled() -> None:
    sock = FailingSocket(lambda: BlockingIOError(errno.EAGAIN, "full"))
    async with listening(transport_over(sock)) as ear:
        with trio.move_on_after(0.05) as scope:
            await ear.send(1, 0)
    assert scope.cancelled_caught


async def test_a_burst_leaves_in_one_turn() -> None:
    transport = transport_over(open_udp(Destination(LOOPBACK)))
    others_ran = trio.Event()

    async def be_another() -> None:
        others_ran.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(be_another)
        for key in range(5):
            await transport.send(1, key)
        assert not others_ran.is_set()
    transport.close()


async def test_a_cancelled_send_sends_nothing() -> None:
    sock = FailingSocket(lambda: None)
    transport = transport_over(sock)
    with trio.CancelScope() as scope:
        scope.cancel()
        await transport.send(1, 1)
    assert scope.cancelled_caught
    assert sock.tries == 0
    transport.close()


async def test_what_comes_before_anybody_listens_is_not_lost() -> None:
    transport = transport_over(open_udp(Destination(LOOPBACK)))
    for key in range(3):  # each port unreachable poisons the next
        await transport.send(1, key)
    async with listening(transport) as ear:
        await ear.until_answered(range(3))
    assert [answer.key for answer in ear.answers] == [0, 1, 2]
    assert list(ear.stamps) == [0, 1, 2]


async def test_what_has_come_is_heard_at_once_and_without_waiting_for_a_turn() -> None:
    answers = 150  # more than one batch
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 33434 + 78))
        transport = transport_over(open_udp(Destination(LOOPBACK)))
        async with listening(transport) as ear:
            await ear.send(1, 78)
            _, prober = service.recvfrom(2048)
            for _ in range(answers):
                service.sendto(b"hello", prober)
            while len(ear.answers) < answers:  # no scheduling point: nobody else receives
                transport.hear()


async def test_after_a_cancelled_receive_another_goes_on() -> None:
    transport = transport_over(open_udp(Destination(LOOPBACK)))
    with trio.move_on_after(0.01):
        await transport.receive(lambda event: None)
    await transport.send(1, 4)
    async with listening(transport) as ear:
        await ear.send(1, 5)
        await ear.until_answered([4, 5])


async def test_a_closed_transport_leaves_no_descriptor_and_may_be_closed_again() -> None:
    before = len(os.listdir("/proc/self/fd"))
    transport = transport_over(open_udp(Destination(LOOPBACK)))
    assert len(os.listdir("/proc/self/fd")) == before + 1
    transport.close()
    transport.close()
    assert len(os.listdir("/proc/self/fd")) == before


async def test_closing_wakes_the_receiver() -> None:
    transport = transport_over(open_udp(Destination(LOOPBACK)))
    woken = trio.Event()

    async def receive() -> None:
        with pytest.raises(trio.ClosedResourceError):
            await transport.receive(lambda event: None)
        woken.set()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked()
        transport.close()
    assert woken.is_set()


async def test_a_udp_service_that_answers_has_been_reached() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service:
        service.bind(("127.0.0.1", 33434 + 77))
        async with listening(transport_over(open_udp(Destination(LOOPBACK)))) as ear:
            await ear.send(1, 77)
            _, prober = service.recvfrom(2048)
            service.sendto(b"hello", prober)
            await ear.until_answered([77])
    (answer,) = ear.answers
    assert (answer.kind, answer.icmp_type, answer.icmp_code) == (AnswerKind.REACHED, None, None)


async def test_it_may_be_closed_just_as_something_has_come() -> None:
    """As by a key that changes the protocol: the one who listens is about to run, and is cancelled
    before it does."""
    for _ in range(20):  # whether it is woken first is up to Trio, which tosses a coin
        transport = transport_over(open_udp(Destination(LOOPBACK)))
        sock, scope = transport._socket, trio.CancelScope()
        if sock.getsockname()[1] == 0:
            sock.bind((str(LOOPBACK), 0))

        async def listen(transport: SharedSocket, scope: trio.CancelScope) -> None:
            with scope:
                await transport.receive(lambda _event: None)

        def close(transport: SharedSocket, scope: trio.CancelScope) -> None:
            scope.cancel()
            transport.close()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen, transport, scope)
            await trio.testing.wait_all_tasks_blocked()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(b"anything", sock.getsockname())
            trio.lowlevel.current_trio_token().run_sync_soon(close, transport, scope)
        assert sock.fileno() == -1
