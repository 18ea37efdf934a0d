from __future__ import annotations

import random
from collections import Counter
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poros_tui.engine.neighbour_search import DEAF_AFTER, NeighbourProbe, NeighbourSearch
from poros_tui.model.departure import Departure, Neighbourhood
from poros_tui.model.multipath import Balance, Balancer, Interface, MultipathGraph
from poros_tui.model.neighbours import neighbours_of
from poros_tui.model.probe import IPAddress
from tests.engine.discovering import Asked, Way, ask_neighbours, discover_both
from tests.engine.test_mda import layered

END = IPv4Address("203.0.113.10")
LENGTH = 6


def router(ttl: int, number: int = 0) -> IPv4Address:
    return IPv4Address(0x0A000000 + ttl * 256 + number)


def drawn(width: int, *what: object) -> int:
    """The same for the same."""
    return random.Random(f"{what}").randrange(width)


def straight(address: IPAddress, ttl: int) -> Interface:
    return address if ttl >= LENGTH else router(ttl)


def by_destination(width: int, seed: int = 0, at: tuple[int, ...] = (3,)) -> Way:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        if ttl in at:
            return router(ttl, drawn(width, seed, address))
        return straight(address, ttl)

    return way


def asked_of(way: Way, *, count: int = 32, first_ttl: int = 1) -> Asked:
    return discover_both(way, END, distance=LENGTH, count=count, first_ttl=first_ttl)


def neighbourhood(asked: Asked) -> Neighbourhood:
    assert asked.graph.neighbourhood is not None
    return asked.graph.neighbourhood


def by_destination_in(graph: MultipathGraph) -> list[Balancer]:
    return [one for one in graph.balancers if one.balance is Balance.DESTINATION]


def only_departure(asked: Asked) -> Departure:
    (departure,) = neighbourhood(asked).departures
    return departure


@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_balancer_by_destination_is_told_with_all_its_ways(width: int) -> None:
    asked = asked_of(by_destination(width, seed=3))
    (balancer,) = by_destination_in(asked.graph)
    assert (balancer.ttl, balancer.address) == (2, router(2))
    assert sorted(balancer.branches, key=str) == [router(3, number) for number in range(width)]
    departure = balancer.departure
    assert departure is not None
    assert departure.usual == (by_destination(width, seed=3)(END, 0, 3),)
    assert departure.meets_at == 4
    assert departure.strayed == 0
    assert balancer.confidence == pytest.approx(1 - width ** -(7 - 1 + departure.repeated))
    assert neighbourhood(asked).untold == ()


def test_long_branches_are_followed_until_they_meet() -> None:
    asked = asked_of(by_destination(2, seed=1, at=(2, 3, 4)))
    (balancer,) = by_destination_in(asked.graph)
    assert (balancer.ttl, balancer.departure and balancer.departure.meets_at) == (1, 5)


def test_this_machine_may_be_the_balancer() -> None:
    (balancer,) = by_destination_in(asked_of(by_destination(2, seed=2, at=(1,))).graph)
    assert (balancer.ttl, balancer.address) == (0, None)


def test_before_the_first_hop_that_is_asked_nothing_is_claimed() -> None:
    asked = asked_of(by_destination(2, seed=2, at=(3,)), first_ttl=3)
    assert neighbourhood(asked).departures == ()


def test_a_silent_hop_in_front_is_named_as_such_and_one_behind_is_passed_over() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return None if ttl in (2, 4) else by_destination(2, seed=1)(address, flow, ttl)

    asked = asked_of(way)
    (balancer,) = by_destination_in(asked.graph)
    assert (balancer.ttl, balancer.address) == (2, None)
    assert balancer.departure is not None
    assert balancer.departure.meets_at == 5
    assert {probe.ttl for probe in asked.probes} == {1, 3, 5}


def test_no_neighbour_is_asked_where_the_destination_is_met_or_behind() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        # Every other flow comes by a router less.
        return straight(address, ttl + (ttl > 2 and flow % 2))

    asked = asked_of(way)
    assert max(probe.ttl for probe in asked.probes) == LENGTH - 2
    assert neighbourhood(asked).last_ttl == LENGTH - 2


def test_a_destination_that_never_answers_is_beyond_the_last_that_does() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return router(ttl) if ttl < 4 else None

    assert neighbourhood(asked_of(way)).last_ttl == 3


def test_next_door_there_is_nothing_to_ask() -> None:
    asked = discover_both(lambda address, flow, ttl: address, END, distance=1)
    assert asked.probes == []
    assert neighbourhood(asked).last_ttl is None


def test_a_straight_path_costs_what_the_theory_says_and_no_more() -> None:
    asked = asked_of(lambda address, flow, ttl: straight(address, ttl))
    found = neighbourhood(asked)
    # 7 addresses at each hop, of which the destination is one.
    assert (found.sent, found.theory, found.asked) == (30, 30, 6)
    assert by_destination_in(asked.graph) == []


def test_the_same_ways_as_those_of_flows_are_no_departure() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return router(3, drawn(4, address, flow)) if ttl == 3 else straight(address, ttl)

    asked = asked_of(way)
    assert [balancer.balance for balancer in asked.graph.balancers] == [Balance.FLOW]
    assert neighbourhood(asked).departures == ()
    assert neighbourhood(asked).sent == 30


def test_more_ways_than_those_of_flows_are_told_and_not_claimed() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        if ttl == 3:
            return router(3, drawn(2, address, flow) + 2 * drawn(2, address))
        return straight(address, ttl)

    asked = asked_of(way)
    departure = only_departure(asked)
    assert len(departure.usual) == 2
    assert {other.address for other in departure.others} < {router(3, n) for n in range(4)}
    assert departure.doubt == "flows to the destination are shared out there as well"
    assert by_destination_in(asked.graph) == []


@pytest.mark.parametrize("is_by_flow", [True, False])
def test_what_the_flows_have_missed_is_not_taken_for_balancing_by_destination(
    is_by_flow: bool,
) -> None:
    sent = Counter[object]()

    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        if ttl != 3 or address == END:
            return straight(address, ttl)
        sent[address] += 1
        return router(3, drawn(2, address, flow if is_by_flow else sent[address], "missed"))

    asked = asked_of(way)
    departure = only_departure(asked)
    assert departure.strayed > 0
    assert str(departure.doubt).endswith("it is not the destination alone that decides")
    assert by_destination_in(asked.graph) == []


def test_a_route_for_a_part_of_the_network_is_told_and_not_claimed() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        has_own_route = int(address) & 0xFC == 12
        return router(3, int(has_own_route)) if ttl == 3 else straight(address, ttl)

    asked = asked_of(way)
    departure = only_departure(asked)
    assert (departure.routes, departure.departed, departure.neighbours) == (2, 4, 32)
    assert departure.doubt == "2 routes would do the same"
    assert by_destination_in(asked.graph) == []


def test_hosts_that_are_elsewhere_are_told_and_not_claimed() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return (
            router(ttl, drawn(2, address, "elsewhere"))
            if 3 <= ttl < LENGTH
            else straight(address, ttl)
        )

    asked = asked_of(way)
    departure = only_departure(asked)
    assert departure.routes >= 5
    assert departure.doubt == "their ways were not seen to meet again before the destination"
    assert by_destination_in(asked.graph) == []


def test_ways_that_part_at_the_last_hop_cannot_be_seen_to_meet() -> None:
    asked = asked_of(by_destination(2, seed=1, at=(LENGTH - 1,)))
    departure = only_departure(asked)
    assert departure.doubt == "their ways were not seen to meet again before the destination"
    assert by_destination_in(asked.graph) == []


def test_where_packets_are_shared_out_one_by_one_nothing_is_claimed() -> None:
    chance = random.Random(5)

    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        if ttl == 3:
            more = 2 if address != END and drawn(2, address) else 0
            return router(3, chance.randrange(2) + more)
        return straight(address, ttl)

    asked = asked_of(way)
    assert [balancer.balance for balancer in asked.graph.balancers] == [Balance.PACKET]
    assert only_departure(asked).doubt == "packets are shared out one by one there"


def test_a_balancer_by_destination_behind_one_by_flow_is_told_by_flows_that_come_by_it() -> None:
    found = 0
    for seed in range(8):

        def way(address: IPAddress, flow: int, ttl: int, seed: int = seed) -> Interface:
            branch = drawn(2, address, flow, "branch", seed)
            if ttl == 2:
                return router(2, branch)
            if ttl == 3:
                return router(3, branch and 10 + drawn(2, address, seed))
            return straight(address, ttl)

        for balancer in by_destination_in(asked_of(way, count=64).graph):
            found += 1
            assert (balancer.ttl, balancer.address) == (2, router(2, 1))
            assert set(balancer.branches) == {router(3, 10), router(3, 11)}
    # Half of the neighbours come by it: that all of these go one way is 1 in 8, not 1 in 64.
    assert found >= 5


def test_a_neighbour_that_is_nearer_than_the_destination_is_no_router() -> None:
    nearer = neighbours_of(END)[0]

    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return address if address == nearer and ttl >= 4 else straight(address, ttl)

    asked = asked_of(way)
    assert neighbourhood(asked).departures == ()
    assert neighbourhood(asked).untold == ()
    others = {probe.neighbour for probe in asked.probes if probe.ttl == 4} - {0}
    assert len(others) == 6


def test_a_filter_is_not_asked_again_and_again() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return None if address != END and ttl > 3 else straight(address, ttl)

    asked = asked_of(way)
    assert neighbourhood(asked).untold == (4, 5)
    in_vain = Counter(probe.ttl for probe in asked.probes)
    assert DEAF_AFTER <= in_vain[4] <= 6


def test_others_take_the_place_of_neighbours_without_an_answer() -> None:
    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        return None if ttl == 3 and int(address) % 2 else straight(address, ttl)

    asked = asked_of(way)
    assert neighbourhood(asked).untold == ()
    assert Counter(probe.ttl for probe in asked.probes)[3] > 6


def test_too_few_neighbours_are_told_as_too_few() -> None:
    assert neighbourhood(asked_of(by_destination(3, seed=3), count=8)).untold == (3,)
    few = neighbourhood(asked_of(lambda address, flow, ttl: straight(address, ttl), count=5))
    assert few.untold == (1, 2, 3, 4, 5)


def test_nothing_is_asked_twice() -> None:
    for seed in range(5):
        assert set(Counter(asked_of(by_destination(3, seed)).probes).values()) == {1}


def test_ipv6_neighbours_are_those_of_a_120() -> None:
    end = IPv6Address("2001:db8::cb00:710a")

    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        if ttl == 4:
            return address
        return IPv6Address(f"fd00::{ttl}:{drawn(2, address, 'v6') if ttl == 2 else 0}")

    asked = discover_both(way, end, distance=4)
    assert len(by_destination_in(asked.graph)) == 1
    assert str(neighbourhood(asked).network) == "2001:db8::cb00:7100/120"


@pytest.mark.sampled(0)
@settings(max_examples=60, deadline=None, derandomize=True)
@given(layers=layered(), seed=st.integers(0, 10**6), loss=st.sampled_from([0.0, 0.2]))
def test_balancing_by_flow_is_never_taken_for_balancing_by_destination(
    layers: list[list[list[int]]], seed: int, loss: float
) -> None:
    chance = random.Random(seed)

    def way(address: IPAddress, flow: int, ttl: int) -> Interface:
        if address != END and chance.random() < loss:
            return None
        at = 0
        for place, ways in enumerate(layers[: ttl - 1], 1):
            at = random.Random(f"{seed}/{place}/{at}/{flow}/{address}").choice(ways[at])
        return address if ttl > len(layers) else router(ttl, at)

    asked = discover_both(way, END, distance=len(layers) + 1, failure=0.01)
    assert by_destination_in(asked.graph) == []
    assert all(probe.ttl <= len(layers) for probe in asked.probes)


def test_a_graph_that_was_cut_short_can_be_asked_about() -> None:
    whole = asked_of(lambda address, flow, ttl: straight(address, ttl)).graph
    cut = ask_neighbours(
        MultipathGraph(
            nodes=whole.nodes[:3],
            links=whole.links[:2],
            balancers=(),
            confidence=0.95,
            flows=7,
            probes=whole.probes,
            is_complete=False,
        ),
        lambda address, flow, ttl: straight(address, ttl),
        END,
    )
    assert neighbourhood(cut).last_ttl == 3


def test_a_neighbour_that_cannot_be_sent_to_is_asked_no_further() -> None:
    graph = asked_of(lambda address, _flow, ttl: straight(address, ttl)).graph
    search = NeighbourSearch(graph, END, neighbours_of(END)[:32])
    asked: list[NeighbourProbe] = []
    while wanted := search.wanted():
        for probe in wanted:
            if probe.neighbour == 0:
                search.unsent(probe, "no")
            else:
                who = straight(neighbours_of(END)[probe.neighbour], probe.ttl)
                assert who is not None
                search.answered(probe, who, tries=1, is_end=False)
        asked += wanted
    found = search.neighbourhood(sent=0, retried=0, send_errors=5)
    assert (found.untold, found.departures, found.send_errors) == ((), (), 5)
    assert {probe.neighbour for probe in asked} == set(range(7))
