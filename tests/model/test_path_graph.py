from __future__ import annotations

from ipaddress import ip_address

from poros_tui.model.path import Path
from poros_tui.model.path_graph import path_graph
from poros_tui.model.probe import AnswerKind, Mode, Probe, Reply, Sent
from poros_tui.model.session import SessionState, SessionStatus
from tests.tui.made_path import MadePath


def with_flows(*ways: tuple[str, ...]) -> Path:
    """One flow each: who answers at TTL 1, 2, ..."""
    path = Path(first_hop=1, keep_flows=True)
    path.set_status(
        SessionStatus(
            generation=0,
            state=SessionState.RUNNING,
            mode=Mode.CONCURRENT,
            round=0,
            interval_s=1.0,
        )
    )
    number = 0
    for flow, way in enumerate(ways):
        for ttl, address in enumerate(way, 1):
            probe = Probe(number=number, ttl=ttl, round=0, query=flow, generation=0, flow=flow)
            number += 1
            path.add(Sent(probe, 0.0))
            if address:
                path.add(
                    Reply(
                        probe=probe,
                        responder=ip_address(address),
                        kind=AnswerKind.TIME_EXCEEDED,
                        rtt_s=0.001 * ttl,
                        icmp_type=11,
                        icmp_code=0,
                        reply_ttl=60,
                    )
                )
    return path


def test_flows_side_by_side_show_links_and_who_takes_them() -> None:
    path = with_flows(
        ("10.0.0.1", "10.0.1.1", "10.0.2.1"),
        ("10.0.0.1", "10.0.1.2", "10.0.2.1"),
        ("10.0.0.1", "10.0.1.2", "10.0.2.1"),
    )
    graph = path_graph(path.snapshot().hops, None)
    assert [(node.ttl, str(node.address), node.flows) for node in graph.nodes] == [
        (1, "10.0.0.1", (0, 1, 2)),
        (2, "10.0.1.1", (0,)),
        (2, "10.0.1.2", (1, 2)),
        (3, "10.0.2.1", (0, 1, 2)),
    ]
    links = [(link.ttl, str(link.near), str(link.far), link.flows) for link in graph.links]
    assert links == [
        (1, "10.0.0.1", "10.0.1.1", (0,)),
        (1, "10.0.0.1", "10.0.1.2", (1, 2)),
        (2, "10.0.1.1", "10.0.2.1", (0,)),
        (2, "10.0.1.2", "10.0.2.1", (1, 2)),
    ]
    assert graph.nodes[1].answers == 1
    assert graph.nodes[2].answers == 2


def test_a_flow_that_was_not_answered_is_nobody_only_where_all_are_silent() -> None:
    path = with_flows(("10.0.0.1", "", "10.0.2.1"), ("", "", "10.0.2.1"))
    graph = path_graph(path.snapshot().hops, None)
    assert [(node.ttl, node.address and str(node.address)) for node in graph.nodes] == [
        (1, "10.0.0.1"),
        (2, None),
        (3, "10.0.2.1"),
    ]


def test_without_flows_only_links_that_must_be_are_known() -> None:
    made = MadePath()
    made.reply(1, 1.0)
    for responder in ("10.0.2.1", "10.0.2.2"):
        made.reply(2, 2.0, responder)
        made.reply(3, 3.0, responder.replace(".2.", ".3."))
    made.reached(4, 4.0)
    graph = path_graph(made.path.snapshot().hops, None)
    assert [(link.ttl, str(link.near)) for link in graph.links] == [
        (1, "10.0.1.1"),
        (1, "10.0.1.1"),
        (3, "10.0.3.1"),
        (3, "10.0.3.2"),
    ]
    assert graph.behind(graph.at(2)[0]) == ()


def test_who_answered_on_an_older_path_alone_is_not_drawn() -> None:
    made = MadePath()
    made.reply(1, 1.0)
    for responder in ("10.0.2.1", "10.9.2.1"):
        made.reply(2, 2.0, responder)
    made.reached(3, 4.0)
    hops = made.path.snapshot().hops
    assert len(path_graph(hops, None).at(2)) == 2
    now = path_graph(hops, None, {2: {ip_address("10.9.2.1")}})
    assert [str(node.address) for node in now.at(2)] == ["10.9.2.1"]
    assert [str(link.far) for link in now.links] == ["10.9.2.1", "203.0.113.80"]
    assert path_graph(hops, None, {2: {ip_address("10.7.7.7")}}) == path_graph(hops, None)
