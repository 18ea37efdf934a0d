"""The graph of all paths as part of a JSON report."""

from __future__ import annotations

from collections.abc import Mapping

from poros_tui.model.about import NOTHING_KNOWN, UNKNOWN, About
from poros_tui.model.departure import Departure, Neighbourhood
from poros_tui.model.multipath import (
    Balancer,
    DeadEnd,
    GraphLink,
    GraphNode,
    Interface,
    MultipathGraph,
)
from poros_tui.model.probe import IPAddress
from poros_tui.report.about_json import about_object
from poros_tui.report.json_value import JsonObject


def graph_object(
    graph: MultipathGraph, about: Mapping[IPAddress, About] = NOTHING_KNOWN
) -> JsonObject:
    """All of it, with what others know of its interfaces. One that never answers is null, and so is
    the confidence of what was cut short; flows count from 1."""
    probes = graph.probes
    return {
        "confidence": round(graph.confidence, 9) if graph.is_complete else None,
        "wanted_confidence": round(graph.confidence, 9),
        "complete": graph.is_complete,
        "reached_at": graph.reached_at,
        "flows": graph.flows,
        "nodes": [_node(node, about) for node in graph.nodes],
        "links": [_link(link) for link in graph.links],
        "balancers": [_balancer(balancer) for balancer in graph.balancers],
        "dead_ends": [_dead_end(dead) for dead in graph.dead_ends],
        "not_sent": [{"flow": one.flow + 1, "reason": one.reason} for one in graph.unsent],
        "full_mda": [list(stretch) for stretch in graph.full_from],
        "links_unknown_after": list(graph.unlinked),
        "probes": {
            "sent": probes.sent,
            "retried": probes.retried,
            "repeated": probes.repeated,
            "unanswered": probes.unanswered,
            "send_errors": probes.send_errors,
            "theory_mda_lite": probes.lite,
            "theory_mda": probes.mda,
        },
        "neighbours": _neighbourhood(graph.neighbourhood) if graph.neighbourhood else None,
    }


def _node(node: GraphNode, about: Mapping[IPAddress, About]) -> JsonObject:
    known = UNKNOWN if node.address is None else about.get(node.address, UNKNOWN)
    return {
        "ttl": node.ttl,
        "address": _name(node.address),
        **about_object(known),
        "end": node.is_end,
        "flows": [flow + 1 for flow in node.flows],
    }


def _link(link: GraphLink) -> JsonObject:
    return {
        "ttl": link.ttl,
        "from": _name(link.near),
        "to": _name(link.far),
        "flows": [flow + 1 for flow in link.flows],
    }


def _balancer(balancer: Balancer) -> JsonObject:
    return {
        "ttl": balancer.ttl,
        "address": _name(balancer.address),
        "branches": [_name(branch) for branch in balancer.branches],
        "balance": balancer.balance.value,
        "repeated": balancer.repeated,
        "strayed": balancer.strayed,
        "confidence": balancer.confidence,
        "evidence": balancer.evidence,
    }


def _dead_end(dead: DeadEnd) -> JsonObject:
    return {
        "ttl": dead.ttl,
        "address": _name(dead.address),
        "flows": [flow + 1 for flow in dead.flows],
        "passed": dead.passed,
        "asked_to": dead.asked_to,
    }


def _neighbourhood(found: Neighbourhood) -> JsonObject:
    return {
        "network": str(found.network),
        "asked": found.asked,
        "last_ttl": found.last_ttl,
        "complete": found.is_complete,
        "too_few_at": list(found.untold),
        "departures": [_departure(departure) for departure in found.departures],
        "probes": {
            "sent": found.sent,
            "retried": found.retried,
            "send_errors": found.send_errors,
            "repeated": found.repeated,
            "theory": found.theory,
        },
    }


def _departure(departure: Departure) -> JsonObject:
    return {
        "ttl": departure.ttl,
        "address": _name(departure.address),
        "by_destination": departure.is_by_destination,
        "doubt": departure.doubt,
        "flows": departure.flows,
        "flow_branches": [_name(usual) for usual in departure.usual],
        "other_branches": [
            {"address": str(other.address), "neighbours": other.neighbours}
            for other in departure.others
        ],
        "neighbours": departure.neighbours,
        "routes": departure.routes,
        "meets_at": departure.meets_at,
        "repeated": departure.repeated,
        "strayed": departure.strayed,
        "evidence": departure.evidence,
    }


def _name(interface: Interface) -> str | None:
    return None if interface is None else str(interface)
