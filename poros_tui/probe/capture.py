"""All packets of a run, for a file that other programs read: `--pcap`. Pure.

What transports and ledgers tell is kept until the next `take` but one: by then the kernel's send
stamp has come, and what it means is known. To put a packet together takes longer than to send it,
so it is done there and not on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from poros_tui.model.probe import Duplicate, Probe, Reply
from poros_tui.packets import pcapng
from poros_tui.probe.tap import HeardPacket, LeftPacket, WirePacket
from poros_tui.probe.transport import Answer

REMEMBERED_MAX: Final = 1024
"""Newest probes of a transport that are kept, because the kernel's error queue tells no more of
them than that they were answered."""
_SENT_BY_CLOCK: Final = "the time is that of the program's clock before sending"
_HEARD_BY_CLOCK: Final = "the time is that of the program's clock after reading"
_UNKNOWN: Final = "a probe that is not counted"


class _Left(msgspec.Struct):
    """A packet that left."""

    place: int
    packet: LeftPacket
    at_ns: int
    probe: Probe | None
    is_stamped: bool = False

    def block(self) -> bytes:
        wire = self.packet.whole()
        words = f"probe to {_words(self.probe)}" if self.probe is not None else _UNKNOWN
        doubts = wire.doubts if self.is_stamped else (*wire.doubts, _SENT_BY_CLOCK)
        return pcapng.packet(
            self.place,
            self.at_ns,
            wire.data,
            direction=pcapng.OUTBOUND,
            comment="; ".join((words, *doubts)),
        )


class _Heard(msgspec.Struct, frozen=True):
    """A packet that came."""

    place: int
    packet: HeardPacket
    at_ns: int
    is_stamped: bool
    outcome: Reply | Duplicate
    answered: LeftPacket | None

    def block(self) -> bytes:
        probe = self.answered.whole() if self.answered is not None else None
        wire: WirePacket = self.packet.whole(probe)
        doubts = wire.doubts if self.is_stamped else (*wire.doubts, _HEARD_BY_CLOCK)
        return pcapng.packet(
            self.place,
            self.at_ns,
            wire.data,
            direction=pcapng.INBOUND,
            comment="; ".join((self._words(), *doubts)),
        )

    def _words(self) -> str:
        outcome = self.outcome
        if isinstance(outcome, Duplicate):
            return f"duplicate answer of {_words(outcome.probe)}"
        kind = "late answer" if outcome.is_late else "answer"
        rtt = "not known" if outcome.rtt_s is None else f"{outcome.rtt_s * 1e3:.6f} ms"
        return f"{kind} of {_words(outcome.probe)}; RTT {rtt}"


def _words(probe: Probe) -> str:
    """Which it is, with the numbers that JSON reports have."""
    return f"hop {probe.ttl}, round {probe.round}, query {probe.query}, flow {probe.flow + 1}"


class Capture:
    """The packets of all transports of a run, and the blocks of a pcapng file for them."""

    def __init__(self, program: str, comment: str = "") -> None:
        """`program` writes the file; `comment` is about all of it."""
        self._head = pcapng.section(program, comment)
        self._places = 0
        self._new: list[_Left | _Heard] = []
        self._ripe: list[_Left | _Heard] = []

    def tap(self, name: str, description: str) -> TransportTap:
        """For a transport: an interface of the file, with this name and description."""
        place, self._places = self._places, self._places + 1
        self._head += pcapng.interface(name, description)
        return TransportTap(place, self._new.append)

    def take(self, *, is_last: bool = False) -> bytes:
        """The blocks of what was known at the last call, in the order of time; with `is_last` of
        all that is known. Empty as long as there is no packet."""
        ripe, self._ripe = self._ripe, self._new[:]
        self._new.clear()
        if is_last:
            ripe, self._ripe = ripe + self._ripe, []
        if not ripe:
            return b""
        head, self._head = self._head, b""
        ripe.sort(key=lambda one: one.at_ns)
        return head + b"".join(one.block() for one in ripe)


class TransportTap:
    """The Tap of one transport."""

    def __init__(self, place: int, add: Callable[[_Left | _Heard], None]) -> None:
        self._place = place
        self._add = add
        self._newest: dict[int, _Left] = {}
        """By key."""

    def left(self, key: int, packet: LeftPacket, at_ns: int) -> None:
        """The probe with this key left, also when it is sent again."""
        before = self._newest.pop(key, None)
        probe = before.probe if before is not None else None
        one = self._newest[key] = _Left(self._place, packet, at_ns, probe)
        if len(self._newest) > REMEMBERED_MAX:
            del self._newest[next(iter(self._newest))]
        self._add(one)

    def stamped(self, sent_at_ns: Mapping[int, int]) -> None:
        """The kernel's stamps of the newest packets with these keys."""
        for key, at_ns in sent_at_ns.items():
            one = self._newest.get(key)
            if one is not None and not one.is_stamped:
                one.at_ns, one.is_stamped = at_ns, True

    def opened(self, key: int, probe: Probe) -> None:
        """Which probe has just left with this key."""
        one = self._newest.get(key)
        if one is not None:
            one.probe = probe

    def answered(self, answer: Answer, outcome: Reply | Duplicate) -> None:
        """An answer was believed."""
        if answer.packet is None:
            return
        newest = self._newest.get(answer.key)
        self._add(
            _Heard(
                place=self._place,
                packet=answer.packet,
                at_ns=answer.received_at_ns,
                is_stamped=answer.is_kernel_stamped,
                outcome=outcome,
                answered=newest.packet if newest is not None else None,
            )
        )
