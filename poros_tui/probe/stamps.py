"""The kernel's send stamps: switching them on, and knowing which probe a stamp belongs to.

Flags: Documentation/networking/timestamping.rst. Since Linux 6.13 each packet carries a number of
our own (SCM_TS_OPT_ID); before, the kernel counts the packets and we count along.
"""

from __future__ import annotations

import contextlib
import socket
import time
from struct import Struct
from typing import Final

from poros_tui.probe.errqueue import SO_TIMESTAMPING
from poros_tui.probe.family import Ancillary

SCM_TS_OPT_ID: Final = 81

_TX_SOFTWARE: Final = 1 << 1
_RX_SOFTWARE: Final = 1 << 3
_SOFTWARE: Final = 1 << 4
_OPT_ID: Final = 1 << 7
_OPT_TSONLY: Final = 1 << 11
_FLAGS: Final = _TX_SOFTWARE | _RX_SOFTWARE | _SOFTWARE | _OPT_ID | _OPT_TSONLY

SETTLE_S: Final = 0.020
"""Kernel stamping is switched on by deferred work: before, a stamp is the time of reading."""
UNCLAIMED_MAX: Final = 4096
"""Packets remembered while their stamps are awaited; a stamp comes within milliseconds or never."""
_UINT32: Final = Struct("I")


class Settling:
    """Since when the kernel stamps."""

    def __init__(self) -> None:
        self._right_from_s = time.monotonic() + SETTLE_S

    @property
    def left_s(self) -> float:
        """Seconds from now until the stamps can be relied on."""
        return max(0.0, self._right_from_s - time.monotonic())


def stamp_arrivals(sock: socket.socket) -> Settling:
    """Receive stamps alone, for a socket whose packets have no send stamps, or that sends none."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _RX_SOFTWARE | _SOFTWARE)
    return Settling()


class SendStamps:
    """The send stamps of one socket, and receive stamps with them.

    A kernel without any (a sandbox, say) leaves the trace with the clock of user space.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._kernel_takes_keys = True
        self._keys: dict[int, int] = {}
        self._sent = 0
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, _FLAGS)
        self._settling = Settling()

    @property
    def settle_s(self) -> float:
        """Seconds from now until the stamps can be relied on."""
        return self._settling.left_s

    @property
    def counts_along(self) -> bool:
        """Whether the kernel numbers the packets, and not we."""
        return not self._kernel_takes_keys

    def ancillary(self, key: int) -> list[Ancillary]:
        """What to give sendmsg so that the stamp will name this probe."""
        if not self._kernel_takes_keys:
            return []
        return [(socket.SOL_SOCKET, SCM_TS_OPT_ID, _UINT32.pack(key))]

    def count_along(self) -> None:
        """The kernel does not know SCM_TS_OPT_ID (EINVAL): count as it counts from now on."""
        self._kernel_takes_keys = False
        self._restart_counter()

    def packet_left(self, key: int) -> None:
        """sendmsg took a packet."""
        if self._kernel_takes_keys:
            return
        self._keys[self._sent] = key
        self._sent = (self._sent + 1) & 0xFFFFFFFF
        if len(self._keys) > UNCLAIMED_MAX:
            del self._keys[next(iter(self._keys))]

    def packet_failed(self) -> None:
        """sendmsg refused a packet: whether the kernel counted it depends on version and error.

        The error queue must have been drained before, because the counter starts anew.
        """
        if self.counts_along:
            self._restart_counter()

    def _restart_counter(self) -> None:
        # The kernel sets its counter to 0 when OPT_ID changes from off to on.
        self._keys.clear()
        self._sent = 0
        with contextlib.suppress(OSError):
            for flags in (_FLAGS & ~_OPT_ID, _FLAGS):
                self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, flags)

    def by_key(self, stamps: dict[int, int]) -> dict[int, int]:
        """The same stamps by the keys of their probes, as far as those are known."""
        if self._kernel_takes_keys:
            return stamps
        keys = {number: self._keys.pop(number, None) for number in stamps}
        return {key: stamps[number] for number, key in keys.items() if key is not None}
