"""Which probe a TCP sequence number belongs to. Pure.

The sequence number is what tells the probes apart. It stands in the first 8 bytes, so every ICMP
error quotes it, and the destination gives it back in its acknowledgment: a SYN-ACK acknowledges
sequence + 1, a RST sequence + 1 + payload (RFC 9293 section 3.10.7; some leave out the payload).
Load balancers do not look at it, and NATs leave it alone. Rejected: the ports, which load
balancers hash; the IPv4 identification, which no answer of the destination brings back and IPv6
has not; the checksum, which NATs rewrite; the timestamp option, which no short quote has.

The numbers ascend in the order of sending, by as little as keeps all acknowledgments apart.
Several probes may reach a listener before this machine's RST has ended the connection that the
first of them opened. Linux answers those within its window (RFC 9293 section 3.10.7.4), with a
RST that acknowledges each; to those outside of it it says nothing but once in half a second, and
about the first. Measured on Linux 6.18, 78 SYNs at once and our RSTs held back, ascending: 39
SYN-ACKs and 39 RSTs; descending, or 7,777,777 apart: 1 answer. Connection tracking, too, takes a
later SYN for a new beginning if its number is higher.
"""

from __future__ import annotations

import secrets
from collections import deque
from typing import Final

import msgspec

REMEMBERED: Final = 8192
"""Probes: 80 seconds at 100 a second. An answer to an older one is foreign."""
_SPACE: Final = 1 << 32


class SentSyn(msgspec.Struct, frozen=True):
    """A probe as it left."""

    key: int
    sequence: int
    source_port: int
    size: int | None
    """As it was asked for (see `ProbeTransport.send`)."""
    flow: int


class SynBook:
    """The newest REMEMBERED probes."""

    def __init__(self, first_sequence: int | None = None) -> None:
        """Without a first sequence number it is random, so that nobody guesses the others."""
        if first_sequence is None:
            first_sequence = secrets.randbelow(_SPACE)
        self._next = first_sequence
        self._by_acknowledgment: dict[int, SentSyn] = {}
        self._in_order: deque[tuple[int, int]] = deque()

    def enter(
        self, key: int, source_port: int, payload_bytes: int, size: int | None, flow: int = 0
    ) -> SentSyn:
        """Give the next probe its sequence number."""
        sequence = self._next
        while True:
            acknowledgments = ((sequence + 1) % _SPACE, (sequence + 1 + payload_bytes) % _SPACE)
            if not any(number in self._by_acknowledgment for number in acknowledgments):
                break
            sequence = (sequence + 1) % _SPACE
        self._next = (sequence + 1) % _SPACE
        syn = SentSyn(key, sequence, source_port, size, flow)
        for number in acknowledgments:
            self._by_acknowledgment[number] = syn
        self._in_order.append(acknowledgments)
        if len(self._in_order) > REMEMBERED:
            for number in self._in_order.popleft():
                self._by_acknowledgment.pop(number, None)
        return syn

    def acknowledged(self, number: int) -> SentSyn | None:
        """The probe that this acknowledgment is for."""
        return self._by_acknowledgment.get(number)

    def quoted(self, sequence: int) -> SentSyn | None:
        """The probe with this sequence number."""
        syn = self._by_acknowledgment.get((sequence + 1) % _SPACE)
        return syn if syn is not None and syn.sequence == sequence else None
