"""A simulated internet behind the same seam as real sockets, on Trio's clock.

No packet and no bytes: what the network model answers becomes transport events at the right
virtual time, stamped exactly. What a real socket would refuse to believe arrives as a stray.
"""

from __future__ import annotations

import heapq
from collections import Counter
from itertools import count
from typing import Final
from zlib import crc32

import trio

from poros_tui.errors import SendError
from poros_tui.model.clock import ClockReading
from poros_tui.model.extensions import cleaned_extensions
from poros_tui.model.probe import AnswerKind, IPAddress, Multipath, Protocol
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.probe.simulation.answer import Message, SimulatedAnswer
from poros_tui.probe.simulation.made_packets import MadeAnswer, MadeProbe
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.node import Mischief
from poros_tui.probe.simulation.quoting import SentProbe, quote_of, sent_fields
from poros_tui.probe.tap import Tap
from poros_tui.probe.transport import Answer, Deliver, SendTimes, TransportEvent
from poros_tui.probe.udp_session import CLASSIC_KEY_SPACE as KEY_SPACE
from poros_tui.probe.udp_session import FIRST_PORT

EPOCH_NS: Final = 1_700_000_000 * 10**9
"""What the simulated wall clock shows at Trio's time 0."""

_HEADER_BYTES: Final = {(4, False): 28, (6, False): 48, (4, True): 40, (6, True): 60}
"""By family, and whether it is TCP."""
_PAYLOAD_BYTES: Final = 32
_IDENTIFIER: Final = 0x706F
_SOURCE_PORT: Final = 50000
_HTTP_PORT: Final = 80
_KINDS: Final = {
    Message.TIME_EXCEEDED: AnswerKind.TIME_EXCEEDED,
    Message.ECHO_REPLY: AnswerKind.REACHED,
    Message.PORT_UNREACHABLE: AnswerKind.REACHED,
    Message.UNREACHABLE: AnswerKind.UNREACHABLE,
    Message.PACKET_TOO_BIG: AnswerKind.UNREACHABLE,
    Message.SYN_ACK: AnswerKind.REACHED,
    Message.RST: AnswerKind.REACHED,
    Message.UDP_ECHO: AnswerKind.REACHED,
    Message.UDP_FIXED: AnswerKind.REACHED,
    Message.UDP_DNS: AnswerKind.REACHED,
}
_ICMP_TYPES: Final = {
    Message.TIME_EXCEEDED: {4: 11, 6: 3},
    Message.ECHO_REPLY: {4: 0, 6: 129},
    Message.PORT_UNREACHABLE: {4: 3, 6: 1},
    Message.UNREACHABLE: {4: 3, 6: 1},
    Message.PACKET_TOO_BIG: {4: 3, 6: 2},
}
"""Of the messages that are ICMP."""
_STRAYS: Final = {
    Mischief.TRUNCATED: Stray(StrayReason.CUT_SHORT),
    Mischief.CORRUPT: Stray(StrayReason.BAD_CHECKSUM),
    Mischief.FORGED_QUOTE: Stray(StrayReason.QUOTES_IDENTIFIER),
    Mischief.FORGED_ECHO: Stray(StrayReason.OTHER_SENDER),
    Mischief.FORGED_HEADER: Stray(StrayReason.GARBLED),
}


class SimulatedTransport:
    """Sends probes into a `SimulatedNetwork`. Its time begins when it is made, inside Trio."""

    key_space = 65536
    settle_s = 0.0

    def __init__(
        self,
        network: SimulatedNetwork,
        *,
        protocol: Protocol = Protocol.ICMP,
        family: int = 4,
        multipath: Multipath = Multipath.PARIS,
        size: int | None = None,
        traffic_class: int = 0,
        dont_fragment: bool = False,
        neighbour: IPAddress | None = None,
        began_at_s: float | None = None,
    ) -> None:
        """A transport of probes of `size` bytes, IP header included (None: with 32 bytes of
        payload), sent with `traffic_class` (DSCP and ECN, 0 to 255), and DF where they are IPv4
        and `dont_fragment` says so. They go to a `neighbour` of the destination, or to itself. The
        scenario began at `began_at_s` on Trio's clock, or now."""
        self._network = network
        self._protocol = protocol
        self._family = family
        self._multipath = multipath
        self._size = size or _HEADER_BYTES[family, protocol is Protocol.TCP] + _PAYLOAD_BYTES
        self._traffic_class = traffic_class
        self._dont_fragment = dont_fragment
        self._neighbour = neighbour
        self._sent: Counter[int] = Counter()
        self._order = count()
        self._coming: list[tuple[float, int, TransportEvent | _Arriving]] = []
        self._more = trio.Event()
        self._deliver: Deliver | None = None
        self._began_at_s = trio.current_time() if began_at_s is None else began_at_s
        self.tap: Tap | None = None
        """Told of packets that are made for it."""
        self.send_problem: str | None = None
        """While not None every send is refused for this reason."""

    @property
    def destination(self) -> IPAddress:
        """Where the probes go."""
        return self._neighbour or self._network.scenario.destination.responder(self._family)

    def to_neighbour(self, address: IPAddress) -> SimulatedTransport:
        """Another of the same kind and time, to another address of the destination's network."""
        other = SimulatedTransport(
            self._network,
            protocol=self._protocol,
            family=self._family,
            multipath=self._multipath,
            size=self._size,
            traffic_class=self._traffic_class,
            dont_fragment=self._dont_fragment,
            neighbour=address,
            began_at_s=self._began_at_s,
        )
        other.tap = self.tap
        return other

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        """Put one probe on its way."""
        await trio.lowlevel.checkpoint_if_cancelled()
        if self.send_problem is not None:
            raise SendError(self.send_problem)
        size = size or self._size
        mtu = self._network.scenario.mtu
        if self._dont_fragment and mtu is not None and size > mtu:
            words = f"it is larger than our own link takes, {mtu} bytes (EMSGSIZE)"
            raise SendError(words, is_too_large=True)
        now_s = trio.current_time()
        answers = self._network.answers(
            ttl=ttl,
            protocol=self._protocol,
            flow=key if self._multipath is Multipath.CLASSIC else flow,
            serial=self._next_serial(ttl),
            family=self._family,
            now_s=now_s - self._began_at_s,
            size=size,
            dont_fragment=self._dont_fragment,
            destination=self._neighbour,
        )
        sent_at = _clock_at(now_s)
        self._put(now_s, SendTimes({key: sent_at.realtime_ns}))
        sent = self._sent_probe(key, flow, size)
        made = None
        if self.tap is not None:
            made = MadeProbe(sent=sent, key=key, ttl=ttl, dont_fragment=self._dont_fragment)
            self.tap.left(key, made, sent_at.realtime_ns)
            self.tap.stamped({key: sent_at.realtime_ns})
        for answer in answers:
            arriving = _Arriving(key, answer, sent, sent_at.realtime_ns, made)
            self._put(now_s + answer.delay_s, arriving)
        return sent_at

    def _sent_probe(self, key: int, flow: int, size: int) -> SentProbe:
        """Its header, as far as a raw socket would know it."""
        ports = {
            Protocol.ICMP: (_IDENTIFIER, 0),
            Protocol.UDP: (_SOURCE_PORT, FIRST_PORT + key % KEY_SPACE),
            Protocol.TCP: (_SOURCE_PORT, _HTTP_PORT),
        }
        # The kernel writes the identification of all but what comes with an IP header of its own.
        is_known = self._multipath is Multipath.DUBLIN and self._family == 4
        fields = sent_fields(
            self._protocol,
            self.destination,
            ports=ports[self._protocol],
            checksum=1 + crc32(f"{self._protocol}/{flow}".encode()) % 0xFFFE,
            identification=key if is_known else None,
        )
        return SentProbe(
            protocol=self._protocol,
            destination=self.destination,
            fields=fields,
            size=size,
            traffic_class=self._traffic_class,
        )

    def _next_serial(self, ttl: int) -> int:
        """Its own for each probe, and the same for the n-th probe of a TTL in every run: the order
        in which TTLs are asked depends on real time, what becomes of them does not."""
        self._sent[ttl] += 1
        to = int(self._neighbour or 0) & 0xFF
        return to << 40 | self._sent[ttl] << 8 | ttl

    def _put(self, at_s: float, what: TransportEvent | _Arriving) -> None:
        heapq.heappush(self._coming, (at_s, next(self._order), what))
        self._more.set()

    async def receive(self, deliver: Deliver) -> None:
        """Deliver each event at its time."""
        self._deliver = deliver
        while True:
            self._more = trio.Event()
            next_s = self._coming[0][0] if self._coming else float("inf")
            with trio.move_on_at(next_s):
                await self._more.wait()
            self.hear()

    def hear(self) -> None:
        """Deliver what has come by now, if anybody receives."""
        deliver = self._deliver
        while deliver and self._coming and self._coming[0][0] <= trio.current_time():
            _, _, what = heapq.heappop(self._coming)
            deliver(what.event() if isinstance(what, _Arriving) else what)

    def close(self) -> None:
        """Nothing to close."""


class _Arriving:
    """An answer on its way back."""

    def __init__(
        self,
        key: int,
        answer: SimulatedAnswer,
        sent: SentProbe,
        sent_at_ns: int,
        made: MadeProbe | None,
    ) -> None:
        self._key = key
        self._made = made
        self._answer = answer
        self._sent = sent
        self._received_at_ns = sent_at_ns + round(answer.delay_s * 1e9)

    def event(self) -> TransportEvent:
        answer = self._answer
        if (stray := _STRAYS.get(answer.mischief)) is not None:
            return stray
        icmp_types = _ICMP_TYPES.get(answer.message)
        return Answer(
            key=self._key,
            kind=_KINDS[answer.message],
            responder=answer.responder,
            icmp_type=icmp_types[answer.responder.version] if icmp_types else None,
            icmp_code=answer.icmp_code if icmp_types else None,
            reply_ttl=answer.reply_ttl,
            received_at_ns=self._received_at_ns,
            read_at=_clock_at(trio.current_time()),
            extensions=cleaned_extensions(answer.extensions),
            quote=quote_of(answer, self._sent),
            mtu=answer.mtu or None,
            packet=self._packet(),
        )

    def _packet(self) -> MadeAnswer | None:
        if self._made is None:
            return None
        return MadeAnswer(answer=self._answer, probe=self._made)


def _clock_at(now_s: float) -> ClockReading:
    now_ns = round(now_s * 1e9)
    return ClockReading(EPOCH_NS + now_ns, now_ns)
