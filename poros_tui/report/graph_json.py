"""The graph of all paths as part of a JSON report."""

from __future__ import annotations

from poros_tui.model.multipath import Balancer, GraphLink, GraphNode, Interface, MultipathGraph

JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]
JsonObject = dict[str, JsonValue]


def graph_object(graph: MultipathGraph) -> JsonObject:
    """All of it. An interface that never answers is null; flows
    count from 1."""
    probes = graph.probes
    return {
        "confidence": round(graph.confidence, 9),
        "complete": graph.is_complete,
        "flows": graph.flows,
        "nodes": [_node(node) for node in graph.nodes],
        "links": [_link(link) for link in graph.links],
        "balancers": [_balancer(balancer) for balancer in graph.balancers],
        "full_mda": [list(stretch) for stretch in graph.full_from],
        "links_unknown_after": list(graph.unlinked),
        "probes": {
            "sent": probes.sent,
            "retried": probes.retried,
            "repeated": probes.repeated,
            "unanswered": probes.unanswered,
            "theory_mda_lite": probes.lite,
            "theory_mda": probes.mda,
        },
    }


def _node(node: GraphNode) -> JsonObject:
    return {
        "ttl": node.ttl,
        "address": _name(node.address),
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
    }


def _name(interface: Interface) -> str | None:
    return None if interface is None else str(interface)
