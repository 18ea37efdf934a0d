"""Who wants to see each packet: what transports and ledgers tell a capture. Pure.

A transport hands over packets as its socket took and gave them, which is quick, and how they were
on the wire is worked out later, if at all. What they mean the ledger knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from typing import Protocol as TypingProtocol

import msgspec

if TYPE_CHECKING:
    from poros_tui.model.probe import Duplicate, Probe, Reply
    from poros_tui.probe.transport import Answer


class WirePacket(msgspec.Struct, frozen=True):
    """An IP packet."""

    data: bytes
    doubts: tuple[str, ...] = ()
    """What of it may not be as it was on the wire, in words."""


class LeftPacket(TypingProtocol):
    """A packet that left."""

    def whole(self) -> WirePacket:
        """With all of its headers."""


class HeardPacket(TypingProtocol):
    """A packet that came."""

    def whole(self, probe: WirePacket | None) -> WirePacket:
        """With all of its headers; `probe` is what it answers, None where that is forgotten."""


class Tap(TypingProtocol):
    """Told of the packets of one transport, in its thread."""

    def left(self, key: int, packet: LeftPacket, at_ns: int) -> None:
        """The probe with this key left, also when it is sent again. `at_ns` is CLOCK_REALTIME, as
        user space read it."""

    def stamped(self, sent_at_ns: Mapping[int, int]) -> None:
        """The kernel's stamps of the newest packets with these keys."""

    def opened(self, key: int, probe: Probe) -> None:
        """Which probe has just left with this key."""

    def answered(self, answer: Answer, outcome: Reply | Duplicate) -> None:
        """An answer was believed."""
