"""What became of each probe, and what its answers told, in a JSON report of ours."""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.evidence import Evidence
from poros_tui.model.extensions import cleaned_extensions
from poros_tui.model.probe import AnswerKind, IPAddress, Probe, Reply, RttSource
from poros_tui.model.quote import Quote, Rewrite, RewrittenField
from poros_tui.model.rate_limit import RateLimit
from poros_tui.packets import icmpv4, icmpv6
from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    InterfaceRole,
    MplsLabel,
    MplsStack,
    UnknownObject,
)
from poros_tui.report.foreign.fields import TTL_MAX, Fields, address_in
from poros_tui.report.foreign.folding import Folding

ROUNDS_MAX: Final = 1_000_000
COUNT_MAX: Final = 10**12
QUERIES_MAX: Final = 10_000
FLOWS_MAX: Final = 64
UINT32_MAX: Final = 0xFFFFFFFF
_BYTES_MAX: Final = 0xFFFF
_TIME_EXCEEDED: Final = {4: icmpv4.TIME_EXCEEDED, 6: icmpv6.TIME_EXCEEDED}


class End(msgspec.Struct, frozen=True):
    """How it shows that an answer is the destination's."""

    destination: IPAddress | None
    """None where it could not be read."""
    is_here: bool
    """Whether the destination is said to answer at this hop."""

    def is_meant(self, responder: IPAddress) -> bool:
        """Whether it is this responder, as far as that is known."""
        return self.is_here if self.destination is None else responder == self.destination


def fold_probe(folding: Folding, ttl: int, fields: Fields, end: End) -> bool:
    """Take in one probe. What cannot be read of what became of it is noted, and then False is
    returned. Raises Unreadable: it is not known which it is."""
    before = len(fields.flaws)
    probe = folding.sent(
        ttl,
        round=fields.whole("round", 0, ROUNDS_MAX),
        query=fields.whole("query", 0, QUERIES_MAX),
        flow=fields.whole("flow", 1, FLOWS_MAX) - 1,
    )
    fields.tried_as("an outcome", _fold_outcome, folding, probe, fields, end)
    return len(fields.flaws) == before


def _fold_outcome(folding: Folding, probe: Probe, fields: Fields, end: End) -> None:
    match outcome := None if fields.is_null("outcome") else fields.text("outcome"):
        case None:  # in flight when the trace was stopped
            pass
        case "lost":
            waited_s = fields.seconds("waited_ms") if "waited_ms" in fields else None
            folding.lost(probe, waited_s)
        case "send_error":
            folding.failed(probe, fields.optional_text("code") or "it was not sent")
        case "reply" | "late" | "unreachable":
            folding.answered(_reply(probe, fields, outcome, end))
        case _:
            raise fields.flaw("outcome", "is none that is known")


def _reply(probe: Probe, fields: Fields, outcome: str, end: End) -> Reply:
    responder = fields.address("responder")
    kind = AnswerKind.TIME_EXCEEDED
    if outcome == "unreachable":
        kind = AnswerKind.UNREACHABLE
        icmp_type = fields.optional_whole("icmp_type", 0, 255)
    elif end.is_meant(responder):
        icmp_type = None if fields.is_null("icmp_type") else fields.whole("icmp_type", 0, 255)
        if icmp_type != _TIME_EXCEEDED[responder.version]:
            kind = AnswerKind.REACHED
    else:
        icmp_type = fields.optional_whole("icmp_type", 0, 255)
    rtt_s = fields.seconds("rtt_ms")
    source = None
    if fields.has("rtt_source"):
        source = fields.tried(fields.word, "rtt_source", RttSource)
    return Reply(
        probe=probe,
        responder=responder,
        kind=kind,
        rtt_s=rtt_s or None,
        icmp_type=icmp_type,
        icmp_code=fields.optional_whole("icmp_code", 0, 255),
        extensions=extensions_in(fields),
        rtt_source=source,
        mtu=fields.optional_whole("mtu", 0, UINT32_MAX),
        is_late=outcome == "late",
        # It had one, but nobody can tell which.
        is_ambiguous=not rtt_s and not fields.is_null("rtt_ms"),
    )


def extensions_in(fields: Fields) -> tuple[Extension, ...]:
    """What an answer carried."""
    return cleaned_extensions(tuple(fields.each_told("extensions", "extension", _extension)))


def _extension(fields: Fields) -> Extension:
    match fields.text("kind"):
        case "mpls":
            return MplsStack(
                tuple(
                    MplsLabel(
                        label=entry.whole("label", 0, 0xFFFFF),
                        traffic_class=entry.whole("traffic_class", 0, 7),
                        is_bottom=entry.flag("bottom"),
                        ttl=entry.whole("ttl", 0, 255),
                    )
                    for entry in fields.objects("labels", "label")
                )
            )
        case "interface":
            return InterfaceInformation(
                role=fields.word("role", InterfaceRole),
                index=fields.optional_whole("index", 0, UINT32_MAX),
                address=fields.optional_address("address"),
                name=fields.optional_text("name"),
                mtu=fields.optional_whole("mtu", 0, UINT32_MAX),
            )
    try:
        payload = bytes.fromhex(fields.text("bytes"))
    except ValueError:
        raise fields.flaw("bytes", "are not in hexadecimal") from None
    return UnknownObject(
        class_number=fields.whole("class", 0, 255),
        c_type=fields.whole("type", 0, 255),
        payload=payload,
    )


class EvidenceReader(msgspec.Struct, frozen=True):
    """Reads the evidence of a hop; of its responders the newest answers are known."""

    newest: dict[IPAddress, tuple[AnswerKind, bool]]
    """What it said, and whether it carried MPLS labels."""

    def read(self, fields: Fields) -> Evidence:
        """What answers of one responder tell. Raises Unreadable."""
        responder = fields.address("responder")
        kind, has_labels = self.newest.get(responder, (AnswerKind.TIME_EXCEEDED, False))
        return Evidence(
            responder=responder,
            kind=kind,
            reply_ttl=fields.optional_whole("reply_ttl", 0, TTL_MAX),
            has_labels=has_labels,
            quote=None if fields.is_null("quote") else _quote(fields.inner("quote")),
            answers=fields.whole("answers", 1, ROUNDS_MAX),
        )


def _quote(fields: Fields) -> Quote:
    return Quote(
        length=fields.whole("length", 0, _BYTES_MAX),
        ttl=fields.whole("ttl", 0, TTL_MAX),
        traffic_class=fields.whole("dscp", 0, 63) << 2 | fields.whole("ecn", 0, 3),
        sent_traffic_class=fields.whole("sent_dscp", 0, 63) << 2 | fields.whole("sent_ecn", 0, 3),
        rewrites=tuple(map(_rewrite, fields.objects("rewritten", "field"))),
    )


def _rewrite(fields: Fields) -> Rewrite:
    field = fields.word("field", RewrittenField)
    return Rewrite(field, _value(fields, "sent"), _value(fields, "quoted"))


def _value(fields: Fields, key: str) -> int | IPAddress:
    address = address_in(fields.get(key))
    return address if address is not None else fields.whole(key, 0, UINT32_MAX)


def rate_limit_in(fields: Fields) -> RateLimit:
    """What the pattern of a hop's answers showed. Raises Unreadable."""
    bounds = fields.list("per_second_interval")
    burst = fields.list("burst_interval") if fields.has("burst_interval") else None
    return RateLimit(
        per_second=fields.optional_number("per_second"),
        per_second_interval=(_bound(fields, bounds, 0) or 0.0, _bound(fields, bounds, 1)),
        burst=fields.optional_whole("burst", 0, ROUNDS_MAX),
        burst_interval=None
        if burst is None
        else (int(_bound(fields, burst, 0) or 0), _whole(_bound(fields, burst, 1))),
        limited=fields.whole("limited", 0, ROUNDS_MAX),
        probes=fields.whole("probes", 0, ROUNDS_MAX),
        confidence=fields.number("confidence", 0, 1),
        routers=fields.whole("routers", 1, TTL_MAX) if fields.has("routers") else 1,
    )


def _bound(fields: Fields, bounds: object, place: int) -> float | None:
    if not isinstance(bounds, list) or len(bounds) != 2:
        raise fields.flaw("an interval", "is no two numbers")
    value = bounds[place]
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        raise fields.flaw("an interval", "is out of range")
    return float(value)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
