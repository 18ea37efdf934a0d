"""A finished trace as one JSON object. Numbers are numbers; what is not known is null."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from poros_tui import __version__
from poros_tui.model.events import Event
from poros_tui.model.evidence import Evidence, is_rewritten
from poros_tui.model.exchange import Exchange
from poros_tui.model.findings.finding import Finding, Proof, Value
from poros_tui.model.findings.lengths import forward_length, return_length
from poros_tui.model.findings.rate_limit import rate_limits
from poros_tui.model.flow import FlowAtHop
from poros_tui.model.hop import HopSnapshot, ProbeRecord, Responder
from poros_tui.model.network import Network
from poros_tui.model.path_mtu import PathMtu, ToldMtu
from poros_tui.model.probe import AnswerKind, Lost, Reply, SendFailed
from poros_tui.model.quote import Quote
from poros_tui.model.rate_limit import RateLimit
from poros_tui.model.statistics import RttStatistics
from poros_tui.model.stray import Stray
from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    MplsStack,
    UnknownObject,
)
from poros_tui.packets.icmp_codes import unreachable_words
from poros_tui.report.flow_paths import paths_of_flows
from poros_tui.report.graph_json import JsonObject, JsonValue, graph_object
from poros_tui.report.identity_json import identity_object
from poros_tui.report.layout import Layout
from poros_tui.report.place_json import place_object
from poros_tui.report.run import FinishedRun, Untraced, utc

SCHEMA: Final = 1
"""Of `schema/poros-tui.schema.json`, which says what is in the object. It grows when a program that
reads the old one could be misled: a key is gone, or means something else. A new key is no
reason."""


def render(runs: Sequence[FinishedRun | Untraced], layout: Layout) -> str:
    """An object for one target, an array of them where several were asked for."""
    if layout.are_several:
        return to_json_array(runs)
    (run,) = runs
    assert isinstance(run, FinishedRun)
    return to_json(run)


def to_json(run: FinishedRun) -> str:
    """The whole run, indented, without a final line break."""
    return _dumped(run_object(run))


def to_json_array(runs: Sequence[FinishedRun | Untraced]) -> str:
    """Several targets in one array, in their order. One that could not be traced is an object
    with `target` and `error`."""
    return _dumped(
        [run_object(run) if isinstance(run, FinishedRun) else _untraced(run) for run in runs]
    )


def _dumped(value: JsonValue) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)


def _untraced(untraced: Untraced) -> JsonObject:
    return {
        "poros_tui": __version__,
        "schema": SCHEMA,
        "target": untraced.name,
        "error": untraced.reason,
    }


def run_object(run: FinishedRun) -> JsonObject:
    """The whole run."""
    session = run.path.session
    stop = session.status.stop
    limits = rate_limits(run.path.hops)
    return {
        "poros_tui": __version__,
        "schema": SCHEMA,
        **identity_object(run.identity),
        "mode": run.mode,
        "reached": session.distance is not None,
        "distance": session.distance,
        "stop_reason": stop.kind.value if stop else None,
        "stop_words": stop.words() if stop else None,
        "started_at": run.started_at,
        "duration_ms": milliseconds(run.duration_s),
        "queries": run.config.queries if run.config is not None else None,
        "flows": run.config.flows if run.config is not None else None,
        "thrifty": run.config.thrifty if run.config is not None else None,
        "rounds": run.rounds,
        "probes_sent": session.sent,
        "probes_beyond": session.sent_beyond,
        "send_errors": session.send_errors,
        "foreign": session.foreign,
        "malformed": session.malformed,
        "strays": [stray_object(stray) for stray in session.strays],
        "told_mtu": _told_mtu(session.told_mtu),
        "path_mtu": _path_mtu(session.path_mtu),
        "findings": [_finding(finding) for finding in run.findings],
        "events": [event_object(event, wall_s) for event, wall_s in run.events],
        "hops": [_hop(hop, limits.get(hop.ttl)) for hop in run.path.hops],
        "flow_paths": [
            {"flow": flow + 1, "path": [None if met is None else str(met) for met in path]}
            for flow, path in paths_of_flows(run.path.hops).items()
        ],
        "all_paths": graph_object(session.status.graph) if session.status.graph else None,
    }


def stray_object(stray: Stray) -> JsonObject:
    """Packets that were not believed, for one reason."""
    reason = stray.reason
    return {"kind": reason.kind.value, "reason": reason.words, "packets": stray.count}


def event_object(event: Event, wall_s: float) -> JsonObject:
    """An event, with its time in seconds since 1970."""
    noticed = event.noticed_at_s
    return {
        "kind": event.kind.value,
        "group": event.group.value,
        "hop": event.ttl,
        "round": event.round,
        "at": utc(wall_s),
        "noticed_at": utc(wall_s if noticed is None else wall_s + noticed - event.at_s),
        "words": event.words,
    }


def _finding(finding: Finding) -> JsonObject:
    return {
        "kind": finding.kind.value,
        "hop": finding.ttl,
        "last_hop": finding.last_ttl,
        "after_hop": finding.after_ttl,
        "untold_hops": list(finding.untold),
        "evidence": [_proof(proof) for proof in finding.proofs],
        "rate_limit": _rate_limit(finding.limit),
        "words": finding.words(),
    }


def _proof(proof: Proof) -> JsonObject:
    return {
        "field": proof.what,
        "sent": _value(proof.sent),
        "before": _value(proof.before),
        "quoted": _value(proof.found),
        "agreeing": proof.agreeing,
        "answers": proof.answers,
    }


def _value(value: Value) -> JsonValue:
    return value if isinstance(value, int) else str(value)


def _told_mtu(told: ToldMtu | None) -> JsonObject | None:
    if told is None:
        return None
    return {
        "mtu": told.mtu,
        "hop": told.hop,
        "responder": str(told.responder),
        "round": told.round,
    }


def _path_mtu(found: PathMtu | None) -> JsonObject | None:
    if found is None:
        return None
    return {
        "mtu": found.mtu,
        "too_big": found.too_big,
        "exact": found.is_exact,
        "method": found.method.value if found.method else None,
        "confidence": found.confidence,
        "hop": found.hop,
        "beyond": found.beyond,
        "responder": str(found.responder) if found.responder else None,
        "return_possible": found.is_return_possible,
        "reaches": found.reaches,
        "to_destination": found.is_to_destination,
        "probes": found.probes,
        "words": found.words(),
    }


def _rate_limit(limit: RateLimit | None) -> JsonObject | None:
    if limit is None:
        return None
    return {
        "per_second": limit.per_second,
        "per_second_interval": list(limit.per_second_interval),
        "burst": limit.burst,
        "burst_interval": list(limit.burst_interval) if limit.burst_interval else None,
        "limited": limit.limited,
        "probes": limit.probes,
        "confidence": limit.confidence,
        "routers": limit.routers,
    }


def _hop(hop: HopSnapshot, limit: RateLimit | None) -> JsonObject:
    return {
        "ttl": hop.ttl,
        "destination": hop.is_destination,
        "responders": _responders(hop),
        "evidence": [_evidence(hop, evidence) for evidence in hop.evidence],
        "rtt_sources": {source.value: answers for source, answers in hop.rtt_sources},
        "rate_limit": _rate_limit(limit),
        "flows": [_flow(flow) for flow in hop.flows],
        "probes": [probe_object(record) for record in hop.records],
        "statistics": {
            "sent": hop.sent,
            "received": hop.received,
            "lost": hop.lost,
            **_other_counts(hop),
            "loss_ratio": hop.loss_ratio,
            "loss_interval_95": list(hop.loss_interval) if hop.loss_interval else None,
            **_round_trips(hop.rtt),
        },
    }


def _other_counts(hop: HopSnapshot) -> JsonObject:
    counts: JsonObject = {
        "in_flight": hop.in_flight,
        "late": hop.late,
        "refused": hop.refused,
        "duplicates": hop.duplicates,
        "send_errors": hop.send_errors,
        "untimed": hop.untimed,
    }
    return dict.fromkeys(counts) if hop.has_totals_only else counts


def _evidence(hop: HopSnapshot, evidence: Evidence) -> JsonObject:
    back = return_length(evidence.reply_ttl)
    return {
        "responder": str(evidence.responder),
        "answers": evidence.answers,
        "reply_ttl": evidence.reply_ttl,
        "initial_ttl": back.initial_ttl if back else None,
        "forward_length": forward_length(hop, evidence),
        "return_length": back.hops if back else None,
        "return_length_is_ambiguous": back.is_ambiguous if back else None,
        "quote": _quote(evidence.quote),
    }


def _quote(quote: Quote | None) -> JsonObject | None:
    if quote is None:
        return None
    return {
        "length": quote.length,
        "ttl": quote.ttl,
        "dscp": quote.traffic_class >> 2,
        "sent_dscp": quote.sent_traffic_class >> 2,
        "ecn": quote.traffic_class & 3,
        "sent_ecn": quote.sent_traffic_class & 3,
        "rewritten": [
            {
                "field": rewrite.field.value,
                "sent": _value(rewrite.sent),
                "quoted": _value(rewrite.quoted),
            }
            for rewrite in quote.rewrites
            if is_rewritten(rewrite)
        ],
    }


def _round_trips(rtt: RttStatistics) -> JsonObject:
    return {
        "last_ms": milliseconds(rtt.last_s),
        "best_ms": milliseconds(rtt.best_s),
        "average_ms": milliseconds(rtt.mean_s),
        "worst_ms": milliseconds(rtt.worst_s),
        "stdev_ms": milliseconds(rtt.stdev_s),
        "jitter_mean_ms": milliseconds(rtt.jitter_mean_s),
        "jitter_max_ms": milliseconds(rtt.jitter_max_s),
        "jitter_rfc3550_ms": milliseconds(rtt.jitter_rfc3550_s),
    }


def _responders(hop: HopSnapshot) -> list[JsonValue]:
    if hop.known_as and not hop.responders:
        return [
            {
                "address": None,
                "name": hop.known_as,
                "name_confirmed": None,
                "network": None,
                "exchange": None,
                "answers": hop.received,
                "reply_ttl": None,
                "unreachable": None,
                "place": None,
                "place_doubt": None,
                **_round_trips(hop.rtt),
            }
        ]
    return [_responder(responder) for responder in hop.responders]


def _responder(responder: Responder) -> JsonObject:
    return {
        "address": str(responder.address),
        "name": responder.name,
        "name_confirmed": responder.naming.is_confirmed if responder.naming else None,
        "network": _network(responder.network),
        "exchange": _exchange(responder.exchange),
        "answers": responder.answers,
        "reply_ttl": responder.reply_ttl,
        "unreachable": responder.refusal,
        "place": place_object(responder.place),
        "place_doubt": responder.place.doubt or None if responder.place is not None else None,
        **_round_trips(responder.rtt),
    }


def _network(network: Network | None) -> JsonObject | None:
    """None where none is known."""
    if network is None or network.words is None:
        return None
    return {
        "asn": network.asn,
        "other_asns": list(network.other_asns),
        "name": network.name,
        "prefix": str(network.prefix) if network.prefix is not None else None,
        "country": network.country,
        "registry": network.registry,
        "source": network.source,
    }


def _exchange(exchange: Exchange | None) -> JsonObject | None:
    """None where none is known."""
    if exchange is None:
        return None
    return {
        "name": exchange.name,
        "city": exchange.city,
        "country": exchange.country,
        "prefix": str(exchange.prefix) if exchange.prefix is not None else None,
        "source": exchange.source,
    }


def _flow(flow: FlowAtHop) -> JsonObject:
    return {
        "flow": flow.flow + 1,
        "responders": [str(address) for address in flow.responders],
        "sent": flow.sent,
        "received": flow.received,
        "lost": flow.lost,
        **_round_trips(flow.rtt),
    }


def probe_object(record: ProbeRecord) -> JsonObject:
    """What became of a probe."""
    fields: JsonObject = {
        "round": record.probe.round,
        "query": record.probe.query,
        "flow": record.probe.flow + 1,
        "outcome": None,
        "responder": None,
        "rtt_ms": None,
        "rtt_source": None,
        "code": None,
        "icmp_type": None,
        "icmp_code": None,
        "mtu": None,
        "extensions": None,
    }
    match record.outcome:
        case Reply() as reply:
            fields["outcome"] = _reply_outcome(reply)
            fields["responder"] = str(reply.responder)
            fields["rtt_ms"] = milliseconds(reply.rtt_s)
            fields["rtt_source"] = reply.rtt_source.value if reply.rtt_source else None
            fields["icmp_type"], fields["icmp_code"] = reply.icmp_type, reply.icmp_code
            fields["mtu"] = reply.mtu
            fields["extensions"] = [_extension(extension) for extension in reply.extensions]
            if reply.kind is AnswerKind.UNREACHABLE:
                fields["code"] = unreachable_words(
                    reply.responder.version, reply.icmp_type, reply.icmp_code, reply.mtu
                )
        case Lost(waited_s=waited_s):
            fields["outcome"] = "lost"
            fields["waited_ms"] = milliseconds(waited_s)
        case SendFailed(reason=reason):
            fields["outcome"] = "send_error"
            fields["code"] = reason
        case None:  # still in flight when the trace was stopped: not known
            pass
    return fields


def _extension(extension: Extension) -> JsonObject:
    match extension:
        case MplsStack(labels=labels):
            return {
                "kind": "mpls",
                "labels": [
                    {
                        "label": entry.label,
                        "traffic_class": entry.traffic_class,
                        "bottom": entry.is_bottom,
                        "ttl": entry.ttl,
                    }
                    for entry in labels
                ],
            }
        case InterfaceInformation():
            return {
                "kind": "interface",
                "role": extension.role.value,
                "index": extension.index,
                "address": None if extension.address is None else str(extension.address),
                "name": extension.name,
                "mtu": extension.mtu,
            }
        case UnknownObject():
            return {
                "kind": "unknown",
                "class": extension.class_number,
                "type": extension.c_type,
                "bytes": extension.payload.hex(),
            }


def _reply_outcome(reply: Reply) -> str:
    if reply.kind is AnswerKind.UNREACHABLE:
        return "unreachable"
    return "late" if reply.is_late else "reply"


def milliseconds(seconds: float | None) -> float | None:
    """Milliseconds to the nanosecond, which is what the kernel's stamps give."""
    return None if seconds is None else round(seconds * 1e3, 6)
