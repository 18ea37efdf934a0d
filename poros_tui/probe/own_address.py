"""The address of ours that a socket is bound to, and whether it still is one.

A machine may lose it while a session runs: a lease ends, an interface goes down, a temporary IPv6
address grows old. The kernel does not send from such an address over IPv4. Over IPv6 it does
(measured on Linux 6.18, for raw, ping and UDP sockets), and no answer can come back, which would
look like loss at the first hop. It refuses to where the address is told with the packet, as
IPV6_PKTINFO (RFC 3542 section 6.2).
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from struct import Struct
from typing import Final

from poros_tui.errors import PorosError, SendError
from poros_tui.probe.family import Ancillary, Family, address_of
from poros_tui.probe.sockets import send_error_words

_Name = tuple[str, int, *tuple[int, ...]]
"""As bind takes it."""

_PACKET_INFO6: Final = Struct("16si")  # struct in6_pktinfo
_MAY_BE_GONE: Final = frozenset({errno.EINVAL, errno.ENETUNREACH, errno.EADDRNOTAVAIL})
"""What sendmsg says when it is: of IPv6, of IPv4, and of IPv4 before some version of Linux."""
_GONE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EINVAL, errno.ENODEV})
"""What bind says; the others if the interface of a link-local address is gone."""


class OwnAddress:
    """Of one socket."""

    def __init__(
        self, sock: socket.socket, family: Family, bind_anew: Callable[[], None] | None = None
    ) -> None:
        """`bind_anew` binds the socket to the address that the kernel would send from now, or
        raises OSError or PorosError; None: the user has named the one that it is bound to."""
        self._socket = sock
        self._family = family
        self._bind_anew = bind_anew
        self._name: _Name | None = None
        """None: each packet leaves from what the kernel chooses for it."""
        self.ancillary: list[Ancillary] = []
        """What sendmsg is to be told, so that it refuses to send from an address that is gone."""
        self._look()

    def _look(self) -> None:
        host, _, *rest = self._socket.getsockname()
        address = address_of((host, 0))
        if address.is_unspecified:
            return
        self._name = (host, 0, *rest)
        if self._family.version == 6:
            scope_id = rest[1] if address.is_link_local else 0
            told = _PACKET_INFO6.pack(address.packed, scope_id)
            self.ancillary = [(self._family.level, self._family.packet_info_told, told)]

    def is_gone(self, refusal: OSError) -> bool:
        """Whether sendmsg has refused because this machine no longer has it."""
        if self._name is None or refusal.errno not in _MAY_BE_GONE:
            return False
        flags = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC
        with socket.socket(self._family.address_family, flags) as asked:
            try:
                asked.bind(self._name)
            except OSError as error:
                return error.errno in _GONE
        return False

    def replace(self) -> None:
        """Bind the socket to another address.

        Raises:
            SendError: there is none, or the user wants the one that is gone.
        """
        if self._bind_anew is None:
            raise SendError("the address of --source is gone from this machine")
        try:
            self._bind_anew()
        except OSError as error:
            raise SendError(send_error_words(error)) from error
        except PorosError as refusal:
            raise SendError(refusal.sentence) from refusal
        self._look()
