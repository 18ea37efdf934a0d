"""A rung: one kind of socket that can send the probes of a protocol.

The module of a protocol (in `protocols`) has two of them at most: `RAW`, which needs root or
CAP_NET_RAW, and `USER`, which needs neither; None where the kernel has no such way.
"""

from __future__ import annotations

import importlib
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from typing import Protocol as TypingProtocol

import msgspec

from poros_tui.model.probe import Protocol
from poros_tui.probe.ear import Ear
from poros_tui.probe.family import Destination, Family
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.stamps import SendStamps
from poros_tui.probe.transport import ProbeTransport

if TYPE_CHECKING:
    from poros_tui.probe.shared_socket import Dialect

MakeTransport = Callable[[], ProbeTransport]
"""Called when the engine begins: a transport loads Trio. The sockets themselves are open."""


class EarlySockets(TypingProtocol):
    """What was opened while the process had privileges, before the destination was known."""

    def copy(self) -> EarlySockets:
        """The same sockets once more, for another transport: only one of them may be in use.

        A process that has given up its privileges can't open them anew.
        """

    def close(self) -> None:
        """Close what no transport has taken over."""


class RawRung(msgspec.Struct, frozen=True, kw_only=True):
    """Sockets that need root or CAP_NET_RAW. They are opened in two steps, because privileges end
    in between (see `privilege`)."""

    name: str
    """Which kind of socket, in words."""
    note: str = ""
    """What this rung cannot do, one sentence; empty where it can do all."""
    open_early: Callable[[Family, Outgoing], Any]
    """Gives EarlySockets. Raises OSError (EPERM, EACCES: not permitted) and PorosError."""
    open: Callable[[Destination, Outgoing, Any], MakeTransport]
    """Takes over what `open_early` gave. Raises OSError and PorosError."""


class UserRung(msgspec.Struct, frozen=True, kw_only=True):
    """Sockets that an ordinary user may open."""

    name: str
    note: str = ""
    open: Callable[[Destination, Outgoing], MakeTransport]
    """Raises OSError (EPERM, EACCES, EPROTONOSUPPORT: not permitted here) and PorosError."""
    advice: str = ""
    """What to do where it is not permitted."""
    keeps_flow: bool = True
    """Whether its probes can have one flow; where not, each has its own (`Multipath.CLASSIC`)."""
    shows_packets: bool = True
    """Whether a tap sees its packets."""


class ProtocolModule(TypingProtocol):
    """What the module of a protocol registers."""

    RAW: RawRung | None
    USER: UserRung | None


def rungs_of(protocol: Protocol) -> ProtocolModule:
    """The module of a protocol, loaded when it is first asked for."""
    module: Any = importlib.import_module(f"poros_tui.probe.protocols.{protocol.value}")
    rungs: ProtocolModule = module
    return rungs


def over_shared_socket(
    sock: socket.socket,
    family: Family,
    dialect: Dialect,
    stamps: SendStamps,
    ears: Sequence[Ear] = (),
    kept: Sequence[socket.socket] = (),
    bind_anew: Callable[[], None] | None = None,
) -> MakeTransport:
    """How to make a transport of open sockets, without loading Trio before that is needed."""

    def make() -> ProbeTransport:
        from poros_tui.probe.shared_socket import SharedSocket

        return SharedSocket(sock, family, dialect, stamps, ears, kept, bind_anew)

    return make
