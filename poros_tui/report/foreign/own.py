"""JSON reports of ours, read back: statistics are made anew from the probes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.errors import UsageError
from poros_tui.model.events import Event, EventKind
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.naming import Naming
from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import IPAddress, Mode, Multipath, Protocol, Reply
from poros_tui.model.session import PathSnapshot, SessionSnapshot, TraceIdentity
from poros_tui.model.statistics import RttStatistics
from poros_tui.model.stop import StopKind, StopReason
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.extensions import MplsStack
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.folding import STATUS, Folding
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.foreign.own_probes import (
    FLOWS_MAX,
    QUERIES_MAX,
    ROUNDS_MAX,
    EvidenceReader,
    fold_probe,
    naming_in,
    rate_limit_in,
)
from poros_tui.report.foreign.totals import Told, path_of
from poros_tui.report.run import FinishedRun

_COUNT_MAX: Final = 10**12
_PORT_MAX: Final = 0xFFFF
_SIZE_MAX: Final = 0xFFFF
_COUNTS: Final = (
    "sent", "received", "lost", "in_flight", "late", "refused", "duplicates", "send_errors",
    "untimed",
)  # fmt: skip
_STOPS: Final = {
    StopKind.GAP_LIMIT: re.compile(
        r"(?:nothing answered: (?P<all>\d+) silent hops in a row|(?P<detail>\d+) silent hops after "
        r"hop (?P<ttl>\d+)) \(--gap-limit\)"
    ),
    StopKind.MAX_HOPS: re.compile(r"destination not reached within (?P<ttl>\d+) hops.*"),
    StopKind.FAILED: re.compile(r"nothing could be sent: (?P<detail>.*)"),
}
_STRAYS: Final = {reason.words: reason for reason in StrayReason}
_PROBLEM: Final = re.compile(r"Path MTU not (?:known exactly \((.*)\): .*|found: (.*))")


def is_own(value: dict[str, object]) -> bool:
    """Whether it is meant to be one."""
    return "poros_tui" in value and "hops" in value


def is_untraced(value: dict[str, object]) -> bool:
    """Whether it is a target in a report of several that could not be traced."""
    return "poros_tui" in value and "error" in value


def read_own(document: object) -> FinishedRun:
    """One report.

    Raises:
        Unreadable: it cannot be read.
    """
    fields = Fields(document)
    hops = fields.objects("hops", "hop")
    ttls = [hop.whole("ttl", 1, TTL_MAX) for hop in hops]
    if ttls != sorted(set(ttls)):
        raise fields.flaw("hops", "are not in order")
    identity, config = _foreign(fields), None
    if identity is None:
        config = _config(fields)
    duration_s = fields.seconds("duration_ms")
    started_at = fields.optional_text("started_at")
    if started_at is not None:
        _instant(fields, "started_at")
    return FinishedRun(
        identity=identity or _identity(fields),
        config=config,
        path=_path(fields, hops, identity),
        started_at=started_at,
        duration_s=duration_s,
        events=tuple(_event(one) for one in fields.objects("events", "event")),
    )


def _foreign(fields: Fields) -> ForeignIdentity | None:
    """What another program measured, and we have read before; None where it was us."""
    if "origin" not in fields:
        return None
    origin = fields.inner("origin")
    probes = [hop.get("probes") for hop in fields.objects("hops", "hop")]
    return ForeignIdentity(
        program=origin.text("program"),
        version=origin.optional_text("version"),
        target=fields.text("target"),
        destination=fields.optional_address("destination"),
        destination_zone=fields.optional_text("destination_zone") or "",
        protocol=_protocol(fields) if "protocol" in fields else None,
        source=fields.optional_address("source"),
        size=fields.optional_whole("size", 1, _SIZE_MAX),
        dscp=fields.optional_whole("dscp", 0, 63),
        port=fields.optional_whole("port", 1, _PORT_MAX),
        source_port=fields.optional_whole("source_port", 1, _PORT_MAX),
        multipath=_multipath(fields) if "multipath" in fields else None,
        has_totals_only=not any(probes),
    )


def _identity(fields: Fields) -> TraceIdentity:
    return TraceIdentity(
        target=fields.text("target"),
        destination=fields.address("destination"),
        destination_zone=fields.optional_text("destination_zone") or "",
        protocol=_protocol(fields),
        privilege=fields.text("privilege"),
        rung=fields.text("socket"),
        is_simulation=fields.get("simulation") is True,
        source=fields.optional_address("source"),
        interface=fields.optional_text("interface"),
        dscp=fields.optional_whole("dscp", 0, 63) or 0,
        size=fields.optional_whole("size", 1, _SIZE_MAX),
        pattern=_bytes(fields, "pattern"),
        payload=_bytes(fields, "payload"),
        port=fields.optional_whole("port", 1, _PORT_MAX),
        source_port=fields.optional_whole("source_port", 1, _PORT_MAX),
        multipath=_multipath(fields),
        dont_fragment=fields.get("dont_fragment") is True,
    )


def _protocol(fields: Fields) -> Protocol:
    known: dict[str, Protocol] = {protocol.value: protocol for protocol in Protocol}
    name = fields.text("protocol")
    if name not in known:
        raise fields.flaw("protocol", "is none that is known")
    return known[name]


def _multipath(fields: Fields) -> Multipath:
    name = fields.optional_text("multipath") or Multipath.PARIS
    if name not in set(Multipath):
        raise fields.flaw("multipath", "is none that is known")
    return Multipath(name)


def _bytes(fields: Fields, key: str) -> bytes:
    try:
        return bytes.fromhex(fields.optional_text(key) or "")
    except ValueError:
        raise fields.flaw(key, "is not in hexadecimal") from None


def _config(fields: Fields) -> SessionConfig:
    try:
        return SessionConfig(
            queries=fields.whole("queries", 1, QUERIES_MAX),
            flows=fields.optional_whole("flows", 1, FLOWS_MAX) or 1,
            thrifty=fields.get("thrifty") is True,
            rounds=fields.whole("rounds", 1, ROUNDS_MAX),
        )
    except UsageError:
        raise fields.flaw("queries", "are more than there can be") from None


def _path(fields: Fields, hops: list[Fields], foreign: ForeignIdentity | None) -> PathSnapshot:
    if foreign is not None and foreign.has_totals_only:
        if not hops:
            raise fields.flaw("hops", "is empty")
        return path_of(list(map(_told, hops)), foreign.destination, foreign.target)
    destination = fields.address("destination")
    mode = fields.optional_text("mode") or Mode.CONCURRENT
    if mode not in set(Mode):
        raise fields.flaw("mode", "is none that is known")
    rounds = fields.optional_whole("rounds", 1, ROUNDS_MAX) or 1
    status = msgspec.structs.replace(STATUS, mode=Mode(mode), round=rounds - 1)
    names = dict(_names(hops))
    first = hops[0].whole("ttl", 1, TTL_MAX) if hops else 1
    keeps_flows = (fields.optional_whole("flows", 1, FLOWS_MAX) or 1) > 1
    folding = Folding(first, names, status, keeps_flows=keeps_flows)
    for hop in hops:
        for probe in hop.objects("probes", "probe"):
            fold_probe(folding, hop.whole("ttl", 1, TTL_MAX), probe, destination)
    path = folding.finished()
    by_ttl = {hop.whole("ttl", 1, TTL_MAX): hop for hop in hops}
    return PathSnapshot(
        hops=tuple(
            _completed(hop, by_ttl[hop.ttl]) if hop.ttl in by_ttl else hop for hop in path.hops
        ),
        session=_session(fields, path.session),
    )


def _names(hops: list[Fields]) -> list[tuple[IPAddress, Naming]]:
    told = []
    for hop in hops:
        for responder in hop.objects("responders", "responder"):
            address, naming = responder.optional_address("address"), naming_in(responder)
            if address is not None and naming is not None:
                told.append((address, naming))
    return told


def _told(hop: Fields) -> Told:
    """Of a hop of which another program told totals alone."""
    statistics = hop.inner("statistics")
    responders = hop.objects("responders", "responder")
    addresses = tuple(
        address for one in responders if (address := one.optional_address("address")) is not None
    )
    received = statistics.whole("received", 0, _COUNT_MAX)
    return Told(
        ttl=hop.whole("ttl", 1, TTL_MAX),
        addresses=addresses,
        names=tuple(one.optional_text("name") or "" for one in responders),
        sent=received + statistics.whole("lost", 0, _COUNT_MAX),
        received=received,
        rtt=RttStatistics.told(
            received,
            mean_s=statistics.seconds("average_ms"),
            stdev_s=statistics.seconds("stdev_ms"),
            last_s=statistics.seconds("last_ms"),
            best_s=statistics.seconds("best_ms"),
            worst_s=statistics.seconds("worst_ms"),
            jitter_mean_s=statistics.seconds("jitter_mean_ms"),
            jitter_max_s=statistics.seconds("jitter_max_ms"),
        ),
    )


def _completed(hop: HopSnapshot, fields: Fields) -> HopSnapshot:
    """With what single probes do not tell: what was late, refused, ..., and what answers show."""
    statistics = fields.inner("statistics")
    counts = {name: statistics.whole(name, 0, _COUNT_MAX) for name in _COUNTS if name in statistics}
    newest = {
        reply.responder: (reply.kind, any(isinstance(one, MplsStack) for one in reply.extensions))
        for record in hop.records
        if isinstance(reply := record.outcome, Reply)
    }
    reader = EvidenceReader(newest)
    reply_ttls = {
        one.optional_address("address"): one.optional_whole("reply_ttl", 0, TTL_MAX)
        for one in fields.objects("responders", "responder")
    }
    return msgspec.structs.replace(
        hop,
        evidence=tuple(map(reader.read, fields.objects("evidence", "evidence"))),
        answer_limit=rate_limit_in(fields),
        responders=tuple(
            msgspec.structs.replace(one, reply_ttl=reply_ttls.get(one.address))
            for one in hop.responders
        ),
        **counts,
    )


def _session(fields: Fields, session: SessionSnapshot) -> SessionSnapshot:
    status = msgspec.structs.replace(session.status, stop=_stop(fields) or session.status.stop)
    return msgspec.structs.replace(
        session,
        status=status,
        sent=fields.whole("probes_sent", 0, _COUNT_MAX),
        sent_beyond=fields.whole("probes_beyond", 0, _COUNT_MAX),
        send_errors=fields.whole("send_errors", 0, _COUNT_MAX),
        strays=tuple(
            Stray(_STRAYS[one.text("reason")], one.whole("packets", 1, _COUNT_MAX))
            for one in fields.objects("strays", "stray")
            if one.text("reason") in _STRAYS
        ),
        path_mtu=_path_mtu(fields.inner("path_mtu")) if "path_mtu" in fields else None,
    )


def _stop(fields: Fields) -> StopReason | None:
    """Of what ends a trace otherwise than by an answer; None where an answer did, or nobody
    knows."""
    kind, words = fields.optional_text("stop_reason"), fields.optional_text("stop_words") or ""
    if kind == StopKind.CANCELLED:
        return StopReason(kind=StopKind.CANCELLED)
    for known, shape in _STOPS.items():
        found = shape.fullmatch(words) if kind == known else None
        if found is not None:
            parts: Mapping[str, str | None] = found.groupdict()
            ttl = parts.get("ttl")
            return StopReason(
                kind=known,
                ttl=None if ttl is None or len(ttl) > 3 else int(ttl),
                detail=parts.get("all") or parts.get("detail") or "",
            )
    return None


def _path_mtu(fields: Fields) -> PathMtu:
    method = fields.optional_text("method")
    if method is not None and method not in set(MtuMethod):
        raise fields.flaw("method", "is none that is known")
    problem = _PROBLEM.fullmatch(fields.text("words"))
    return PathMtu(
        mtu=fields.optional_whole("mtu", 1, _SIZE_MAX),
        too_big=fields.optional_whole("too_big", 1, _SIZE_MAX),
        is_exact=fields.get("exact") is True,
        method=None if method is None else MtuMethod(method),
        confidence=fields.optional_number("confidence", 0, 1),
        hop=fields.optional_whole("hop", 0, TTL_MAX),
        beyond=fields.optional_whole("beyond", 0, TTL_MAX),
        responder=fields.optional_address("responder"),
        is_return_possible=fields.get("return_possible") is True,
        reaches=fields.optional_whole("reaches", 0, TTL_MAX),
        is_to_destination=fields.get("to_destination") is True,
        probes=fields.whole("probes", 0, _COUNT_MAX),
        is_over=True,
        problem="" if problem is None else problem[1] or problem[2],
    )


def _event(fields: Fields) -> tuple[Event, float]:
    kind = fields.text("kind")
    if kind not in set(EventKind):
        raise fields.flaw("kind", "is none that is known")
    at_s = _instant(fields, "at").timestamp()
    event = Event(
        kind=EventKind(kind),
        at_s=at_s,
        words=fields.text("words"),
        ttl=fields.optional_whole("hop", 1, TTL_MAX),
        round=fields.optional_whole("round", 0, ROUNDS_MAX),
        noticed_at_s=_instant(fields, "noticed_at").timestamp(),
    )
    return event, at_s


def _instant(fields: Fields, key: str) -> datetime:
    try:
        instant = datetime.fromisoformat(fields.text(key))
        instant.timestamp()
    except (ValueError, OverflowError):
        raise fields.flaw(key, "is no time") from None
    return instant
