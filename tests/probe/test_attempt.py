"""Connections as probes: what counts as an answer, whatever the listener does with them."""

from __future__ import annotations

import errno
import select
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import AnswerKind
from poros_tui.probe.attempt import Attempt, start_attempt
from poros_tui.probe.family import Destination
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.tcp_info import decode_tcp_info, tcp_info
from poros_tui.probe.transport import Answer
from tests.lab import namespace
from tests.lab.chain import ChainLab
from tests.probe.listening import PATIENCE_S, listening
from tests.probe.rungs import Rung, open_inside

FINISHED, ENDED = select.POLLRDHUP, select.POLLHUP
READ_AT = ClockReading(2, 1)


def _keep(connection: socket.socket) -> None:
    pass


def _close(connection: socket.socket) -> None:
    connection.close()


def _reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _greet_and_close(connection: socket.socket) -> None:
    connection.send(b"220 welcome\r\n")
    connection.close()


def _greet_and_reset(connection: socket.socket) -> None:
    connection.send(b"220 welcome\r\n")
    _reset(connection)


def _finish_and_reset(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_WR)
    _reset(connection)


LISTENERS = [
    (_keep, select.POLLOUT),
    (_close, FINISHED),
    (_greet_and_close, FINISHED),
    (_reset, ENDED),
    (_greet_and_reset, ENDED),
    (_finish_and_reset, ENDED),
]
"""What is done with a connection, and what the prober's socket shows once all of it has come."""


@contextmanager
def _asked(host: str, port: int) -> Iterator[Attempt]:
    attempt = start_attempt(Destination(ip_address(host)), port, Outgoing(), ttl=64, key=7)
    try:
        yield attempt
    finally:
        attempt.close()


def _wait_for(sock: socket.socket, events: int) -> int:
    poll = select.poll()
    poll.register(sock, events)
    ((_, shown),) = poll.poll(PATIENCE_S * 1000)
    assert shown & events
    return shown


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize(
    ("do", "shows"), LISTENERS, ids=lambda value: getattr(value, "__name__", "")
)
def test_every_syn_ack_is_an_open_port_with_the_kernels_round_trip(
    host: str, do: Callable[[socket.socket], None], shows: int
) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, 0), family=family) as listener,
        _asked(host, listener.getsockname()[1]) as attempt,
    ):
        connection, _ = listener.accept()
        with connection:
            do(connection)
            shown = _wait_for(attempt.socket, shows)
            answer = attempt.read(shown, READ_AT)
    assert isinstance(answer, Answer)
    assert (answer.key, answer.kind) == (7, AnswerKind.REACHED)
    assert answer.measured_rtt_s is not None
    assert 0 < answer.measured_rtt_s < PATIENCE_S
    assert not answer.is_ambiguous


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_refused_connection_is_an_answer_by_the_programs_clock(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as unused:
        unused.bind((host, 0))  # and does not listen
        with _asked(host, unused.getsockname()[1]) as attempt:
            shown = _wait_for(attempt.socket, ENDED)
            assert not tcp_info(attempt.socket).was_connected
            answer = attempt.read(shown, READ_AT)
    assert isinstance(answer, Answer)
    assert (answer.kind, answer.measured_rtt_s) == (AnswerKind.REACHED, None)


@given(st.integers(0, 12), st.integers(0, 2**32 - 1))
def test_who_has_a_round_trip_or_is_past_the_handshake_was_connected(
    state: int, rtt_us: int
) -> None:
    told = bytearray(104)
    told[0] = state
    struct.pack_into("=I", told, 68, rtt_us)
    info = decode_tcp_info(bytes(told))
    # ESTABLISHED, FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE_WAIT, LAST_ACK, CLOSING
    assert info.was_connected is (rtt_us > 0 or state in {1, 4, 5, 6, 8, 9, 11})
    assert info.rtt_s == (rtt_us / 1e6 or None)


@pytest.mark.parametrize("code", [errno.ECONNRESET, errno.EPIPE])
def test_a_reset_after_the_handshake_needs_no_measure(
    code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel that forgets what it measured: then the time of waking stands in."""
    nothing = decode_tcp_info(b"\x07")
    monkeypatch.setattr("poros_tui.probe.attempt.tcp_info", lambda sock: nothing)

    class Reset(socket.socket):
        def getsockopt(self, *arguments: int) -> int:  # type: ignore[override]
            return code

    destination = Destination(ip_address("127.0.0.1"))
    with Reset(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as sock:
        attempt = Attempt(
            key=1, destination=destination, socket=sock, source=destination.address, sent_at=READ_AT
        )
        answer = attempt.read(select.EPOLLHUP, READ_AT)
    assert isinstance(answer, Answer)
    assert (answer.kind, answer.measured_rtt_s) == (AnswerKind.REACHED, None)


@pytest.mark.network
@pytest.mark.trio
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("do", [_close, _reset, _greet_and_close, _greet_and_reset])
async def test_listeners_that_end_at_once_lose_no_probe_and_keep_nobody_awake(
    chain: ChainLab,
    version: int,
    do: Callable[[socket.socket], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reads: list[int] = []
    read = Attempt.read

    def counting(self: Attempt, events: int, read_at: ClockReading) -> object:
        reads.append(self.key)
        return read(self, events, read_at)

    monkeypatch.setattr(Attempt, "read", counting)
    with namespace.entered(chain.names[-1]):
        family = socket.AF_INET if version == 4 else socket.AF_INET6
        listener = socket.create_server(("", 80), family=family)
    with listener:
        chosen = open_inside(chain.namespace, Rung.TCP_CONNECT, chain.target(version))
        async with listening(chosen.transport) as ear:
            for key in range(20):
                await ear.send(9, key)
                do(listener.accept()[0])  # before the receiving task is run again
            await ear.until_answered(range(20))
    assert {answer.kind for answer in ear.answers} == {AnswerKind.REACHED}
    assert all(answer.measured_rtt_s for answer in ear.answers)
    assert sorted(reads) == list(range(20))
