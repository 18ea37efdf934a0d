"""What a JSON report of ours tells of a hop beside its probes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from poros_tui.model.about import UNKNOWN
from poros_tui.model.hop import HopSnapshot, Responder
from poros_tui.model.probe import AnswerKind, IPAddress, Reply, RttSource
from poros_tui.model.statistics import RttStatistics
from poros_tui.packets.extensions import MplsStack
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.own_about import about_in
from poros_tui.report.foreign.own_probes import COUNT_MAX, EvidenceReader, rate_limit_in
from poros_tui.report.foreign.totals import Told, hop_of

_COUNTS: Final = (
    "sent", "received", "lost", "in_flight", "late", "refused", "duplicates", "send_errors",
    "untimed",
)  # fmt: skip
_DECIDED: Final = ("sent", "received", "lost")


def told_in(ttl: int, hop: Fields) -> Told:
    """A hop of which no probe can be read: what is told of all of them together. Raises
    Unreadable."""
    statistics = hop.inner("statistics")
    received = statistics.whole("received", 0, COUNT_MAX)
    listed = hop.tried(hop.each, "responders", "responder", _responder)
    responders = listed or []
    return Told(
        ttl=ttl,
        addresses=tuple(address for address, _ in responders if address is not None),
        names=tuple(name for _, name in responders),
        are_all_told=listed is not None and len(listed) == len(hop.list("responders")),
        sent=received + statistics.whole("lost", 0, COUNT_MAX),
        received=received,
        rtt=_round_trips(statistics, received),
    )


def _round_trips(fields: Fields, received: int) -> RttStatistics:
    """The figures of so many, as they are told."""
    return RttStatistics.told(
        received,
        mean_s=fields.seconds("average_ms"),
        stdev_s=fields.seconds("stdev_ms"),
        last_s=fields.seconds("last_ms"),
        best_s=fields.seconds("best_ms"),
        worst_s=fields.seconds("worst_ms"),
        jitter_mean_s=fields.seconds("jitter_mean_ms"),
        jitter_max_s=fields.seconds("jitter_max_ms"),
        jitter_rfc3550_s=fields.seconds("jitter_rfc3550_ms"),
    )


def _responder(fields: Fields) -> tuple[IPAddress | None, str]:
    """Of one that is not known by its address the name alone is told."""
    address = fields.address("address") if fields.has("address") else None
    return address, fields.optional_text("name") or ""


def completed_hop(
    folded: HopSnapshot | None, ttl: int, fields: Fields, *, is_partly_read: bool
) -> HopSnapshot:
    """With what single probes do not tell: what was late, refused, ..., and what answers show.
    Where not all probes could be read, with the figures that are told of all of them. Raises
    Unreadable."""
    is_destination = fields.tried(fields.flag, "destination") or False
    statistics = fields.tried(fields.inner, "statistics")
    counts = _counts(statistics) if statistics is not None else {}
    if folded is None or not folded.records:
        told = told_in(ttl, fields)
        hop = _told_hop(hop_of(told, is_destination=is_destination), told, fields)
    else:
        hop = msgspec.structs.replace(
            folded, is_destination=is_destination or folded.is_destination
        )
        if not is_partly_read:
            is_partly_read = _is_partly_known(hop, counts)
        if is_partly_read and (all_told := fields.tried(told_in, ttl, fields)) is not None:
            hop = _told_hop(hop, all_told, fields)
    if statistics is not None and hop.records and not is_partly_read:
        _refuse_counts(hop, statistics, counts)
    newest = {
        reply.responder: (reply.kind, any(isinstance(one, MplsStack) for one in reply.extensions))
        for record in hop.records
        if isinstance(reply := record.outcome, Reply)
    }
    reader = EvidenceReader(newest)
    reply_ttls = dict(fields.tried(fields.each, "responders", "responder", _reply_ttl) or ())
    return msgspec.structs.replace(
        hop,
        evidence=tuple(fields.tried(fields.each, "evidence", "evidence", reader.read) or ()),
        answer_limit=fields.part("rate_limit", rate_limit_in),
        responders=tuple(
            msgspec.structs.replace(one, reply_ttl=reply_ttls.get(one.address))
            for one in hop.responders
        ),
        # No probe tells of duplicates.
        has_totals_only="duplicates" not in counts,
        **counts,
    )


def _is_partly_known(hop: HopSnapshot, counts: Mapping[str, int]) -> bool:
    """Whether it is said of more probes than were in flight that their outcome is not known, or of
    more answers than had no time that their time is not: so it is after a damaged report was
    read."""
    outcomes = [record.outcome for record in hop.records]
    undecided = outcomes.count(None)
    untimed = sum(isinstance(one, Reply) and one.rtt_s is None for one in outcomes)
    return undecided > counts.get("in_flight", undecided) or untimed > counts.get("untimed", 0)


def _refuse_counts(hop: HopSnapshot, statistics: Fields, counts: dict[str, int]) -> None:
    """Leave out those that the probes show to be wrong."""
    for name in _DECIDED:
        listed = getattr(hop, name)
        if counts.get(name, listed) != listed:
            words = f"is {counts.pop(name)}, and the probes that are listed say {listed}"
            statistics.note(statistics.flaw(name, words))


def _told_hop(hop: HopSnapshot, told: Told, fields: Fields) -> HopSnapshot:
    """With the figures of all its probes."""
    known = {one.address: one for one in hop.responders}
    found = fields.tried(
        fields.each,
        "responders",
        "responder",
        lambda one: _told_responder(one, known, is_destination=hop.is_destination),
    )
    sources = fields.part("rtt_sources", _sources)
    told_of = {one.address for one in found or ()}
    others = [one for one in hop.responders if one.address not in told_of]
    return msgspec.structs.replace(
        hop,
        rtt=told.rtt,
        rtt_sources=hop.rtt_sources if sources is None else sources,
        responders=(*(found or ()), *others),
    )


def _told_responder(
    fields: Fields, known: Mapping[IPAddress, Responder], *, is_destination: bool
) -> Responder:
    address = fields.address("address")
    answers = fields.optional_whole("answers", 0, COUNT_MAX)
    responder = known.get(address)
    kind = AnswerKind.REACHED if is_destination else AnswerKind.TIME_EXCEEDED
    if fields.has("unreachable"):
        kind = AnswerKind.UNREACHABLE
    if responder is None:
        responder = Responder(
            address=address,
            answers=answers,
            kind=kind,
            icmp_type=None,
            icmp_code=None,
            reply_ttl=None,
            extensions=(),
            rtt=RttStatistics(),
            about=about_in(fields) or UNKNOWN,
        )
    rtt = _round_trips(fields, answers) if answers is not None else RttStatistics()
    return msgspec.structs.replace(responder, answers=answers, rtt=rtt)


def _sources(fields: Fields) -> tuple[tuple[RttSource, int], ...]:
    """The newest first."""
    return tuple(
        (source, fields.whole(source, 1, COUNT_MAX))
        for name in fields.keys
        for source in RttSource
        if source == name
    )


def _counts(statistics: Fields) -> dict[str, int]:
    """Those that are told."""
    told = {
        name: statistics.tried(statistics.whole, name, 0, COUNT_MAX)
        for name in _COUNTS
        if not statistics.is_null(name)
    }
    return {name: count for name, count in told.items() if count is not None}


def _reply_ttl(responder: Fields) -> tuple[IPAddress | None, int | None]:
    return (
        responder.optional_address("address"),
        responder.optional_whole("reply_ttl", 0, TTL_MAX),
    )
