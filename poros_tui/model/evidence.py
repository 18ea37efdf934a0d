"""What the newest answers of a hop tell of the way there and back, counted by what they say."""

from __future__ import annotations

from collections import deque
from ipaddress import IPv4Address, IPv6Address
from typing import Final

import msgspec

from poros_tui.model.probe import AnswerKind, IPAddress, Reply
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.packets.extensions import MplsStack

EVIDENCE_ANSWERS: Final = 16
"""Newest answers of a hop that stand as evidence: few enough that a finding follows a change of
the route within a quarter of a minute, at one probe a second."""
_CHECKSUM_MODULUS: Final = 0xFFFF
"""Checksums are sums in ones' complement (RFC 1071): 0 and 65535 are the same."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Answers of one responder that all tell the same."""

    responder: IPAddress
    kind: AnswerKind
    reply_ttl: int | None
    """TTL left in the answers."""
    has_labels: bool
    """They carry MPLS labels."""
    quote: Quote | None
    """The probe as it arrived, of the newest of them; None where nothing tells. Fields that differ
    in each probe, such as the IP identification, differ in the others."""
    answers: int
    """How many of the newest EVIDENCE_ANSWERS."""


def rewritten_to(rewrite: Rewrite) -> int | IPv4Address | IPv6Address | None:
    """What tells two rewritings of a field apart whatever the probe; None where nothing can.

    Of a checksum it is the difference: the same for all probes whose addresses and ports were
    changed in the same way (RFC 1624).
    """
    if rewrite.field is RewrittenField.CHECKSUM:
        return (int(rewrite.quoted) - int(rewrite.sent)) % _CHECKSUM_MODULUS
    if rewrite.field is RewrittenField.IP_IDENTIFICATION:
        return None
    return rewrite.quoted


def is_rewritten(rewrite: Rewrite) -> bool:
    """Whether the two values differ in meaning."""
    if rewrite.sent == rewrite.quoted:
        return False
    return rewrite.field is not RewrittenField.CHECKSUM or rewritten_to(rewrite) != 0


class EvidenceWindow:
    """Counts the newest answers of one hop by what they tell, in bounded memory."""

    def __init__(self) -> None:
        self._keys: deque[tuple[object, ...]] = deque()
        self._counts: dict[tuple[object, ...], int] = {}
        self._newest: dict[tuple[object, ...], Reply] = {}

    def add(self, reply: Reply) -> None:
        """The newest answer."""
        key = _key(reply)
        counts = self._counts
        counts[key] = counts.get(key, 0) + 1
        self._newest[key] = reply
        self._keys.append(key)
        if len(self._keys) > EVIDENCE_ANSWERS:
            oldest = self._keys.popleft()
            if counts[oldest] > 1:
                counts[oldest] -= 1
            else:
                del counts[oldest], self._newest[oldest]

    def evidence(self) -> tuple[Evidence, ...]:
        """That of the newest answer first, then what most answers tell."""
        if not self._keys:
            return ()
        newest = self._keys[-1]
        keys = list(self._counts)
        if len(keys) > 1:
            keys.sort(key=lambda key: (key is not newest and key != newest, -self._counts[key]))
        return tuple(_evidence(self._newest[key], self._counts[key]) for key in keys)


def _key(reply: Reply) -> tuple[object, ...]:
    """Equal for answers that tell the same. Numbers in place of addresses and of members of enums,
    whose hashes take ten times as long."""
    quote = reply.quote
    head = (
        int(reply.responder),
        reply.icmp_type,
        reply.icmp_code,
        reply.reply_ttl,
        bool(reply.extensions) and _has_labels(reply),
    )
    if quote is None:
        return head
    return (
        *head,
        quote.length,
        quote.ttl,
        quote.traffic_class,
        quote.sent_traffic_class,
        *((r.field.value, int(rewritten_to(r) or 0)) for r in quote.rewrites),
    )


def _has_labels(reply: Reply) -> bool:
    return any(isinstance(extension, MplsStack) for extension in reply.extensions)


def _evidence(reply: Reply, answers: int) -> Evidence:
    return Evidence(
        responder=reply.responder,
        kind=reply.kind,
        reply_ttl=reply.reply_ttl,
        has_labels=_has_labels(reply),
        quote=reply.quote,
        answers=answers,
    )
