"""How far away the sender of an answer is, by the TTLs in that answer alone."""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.probe import AnswerKind, Reply

INITIAL_TTLS: Final = (32, 64, 128, 255)
"""What systems send their packets with: 64 most of Unix (RFC 1700 asks for it), 128 Windows, 255
many routers, 32 some small devices."""


class DistanceHint(msgspec.Struct, frozen=True):
    """Where one answer says that the path ends."""

    distance: int
    """In hops, 1 to the TTL of the probe that was answered."""
    is_certain: bool
    """It counts the hops on the way there. Else it is guessed: by the hops on the way back, or for
    somebody who refuses what a hop behind him would have got."""


def distance_hint(reply: Reply) -> DistanceHint | None:
    """The distance told by the end of the path; None where `reply` tells none.

    An ICMP error quotes the TTL that was left when the probe arrived (RFC 792, RFC 4443 3.1: the
    packet as it came), so that the difference counts the hops on the way there. The TTL left in the
    answer itself counts those on the way back, if the nearest usual value above was the first.
    """
    asked_ttl = reply.probe.ttl
    if not reply.kind.is_terminal:
        return None
    if reply.quote is not None and 1 <= reply.quote.ttl <= asked_ttl:
        distance = asked_ttl - reply.quote.ttl + 1
        return DistanceHint(distance, is_certain=reply.kind is AnswerKind.REACHED)
    if reply.reply_ttl is None:
        return None
    initial_ttl = next((ttl for ttl in INITIAL_TTLS if ttl >= reply.reply_ttl), None)
    if initial_ttl is None or initial_ttl - reply.reply_ttl >= asked_ttl:
        return None
    return DistanceHint(initial_ttl - reply.reply_ttl + 1, is_certain=False)
