"""The session as a whole: what it does now, and the frozen updates that reach a front end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol as TypingProtocol

import msgspec

from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.coordinates import Coordinates
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.path_mtu import PathMtu, ToldMtu
from poros_tui.model.probe import IPAddress, Mode, Multipath, ProbeOutcome, Protocol
from poros_tui.model.stop import StopReason
from poros_tui.model.stray import Stray, StrayKind


class SessionState(StrEnum):
    """What the engine is doing."""

    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    """All rounds are done; nothing more is sent."""


class TraceIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What is traced and how, fixed for the life of a session."""

    target: str
    """What the user typed, cleaned for display."""
    destination: IPAddress
    destination_zone: str = ""
    """Zone of a link-local address (`eth0`), else empty."""
    protocol: Protocol
    privilege: str
    """`raw` or `user`."""
    rung: str
    """Which kind of socket, in words: `raw socket`, `ping socket`, `UDP error queue`."""
    rung_note: str = ""
    """What this rung cannot do, one sentence; empty where it can do all."""
    notes: tuple[str, ...] = ()
    """What was understood of an unusual target, and what could not be as one would expect, one
    sentence each."""
    is_simulation: bool = False
    source: IPAddress | None = None
    """Address that the user wants the probes to come from; None: the kernel's choice."""
    interface: str | None = None
    """Interface that they must leave through; None: by the routes."""
    dscp: int = 0
    """Their class of service, 0 to 63."""
    size: int | None = None
    """Bytes of a probe with its IP header; None: as small as is good."""
    pattern: bytes = b""
    """What fills them; empty: chance."""
    payload: bytes = b""
    """What UDP probes begin with; empty: what the program thinks best."""
    port: int | None = None
    """Destination port that is wanted; None: what is usual for the protocol."""
    source_port: int | None = None
    """Source port that is wanted; None: the kernel's choice."""
    multipath: Multipath = Multipath.PARIS
    """How alike the probes are to load balancers."""
    dont_fragment: bool = False
    """Nobody may part them."""
    measured_by: str = ""
    """Which other program did, and with what as far as that is told, in words; empty: this one."""
    is_protocol_told: bool = True
    """`protocol` is what it was; another program may not say."""
    home: Coordinates | None = None
    """Where this machine is, as far as the user has told it."""

    def by(self, way: Way) -> TraceIdentity:
        """The same with other probes."""
        return msgspec.structs.replace(
            self,
            protocol=way.protocol,
            privilege=way.privilege,
            rung=way.rung,
            rung_note=way.rung_note,
            notes=way.notes,
            multipath=way.multipath,
            size=self.size if way.shape is None else way.shape.size,
            port=self.port if way.shape is None else way.shape.port,
        )

    @property
    def outgoing_words(self) -> str:
        """What the user wants of the way out, in words; empty where all is left to the kernel.

        What the protocol has not is left out: it was wanted of another.
        """
        has_ports = self.protocol.has_ports
        parts = (
            f"to port {self.port}" if self.port and has_ports else "",
            f"from {self.source}" if self.source else "",
            f"from port {self.source_port}" if self.source_port and has_ports else "",
            f"through {self.interface}" if self.interface else "",
            f"DSCP {self.dscp}" if self.dscp else "",
            f"{self.size} bytes" if self.size is not None else "",
            f"pattern {self.pattern.hex()}" if self.pattern else "",
            f"payload {self.payload.hex()}"
            if self.payload and self.protocol is Protocol.UDP
            else "",
            f"multipath {self.multipath}" if self.multipath is not Multipath.PARIS else "",
            "unfragmented" if self.dont_fragment else "",
        )
        return " ".join(part for part in parts if part)


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What a user may change of the probes of a protocol while a session runs."""

    size: int | None = None
    """As that of `TraceIdentity`."""
    port: int | None = None
    """As that of `TraceIdentity`."""

    def words(self, protocol: Protocol) -> str:
        """In words; empty where all is as usual."""
        parts = (
            f"{self.size} bytes" if self.size is not None else "",
            f"to port {self.port}" if self.port is not None and protocol.has_ports else "",
        )
        return " ".join(part for part in parts if part)


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """With what the probes are sent: it may change while a session runs."""

    protocol: Protocol
    privilege: str
    """`raw` or `user`."""
    rung: str
    """Which kind of socket, in words."""
    rung_note: str = ""
    """What this rung cannot do, one sentence; empty where it can do all."""
    notes: tuple[str, ...] = ()
    """As those of `TraceIdentity`."""
    multipath: Multipath = Multipath.PARIS
    """How alike the probes are to load balancers."""
    probe_bytes: int | None = None
    """Of a probe with its IP header; None where that is not known."""
    shape: Shape | None = None
    """What is wanted of the probes; None: as at the start."""

    def words(self) -> str:
        """Such as `UDP by raw socket, 1200 bytes`."""
        shape = self.shape_words()
        return f"{self.protocol.upper()} by {self.rung}" + (f", {shape}" if shape else "")

    def shape_words(self) -> str:
        """What is unusual about the probes; empty for nothing."""
        return self.shape.words(self.protocol) if self.shape is not None else ""


class Refusal(msgspec.Struct, frozen=True):
    """A wish of the user that could not be met."""

    number: int
    """Counts the refusals, from 1."""
    reason: str
    """One sentence, with what to do about it."""


class SessionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine does now; sent through the outcome channel whenever it changes."""

    generation: int
    """Counts resets. A front end drops what it knows when this grows."""
    state: SessionState
    mode: Mode
    round: int
    """The round under way, or the last one, from 0."""
    interval_s: float
    stop: StopReason | None = None
    """Why the last complete trace ended; None until one has."""
    way: Way | None = None
    """With what probes are sent since the user chose another protocol; None: as at the start."""
    refusal: Refusal | None = None
    """The newest; the session goes on as before."""
    baseline: int | None = None
    """Counts the user's marks, to which figures are compared; None while there is none."""
    is_discovering: bool = False
    """All paths are being looked for; the rounds wait."""
    graph: MultipathGraph | None = None
    """All paths; None where they were not looked for, or are not known yet."""


Message = ProbeOutcome | SessionStatus
"""What flows through the outcome channel, in order."""


class SessionSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The session as it stood at one moment."""

    status: SessionStatus
    path_length: int | None
    """TTL of the last hop shown: the destination, an unreachable, or the farthest that is
    probed while neither is known. None before anything was sent."""
    distance: int | None
    """TTL of the destination, None while it was not reached."""
    sent: int = 0
    """All probes that left, those beyond the destination included."""
    sent_beyond: int = 0
    """Of these, probes to hops that the path turned out not to have."""
    decided: int = 0
    """Probes with an outcome: `decided` of `sent` is the progress of the first trace."""
    send_errors: int = 0
    strays: tuple[Stray, ...] = ()
    """What was not believed, one for each reason, those with most packets first."""
    told_mtu: ToldMtu | None = None
    """The smallest that a router has told of a link on the way, None while none has."""
    path_mtu: PathMtu | None = None
    """What the search for it has found so far, None where none was wanted."""
    problem: str | None = None
    """Why the newest probe could not be sent, None once one can again."""
    graph_about: Mapping[IPAddress, About] = NOTHING_KNOWN
    """What others know of the interfaces of `status.graph`, without those of whom nothing is."""
    may_go_on: bool = False
    """Whether hops may have been told behind the last, in what could not be read of a file."""

    @property
    def foreign(self) -> int:
        """Packets that could be read and match no probe."""
        return self._strays_of(StrayKind.FOREIGN)

    @property
    def malformed(self) -> int:
        """Packets that could not be read."""
        return self._strays_of(StrayKind.MALFORMED)

    def _strays_of(self, kind: StrayKind) -> int:
        return sum(stray.count for stray in self.strays if stray.reason.kind is kind)


class PathUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the last update: newer than all before it of the same generation."""

    generation: int
    hops: tuple[HopSnapshot, ...]
    """Only those that changed."""
    session: SessionSnapshot


class PathSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The whole path: the final state of a trace."""

    hops: tuple[HopSnapshot, ...]
    """From the first hop to the last, without gaps in the TTLs."""
    session: SessionSnapshot


Publish = Callable[[PathUpdate], None]
"""Called by the collector, in the engine's thread; must not block."""


class SessionControls(TypingProtocol):
    """What a user can do to a running session. Call in the engine's thread only."""

    def set_mode(self, mode: Mode) -> None:
        """Go on in another mode at once; finished results stay."""

    def pause(self) -> None:
        """Send nothing more until resume."""

    def resume(self) -> None:
        """Go on sending."""

    def reset(self) -> None:
        """Forget all statistics and the path, and begin anew."""

    def set_baseline(self) -> None:
        """Compare with what is known now, from now on."""

    def clear_baseline(self) -> None:
        """Compare no longer."""

    def set_protocol(self, protocol: Protocol) -> None:
        """Probe with another protocol from now on, with statistics and path of its own."""

    def set_shape(self, shape: Shape) -> None:
        """Send probes of another size, or to another port, from now on: statistics and path begin
        anew."""

    def set_interval(self, interval_s: float) -> None:
        """Seconds from the start of a round to the start of the next."""

    def stop(self) -> None:
        """End the session; what is known stays known."""
