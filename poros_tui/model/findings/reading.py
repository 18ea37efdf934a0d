"""What the answers of one hop tell of one header field, by majority."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from poros_tui.model.evidence import Evidence, is_rewritten, rewritten_to
from poros_tui.model.findings.finding import Proof, Value
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Protocol
from poros_tui.model.quote import Quote, RewrittenField

_TRANSPORT_ENDS: Final = {
    (RewrittenField.SOURCE_PORT, Protocol.UDP): 2,
    (RewrittenField.SOURCE_PORT, Protocol.TCP): 2,
    (RewrittenField.DESTINATION_PORT, Protocol.UDP): 4,
    (RewrittenField.DESTINATION_PORT, Protocol.TCP): 4,
    (RewrittenField.ICMP_IDENTIFIER, Protocol.ICMP): 6,
    (RewrittenField.CHECKSUM, Protocol.ICMP): 4,
    (RewrittenField.CHECKSUM, Protocol.UDP): 8,
    (RewrittenField.CHECKSUM, Protocol.TCP): 18,
    (RewrittenField.TCP_WINDOW, Protocol.TCP): 16,
    (RewrittenField.URGENT_POINTER, Protocol.TCP): 20,
    (RewrittenField.MAXIMUM_SEGMENT_SIZE, Protocol.TCP): 24,
    (RewrittenField.TCP_OPTIONS, Protocol.TCP): 40,
}
"""Bytes behind the IP header that must be quoted to know the field (RFC 792, 768, 9293)."""
_NETWORK_ENDS: Final = {
    (RewrittenField.IP_IDENTIFICATION, 4): 6,
    (RewrittenField.SOURCE_ADDRESS, 4): 16,
    (RewrittenField.DESTINATION_ADDRESS, 4): 20,
    (RewrittenField.FLOW_LABEL, 6): 4,
    (RewrittenField.SOURCE_ADDRESS, 6): 24,
    (RewrittenField.DESTINATION_ADDRESS, 6): 40,
}
_IP_HEADER_BYTES: Final = {4: 20, 6: 40}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What most answers of a hop tell of a field."""

    ttl: int
    sent: Value
    found: Value
    value: object
    """Equal for hops that tell the same; None: as sent."""
    is_constant: bool
    """All its answers tell the very same, so that hops can be compared."""
    agreeing: int
    answers: int

    def proof(self, what: str, before: Value | None = None) -> Proof:
        """Of what this hop tells; `before`: what the hops before it tell, None: as sent."""
        return Proof(
            what=what,
            sent=self.sent,
            before=self.sent if before is None else before,
            found=self.found,
            agreeing=self.agreeing,
            answers=self.answers,
        )


def is_quoted(field: RewrittenField, evidence: Evidence, protocol: Protocol) -> bool:
    """Whether the quote is long enough to show the field, in a packet that has it."""
    if evidence.quote is None:
        return False
    version = evidence.responder.version
    end = _NETWORK_ENDS.get((field, version))
    if end is None:
        behind = _TRANSPORT_ENDS.get((field, protocol))
        if behind is None:
            return False
        end = _IP_HEADER_BYTES[version] + behind
    return evidence.quote.length >= end


def rewriting(hop: HopSnapshot, field: RewrittenField, protocol: Protocol) -> Reading | None:
    """Whether this hop got the field as it was sent; None where it does not tell, or half of its
    answers say so and half say otherwise."""
    as_sent = changed = 0
    values: set[object] = set()
    example = None
    for evidence in hop.evidence:
        quote = evidence.quote
        if quote is None:
            continue
        rewrite = next((r for r in quote.rewrites if r.field is field and is_rewritten(r)), None)
        if rewrite is not None:
            changed += evidence.answers
            values.add(rewritten_to(rewrite))
            example = example or rewrite
        elif is_quoted(field, evidence, protocol):
            as_sent += evidence.answers
    answers = as_sent + changed
    if example is not None and 2 * changed > answers:
        is_constant = len(values) == 1 and None not in values
        return Reading(
            ttl=hop.ttl,
            sent=example.sent,
            found=example.quoted,
            value=values.pop() if is_constant else field,
            is_constant=is_constant,
            agreeing=changed,
            answers=answers,
        )
    if 2 * as_sent <= answers:
        return None
    return Reading(
        ttl=hop.ttl, sent=0, found=0, value=None, is_constant=True, agreeing=as_sent,
        answers=answers,
    )  # fmt: skip


def quoted_value(hop: HopSnapshot, of: Callable[[Quote], tuple[int, int]]) -> Reading | None:
    """The value of a part of the quoted header that most answers of the hop tell. `of` gives what
    was sent and what is quoted."""
    counts: dict[tuple[int, int], int] = {}
    answers = 0
    for evidence in hop.evidence:
        if evidence.quote is not None:
            pair = of(evidence.quote)
            counts[pair] = counts.get(pair, 0) + evidence.answers
            answers += evidence.answers
    for (sent, found), agreeing in counts.items():
        if 2 * agreeing > answers:
            return Reading(
                ttl=hop.ttl,
                sent=sent,
                found=found,
                value=None if sent == found else found,
                is_constant=True,
                agreeing=agreeing,
                answers=answers,
            )
    return None


def runs(readings: Iterable[Reading]) -> list[list[Reading]]:
    """Neighbours that tell the same, together. Readings that cannot be compared are alike."""
    result: list[list[Reading]] = []
    for reading in readings:
        if result and result[-1][-1].value == reading.value:
            result[-1].append(reading)
        else:
            result.append([reading])
    return result


def last_before(readings: Sequence[Reading], ttl: int) -> int | None:
    """The last hop before `ttl` that tells anything."""
    return max((reading.ttl for reading in readings if reading.ttl < ttl), default=None)
