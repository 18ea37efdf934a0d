"""The sockets of a UDP session: one for each flow, and, where need be, one for a probe alone.

A service's reply counts as an answer if it tells which probe it answers. Some do not: they say the
same to everybody. Nor do, without raw sockets, routers that quote no payload. What cannot be known
is not guessed: with such an answer all probes that still wait are sent again, each from a socket,
and so a source port, of its own, and so are from then on all to the same hops. The round trip is
that of the second packet, and what still comes for the first is dropped. The flow of these probes
is not constant then; the session's notes say so.

With raw sockets ICMP errors about all of them come to one that only listens (`ErrorEar`).

Where flows are compared (`Outgoing.compares_flows`, or any but the first has been used), a probe
stays in its flow, and without an answer.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Final

import msgspec
import trio

from poros_tui.errors import PorosError, SendError
from poros_tui.model.clock import ClockReading
from poros_tui.probe.clock import read_clocks
from poros_tui.probe.ear import Ear
from poros_tui.probe.envelope import Envelope, with_packet
from poros_tui.probe.family import Family
from poros_tui.probe.shared_socket import BACKLOG_BATCHES, DATA_BATCH, close_watched, read_batch
from poros_tui.probe.sockets import send_error_words
from poros_tui.probe.tap import Tap
from poros_tui.probe.transport import (
    Answer,
    Deliver,
    LocalFailure,
    ProbeTransport,
    SendTimes,
    SentAgain,
    TransportEvent,
)
from poros_tui.probe.udp import TOO_SHORT, UNTOLD

OWN_SOCKETS_MAX: Final = 256
"""The oldest is closed for a newer one. A closed socket's port is not used again for long, so that
no late answer is taken for another's."""
WAITING_S: Final = 5.0
"""Who has waited longer for an answer is not asked again."""
WAITING_MAX: Final = 4096


class Waiting(msgspec.Struct, frozen=True):
    """A probe without an answer."""

    ttl: int
    flow: int
    size: int | None
    since_s: float


class ErrorEar(msgspec.Struct, frozen=True):
    """A raw socket that hears the ICMP errors about what several others send."""

    ear: Ear
    family: Family
    flow_of: Callable[[int], int]
    """The flow in which the probe with a key was last sent."""


class UdpSockets:
    """A ProbeTransport over several."""

    def __init__(
        self,
        first: ProbeTransport,
        open_flow: Callable[[int], ProbeTransport] | None,
        open_own: Callable[[int], ProbeTransport] | None,
        *,
        each_its_own: bool = False,
        errors: ErrorEar | None = None,
    ) -> None:
        """
        Args:
            first: for the probes of the first flow.
            open_flow: gives a transport for another flow; None: `first` is for all.
            open_own: gives a transport for the probe with this key; None: none may have one.
            each_its_own: every probe has one from the start.
            errors: hears ICMP errors; None: each socket hears its own.
        """
        self._flows = {0: first}
        self._open_flow = open_flow
        self._open_own = open_own
        self._each_its_own = each_its_own
        self._errors = errors
        self._tap: Tap | None = None
        self._errors_envelope: Envelope | None = None
        self._own_ttls: set[int] = set()
        self._compares_flows = False
        self._own: dict[int, ProbeTransport] = {}
        self._waiting: dict[int, Waiting] = {}
        self._nursery: trio.Nursery | None = None
        self._unheard: list[TransportEvent] = []
        self._deliver: Deliver = self._unheard.append

    @property
    def tap(self) -> Tap | None:
        """Told of each packet; None: nobody is."""
        return self._tap

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self._tap = tap
        for transport in (*self._flows.values(), *self._own.values()):
            transport.tap = tap
        if tap is not None and self._errors is not None:
            self._errors_envelope = Envelope(self._errors.ear.socket, self._errors.family)

    @property
    def key_space(self) -> int:
        """Keys run from 0 to this less 1."""
        return self._flows[0].key_space

    @property
    def settle_s(self) -> float:
        """Seconds to wait before the first probe; the sockets opened later need no more."""
        return self._flows[0].settle_s

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        """Send one probe and return when it left, by user space's clocks.

        Raises:
            SendError: the kernel refused this probe.
        """
        self._compares_flows |= flow > 0
        if self._errors is not None:
            # A near destination answers while a burst still leaves, and only so often: it is asked
            # no more than need be. Sockets that hear their own errors are told so by sendmsg.
            self._hear_errors(self._errors)
        transport = self._transport_of(ttl, key, flow)
        sent_at = await transport.send(ttl, key, flow, size)
        if self._open_own is not None and key not in self._own:
            self._waiting.pop(key, None)
            self._waiting[key] = Waiting(ttl, flow, size, time.monotonic())
            if len(self._waiting) > WAITING_MAX:
                del self._waiting[next(iter(self._waiting))]
        return sent_at

    def _transport_of(self, ttl: int, key: int, flow: int) -> ProbeTransport:
        if self._open_own is not None and (self._each_its_own or ttl in self._own_ttls):
            return self._own_transport(self._open_own, key)
        older = self._own.pop(key, None)
        if older is not None:
            older.close()
        if self._open_flow is None or flow in self._flows:
            return self._flows[flow if self._open_flow is not None else 0]
        transport = self._flows[flow] = self._opened(self._open_flow, flow)
        self._listen_to(transport, self._take)
        return transport

    def _own_transport(self, open_own: Callable[[int], ProbeTransport], key: int) -> ProbeTransport:
        older = self._own.pop(key, None)
        if older is None and len(self._own) >= OWN_SOCKETS_MAX:
            older = self._own.pop(next(iter(self._own)))
        if older is not None:
            older.close()
        transport = self._own[key] = self._opened(open_own, key)
        self._listen_to(transport, self._take_own)
        return transport

    def _opened(self, make: Callable[[int], ProbeTransport], number: int) -> ProbeTransport:
        try:
            transport = make(number)
        except OSError as error:
            raise SendError(send_error_words(error)) from error
        except PorosError as refusal:
            raise SendError(refusal.sentence) from refusal
        if self._tap is not None:
            transport.tap = self._tap
        return transport

    async def receive(self, deliver: Deliver) -> None:
        """Hand every event to `deliver` until cancelled. Send stamps come before the answers."""
        for event in self._unheard:
            deliver(event)
        self._unheard.clear()
        self._deliver = deliver
        try:
            async with trio.open_nursery() as nursery:
                self._nursery = nursery
                for flow, transport in self._flows.items():
                    if flow:
                        self._listen_to(transport, self._take)
                for transport in self._own.values():
                    self._listen_to(transport, self._take_own)
                if self._errors is not None:
                    nursery.start_soon(self._listen_for_errors, self._errors)
                await self._flows[0].receive(self._take)
        finally:
            self._nursery = None
            self._deliver = self._unheard.append

    def _listen_to(self, transport: ProbeTransport, deliver: Deliver) -> None:
        if self._nursery is not None:
            self._nursery.start_soon(_receive, transport, deliver)

    def _take(self, event: TransportEvent) -> None:
        """What the sockets of the flows say."""
        if (event is UNTOLD or event is TOO_SHORT) and self._may_ask_again:
            self._ask_again()
            return
        # What was sent again since has a socket of its own.
        if isinstance(event, SendTimes) and not self._own.keys().isdisjoint(event.sent_at_ns):
            first = {key: at for key, at in event.sent_at_ns.items() if key not in self._own}
            event = SendTimes(first)
        if isinstance(event, Answer | LocalFailure) and event.key in self._own:
            return
        if isinstance(event, Answer | LocalFailure):
            self._waiting.pop(event.key, None)
        self._deliver(event)

    def _take_own(self, event: TransportEvent) -> None:
        self._deliver(event)

    async def _listen_for_errors(self, errors: ErrorEar) -> None:
        while True:
            await trio.lowlevel.checkpoint_if_cancelled()  # see SharedSocket
            await trio.lowlevel.wait_readable(errors.ear.socket)
            self._hear_errors(errors)

    def _hear_errors(self, errors: ErrorEar) -> int:
        """Read one batch. Returns how many packets it held."""
        packets = read_batch(errors.ear.socket, errors.family)
        read_at = read_clocks()
        events = [errors.ear.read(packet, read_at) for packet in packets]
        if self._errors_envelope is not None:
            envelope = self._errors_envelope
            events = [with_packet(*each, envelope) for each in zip(events, packets, strict=True)]
        answered = [event.key for event in events if isinstance(event, Answer)]
        # Their send stamps, which come first, are in the error queues of those that sent them.
        for transport in {id(sender): sender for sender in map(self._sender, answered)}.values():
            transport.hear()
        for event in events:
            if event is not None:
                self._take_error(event)
        return len(packets)

    def _sender(self, key: int) -> ProbeTransport:
        """Whose socket the probe with this key has left from."""
        flow = self._errors.flow_of(key) if self._errors is not None else 0
        return self._own.get(key) or self._flows.get(flow, self._flows[0])

    def _take_error(self, event: TransportEvent) -> None:
        """What is told there of a probe is about its newest packet (see `UdpErrors`)."""
        if event is TOO_SHORT and self._may_ask_again:
            self._ask_again()
            return
        if isinstance(event, Answer | LocalFailure):
            self._waiting.pop(event.key, None)
        self._deliver(event)

    @property
    def _may_ask_again(self) -> bool:
        return self._open_own is not None and not self._compares_flows

    def _ask_again(self) -> None:
        if self._nursery is None:
            return
        oldest_s = time.monotonic() - WAITING_S
        for key, waiting in self._waiting.items():
            if waiting.since_s >= oldest_s:
                self._own_ttls.add(waiting.ttl)
                # Said now: by the time it leaves, silence may have been decided.
                self._deliver(SentAgain(key))
                self._nursery.start_soon(self._send_again, key)

    async def _send_again(self, key: int) -> None:
        waiting = self._waiting.pop(key, None)
        if waiting is None or self._open_own is None:
            return  # it has been answered since
        try:
            transport = self._own_transport(self._open_own, key)
            sent_at = await transport.send(waiting.ttl, key, waiting.flow, waiting.size)
        except SendError as refusal:
            self._deliver(LocalFailure(key, refusal.reason))
        else:
            # The kernel's stamp, where it takes any, comes behind this one.
            self._deliver(SendTimes({key: sent_at.realtime_ns}))

    def hear(self) -> None:
        """Hand over what has come by now."""
        for _ in range(BACKLOG_BATCHES if self._errors is not None else 0):
            if self._errors is None or self._hear_errors(self._errors) < DATA_BATCH:
                break
        for transport in (*self._flows.values(), *self._own.values()):
            transport.hear()

    def close(self) -> None:
        """Close the sockets. May be called twice."""
        if self._errors is not None:
            close_watched(self._errors.ear.socket)
        for transport in (*self._flows.values(), *self._own.values()):
            transport.close()


async def _receive(transport: ProbeTransport, deliver: Deliver) -> None:
    """Until its socket is closed for a newer one."""
    with contextlib.suppress(trio.ClosedResourceError):
        await transport.receive(deliver)
