"""One socket for all probes of a session: sending, and hearing both of its queues.

Which packets those are is the business of a `Dialect`, one for each rung. What every rung must
get right is here:

* An ICMP error that has come since makes the next send or receive on the socket fail once, on
  behalf of an unrelated probe, and the packet is not sent. Take the error queue and send again.
* An error queue that nobody empties makes every wait for the socket return at once, for ever.
* An answer must not be delivered before the send stamp of its probe.
* The address that the socket is bound to may be gone. Nothing is sent from it then (see
  `own_address`): who bound it without being asked to takes another, and else it is said.
"""

from __future__ import annotations

import errno
import select
import socket
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import trio

from poros_tui.errors import SendError
from poros_tui.model.clock import ClockReading
from poros_tui.probe.clock import read_clocks
from poros_tui.probe.ear import Ear
from poros_tui.probe.envelope import Envelope, SentPacket, with_packet
from poros_tui.probe.errqueue import Origin, Received, receive
from poros_tui.probe.family import Ancillary, Family, SocketAddress
from poros_tui.probe.own_address import OwnAddress
from poros_tui.probe.own_interface import OwnInterface
from poros_tui.probe.recvmmsg import ErrorQueue
from poros_tui.probe.sockets import send_error_words, too_large_words
from poros_tui.probe.stamps import SendStamps
from poros_tui.probe.tap import Tap
from poros_tui.probe.transport import Deliver, SendTimes, TransportEvent

_SEND_TRIES: Final = 16
"""Each try that fails because of an earlier packet's error takes that error away."""
DATA_BATCH: Final = 64
"""Packets read in one go; then the other tasks have their turn."""
BACKLOG_BATCHES: Final = 8
"""Twice what a receive buffer of the usual 208 kB holds; a flood may bring more and more."""


class Dialect(Protocol):
    """What one rung says to one destination, and what it understands."""

    @property
    def key_space(self) -> int:
        """Keys run from 0 to this less 1."""

    def address(self, key: int) -> SocketAddress:
        """Where the probe with this key is sent."""

    def packet(self, key: int, flow: int = 0, size: int | None = None) -> bytes:
        """What the probe with this key is, in this flow, of this size (see `ProbeTransport`)."""

    def read_data(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What a packet says; None for one that answers no probe."""

    def read_error(self, received: Received, read_at: ClockReading) -> TransportEvent | None:
        """What an entry of the error queue says; None for one that answers no probe."""


class SharedSocket:
    """A ProbeTransport over one non-blocking socket, and those that listen beside it."""

    def __init__(
        self,
        sock: socket.socket,
        family: Family,
        dialect: Dialect,
        stamps: SendStamps,
        ears: Sequence[Ear] = (),
        kept: Sequence[socket.socket] = (),
        bind_anew: Callable[[], None] | None = None,
    ) -> None:
        """`ears` listen too; `kept` are neither heard nor used, and closed with the others;
        `bind_anew` is that of `OwnAddress`."""
        self._socket = sock
        self._own_address = OwnAddress(sock, family, bind_anew)
        self._own_interface = OwnInterface(sock)
        self._family = family
        self._dialect = dialect
        self._stamps = stamps
        self._ears = (Ear(sock, dialect.read_data), *ears)
        self._kept = kept
        self._tap: Tap | None = None
        self._envelopes: dict[socket.socket, Envelope] = {}
        """Of the ears, where there is a tap."""
        self._error_queue = ErrorQueue(sock, family)
        self._poll = select.poll()
        for ear in self._ears:
            self._poll.register(ear.socket, select.POLLIN)
        self._told_mtu: int | None = None
        """Of our own link, by what the newest refusal left in the error queue."""
        self._room = trio.Lock()  # only one task may wait for a file descriptor
        self._unheard: list[TransportEvent] = []
        self._deliver: Deliver = self._unheard.append

    @property
    def tap(self) -> Tap | None:
        """Told of each packet; None: nobody is."""
        return self._tap

    @tap.setter
    def tap(self, tap: Tap | None) -> None:
        self._tap = tap
        towards = self._dialect.address(0)
        self._envelopes = {
            ear.socket: Envelope(ear.socket, self._family, towards)
            for ear in (self._ears if tap is not None else ())
        }

    @property
    def key_space(self) -> int:
        """Keys run from 0 to this less 1."""
        return self._dialect.key_space

    @property
    def settle_s(self) -> float:
        """Seconds to wait before the first probe; none if the socket has been open for long."""
        return self._stamps.settle_s

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        """Send one probe and return when it left, by user space's clocks.

        Raises:
            SendError: the kernel refused this probe.
        """
        # No scheduling point before the packet leaves: a burst leaves in one turn and in order.
        await trio.lowlevel.checkpoint_if_cancelled()
        while True:
            try:
                return self._send_now(ttl, key, flow, size)
            except BlockingIOError:
                async with self._room:
                    try:
                        await trio.lowlevel.wait_writable(self._socket)
                    except trio.ClosedResourceError:
                        raise SendError("the socket was closed") from None

    def _send_now(self, ttl: int, key: int, flow: int, size: int | None) -> ClockReading:
        """One packet, or BlockingIOError when there is no room for it."""
        packet = self._dialect.packet(key, flow, size)
        address = self._dialect.address(key)
        tries = 0
        while True:
            ancillary = [
                self._family.ttl(ttl),
                *self._own_address.ancillary,
                *self._stamps.ancillary(key),
            ]
            sent_at = read_clocks()
            try:
                self._socket.sendmsg([packet], ancillary, 0, address)
            except OSError as error:
                self._told_mtu = None
                emptied = self._hear_errors()
                if error.errno == errno.EMSGSIZE and self._told_mtu is None:
                    self._ask_mtu(packet, ancillary, address)
                self._stamps.packet_failed()
                if isinstance(error, BlockingIOError):
                    raise
                tries += 1
                if tries < _SEND_TRIES and self._own_address.is_gone(error):
                    self._own_address.replace()
                    self.tap = self._tap  # which is told from where packets leave
                    packet = self._dialect.packet(key, flow, size)  # its checksum has the address
                    continue
                if error.errno == errno.EMSGSIZE and self._told_mtu is not None:
                    words = too_large_words(self._told_mtu)
                    raise SendError(words, is_too_large=True) from error
                if error.errno == errno.EINVAL and not self._stamps.counts_along:
                    self._stamps.count_along()
                elif tries == _SEND_TRIES or (tries > 1 and not emptied):
                    is_too_large = error.errno == errno.EMSGSIZE
                    words = self._own_interface.words(error) or send_error_words(error)
                    raise SendError(words, is_too_large=is_too_large) from error
            else:
                self._stamps.packet_left(key)
                if self._tap is not None:
                    envelope = self._envelopes[self._socket]
                    left = SentPacket(envelope, ttl, packet, address)
                    self._tap.left(key, left, sent_at.realtime_ns)
                return sent_at

    def _ask_mtu(self, packet: bytes, ancillary: list[Ancillary], address: SocketAddress) -> None:
        """A socket that hears no errors is not told what its link takes: let the kernel refuse the
        packet once more while it does."""
        level, option = self._family.level, self._family.receive_errors
        if self._socket.getsockopt(level, option):
            return  # it does: this is what an earlier packet's error says
        self._socket.setsockopt(level, option, 1)
        try:
            self._socket.sendmsg([packet], ancillary, 0, address)
        except OSError:
            self._hear_errors()
        finally:
            self._socket.setsockopt(level, option, 0)

    async def receive(self, deliver: Deliver) -> None:
        """Hand every event to `deliver` until cancelled. Send stamps come before the answers."""
        for event in self._unheard:
            deliver(event)
        self._unheard.clear()
        self._deliver = deliver
        try:
            if len(self._ears) == 1:
                await self._listen(self._socket)
            async with trio.open_nursery() as nursery:
                for ear in self._ears:
                    nursery.start_soon(self._listen, ear.socket)
        finally:
            self._deliver = self._unheard.append

    async def _listen(self, sock: socket.socket) -> None:
        while True:
            # Whoever cancels this closes the socket right after: perhaps when something has come
            # and this task is to run, but does not yet.
            await trio.lowlevel.checkpoint_if_cancelled()
            await trio.lowlevel.wait_readable(sock)
            self._hear()

    def hear(self) -> None:
        """Hand over what has come by now."""
        for _ in range(BACKLOG_BATCHES):
            if self._hear() < DATA_BATCH:
                return

    def _hear(self) -> int:
        """Read one batch of each socket. Returns how many packets the largest held."""
        # Most often the stamps of a burst alone have come: to find a queue empty by reading it
        # (which raises) takes longer than to read a stamp.
        ready = dict(self._poll.poll(0))
        # The data queues are read first and delivered last: what the error queue holds after that
        # includes the send stamp of every probe whose answer has been read.
        batches = [
            (read_batch(ear.socket, self._family), ear)
            for ear in self._ears
            if ready.get(ear.socket.fileno(), 0) & select.POLLIN
        ]
        if batches or ready.get(self._socket.fileno(), 0) & select.POLLERR:
            self._hear_errors()
        for packets, ear in batches:
            self._hand_over(packets, ear.read, ear.socket)
        return max((len(packets) for packets, _ in batches), default=0)

    def _hear_errors(self) -> bool:
        """Empty the error queue. Returns whether anything but send stamps was in it."""
        stamps, entries = self._error_queue.drain()
        if stamps:
            times = self._stamps.by_key(stamps)
            if self._tap is not None:
                self._tap.stamped(times)
            self._deliver(SendTimes(times))
        errors: list[Received] = []
        for entry in entries:
            if (
                entry.error is not None
                and entry.error.origin == Origin.LOCAL
                and entry.error.mtu is not None
            ):
                self._told_mtu = entry.error.mtu  # sendmsg has refused that probe
            else:
                errors.append(entry)
        self._hand_over(errors, self._dialect.read_error, self._socket)
        return bool(errors) or self._told_mtu is not None

    def _hand_over(
        self,
        received: list[Received],
        read: Callable[[Received, ClockReading], TransportEvent | None],
        sock: socket.socket,
    ) -> None:
        if not received:
            return  # send stamps alone, most often
        read_at = read_clocks()
        for each in received:
            event = read(each, read_at)
            if self._tap is not None:
                event = with_packet(event, each, self._envelopes[sock])
            if event is not None:
                self._deliver(event)

    def close(self) -> None:
        """Close the sockets. May be called twice."""
        for ear in self._ears:
            close_watched(ear.socket)
        for sock in self._kept:
            sock.close()


def read_batch(sock: socket.socket, family: Family) -> list[Received]:
    """What has come to a socket, at most DATA_BATCH packets of it."""
    received: list[Received] = []
    for _ in range(DATA_BATCH):
        try:
            received.append(receive(sock, family))
        except BlockingIOError:
            break
        except OSError:
            # The error of an earlier packet, cleared by being told; its details are in the
            # error queue.
            continue
    return received


def close_watched(sock: socket.socket) -> None:
    """Close a socket that a task may be waiting for. May be called twice."""
    if sock.fileno() != -1:
        if trio.lowlevel.in_trio_run():
            trio.lowlevel.notify_closing(sock)
        sock.close()
