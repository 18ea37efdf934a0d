"""What the newest answers of a hop tell of the way, as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.evidence import Evidence, is_rewritten
from poros_tui.model.findings.lengths import forward_length, return_length
from poros_tui.model.hop import HopSnapshot
from poros_tui.model.quote import Quote
from poros_tui.report.finding_json import value_as_json
from poros_tui.report.json_value import JsonObject


def evidence_object(hop: HopSnapshot, evidence: Evidence) -> JsonObject:
    """What the newest answers of one responder tell."""
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
                "sent": value_as_json(rewrite.sent),
                "quoted": value_as_json(rewrite.quoted),
            }
            for rewrite in quote.rewrites
            if is_rewritten(rewrite)
        ],
    }
