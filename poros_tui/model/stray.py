"""Packets that came in and were not believed: why, and how many."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec


class StrayKind(Enum):
    """Whether they could be read at all."""

    FOREIGN = "foreign"
    """Well-formed, but it does not match a probe: somebody else's, forged, or far too old."""
    MALFORMED = "malformed"
    """Truncated or corrupt."""


class StrayReason(Enum):
    """Why a packet was not believed. There are few, whatever anybody sends."""

    kind: StrayKind
    words: str
    """As they follow a number of packets."""

    def __init__(self, kind: StrayKind, words: str) -> None:
        self.kind = kind
        self.words = words

    CUT_SHORT = StrayKind.MALFORMED, "cut short"
    BAD_CHECKSUM = StrayKind.MALFORMED, "with a wrong checksum"
    GARBLED = StrayKind.MALFORMED, "with a header that cannot be"
    NO_SENDER = StrayKind.MALFORMED, "without a sender"
    OTHER_SENDER = StrayKind.FOREIGN, "from another address or port"
    OTHER_IDENTIFIER = StrayKind.FOREIGN, "with another identifier"
    OTHER_PAYLOAD = StrayKind.FOREIGN, "with another payload"
    OTHER_ACKNOWLEDGMENT = StrayKind.FOREIGN, "acknowledging what was not sent"
    NO_PROBE_TOLD = StrayKind.FOREIGN, "not telling which probe they answer"
    QUOTES_PROTOCOL = StrayKind.FOREIGN, "quoting another protocol"
    QUOTES_DESTINATION = StrayKind.FOREIGN, "quoting another destination"
    QUOTES_IDENTIFIER = StrayKind.FOREIGN, "quoting another identifier"
    QUOTES_SEQUENCE = StrayKind.FOREIGN, "quoting another sequence number"
    QUOTES_CHECKSUM = StrayKind.FOREIGN, "quoting another checksum"
    QUOTES_PAYLOAD = StrayKind.FOREIGN, "quoting another payload"
    QUOTES_TOO_LITTLE = StrayKind.FOREIGN, "quoting too little to tell the probe"
    IMPOSSIBLE_MTU = StrayKind.FOREIGN, "telling an MTU that cannot be"
    UNKNOWN_PROBE = StrayKind.FOREIGN, "answering no known probe"
    """Never sent, or too long ago."""
    NOT_LEFT = StrayKind.FOREIGN, "answering a probe that did not leave"


class Stray(msgspec.Struct, frozen=True):
    """A packet that was not believed, or several for one reason."""

    reason: StrayReason
    count: int = 1


def stray_words(strays: Sequence[Stray]) -> str:
    """How many, and why, such as `3 packets (2 cut short, 1 quoting another payload)`; empty for
    none."""
    total = sum(stray.count for stray in strays)
    if not total:
        return ""
    reasons = ", ".join(f"{stray.count} {stray.reason.words}" for stray in strays)
    return f"{total} {'packet' if total == 1 else 'packets'} ({reasons})"
