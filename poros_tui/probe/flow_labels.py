"""IPv6 flow labels (RFC 6437): one for each flow of a socket.

The kernel labels packets by itself where net.ipv6.auto_flowlabels is 1 (the default), the same for
the same addresses, protocol and ports of a UDP socket; raw sockets and ping sockets have no ports,
so all their probes have one label. Measured on Linux 6.18, for raw ICMPv6, ping, UDP and raw UDP.
That would do for one flow, but nobody tells which label it is: who changes it on the way would not
be found out. So a label is leased for each (IPV6_FLOWLABEL_MGR), which needs no privilege, but
without CAP_NET_ADMIN a socket may hold 32 (FL_MAX_PER_SOCK). Since Linux 5.3 labels
may be used without a lease, as long as nobody on this machine has leased one exclusively: so have
the flows beyond. Where that is not so they have the label of the first, and differ in their
checksum or ports alone.
"""

from __future__ import annotations

import errno
import secrets
import socket
from struct import Struct
from typing import Final

from poros_tui.probe.family import Destination

_IPV6_FLOWLABEL_MGR: Final = 32
_IPV6_FLOWINFO_SEND: Final = 33
_REQUEST: Final = Struct("=16sIBBHHHI")
"""struct in6_flowlabel_req: destination, label, action, share, flags, expires, linger, padding."""
_GET: Final = 0
_SHARED_BY_ANY: Final = 255
_CREATE: Final = 1
_LINGER_S: Final = 6
"""The kernel's least; a lease lasts as long as its socket."""
_LABELS: Final = 0xFFFFF
_DISCARD: Final = 9


class FlowLabels:
    """The labels that one socket has leased."""

    def __init__(self, sock: socket.socket, destination: Destination) -> None:
        self._socket = sock
        self._destination = destination
        self._labels: dict[int, int] = {}

    def label(self, flow: int) -> int:
        """The label of a flow, 1 to 2**20 - 1; 0 where the kernel chooses one."""
        if flow not in self._labels:
            self._labels[flow] = self._lease()
        return self._labels[flow]

    def _lease(self) -> int:
        label = 1 + secrets.randbelow(_LABELS)
        request = _REQUEST.pack(
            self._destination.address.packed,
            socket.htonl(label),
            _GET,
            _SHARED_BY_ANY,
            _CREATE,
            _LINGER_S,
            _LINGER_S,
            0,
        )
        try:
            self._socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_FLOWINFO_SEND, 1)
            self._socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_FLOWLABEL_MGR, request)
        except OSError:  # no more are to be had
            return label if self._needs_no_lease(label) else 0
        return label

    def _needs_no_lease(self, label: int) -> bool:
        """Whether the kernel sends with any label. It tells when a UDP socket is connected, for
        which nothing is sent, and looks at the label before it looks for a route."""
        try:
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as asked:
                asked.setsockopt(socket.IPPROTO_IPV6, _IPV6_FLOWINFO_SEND, 1)
                asked.connect(self._destination.socket_address(_DISCARD, label))
        except OSError as error:
            return error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES)
        return True
