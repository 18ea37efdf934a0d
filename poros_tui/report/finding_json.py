"""A finding with its proofs as JSON. Pure."""

from __future__ import annotations

from poros_tui.model.findings.finding import Finding, Proof, Value
from poros_tui.report.json_value import JsonObject, JsonValue
from poros_tui.report.rate_limit_json import rate_limit_object


def finding_object(finding: Finding) -> JsonObject:
    """What was found, where, and what proves it."""
    return {
        "kind": finding.kind.value,
        "hop": finding.ttl,
        "last_hop": finding.last_ttl,
        "after_hop": finding.after_ttl,
        "untold_hops": list(finding.untold),
        "evidence": [_proof(proof) for proof in finding.proofs],
        "rate_limit": rate_limit_object(finding.limit),
        "words": finding.words(),
    }


def _proof(proof: Proof) -> JsonObject:
    return {
        "field": proof.what,
        "sent": value_as_json(proof.sent),
        "before": value_as_json(proof.before),
        "quoted": value_as_json(proof.found),
        "agreeing": proof.agreeing,
        "answers": proof.answers,
    }


def value_as_json(value: Value) -> JsonValue:
    """A number as it is, an address as text."""
    return value if isinstance(value, int) else str(value)
