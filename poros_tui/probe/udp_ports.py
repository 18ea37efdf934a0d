"""Which source port each probe of a UDP session left from. Pure."""

from __future__ import annotations

from typing import Final

REMEMBERED_MAX: Final = 4096
"""Probes whose source port is known."""
RECENT: Final = 256
"""Probes that a checksum alone may tell: with these, one in 256 of all checksums tells one."""


class UdpPorts:
    """The ports of a session's sockets, and the newest probes."""

    def __init__(self) -> None:
        self._only_keys: dict[int, int | None] = {}
        """By port: the probe that its socket is for; None: for all."""
        self._labels: dict[int, int] = {}
        self._sent_from: dict[int, int] = {}
        """By key, the newest last."""
        self._recent: dict[int, int] = {}

    def opened(self, port: int, only_key: int | None = None, label: int = 0) -> None:
        """A socket has this port, for one probe or for all. `label`: the IPv6 flow label it sends
        with; 0: the kernel's choice."""
        self._only_keys[port] = only_key
        if label:
            self._labels[port] = label

    def label(self, port: int) -> int:
        """The flow label that the socket with this port sends with; 0: it is not known."""
        return self._labels.get(port, 0)

    def is_ours(self, port: int) -> bool:
        """Whether a socket of the session has it, or had."""
        return port in self._only_keys

    def only_key(self, port: int) -> int | None:
        """The probe that the socket with this port is for; None: for all, or it is not ours."""
        return self._only_keys.get(port)

    def left(self, key: int, port: int) -> None:
        """The probe with this key leaves from this port."""
        for ports, limit in ((self._sent_from, REMEMBERED_MAX), (self._recent, RECENT)):
            ports.pop(key, None)
            ports[key] = port
            if len(ports) > limit:
                del ports[next(iter(ports))]

    def sent_from(self, key: int) -> int | None:
        """The port that the probe with this key last left from; None where that is not known."""
        return self._sent_from.get(key)

    def is_recent(self, key: int) -> bool:
        """Whether it is one of the RECENT newest."""
        return key in self._recent
