"""The first link towards a destination: which interface the kernel would send through, how much
that takes at once, and whether an address is everybody's there. Asked of the kernel (rtnetlink(7),
netdevice(7)); nothing is sent.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from fcntl import ioctl
from struct import Struct
from typing import Final

import msgspec

from poros_tui.model.probe import IPAddress
from poros_tui.probe.family import Destination

_NETLINK_ROUTE: Final = 0
_GET_ROUTE, _NEW_ROUTE = 26, 24  # RTM_GETROUTE, RTM_NEWROUTE
_REQUEST: Final = 1  # NLM_F_REQUEST
_TO, _FROM, _THROUGH = 1, 2, 4  # RTA_DST, RTA_SRC, RTA_OIF
_MESSAGE: Final = Struct("IHHII")  # nlmsghdr: length, type, flags, sequence, port
_ROUTE: Final = Struct("8BI")  # rtmsg
_TYPE_AT: Final = 7
_BROADCAST: Final = 3  # RTN_BROADCAST
_ATTRIBUTE: Final = Struct("HH")  # rtattr: length, type
_INDEX: Final = Struct("I")
_SIOCGIFMTU: Final = 0x8921
_SIOCGIFFLAGS: Final = 0x8913
_UP, _LOOPBACK = 1, 8  # IFF_UP, IFF_LOOPBACK
_INTERFACE: Final = Struct("16si20x")  # ifreq
_ANSWER_MAX: Final = 4096


class FirstLink(msgspec.Struct, frozen=True):
    """The interface that packets to a destination leave through."""

    interface: str
    mtu: int
    """Bytes, IP header included."""


def first_link(
    destination: Destination, *, source: IPAddress | None = None, interface: str | None = None
) -> FirstLink | None:
    """Where packets to `destination` leave; None where none is known."""
    try:
        if interface is None:
            interface = socket.if_indextoname(_interface_index(destination, source))
        mtu = _asked(interface, _SIOCGIFMTU)
    except (OSError, ValueError):
        return None
    return FirstLink(interface, mtu)


def is_broadcast(address: IPAddress, interface: str | None = None) -> bool:
    """Whether the kernel takes it for the broadcast address of one of our networks, or of that
    behind an interface; False where that is not known."""
    if address.version != 4:
        return False
    try:
        through = socket.if_nametoindex(interface) if interface is not None else 0
        return _route(Destination(address), None, through)[_TYPE_AT] == _BROADCAST
    except (OSError, ValueError):
        return False


def is_up(interface: str) -> bool:
    """Whether somebody has switched the interface on; True where that is not known."""
    try:
        return bool(_asked(interface, _SIOCGIFFLAGS) & _UP)
    except (OSError, ValueError):
        return True


def is_loopback(interface: str) -> bool:
    """Whether the interface leads to this machine and no farther."""
    try:
        return bool(_asked(interface, _SIOCGIFFLAGS) & _LOOPBACK)
    except (OSError, ValueError):
        return False


def _asked(interface: str, what: int) -> int:
    """A number that the kernel knows of an interface. Raises OSError and ValueError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        request = _INTERFACE.pack(os.fsencode(interface), 0)
        answer: int = _INTERFACE.unpack(ioctl(anything, what, request))[1]
    return answer


def _interface_index(destination: Destination, source: IPAddress | None) -> int:
    """By the routes.

    Raises:
        OSError: the kernel cannot be asked.
        ValueError: it knows no way.
    """
    route = _route(destination, source, destination.scope_id)
    for kind, value in _attributes(route[_ROUTE.size :]):
        if kind == _THROUGH and len(value) == _INDEX.size:
            index: int = _INDEX.unpack(value)[0]
            return index
    raise ValueError("a route without an interface")


def _route(destination: Destination, source: IPAddress | None, through: int) -> bytes:
    """The rtmsg with its attributes that the kernel answers with; `through` is the index of an
    interface, 0: any.

    Raises:
        OSError: the kernel cannot be asked.
        ValueError: it knows no way.
    """
    address = destination.address
    attributes = _attribute(_TO, address.packed)
    if source is not None:
        attributes += _attribute(_FROM, source.packed)
    if through:
        attributes += _attribute(_THROUGH, _INDEX.pack(through))
    bits = address.max_prefixlen
    source_bits = bits if source is not None else 0
    family = destination.family.address_family
    body = _ROUTE.pack(family, bits, source_bits, 0, 0, 0, 0, 0, 0) + attributes
    message = _MESSAGE.pack(_MESSAGE.size + len(body), _GET_ROUTE, _REQUEST, 1, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_ROUTE) as kernel:
        kernel.send(message)
        answer = kernel.recv(_ANSWER_MAX)
    if len(answer) < _MESSAGE.size + _ROUTE.size or _MESSAGE.unpack_from(answer)[1] != _NEW_ROUTE:
        raise ValueError("no route")
    return answer[_MESSAGE.size :]


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(data)
        yield kind, data[_ATTRIBUTE.size : length]
        data = data[max(_ATTRIBUTE.size, (length + 3) & ~3) :]
