"""Error queues read many entries at once: real ones, and every one that a kernel could give."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import socket
import struct
import time
from collections.abc import Iterator
from ipaddress import ip_address

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.probe import recvmmsg
from poros_tui.probe.errqueue import MSG_ERRQUEUE, Origin, Received, decode_received, receive
from poros_tui.probe.family import FAMILIES, Ancillary
from poros_tui.probe.recvmmsg import BATCH, ErrorQueue, decode_name, split_control
from poros_tui.probe.stamps import SendStamps

PATIENCE_S = 60.0
LOOPBACK = {4: "127.0.0.1", 6: "::1"}
both_versions = pytest.mark.parametrize("version", [4, 6])


@contextlib.contextmanager
def stamped_socket(version: int) -> Iterator[tuple[socket.socket, SendStamps]]:
    """A UDP socket that hears errors, as the program's own does."""
    family = FAMILIES[version]
    with socket.socket(family.address_family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.setsockopt(family.level, family.receive_errors, 1)
        yield sock, SendStamps(sock)


@contextlib.contextmanager
def open_port(version: int) -> Iterator[tuple[str, int]]:
    with socket.socket(FAMILIES[version].address_family, socket.SOCK_DGRAM) as listener:
        listener.bind((LOOPBACK[version], 0))
        yield LOOPBACK[version], listener.getsockname()[1]


def closed_port(version: int) -> tuple[str, int]:
    with open_port(version) as address:
        return address


@both_versions
@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1, 3 * BATCH])
def test_every_send_stamp_is_read(version: int, count: int) -> None:
    with open_port(version) as address, stamped_socket(version) as (sock, stamps):
        for key in range(count):
            sock.sendmsg([b"probe"], stamps.ancillary(key), 0, address)
        queue = ErrorQueue(sock, FAMILIES[version])
        read, others = queue.drain()
        assert others == []
        assert list(stamps.by_key(read)) == list(range(count))
        assert list(read.values()) == sorted(read.values())
        assert queue.drain() == ({}, [])


def without_times(entry: Received) -> Received:
    return msgspec.structs.replace(entry, stamp_ns=None, port=0)


def send_until_stamped(sock: socket.socket, version: int, address: tuple[str, int]) -> None:
    """The kernel begins to stamp what comes a while after somebody has wished for it, by deferred
    work: then it goes on as long as the socket is open."""
    end_s = time.monotonic() + PATIENCE_S
    errors: list[Received] = []
    while not any(error.stamp_ns is not None for error in errors):
        assert time.monotonic() < end_s
        with contextlib.suppress(ConnectionRefusedError):
            sock.sendto(b"probe", address)
        _, errors = ErrorQueue(sock, FAMILIES[version]).drain()


@both_versions
def test_errors_are_read_as_recvmsg_gives_them(version: int) -> None:
    family = FAMILIES[version]
    address = closed_port(version)
    with (
        stamped_socket(version) as (first, _),
        stamped_socket(version) as (sock, stamps),
        stamped_socket(version) as (other, _),
    ):
        send_until_stamped(first, version, address)
        for key in range(BATCH + 3):
            for each in (sock, other):
                for _ in range(2):  # the first may be refused for an earlier packet's error
                    with contextlib.suppress(ConnectionRefusedError):
                        each.sendmsg([bytes([key])], stamps.ancillary(key), 0, address)
                        break
        read, errors = ErrorQueue(sock, family).drain()
        expected = []
        with contextlib.suppress(BlockingIOError):
            while True:
                expected.append(receive(other, family, MSG_ERRQUEUE))
    expected = [e for e in expected if e.error and e.error.origin != Origin.TIMESTAMPING]
    assert len(expected) >= BATCH
    assert [without_times(e) for e in errors] == [without_times(e) for e in expected]
    assert {(e.address, e.port) for e in errors} == {(ip_address(address[0]), address[1])}
    assert all(e.stamp_ns is not None for e in errors)
    assert len(read) == BATCH + 3


class Kernel:
    """Stands in for recvmmsg(2): gives these control data, and says these errors before."""

    def __init__(self, controls: list[bytes], errors: list[int]) -> None:
        self._controls = controls
        self._errors = errors

    def __call__(self, _fd: int, headers_at: int, most: int, *_: object) -> int:
        if self._errors or not self._controls:
            ctypes.set_errno(self._errors.pop() if self._errors else errno.EAGAIN)
            return -1
        now, self._controls = self._controls[:most], self._controls[most:]
        size = struct.calcsize("@PIPNPNi0PI0P")
        for place, control in enumerate(now):
            at = headers_at + place * size
            header = list(struct.unpack("@PIPNPNi0PI0P", ctypes.string_at(at, size)))
            assert len(control) <= header[5]
            ctypes.memmove(header[4], control, len(control))
            header[1] = 0
            header[5] = len(control)
            ctypes.memmove(at, struct.pack("@PIPNPNi0PI0P", *header), size)
        return len(now)


def laid(ancillary: list[Ancillary]) -> bytes:
    """As cmsg(3) lays it."""
    return b"".join(
        struct.pack("@Nii", 16 + len(value), level, kind) + value + bytes(-len(value) % 8)
        for level, kind, value in ancillary
    )


@st.composite
def entries(draw: st.DrawFn, version: int) -> list[Ancillary]:
    """Send stamps, errors, what is neither, and what is cut short."""
    family = FAMILIES[version]
    ns = draw(st.integers(0, 3))
    entry = struct.pack(
        "IBBBxII", 42, draw(st.sampled_from([1, 2, 4, 4, 4, 5])), 0, 0, 0, draw(st.integers(0, 99))
    )
    whole = entry + bytes(16 if version == 4 else 28)
    parts: list[Ancillary] = [
        (family.level, family.receive_errors, draw(st.sampled_from([whole, whole, whole[:9]])))
    ]
    stamp = (socket.SOL_SOCKET, 37, struct.pack("6l", 0, ns, 0, 0, 0, 0))
    other = (family.level, family.ttl_told, struct.pack("i", 7))
    for part, count in ((stamp, draw(st.integers(0, 1))), (other, draw(st.integers(0, 1)))):
        for _ in range(count):
            parts.insert(draw(st.integers(0, len(parts))), part)
    return parts


@both_versions
@given(data=st.data())
def test_a_stamp_is_read_as_if_it_were_put_together_like_any_entry(
    version: int, data: st.DataObject
) -> None:
    family = FAMILIES[version]
    told = data.draw(st.lists(entries(version), max_size=3 * BATCH))
    errors = data.draw(st.lists(st.sampled_from([errno.ECONNREFUSED, errno.EHOSTUNREACH])))
    stamps: dict[int, int] = {}
    others = []
    for parts in told:
        whole = decode_received(family, b"", parts, None)
        if whole.error is None or whole.error.origin != Origin.TIMESTAMPING:
            others.append(whole)
        elif whole.stamp_ns is not None:
            stamps[whole.error.data] = whole.stamp_ns
    with pytest.MonkeyPatch.context() as patched, socket.socket() as sock:
        patched.setattr(recvmmsg, "_recvmmsg", Kernel([laid(p) for p in told], errors))
        assert ErrorQueue(sock, family).drain() == (stamps, others)


@given(
    st.lists(
        st.tuples(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=60)), max_size=5
    )
)
def test_control_data_is_split_as_it_was_laid(ancillary: list[Ancillary]) -> None:
    assert split_control(laid(ancillary)) == ancillary


@given(st.binary(max_size=200))
def test_garbage_is_survived(data: bytes) -> None:
    split_control(data)
    decode_name(data)


@both_versions
def test_a_name_is_read_as_python_reads_it(version: int) -> None:
    with (
        open_port(version) as address,
        socket.socket(FAMILIES[version].address_family, socket.SOCK_DGRAM) as sock,
    ):
        sock.connect(address)
        name = struct.pack("=H", FAMILIES[version].address_family)
        name += struct.pack("!H", address[1])
        packed = ip_address(address[0]).packed
        name += packed + bytes(8) if version == 4 else bytes(4) + packed + bytes(4)
        assert decode_name(name) == (ip_address(address[0]), sock.getpeername()[1])
