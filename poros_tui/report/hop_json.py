"""A hop as JSON: who answers there, each probe, and the figures. Pure."""

from __future__ import annotations

from poros_tui.model.flow import FlowAtHop
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.rate_limit import RateLimit
from poros_tui.report.evidence_json import evidence_object
from poros_tui.report.json_value import JsonObject
from poros_tui.report.probe_json import probe_object
from poros_tui.report.rate_limit_json import rate_limit_object
from poros_tui.report.responder_json import responders_array
from poros_tui.report.rtt_json import round_trips


def hop_object(hop: HopSnapshot, limit: RateLimit | None) -> JsonObject:
    """All that is known of it; `limit` is what `findings.rate_limit` finds of its answers."""
    return {
        "ttl": hop.ttl,
        "destination": hop.is_destination,
        "responders": responders_array(hop),
        "evidence": [evidence_object(hop, evidence) for evidence in hop.evidence],
        "rtt_sources": {source.value: answers for source, answers in hop.rtt_sources},
        "rate_limit": rate_limit_object(limit),
        "flows": [_flow(flow) for flow in hop.flows],
        "probes": [probe_object(record) for record in hop.records],
        "statistics": {
            "sent": hop.sent,
            "received": hop.received,
            "lost": hop.lost,
            **_other_counts(hop),
            "loss_ratio": hop.loss_ratio,
            "loss_interval_95": list(hop.loss_interval) if hop.loss_interval else None,
            **round_trips(hop.rtt),
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


def _flow(flow: FlowAtHop) -> JsonObject:
    return {
        "flow": flow.flow + 1,
        "responders": [str(address) for address in flow.responders],
        "sent": flow.sent,
        "received": flow.received,
        "lost": flow.lost,
        **round_trips(flow.rtt),
    }
