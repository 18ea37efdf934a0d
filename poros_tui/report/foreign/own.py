"""JSON reports of ours, read back: statistics are made anew from the probes."""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.errors import UsageError
from poros_tui.model.about import About
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.probe import IPAddress, Mode, Multipath, Protocol, Reply
from poros_tui.model.session import PathSnapshot, TraceIdentity
from poros_tui.model.statistics import RttStatistics
from poros_tui.packets.extensions import MplsStack
from poros_tui.report.as_json import SCHEMA
from poros_tui.report.foreign.fields import TTL_MAX, Fields
from poros_tui.report.foreign.folding import STATUS, Folding
from poros_tui.report.foreign.identity import ForeignIdentity
from poros_tui.report.foreign.own_about import about_in
from poros_tui.report.foreign.own_probes import (
    COUNT_MAX,
    FLOWS_MAX,
    QUERIES_MAX,
    ROUNDS_MAX,
    EvidenceReader,
    fold_probe,
    rate_limit_in,
)
from poros_tui.report.foreign.own_session import event_in, instant_in, session_of
from poros_tui.report.foreign.totals import Told, path_of
from poros_tui.report.run import FinishedRun

_PORT_MAX: Final = 0xFFFF
_SIZE_MAX: Final = 0xFFFF
_COUNTS: Final = (
    "sent", "received", "lost", "in_flight", "late", "refused", "duplicates", "send_errors",
    "untimed",
)  # fmt: skip


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
    if (fields.optional_whole("schema", 1, COUNT_MAX) or 1) > SCHEMA:
        raise fields.flaw("schema", f"is newer than {SCHEMA}, which is all that is known here")
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
        instant_in(fields, "started_at")
    return FinishedRun(
        identity=identity or _identity(fields),
        config=config,
        path=_path(fields, hops, identity),
        started_at=started_at,
        duration_s=duration_s,
        events=tuple(event_in(one) for one in fields.objects("events", "event")),
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
    known = dict(_known(hops))
    first = hops[0].whole("ttl", 1, TTL_MAX) if hops else 1
    keeps_flows = (fields.optional_whole("flows", 1, FLOWS_MAX) or 1) > 1
    folding = Folding(first, known, status, keeps_flows=keeps_flows)
    for hop in hops:
        for probe in hop.objects("probes", "probe"):
            fold_probe(folding, hop.whole("ttl", 1, TTL_MAX), probe, destination)
    path = folding.finished()
    by_ttl = {hop.whole("ttl", 1, TTL_MAX): hop for hop in hops}
    return PathSnapshot(
        hops=tuple(
            _completed(hop, by_ttl[hop.ttl]) if hop.ttl in by_ttl else hop for hop in path.hops
        ),
        session=session_of(fields, path.session),
    )


def _known(hops: list[Fields]) -> list[tuple[IPAddress, About]]:
    told = []
    for hop in hops:
        for responder in hop.objects("responders", "responder"):
            address, about = responder.optional_address("address"), about_in(responder)
            if address is not None and about is not None:
                told.append((address, about))
    return told


def _told(hop: Fields) -> Told:
    """Of a hop of which another program told totals alone."""
    statistics = hop.inner("statistics")
    responders = hop.objects("responders", "responder")
    addresses = tuple(
        address for one in responders if (address := one.optional_address("address")) is not None
    )
    received = statistics.whole("received", 0, COUNT_MAX)
    return Told(
        ttl=hop.whole("ttl", 1, TTL_MAX),
        addresses=addresses,
        names=tuple(one.optional_text("name") or "" for one in responders),
        sent=received + statistics.whole("lost", 0, COUNT_MAX),
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
    counts = {name: statistics.whole(name, 0, COUNT_MAX) for name in _COUNTS if name in statistics}
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
