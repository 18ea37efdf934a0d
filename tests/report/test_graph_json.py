from __future__ import annotations

import json

from poros_tui.engine.mda_graph import graph_of
from poros_tui.report.graph_json import graph_object
from poros_tui.report.json_value import JsonObject
from tests.engine.discovering import discover, discover_with
from tests.engine.test_fates import DISTANCE, END, members, refusing
from tests.engine.test_neighbour_search import asked_of, by_destination
from tests.lab.tun import load_scenario


def as_told(graph: JsonObject) -> JsonObject:
    """After a way through JSON."""
    told: JsonObject = json.loads(json.dumps(graph, allow_nan=False))
    return told


def test_without_neighbours_there_is_nothing_of_them() -> None:
    told = as_told(graph_object(discover(load_scenario("diamond-4x3"), seed=1).graph))
    assert told["neighbours"] is None
    (balancer,) = told["balancers"]  # type: ignore[misc,union-attr]
    assert balancer["balance"] == "flow"  # type: ignore[index,call-overload]
    assert balancer["evidence"] == (  # type: ignore[index,call-overload]
        "3 repeated probes met the interface that its flow had met before"
    )


def test_what_neighbours_showed_is_told_in_numbers_and_words() -> None:
    graph = asked_of(by_destination(2, seed=1)).graph
    told = graph_object(graph)
    assert as_told(told) == told
    (balancer,) = graph.balancers
    departure, found = balancer.departure, graph.neighbourhood
    assert departure is not None
    assert found is not None
    assert told["balancers"] == [
        {
            "ttl": 2,
            "address": "10.0.2.0",
            "branches": [str(departure.usual[0]), str(departure.others[0].address)],
            "balance": "destination",
            "repeated": departure.repeated,
            "strayed": 0,
            "confidence": departure.confidence,
            "evidence": departure.evidence,
        }
    ]
    assert told["neighbours"] == {
        "network": "203.0.113.0/24",
        "asked": found.asked,
        "last_ttl": 5,
        "complete": True,
        "too_few_at": [],
        "departures": [
            {
                "ttl": 2,
                "address": "10.0.2.0",
                "by_destination": True,
                "doubt": None,
                "flows": 7,
                "flow_branches": [str(departure.usual[0])],
                "other_branches": [
                    {
                        "address": str(departure.others[0].address),
                        "neighbours": departure.departed,
                    }
                ],
                "neighbours": departure.neighbours,
                "routes": departure.routes,
                "meets_at": 4,
                "repeated": departure.repeated,
                "strayed": 0,
                "evidence": departure.evidence,
            }
        ],
        "probes": {
            "sent": found.sent,
            "retried": 0,
            "send_errors": 0,
            "repeated": found.repeated,
            "theory": found.theory,
        },
    }


def test_dead_ends_and_flows_that_were_not_sent_are_told() -> None:
    graph = discover_with(members(4, frozenset({2}), seed=1), end=END, distance=DISTANCE).graph
    told = as_told(graph_object(graph))
    (dead,) = graph.dead_ends
    assert told["dead_ends"] == [
        {
            "ttl": 3,
            "address": "10.0.3.2",
            "flows": [flow + 1 for flow in dead.flows],
            "passed": 0,
            "asked_to": 8,
        }
    ]
    assert (told["confidence"], told["complete"]) == (0.95, True)
    unsent = as_told(
        graph_object(graph_of(refusing(frozenset({1})), sent=42, retried=0, send_errors=6))
    )
    assert unsent["not_sent"] == [{"flow": 2, "reason": "no"}]
    assert unsent["probes"]["send_errors"] == 6  # type: ignore[index,call-overload]


def test_what_was_cut_short_has_no_confidence() -> None:
    graph = graph_of(refusing(frozenset(range(99))), sent=0, retried=0)
    told = graph_object(graph)
    assert (told["confidence"], told["complete"]) == (None, False)
