"""Opening the sockets of all rungs, and what their errors mean in words."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import socket
from struct import Struct
from typing import Final

from poros_tui.errors import PorosError
from poros_tui.probe.family import Destination, Family
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.stamps import stamp_arrivals

_RECEIVE_BUFFER_BYTES: Final = 1 << 20
"""Asked for; the kernel grants at most net.core.rmem_max. Stamps and errors of several hundred
probes can lie there while a slow terminal holds the processor."""
_IDENTIFIER_TRIES: Final = 8
_GIVEN_MAX: Final = 0x8000
"""Half of all identifiers: another is found with the second try, on average, or sooner."""
_given: Final[set[int]] = set()
"""The identifiers that sockets of this process have, or had."""
_AS_THE_KERNEL_LIKES: Final = Outgoing()

_RESET_AT_CLOSE: Final = Struct("ii").pack(1, 0)  # struct linger
_IP_BIND_ADDRESS_NO_PORT: Final = 24

_SEND_ERRORS: Final = {
    errno.ENETUNREACH: "network is unreachable",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETDOWN: "the network interface is down",
    errno.ENODEV: "the network interface is gone",
    errno.ENXIO: "the network interface is gone",
    errno.EPERM: "a local firewall refused it (EPERM)",
    errno.EACCES: "a local route or policy prohibits it (EACCES)",
    errno.EMSGSIZE: "it is larger than the interface allows (EMSGSIZE)",
    errno.EADDRNOTAVAIL: "no local address fits the destination (EADDRNOTAVAIL)",
    errno.ENOBUFS: "the interface's send queue is full (ENOBUFS)",
    errno.EMFILE: "too many open files (EMFILE): give fewer with --max-concurrency",
    errno.ENFILE: "too many open files on this machine (ENFILE)",
    errno.ENOMEM: "the kernel is out of memory (ENOMEM)",
    errno.EINVAL: "no usable route: blackholed, or an interface must be named (EINVAL)",
}


def send_error_words(error: OSError) -> str:
    """Why the kernel refused a probe, in words; total."""
    code = error.errno or 0
    words = _SEND_ERRORS.get(code)
    return words or f"{os.strerror(code).lower()} ({errno.errorcode.get(code, code)})"


def too_large_words(mtu: int) -> str:
    """Why the kernel refused a probe that is larger than the first link takes, `mtu` bytes."""
    return f"it is larger than our own link takes, {mtu} bytes (EMSGSIZE)"


def random_identifier() -> int:
    """An ICMP identifier that is hard to guess, 1 to 65535, and none of the 32,768 before it: of 33
    sockets side by side two have the same in every 124th run otherwise, and each hears what answers
    the other."""
    if len(_given) == _GIVEN_MAX:
        _given.clear()
    while (identifier := secrets.randbelow(0xFFFF) + 1) in _given:
        pass
    _given.add(identifier)
    return identifier


def open_raw(
    family: Family, outgoing: Outgoing = _AS_THE_KERNEL_LIKES, protocol: int | None = None
) -> socket.socket:
    """A raw socket, by default for ICMP. Its source address is bound later, when the destination
    is known.

    Raises:
        PorosError: what is wanted of the way out cannot be.
        OSError: EPERM without root or CAP_NET_RAW, EAFNOSUPPORT without this IP version.
    """
    sock = _open(family, socket.SOCK_RAW, protocol or family.icmp_protocol)
    try:
        # IPv6's raw sockets give no IP header: what stood in it is told beside the data.
        sock.setsockopt(family.level, family.receive_packet_info, 1)
        outgoing.prepare(sock, family)
    except (OSError, PorosError):
        sock.close()
        raise
    return sock


def open_ping(
    destination: Destination, outgoing: Outgoing = _AS_THE_KERNEL_LIKES
) -> tuple[socket.socket, int]:
    """An ICMP datagram socket and its identifier, which is its port.

    Raises:
        PorosError: what is wanted of the way out cannot be.
        OSError: EACCES outside net.ipv4.ping_group_range, EAFNOSUPPORT without this IP version.
    """
    family = destination.family
    sock = _open(family, socket.SOCK_DGRAM, family.icmp_protocol)
    try:
        _hear_errors(sock, family)
        sock.setsockopt(family.level, family.receive_packet_info, 1)
        outgoing.prepare(sock, family)
        _bind_random_identifier(sock, destination, outgoing)
    except (OSError, PorosError):
        sock.close()
        raise
    return sock, sock.getsockname()[1]


def _bind_random_identifier(
    sock: socket.socket, destination: Destination, outgoing: Outgoing
) -> None:
    """The kernel hands out identifiers one after the other: easily guessed, so ask for others."""
    for _ in range(_IDENTIFIER_TRIES):
        with contextlib.suppress(OSError):
            outgoing.bind(sock, destination, random_identifier())
            return
    outgoing.bind(sock, destination)


def open_udp(
    destination: Destination,
    outgoing: Outgoing = _AS_THE_KERNEL_LIKES,
    *,
    hears_errors: bool = True,
) -> socket.socket:
    """A UDP socket that has a port; with `hears_errors` ICMP errors come through its error queue.

    Raises:
        PorosError: what is wanted of the way out cannot be.
        OSError: EAFNOSUPPORT without this IP version.
    """
    family = destination.family
    sock = _open(family, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
    try:
        if family.version == 6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hears_errors:
            _hear_errors(sock, family)
        sock.setsockopt(family.level, family.receive_packet_info, 1)
        outgoing.prepare(sock, family)
        outgoing.bind_source_port(sock, destination)
    except (OSError, PorosError):
        sock.close()
        raise
    return sock


def open_tcp(destination: Destination, outgoing: Outgoing = _AS_THE_KERNEL_LIKES) -> socket.socket:
    """A TCP socket for one connection: it hears ICMP errors, and resets what it has reached.

    Raises:
        PorosError: what is wanted of the way out cannot be.
        OSError: EAFNOSUPPORT without this IP version, EMFILE with too many open files.
    """
    family = destination.family
    sock = socket.socket(family.address_family, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        sock.setblocking(False)
        sock.setsockopt(family.level, family.receive_ttl, 1)
        _hear_errors(sock, family)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
        stamp_arrivals(sock)
        outgoing.prepare(sock, family)
        if outgoing.source is not None:
            # The port is chosen by connect(), which knows what is free for this destination.
            sock.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            outgoing.bind(sock, destination)
    except (OSError, PorosError):
        sock.close()
        raise
    return sock


def _open(family: Family, kind: int, protocol: int) -> socket.socket:
    sock = socket.socket(family.address_family, kind | socket.SOCK_CLOEXEC, protocol)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    sock.setsockopt(family.level, family.receive_ttl, 1)
    return sock


def _hear_errors(sock: socket.socket, family: Family) -> None:
    """ICMP errors through the error queue."""
    sock.setsockopt(family.level, family.receive_errors, 1)
    with contextlib.suppress(OSError):  # before Linux 5.9 it must be guessed
        sock.setsockopt(family.level, family.receive_extensions_place, 1)
