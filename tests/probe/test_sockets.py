from __future__ import annotations

import errno
import os
import socket
from ipaddress import IPv4Address, IPv6Address

import pytest

from poros_tui.probe import sockets
from poros_tui.probe.family import Destination, Family
from poros_tui.probe.sockets import open_ping, open_udp, random_identifier

LOOPBACK = {4: Destination(IPv4Address("127.0.0.1")), 6: Destination(IPv6Address("::1"))}


class BusyIdentifiers(socket.socket):
    """A stand-in for a ping socket: any user may bind UDP, and ports are like identifiers."""

    taken = 3
    asked: list[int]

    def bind(self, address: tuple[str, int]) -> None:  # type: ignore[override]
        self.asked.append(address[1])
        if len(self.asked) <= self.taken:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        super().bind(("", 0))


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> type[BusyIdentifiers]:
    def open_busy(family: Family, kind: int, protocol: int) -> socket.socket:
        return BusyIdentifiers(family.address_family, kind)

    monkeypatch.setattr(sockets, "_open", open_busy)
    monkeypatch.setattr(BusyIdentifiers, "asked", [], raising=False)
    return BusyIdentifiers


def test_an_identifier_in_use_is_not_insisted_on(busy: type[BusyIdentifiers]) -> None:
    sock, identifier = open_ping(LOOPBACK[4])
    with sock:
        assert len(busy.asked) == 4
        assert all(1 <= asked <= 65535 for asked in busy.asked)
        assert identifier == sock.getsockname()[1]


def test_when_many_are_in_use_the_kernel_chooses(
    busy: type[BusyIdentifiers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(busy, "taken", 8)
    open_ping(LOOPBACK[4])[0].close()
    assert busy.asked[-1] == 0
    assert len(busy.asked) == 9


def test_a_ping_socket_without_an_identifier_is_closed(
    busy: type[BusyIdentifiers], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(busy, "taken", 99)
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="in use"):
        open_ping(LOOPBACK[4])
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("version", [4, 6])
def test_sockets_never_block_and_are_not_inherited(version: int) -> None:
    with open_udp(LOOPBACK[version]) as sock:
        assert not sock.getblocking()
        assert not os.get_inheritable(sock.fileno())
        assert sock.getsockname()[1] != 0


def test_no_socket_of_a_process_has_the_identifier_of_another() -> None:
    given = [random_identifier() for _ in range(3000)]
    assert len(set(given)) == len(given)
    assert set(given) <= set(range(1, 0x10000))


def test_identifiers_do_not_run_out() -> None:
    assert all(random_identifier() for _ in range(100_000))
