"""The sockets of a session: those in use, and those it may come back to.

A process that has given up its privileges cannot open raw sockets again. So they stay open when
another protocol is chosen; the kernel's filter lets in what answers their own probes and no more.
"""

from __future__ import annotations

import random
from typing import Protocol as TypingProtocol

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.engine.ledger import Ledger
from poros_tui.engine.random_keys import open_ledger
from poros_tui.model.probe import Protocol
from poros_tui.model.session import Shape, Way
from poros_tui.probe.transport import ProbeTransport


class OpenWay(TypingProtocol):
    """Opens sockets while a session runs."""

    def __call__(
        self, protocol: Protocol, shape: Shape | None = None, /
    ) -> tuple[Way, ProbeTransport]:
        """The best permitted ones of a protocol, for probes of this shape (None: as at the start).
        Where they cannot be had, those in use are left as they are.

        Raises:
            PorosError: none are permitted, or they cannot do what is wanted.
        """


class Sockets(msgspec.Struct, frozen=True):
    """One protocol's, with the book of what was sent through them."""

    transport: ProbeTransport
    ledger: Ledger
    way: Way | None
    """None: nothing is known of them but that they are open."""


class Ways:
    """Opens, keeps and closes the sockets of all protocols."""

    def __init__(
        self,
        config: SessionConfig,
        transport: ProbeTransport,
        way: Way | None,
        open_way: OpenWay | None,
        randomness: random.Random,
    ) -> None:
        self._config = config
        self._open_way = open_way
        self._randomness = randomness
        self._kept: dict[Protocol, Sockets] = {}
        self._shape: Shape | None = None
        """As the user has changed it; None: as at the start."""
        self.now = Sockets(transport, open_ledger(config, transport, randomness), way)
        """Those in use."""

    def change(self, protocol: Protocol) -> Sockets | None:
        """Use those of this protocol. Returns the ones before, which the caller is to `leave` when
        nobody listens to them any more; None where these are in use already, or there are no
        others.

        Raises:
            PorosError: what is wanted cannot be had.
        """
        before = self.now
        if self._open_way is None or (before.way is not None and before.way.protocol is protocol):
            return None
        if protocol in self._kept:
            self.now = self._kept.pop(protocol)
        else:
            self.now = self._open(self._open_way, protocol, self._shape)
        return before

    def reshape(self, shape: Shape) -> Sockets | None:
        """Send probes of this shape. Returns the sockets before, as `change` does.

        Raises:
            PorosError: what is wanted cannot be had.
        """
        before = self.now
        if self._open_way is None or before.way is None or before.way.shape == shape:
            return None
        self.now = self._open(self._open_way, before.way.protocol, shape)
        self._shape = shape
        for sockets in self._kept.values():  # for probes of another shape
            sockets.transport.close()
        self._kept.clear()
        return before

    def _open(self, open_way: OpenWay, protocol: Protocol, shape: Shape | None) -> Sockets:
        way, transport = open_way(protocol) if shape is None else open_way(protocol, shape)
        config = msgspec.structs.replace(self._config, probe_bytes=way.probe_bytes)
        return Sockets(transport, open_ledger(config, transport, self._randomness), way)

    def leave(self, before: Sockets) -> None:
        """Close what can be opened again, and keep the rest."""
        is_raw = before.way is not None and before.way.privilege == "raw"
        if before.way is not None and is_raw and before.way.protocol is not self._protocol:
            self._kept[before.way.protocol] = before
        else:
            before.transport.close()

    @property
    def _protocol(self) -> Protocol | None:
        return self.now.way.protocol if self.now.way is not None else None

    def close(self) -> None:
        """Close all of them. May be called twice."""
        for sockets in (self.now, *self._kept.values()):
            sockets.transport.close()
