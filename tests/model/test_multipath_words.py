from __future__ import annotations

import msgspec

from poros_tui.engine.mda_graph import graph_of
from poros_tui.model.about import About
from poros_tui.model.departure import Neighbourhood
from poros_tui.model.multipath import Interface, MultipathGraph
from poros_tui.model.multipath_words import graph_lines
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.probe import IPAddress
from tests.engine.discovering import Way, discover, discover_with
from tests.engine.test_fates import DISTANCE, members, refusing
from tests.engine.test_fates import END as FAR_END
from tests.engine.test_neighbour_search import (
    END,
    asked_of,
    by_destination,
    router,
    straight,
)
from tests.lab.tun import load_scenario


def words(name: str, seed: int = 1) -> list[str]:
    return graph_lines(discover(load_scenario(name), seed=seed).graph)


def test_a_graph_is_drawn_with_its_flows() -> None:
    lines = words("diamonds-two")
    assert lines[0].startswith("All paths: 14 interfaces, 16 links, ")
    assert "95 % confidence" in lines[0]
    assert lines[1].split() == ["Hop", "Interface", "Flows", "Leads", "to"]
    fork = next(place for place, line in enumerate(lines) if "┬ 10.0.3." in line)
    assert lines[fork].startswith("  2  10.0.2.1")
    assert "└ 10.0.3." in lines[fork + 1]
    assert lines[fork + 1].endswith("flows")
    assert any(line.endswith("the end") for line in lines)


def test_what_is_balanced_is_said_with_its_evidence() -> None:
    by_flow = [line for line in words("diamond-4x3") if "balances by flow over 4" in line]
    by_packet = [line for line in words("balanced-by-packet") if "packet by packet" in line]
    assert len(by_flow) == len(by_packet) == 1
    assert "repeated probes met the interface that its flow had met before" in by_flow[0]
    assert "met another interface than before" in by_packet[0]


def test_the_cost_stands_beside_the_theory() -> None:
    lines = words("diamond-4x3")
    assert "sent for this" in lines[-1]
    assert "Theory: 120 for MDA-Lite, " in lines[-1]
    assert "Balancing by destination does not show with one destination" in lines[-2]


def test_a_meshed_stretch_is_named() -> None:
    assert any(line.startswith("Hops 2 to 6 are meshed") for line in words("diamond-meshed"))


def said_of(way: Way, count: int = 32) -> list[str]:
    return graph_lines(asked_of(way, count=count).graph)


def unchanging(address: IPAddress, flow: int, ttl: int) -> Interface:
    return straight(address, ttl)


def test_who_goes_by_destination_is_drawn_with_the_ways_of_neighbours_and_said() -> None:
    lines = said_of(by_destination(3, seed=3))
    fork = next(place for place, line in enumerate(lines) if "┬ " in line)
    assert lines[fork].startswith("  2  10.0.2.0")
    assert "├ 10.0.3." in lines[fork + 1]
    assert lines[fork + 1].endswith(" neighbours")
    assert "└ 10.0.3." in lines[fork + 2]
    (told,) = [line for line in lines if "balances by destination over 3 (99.9 % sure): " in line]
    assert told.startswith("Hop 2, 10.0.2.0, ")
    assert "neighbours in 203.0.113.0/24 met 2 others, in such turn" in told
    assert "17 neighbours of the destination in 203.0.113.0/24 were asked up to hop 5" in lines[-2]
    # 6 at two hops, 17 at the third, and 7 where one balancer has been passed.
    assert lines[-1] == (
        "49 probes sent to neighbours, 5 to tell destination from flow. Theory: 43."
    )
    assert not any("--mda-neighbours" in line for line in lines)


def test_where_neighbours_show_nothing_new_that_is_said() -> None:
    lines = said_of(unchanging)
    assert lines[-2] == (
        "6 neighbours of the destination in 203.0.113.0/24 were asked up to hop 5, the last before "
        "it, and met nobody whom its flows had not met."
    )
    assert lines[-1] == "30 probes sent to neighbours. Theory: 30."


def test_what_may_be_plain_routing_is_said_with_the_doubt() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return router(3, int(address) & 0xFC == 12) if ttl == 3 else straight(address, ttl)

    assert (
        "Hop 2, 10.0.2.0, sends some of them another way: all 7 flows to the destination met "
        "10.0.3.0, but 4 of 32 neighbours in 203.0.113.0/24 met 1 other. Whether it balances by "
        "destination or has routes of their own for them is not known, for 2 routes would do the "
        "same."
    ) in said_of(way)


def test_this_machine_is_named_as_such() -> None:
    lines = said_of(by_destination(2, seed=2, at=(1,)))
    assert any(line.startswith("This machine balances by destination over 2 ") for line in lines)


def test_too_few_answers_are_said() -> None:
    assert (
        "Too few answered for 95 % confidence that no more is met at hops 1, 2, 3, 4, 5."
        in said_of(unchanging, count=5)
    )

    def deaf(address: IPAddress, flow: int, ttl: int) -> Interface:
        return None if ttl == 4 and address != END else straight(address, ttl)

    assert "Too few answered for 95 % confidence that no more is met at hop 4." in said_of(deaf)


def test_what_was_stopped_or_had_nobody_to_ask_says_so() -> None:
    whole = asked_of(unchanging).graph
    assert whole.neighbourhood is not None
    stopped = with_found(whole, msgspec.structs.replace(whole.neighbourhood, is_complete=False))
    assert "Asking neighbours did not come to its end." in graph_lines(stopped)
    near = with_found(whole, msgspec.structs.replace(whole.neighbourhood, last_ttl=None))
    assert graph_lines(near)[-1] == (
        "No hop lies before the destination at which its neighbours could be asked."
    )


def with_found(graph: MultipathGraph, found: Neighbourhood) -> MultipathGraph:
    return msgspec.structs.replace(graph, neighbourhood=found)


def test_a_dead_end_is_drawn_and_said() -> None:
    way = members(4, frozenset({2}), seed=1)
    graph = discover_with(way, end=FAR_END, distance=DISTANCE).graph
    (dead,) = graph.dead_ends
    lines = graph_lines(graph)
    assert "95 % confidence that nothing that answers is missing" in lines[0]
    (row,) = [line for line in lines if line.startswith("  3  10.0.3.2 ")]
    assert row.endswith(f"nobody  {len(dead.flows)} flows")
    (told,) = [line for line in lines if line.startswith("Dead end: ")]
    assert told.startswith(f"Dead end: all {len(dead.flows)} flows through hop 3, 10.0.3.2, end ")
    assert told.endswith("nothing answers them behind it, asked up to hop 8.")


def test_one_flow_that_ends_where_others_go_on_is_said_with_their_number() -> None:
    graph = discover_with(
        lambda probe: (
            None if probe.flow == 2 and probe.ttl > 1 else members(1, frozenset(), 1)(probe)
        ),
        end=FAR_END,
        distance=DISTANCE,
    ).graph
    lines = graph_lines(graph)
    assert (
        "Dead end: 1 of 12 flows through hop 1, 10.0.1.0, ends there (flow 3): nothing answers it "
        "behind it, asked up to hop 8."
    ) in lines
    fork = next(place for place, line in enumerate(lines) if "┬ 10.0.2.0  11 flows" in line)
    assert lines[fork + 1].endswith("└ nobody  1 flow")


def test_what_was_cut_short_speaks_of_no_confidence() -> None:
    whole = discover(load_scenario("diamond-4x3"), seed=1).graph
    lines = graph_lines(msgspec.structs.replace(whole, is_complete=False))
    assert lines[0].endswith(" flows; cut short, so that others may be missing.")
    assert "The discovery did not come to its end: interfaces may be missing." in lines


def test_what_was_not_sent_is_named_once_with_the_reason() -> None:
    graph = graph_of(refusing(frozenset({1, 4})), sent=42, retried=0, send_errors=12)
    assert "Not sent, and left out: flows 2, 5: no (12 send errors)." in graph_lines(graph)
    nothing = graph_of(refusing(frozenset(range(99))), sent=0, retried=0, send_errors=200)
    lines = graph_lines(nothing)
    assert lines[0] == "All paths: 0 interfaces, 0 links, 0 flows; nothing could be sent: no."
    assert not any("did not come to its end" in line for line in lines)


def test_what_others_know_of_interfaces_stands_beside_them() -> None:
    graph = discover(load_scenario("diamond-4x3"), seed=1).graph
    first, second, *_ = graph.nodes
    assert first.address is not None
    assert second.address is not None
    about = {
        first.address: About(naming=Naming(name="first.example")),
        second.address: About(network=Network(asn=64500, name="EXAMPLE", source="a file")),
    }
    _, headings, *rows = graph_lines(graph, about)
    assert headings.split() == ["Hop", "Interface", "Name", "Network", "Flows", "Leads", "to"]
    column, other = headings.index("Name"), headings.index("Network")
    (named,) = (row for row in rows if "first.example" in row)
    assert named.index("first.example") == column
    (networked,) = (row for row in rows if "AS64500" in row)
    assert networked[other:].startswith("AS64500 EXAMPLE  ")
    assert "Name" not in graph_lines(graph)[1]
    only_names = {first.address: about[first.address]}
    assert "Network" not in graph_lines(graph, only_names)[1]
