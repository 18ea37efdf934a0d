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


def fold_probe(folding: Folding, ttl: int, fields: Fields, destination: IPAddress) -> None:
    """Take in one probe. Raises Unreadable."""
    probe = folding.sent(
        ttl,
        round=fields.whole("round", 0, ROUNDS_MAX),
        query=fields.whole("query", 0, QUERIES_MAX),
        flow=(fields.optional_whole("flow", 1, FLOWS_MAX) or 1) - 1,
    )
    outcome = fields.optional_text("outcome")
    match outcome:
        case None:  # in flight when the trace was stopped
            return
        case "lost":
            folding.lost(probe, fields.seconds("waited_ms"))
        case "send_error":
            folding.failed(probe, fields.optional_text("code") or "it was not sent")
        case "reply" | "late" | "unreachable":
            folding.answered(_reply(probe, fields, outcome, destination))
        case _:
            raise fields.flaw("outcome", "is none that is known")


def _reply(probe: Probe, fields: Fields, outcome: str, destination: IPAddress) -> Reply:
    responder = fields.address("responder")
    icmp_type = fields.optional_whole("icmp_type", 0, 255)
    kind = AnswerKind.TIME_EXCEEDED
    if outcome == "unreachable":
        kind = AnswerKind.UNREACHABLE
    elif responder == destination and icmp_type != _TIME_EXCEEDED[destination.version]:
        kind = AnswerKind.REACHED
    source = fields.optional_text("rtt_source")
    if source is not None and source not in set(RttSource):
        raise fields.flaw("rtt_source", "is none that is known")
    rtt_s = fields.seconds("rtt_ms")
    return Reply(
        probe=probe,
        responder=responder,
        kind=kind,
        rtt_s=rtt_s or None,
        icmp_type=icmp_type,
        icmp_code=fields.optional_whole("icmp_code", 0, 255),
        extensions=extensions_in(fields),
        rtt_source=None if source is None else RttSource(source),
        mtu=fields.optional_whole("mtu", 0, UINT32_MAX),
        is_late=outcome == "late",
    )


def extensions_in(fields: Fields) -> tuple[Extension, ...]:
    """What an answer carried. Raises Unreadable."""
    if "extensions" not in fields:
        return ()
    return cleaned_extensions(tuple(map(_extension, fields.objects("extensions", "extension"))))


def _extension(fields: Fields) -> Extension:
    match fields.text("kind"):
        case "mpls":
            return MplsStack(
                tuple(
                    MplsLabel(
                        label=entry.whole("label", 0, 0xFFFFF),
                        traffic_class=entry.whole("traffic_class", 0, 7),
                        is_bottom=entry.get("bottom") is True,
                        ttl=entry.whole("ttl", 0, 255),
                    )
                    for entry in fields.objects("labels", "label")
                )
            )
        case "interface":
            role = fields.text("role")
            if role not in set(InterfaceRole):
                raise fields.flaw("role", "is none that is known")
            return InterfaceInformation(
                role=InterfaceRole(role),
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
            quote=_quote(fields.inner("quote")) if "quote" in fields else None,
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
    field = fields.text("field")
    if field not in set(RewrittenField):
        raise fields.flaw("field", "is none that is known")
    return Rewrite(RewrittenField(field), _value(fields, "sent"), _value(fields, "quoted"))


def _value(fields: Fields, key: str) -> int | IPAddress:
    address = address_in(fields.get(key))
    return address if address is not None else fields.whole(key, 0, UINT32_MAX)


def rate_limit_in(hop: Fields) -> RateLimit | None:
    """What the pattern of a hop's answers showed; None where it showed nothing. Raises
    Unreadable."""
    if "rate_limit" not in hop:
        return None
    fields = hop.inner("rate_limit")
    bounds = fields.list("per_second_interval")
    burst = fields.list("burst_interval") if "burst_interval" in fields else None
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
        routers=fields.optional_whole("routers", 1, TTL_MAX) or 1,
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
