"""The one seam to the network: what the engine needs of a socket, or of a simulated internet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol as TypingProtocol

import msgspec

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import AnswerKind, IPAddress
from poros_tui.model.quote import Quote
from poros_tui.model.stray import Stray
from poros_tui.packets.extensions import Extension
from poros_tui.probe.tap import HeardPacket, Tap


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A checked answer to the probe with this key."""

    key: int
    kind: AnswerKind
    responder: IPAddress
    icmp_type: int | None
    icmp_code: int | None
    reply_ttl: int | None
    received_at_ns: int
    """CLOCK_REALTIME: the kernel's receive stamp (or, without one, the time of reading)."""
    read_at: ClockReading
    """Both clocks when user space read it."""
    extensions: tuple[Extension, ...] = ()
    """What the router added to it (RFC 4884), text made safe."""
    is_kernel_stamped: bool = True
    """Whether `received_at_ns` is the kernel's."""
    measured_rtt_s: float | None = None
    """The kernel's own measure of the round trip (TCP_INFO), where it has one."""
    is_ambiguous: bool = False
    """The kernel sent the probe twice, and the answer may be to either: no round trip is known."""
    quote: Quote | None = None
    """The probe as it arrived there, None where nothing tells."""
    mtu: int | None = None
    """Bytes that the next link takes, in an answer that says the probe was larger."""
    packet: HeardPacket | None = None
    """What it was read from, where the transport has a tap."""


class SendTimes(msgspec.Struct, frozen=True, gc=False):
    """The kernel's stamps of the moments probes left: of a burst all at once, since one event for
    each cost as much as reading it."""

    sent_at_ns: dict[int, int]
    """CLOCK_REALTIME, by the keys of the probes."""


class SentAgain(msgspec.Struct, frozen=True):
    """The probe with this key is sent a second time, because what came for it told nothing: it is
    waited for from now on. A send stamp follows when it has left."""

    key: int


class LocalFailure(msgspec.Struct, frozen=True):
    """This machine could not deliver the probe after all (its gateway does not answer, say)."""

    key: int
    reason: str
    """In words."""


TransportEvent = Answer | SendTimes | SentAgain | LocalFailure | Stray
Deliver = Callable[[TransportEvent], None]


class ProbeTransport(TypingProtocol):
    """Sends probes and hears answers, all in one Trio thread."""

    tap: Tap | None
    """Told of each packet from the moment it is set; None: nobody is. Set before the first probe,
    and before a ledger is opened for it."""

    @property
    def key_space(self) -> int:
        """Keys run from 0 to this less 1; a key is free again when its probe is long over."""

    @property
    def settle_s(self) -> float:
        """Seconds to wait after opening before the first probe (kernel stamping starts lazily)."""

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        """Send one probe and return when it left, by user space's clocks.

        Probes of one `flow` (from 0) look alike to load balancers, unless each is to be its own
        (`Multipath.CLASSIC`). `size` is the bytes of this probe with its IP header; None: as the
        session has it.

        Between the moment the packet leaves and the return nothing else runs, so the caller can
        register the probe before its answer is delivered.

        Raises:
            SendError: the kernel refused this probe.
        """

    async def receive(self, deliver: Deliver) -> None:
        """Hand every event to `deliver` until cancelled. Send stamps come before the answers."""

    def hear(self) -> None:
        """Hand to `deliver`, now, what has come by now. Before silence is decided: on a busy
        machine an answer that came in time may not have been read yet. And when a burst has left,
        for its send stamps."""

    def close(self) -> None:
        """Close the sockets. May be called twice."""
