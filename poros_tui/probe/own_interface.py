"""The interface that a socket is bound to, and whether it still is the one of that name.

A tunnel that is taken down and up again has its old name and another index. A socket stays bound to
the index: the kernel goes on refusing, "no such device" or, over IPv6, "network is unreachable",
though all is well with interface and routes. Only root may bind it anew, and the program mostly is
no longer root then.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

_SO_BINDTODEVICE: Final = 25
_NAME_BYTES: Final = 16
"""IFNAMSIZ."""
_MAY_BE_GONE: Final = frozenset({errno.ENODEV, errno.ENXIO, errno.ENETUNREACH})


class OwnInterface:
    """Of one socket."""

    def __init__(self, sock: socket.socket) -> None:
        """Ask for it."""
        told = sock.getsockopt(socket.SOL_SOCKET, _SO_BINDTODEVICE, _NAME_BYTES)
        self._name = os.fsdecode(told.rstrip(b"\0"))
        """Empty where the socket is bound to none."""
        self._index = _index_of(self._name)

    def words(self, refusal: OSError) -> str | None:
        """What sendmsg has refused for, if another interface has the name by now; else None."""
        if not self._name or refusal.errno not in _MAY_BE_GONE:
            return None
        if _index_of(self._name) in (None, self._index):
            return None
        return f"{self._name} was removed and made anew: quit, and start again"


def _index_of(name: str) -> int | None:
    """None: there is no such interface."""
    try:
        return socket.if_nametoindex(name) if name else None
    except OSError:
        return None
