"""What UDP services want to hear before they answer, and where in it a probe can be told.

Each has a field that the service sends back: there stand two bytes that tell the probe, and behind
them up to SECRET_BYTES that prove, in whatever comes back, that it answers one of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import Final

import msgspec

WORD_BYTES: Final = 2
SECRET_BYTES: Final = 6
RANDOM_BYTES: Final = 16
"""Of chance, that a greeting takes."""
QUIC_BYTES: Final = 1200

_DNS: Final = Struct("!HHHHHHBHH")
_NTP: Final = Struct("!B39x8s")
_QUIC: Final = Struct("!BIB8sBBH")
_STUN: Final = Struct("!HHI12s")


class Greeting(msgspec.Struct, frozen=True):
    """A payload for one service."""

    content: bytes
    word_at: int
    """Where the two bytes stand that tell the probe; even."""
    secret_bytes: int = SECRET_BYTES
    """How many bytes behind these are random and come back with them."""


def dns_query(chance: bytes) -> Greeting:
    """The name servers of the root: any server answers, if only to refuse (RFC 1035 section 4.1).

    The identifier comes back. Recursion is not asked for.
    """
    return Greeting(_DNS.pack(0, 0, 1, 0, 0, 0, 0, 2, 1), word_at=0, secret_bytes=0)


def ntp_request(chance: bytes) -> Greeting:
    """A client's request (RFC 5905 section 7.3); its transmit time stamp comes back as origin."""
    return Greeting(_NTP.pack(0x23, chance[:8]), word_at=40)


def quic_initial(chance: bytes) -> Greeting:
    """A long header of a version that nobody speaks: the server names those that it does, and
    sends back the connection identifier (RFC 8999 section 6). It need not answer less than 1200
    bytes (RFC 9000 section 6.1)."""
    head = _QUIC.pack(0xC0, 0x1A2A3A4A, 8, chance[:8], 0, 0, 0x4000 | QUIC_BYTES - 18)
    return Greeting(head + bytes(QUIC_BYTES - len(head)), word_at=6)


def stun_request(chance: bytes) -> Greeting:
    """A binding request; its transaction identifier comes back (RFC 8489 section 5)."""
    return Greeting(_STUN.pack(1, 0, 0x2112A442, chance[:12]), word_at=8)


GREETINGS: Final[dict[int, Callable[[bytes], Greeting]]] = {
    53: dns_query,
    123: ntp_request,
    443: quic_initial,
    3478: stun_request,
}
"""By port, made of RANDOM_BYTES of chance."""
