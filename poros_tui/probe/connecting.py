"""TCP probes without privilege: a socket for each.

A connection is known by its addresses and ports, and of each there is one at a time: so every
probe has another source port, and is a flow of its own. In IPv6 the kernel gives each connection a
flow label at random (net.ipv6.auto_flowlabels).

The kernel sends an unanswered SYN again after 1 s (RFC 6298 section 2.1), and no option prevents
it: TCP_SYNCNT counts from 1, TCP_USER_TIMEOUT is not asked before the second. An answer after that
could be to either. So each socket is closed after LIFE_S: one SYN for each probe, and every round
trip is that of this SYN (Karn and Partridge, SIGCOMM 1987). The price is that what takes longer is
not heard. Where the process was held up and a second SYN did leave, an answer is told without its
round-trip time.
"""

from __future__ import annotations

import select
import socket
from collections import deque
from typing import Final

import trio

from poros_tui.errors import SendError
from poros_tui.model.clock import ClockReading
from poros_tui.probe.attempt import Attempt, start_attempt
from poros_tui.probe.clock import read_clocks
from poros_tui.probe.family import Destination
from poros_tui.probe.outgoing import Outgoing
from poros_tui.probe.stamps import Settling
from poros_tui.probe.tap import Tap
from poros_tui.probe.transport import Deliver, TransportEvent

KEY_SPACE: Final = 1 << 16
LIFE_S: Final = 0.95
"""From connect() to close()."""
SOCKETS_MAX: Final = 512
"""Half of the descriptors that a process may usually have. One more probe waits for the oldest."""


class Connecting:
    """A ProbeTransport over as many sockets as there are probes under way."""

    key_space = KEY_SPACE
    tap: Tap | None = None
    """Never told: the kernel makes the packets, and shows none."""

    def __init__(
        self,
        destination: Destination,
        port: int,
        outgoing: Outgoing,
        keeper: socket.socket,
        settling: Settling,
    ) -> None:
        """`keeper` is a socket that is never used: as long as it is open, the kernel stamps what
        comes."""
        self._destination = destination
        self._port = port
        self._outgoing = outgoing
        self._keeper = keeper
        self._settling = settling
        self._attempts: dict[int, Attempt] = {}
        """Those under way, by file descriptor."""
        self._closing_times: deque[tuple[float, int, Attempt]] = deque()
        """On Trio's clock, for those that may be under way."""
        self._poll = select.epoll()
        self._begun = trio.Event()
        self._ended = trio.Event()
        self._unheard: list[TransportEvent] = []
        self._deliver: Deliver = self._unheard.append

    @property
    def settle_s(self) -> float:
        """Seconds to wait before the first probe."""
        return self._settling.left_s

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        """Send one probe and return when it left. Each is a flow of its own, of one size.

        Raises:
            SendError: the kernel refused this probe.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        while len(self._attempts) >= SOCKETS_MAX:
            self._ended = trio.Event()
            await self._ended.wait()
        if self._poll.closed:
            raise SendError("the socket was closed")
        # A refusal's only time is when it is read, and a burst of connections takes milliseconds.
        self.hear()
        attempt = start_attempt(self._destination, self._port, self._outgoing, ttl=ttl, key=key)
        descriptor = attempt.socket.fileno()
        self._attempts[descriptor] = attempt
        self._closing_times.append((trio.current_time() + LIFE_S, descriptor, attempt))
        self._poll.register(descriptor, select.EPOLLIN | select.EPOLLOUT)
        self._begun.set()
        return attempt.sent_at

    async def receive(self, deliver: Deliver) -> None:
        """Hand every event to `deliver` until cancelled."""
        for event in self._unheard:
            deliver(event)
        self._unheard.clear()
        self._deliver = deliver
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._close_in_time)
                while True:
                    await trio.lowlevel.checkpoint_if_cancelled()  # see SharedSocket
                    await trio.lowlevel.wait_readable(self._poll.fileno())
                    self.hear()
        finally:
            self._deliver = self._unheard.append

    async def _close_in_time(self) -> None:
        while True:
            if not self._closing_times:
                self._begun = trio.Event()
                await self._begun.wait()
            closing_at_s, descriptor, attempt = self._closing_times[0]
            if self._attempts.get(descriptor) is attempt:
                await trio.sleep_until(closing_at_s)
                self.hear()  # what has come by now
                self._end(attempt)
            self._closing_times.popleft()

    def hear(self) -> None:
        """Hand over what has come by now."""
        if self._poll.closed:
            return
        changed = self._poll.poll(0, len(self._attempts) + 1)
        read_at = read_clocks()
        for descriptor, events in changed:
            attempt = self._attempts[descriptor]
            try:
                event = attempt.read(events, read_at)
            except ConnectionError:
                self._end(attempt)
                continue
            if event is not None:
                self._end(attempt)
                self._deliver(event)

    def _end(self, attempt: Attempt) -> None:
        descriptor = attempt.socket.fileno()
        if self._attempts.get(descriptor) is attempt:
            del self._attempts[descriptor]
            attempt.close()
            self._ended.set()

    def close(self) -> None:
        """Close the sockets. May be called twice."""
        for attempt in list(self._attempts.values()):
            self._end(attempt)
        if not self._poll.closed:
            if trio.lowlevel.in_trio_run():
                trio.lowlevel.notify_closing(self._poll.fileno())
            self._poll.close()
            self._keeper.close()
