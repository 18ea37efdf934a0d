"""Header fields that somebody on the way rewrites: NATs, classes of service, flow labels.

A router quotes the probe as it got it, so that the first hop with another value bounds the box
from behind, and the last one with the old value from before. Routers are known to quote wrong
checksums and identifications of their own accord (Malone and Luckie, "Analysis of ICMP
Quotations", PAM 2007): what later hops do not confirm is no change of the packet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from poros_tui.model.findings.answering import answers_for_others
from poros_tui.model.findings.finding import Finding, FindingKind, untold_between
from poros_tui.model.findings.reading import (
    Reading,
    last_before,
    quoted_value,
    rewriting,
    runs,
)
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import Protocol
from poros_tui.model.quote import Quote, RewrittenField

_ADDRESSES: Final = frozenset({RewrittenField.SOURCE_ADDRESS, RewrittenField.DESTINATION_ADDRESS})
_WEAK: Final = frozenset({RewrittenField.CHECKSUM, RewrittenField.IP_IDENTIFICATION})
"""What routers quote wrong of their own accord: one hop alone proves nothing."""
_NAT_FIELDS: Final = (
    RewrittenField.SOURCE_ADDRESS,
    RewrittenField.SOURCE_PORT,
    RewrittenField.DESTINATION_ADDRESS,
    RewrittenField.DESTINATION_PORT,
    RewrittenField.ICMP_IDENTIFIER,
    RewrittenField.IP_IDENTIFICATION,
    RewrittenField.CHECKSUM,
)
_PROPOSED: Final = (
    RewrittenField.MAXIMUM_SEGMENT_SIZE,
    RewrittenField.TCP_OPTIONS,
    RewrittenField.TCP_WINDOW,
    RewrittenField.URGENT_POINTER,
)
_ALONE: Final = "no later hop tells: a NAT before it, or its own way to quote"
_UNCONFIRMED: Final = "later hops quote what was sent: its own way to quote, not a NAT"
_ODD_CLASS: Final = "the hops around it agree with each other: its own way to quote, or this link's"
_CONGESTION_EXPERIENCED: Final = 3


def nats(hops: Sequence[HopSnapshot], protocol: Protocol) -> list[Finding]:
    """A finding for each NAT, and for each router that quotes oddly what NATs rewrite."""
    shown = {
        rewrite.field
        for hop in hops
        for evidence in hop.evidence
        if evidence.quote is not None
        for rewrite in evidence.quote.rewrites
    }
    found: list[Finding] = []
    for field in _NAT_FIELDS:
        if field in shown:
            _add_nats_of(field, hops, protocol, found)
    answering = answers_for_others(hops)
    if answering is not None:
        _add(found, answering)
    return sorted(found, key=lambda finding: finding.ttl or 0)


def _add_nats_of(
    field: RewrittenField, hops: Sequence[HopSnapshot], protocol: Protocol, found: list[Finding]
) -> None:
    readings = [reading for hop in hops if (reading := rewriting(hop, field, protocol)) is not None]
    confirmed = len(readings)
    while confirmed and readings[confirmed - 1].value is not None:
        confirmed -= 1
    for run in _changed_runs(readings[:confirmed]):
        _add(found, _odd(run, field, _UNCONFIRMED))
    before: Reading | None = None
    for run in _nat_runs(field, readings[confirmed:]):
        first = run[0]
        # Checksums and identifications are each probe's own: those of two hops do not compare.
        known = before.found if before is not None and field not in _WEAK else None
        after_ttl = last_before(readings, first.ttl)
        nat = Finding(
            kind=FindingKind.NAT,
            ttl=first.ttl,
            after_ttl=after_ttl,
            untold=untold_between(after_ttl, first.ttl, hops),
            proofs=(first.proof(str(field), known),),
        )
        is_alone = field in _WEAK and len(run) == 1 and before is None
        _add(found, nat, otherwise=_odd(run, field, _ALONE) if is_alone else None)
        before = first


def _changed_runs(readings: Sequence[Reading]) -> list[list[Reading]]:
    result: list[list[Reading]] = [[]]
    for reading in readings:
        if reading.value is None:
            result.append([])
        else:
            result[-1].append(reading)
    return [run for run in result if run]


def _nat_runs(field: RewrittenField, readings: Sequence[Reading]) -> list[list[Reading]]:
    """The hops behind each NAT in a row. A NAT that takes another port, or another address of its
    pool, for each flow must not be taken for many."""
    if not readings:
        return []
    whole = list(readings)
    parts = runs(whole)
    values = [part[0].value for part in parts]
    is_comparable = (
        all(reading.is_constant and reading.sent == whole[0].sent for reading in whole)
        if field is not RewrittenField.CHECKSUM
        else all(reading.is_constant for reading in whole)
    )
    if not is_comparable or len(set(values)) < len(values):
        return [whole]
    if field not in _ADDRESSES and any(len(part) < 2 for part in parts):
        return [whole]
    return parts


def _odd(run: Sequence[Reading], field: RewrittenField, detail: str) -> Finding:
    return Finding(
        kind=FindingKind.ODD_QUOTE,
        ttl=run[0].ttl,
        last_ttl=run[-1].ttl,
        proofs=(run[0].proof(str(field)),),
        detail=detail,
    )


def _add(found: list[Finding], new: Finding, *, otherwise: Finding | None = None) -> None:
    """One box rewrites several fields: what fits into the place of a known finding is part of it.
    `otherwise`: what to add instead where nothing known fits."""
    for place, known in enumerate(found):
        if _is_same(known, new):
            found[place] = _joined(known, new)
            return
    if otherwise is None:
        found.append(new)
    else:
        _add(found, otherwise)


def _is_same(known: Finding, new: Finding) -> bool:
    if known.kind is not new.kind:
        return False
    if new.kind is not FindingKind.NAT:
        return (known.ttl, known.last_ttl, known.detail) == (new.ttl, new.last_ttl, new.detail)
    # Each says behind which hop the box is, and before which.
    return (known.after_ttl or 0) < (new.ttl or 0) and (new.after_ttl or 0) < (known.ttl or 0)


def _joined(known: Finding, new: Finding) -> Finding:
    proofs = (*known.proofs, *new.proofs)
    if known.kind is not FindingKind.NAT:
        return msgspec.structs.replace(known, proofs=proofs)
    tighter = max(known, new, key=lambda finding: finding.after_ttl or 0)
    ttl = min(known.ttl or 0, new.ttl or 0)
    return msgspec.structs.replace(
        known,
        detail=known.detail or new.detail,
        ttl=ttl,
        after_ttl=tighter.after_ttl,
        untold=tuple(hop for hop in tighter.untold if hop < ttl),
        proofs=proofs,
    )


def classes_of_service(hops: Sequence[HopSnapshot]) -> list[Finding]:
    """Where DSCP and ECN (RFC 2474, RFC 3168) change, each for itself."""
    return [
        *_followed(FindingKind.DSCP, "DSCP", hops, _dscp),
        *_followed(FindingKind.ECN, "ECN", hops, _ecn),
    ]


def _dscp(quote: Quote) -> tuple[int, int]:
    return quote.sent_traffic_class >> 2, quote.traffic_class >> 2


def _ecn(quote: Quote) -> tuple[int, int]:
    return quote.sent_traffic_class & 3, quote.traffic_class & 3


def flow_labels(hops: Sequence[HopSnapshot], protocol: Protocol) -> list[Finding]:
    """Where the flow label of IPv6 changes (RFC 6437: nobody should touch it)."""
    return _field_changes(FindingKind.FLOW_LABEL, RewrittenField.FLOW_LABEL, hops, protocol)


def tcp_headers(hops: Sequence[HopSnapshot], protocol: Protocol) -> list[Finding]:
    """Where what a SYN proposes changes: routers before a tunnel or a DSL line make the maximum
    segment size smaller, firewalls take out what they do not know (Honda et al., "Is it still
    possible to extend TCP?", IMC 2011)."""
    found: list[Finding] = []
    for field in _PROPOSED:
        for finding in _field_changes(FindingKind.TCP_HEADER, field, hops, protocol):
            _add(found, finding)
    return found


def _field_changes(
    kind: FindingKind, field: RewrittenField, hops: Sequence[HopSnapshot], protocol: Protocol
) -> list[Finding]:
    if not any(
        rewrite.field is field
        for hop in hops
        for evidence in hop.evidence
        if evidence.quote is not None
        for rewrite in evidence.quote.rewrites
    ):
        return []
    readings = [r for hop in hops if (r := rewriting(hop, field, protocol)) is not None]
    return _changes(kind, str(field), hops, readings)


def _followed(
    kind: FindingKind,
    what: str,
    hops: Sequence[HopSnapshot],
    of: Callable[[Quote], tuple[int, int]],
) -> list[Finding]:
    readings = [reading for hop in hops if (reading := quoted_value(hop, of)) is not None]
    if all(reading.value is None for reading in readings):
        return []
    return _changes(kind, what, hops, readings)


def _changes(
    kind: FindingKind, what: str, hops: Sequence[HopSnapshot], readings: list[Reading]
) -> list[Finding]:
    """A finding for each change to another value than was sent, and until where it holds."""
    parts, findings = _without_odd(what, readings)
    before: Reading | None = None
    for place, part in enumerate(parts):
        first = part[0]
        if first.value is not None:
            after_ttl = last_before(readings, first.ttl)
            is_last = place == len(parts) - 1
            is_restored = not is_last and parts[place + 1][0].value is None
            findings.append(
                Finding(
                    kind=kind,
                    ttl=first.ttl,
                    last_ttl=None if is_last else part[-1].ttl,
                    after_ttl=after_ttl,
                    untold=untold_between(after_ttl, first.ttl, hops),
                    proofs=(first.proof(what, before.found if before else None),),
                    detail=_what_follows(kind, first, parts[place + 1] if is_restored else None),
                )
            )
        before = first if first.value is not None else None
    return sorted(findings, key=lambda finding: finding.ttl or 0)


def _what_follows(kind: FindingKind, first: Reading, restored: list[Reading] | None) -> str:
    parts = []
    if kind is FindingKind.ECN and first.sent and first.found == _CONGESTION_EXPERIENCED:
        parts.append("a router marks congestion")
    if restored is not None:
        parts.append(f"as sent again from hop {restored[0].ttl} on")
    return "; ".join(parts)


def _without_odd(what: str, readings: list[Reading]) -> tuple[list[list[Reading]], list[Finding]]:
    """The runs without single hops that disagree with neighbours that agree, and those hops."""
    parts = runs(readings)
    kept: list[list[Reading]] = []
    odd: list[Finding] = []
    for place, part in enumerate(parts):
        before = kept[-1][0].value if kept else None
        is_between = place < len(parts) - 1 and parts[place + 1][0].value == before
        if len(part) == 1 and is_between and part[0].value != before:
            if part[0].value is not None:
                odd.append(
                    Finding(
                        kind=FindingKind.ODD_QUOTE,
                        ttl=part[0].ttl,
                        last_ttl=part[0].ttl,
                        proofs=(part[0].proof(what),),
                        detail=_ODD_CLASS,
                    )
                )
        elif kept and kept[-1][0].value == part[0].value:
            kept[-1].extend(part)
        else:
            kept.append(list(part))
    return kept, odd
