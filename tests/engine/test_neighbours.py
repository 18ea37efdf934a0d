from __future__ import annotations

from ipaddress import IPv4Address

import pytest
import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.errors import CannotRun, UsageError
from poros_tui.model.departure import Neighbourhood
from poros_tui.model.multipath import Balance, MultipathGraph
from poros_tui.model.neighbours import neighbours_of
from poros_tui.model.probe import IPAddress, Protocol
from poros_tui.model.session import SessionState
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.mda_table import BY_DESTINATION, OTHERS, show
from tests.engine.trace import RecordingTransport, Trace, changes, lab_scenario, rising, run_trace
from tests.lab.graph import balancers_by_destination

CONFIG = SessionConfig(queries=1, rounds=1, failure=0.05, neighbours=32)
END = IPv4Address("203.0.113.10")
APART = '\n[[hop]]\nttl = 4\naddresses = ["10.0.4.1", "10.0.4.2"]\nbalance = "destination"\n{}\n'
SEEDS = 10
"""`python -m tests.engine.mda_table` runs 100 of each."""


def by_destination(what: str) -> Scenario:
    """Two ways at hop 4, where all answer like this."""
    return rising(8, 16, APART.format(what) + changes(1, 2, 3, 5, 6, 7, what=what))


def graph_of(trace: Trace) -> MultipathGraph:
    graph = trace.final.session.status.graph
    assert graph is not None
    return graph


def neighbourhood(trace: Trace) -> Neighbourhood:
    found = graph_of(trace).neighbourhood
    assert found is not None
    return found


def told(trace: Trace) -> set[tuple[int, IPAddress | None, frozenset[IPAddress | None]]]:
    return {
        (balancer.ttl, balancer.address, frozenset(balancer.branches))
        for balancer in graph_of(trace).balancers
        if balancer.balance is Balance.DESTINATION
    }


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", BY_DESTINATION)
@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("family", [4, 6])
def test_who_balances_by_destination_is_found(name: str, protocol: Protocol, family: int) -> None:
    seeds = range(SEEDS if protocol is Protocol.ICMP else 2)
    shown = [show(lab_scenario(name), seed, protocol, family) for seed in seeds]
    assert sum(one.is_right for one in shown) >= len(seeds) - 1
    assert not any(one.is_false for one in shown)
    for one in shown:
        found = one.graph.neighbourhood
        assert found is not None
        assert found.sent - found.repeated <= found.theory + 12


@pytest.mark.sampled(3)
@pytest.mark.parametrize("name", OTHERS)
def test_nobody_else_is_said_to(name: str) -> None:
    assert all(show(lab_scenario(name), seed).is_right for seed in range(2))


@pytest.mark.trio
async def test_nothing_is_sent_to_neighbours_unless_it_is_wanted(autojump_clock: object) -> None:
    config = SessionConfig(queries=1, rounds=1, failure=0.05)
    trace = await run_trace(lab_scenario("balanced-by-destination"), config)
    assert graph_of(trace).neighbourhood is None
    assert trace.transport.neighbours == {}
    with_them = await run_trace(lab_scenario("balanced-by-destination"), CONFIG)
    assert graph_of(with_them).probes == graph_of(trace).probes


@pytest.mark.trio
async def test_neighbours_are_asked_below_the_destination_alone(autojump_clock: object) -> None:
    for name in ("balanced-by-destination", "diamond-unequal"):
        trace = await run_trace(lab_scenario(name), CONFIG)
        sent = {address: to.ttls for address, to in trace.transport.neighbours.items()}
        assert set(sent) == set(neighbours_of(END)[: len(sent)])
        assert max(max(ttls) for ttls in sent.values()) == 7  # the destination is met at 8
        assert sum(map(len, sent.values())) == neighbourhood(trace).sent


@pytest.mark.trio
async def test_no_hop_and_no_round_counts_the_probes_to_neighbours(autojump_clock: object) -> None:
    trace = await run_trace(lab_scenario("balanced-by-destination"), CONFIG)
    assert {hop.sent for hop in trace.final.hops} == {1}
    assert {hop.lost for hop in trace.final.hops} == {0}
    session = trace.final.session
    assert len(trace.transport.sent) == session.sent + graph_of(trace).probes.sent
    assert (session.foreign, session.malformed) == (0, 0)


@pytest.mark.trio
async def test_the_paths_of_flows_are_shown_before_neighbours_are_asked(
    autojump_clock: object,
) -> None:
    trace = await run_trace(lab_scenario("balanced-by-destination"), CONFIG)
    states = [
        (status.is_discovering, status.graph is not None, bool(status.graph and told(trace)))
        for status in trace.statuses
    ]
    assert (True, True, True) in states
    assert trace.statuses[-1].is_discovering is False
    assert neighbourhood(trace).is_complete


@pytest.mark.trio
async def test_an_address_that_is_met_on_the_way_is_not_asked(autojump_clock: object) -> None:
    nearest, second, *_ = neighbours_of(END)
    scenario = rising(8, 16, f'\n[[hop]]\nttl = 6\naddress = "{nearest}"\n')
    trace = await run_trace(scenario, CONFIG)
    assert nearest not in trace.transport.neighbours
    assert second in trace.transport.neighbours


@pytest.mark.trio
async def test_what_is_lost_is_asked_again(autojump_clock: object) -> None:
    scenario = by_destination("loss = 0.3")
    truth = balancers_by_destination(scenario, family=4)
    for seed in range(4):
        trace = await run_trace(scenario, CONFIG, seed=seed)
        assert told(trace) == truth
        assert neighbourhood(trace).retried > 10


@pytest.mark.trio
async def test_routers_that_answer_once_a_second_are_asked_so(autojump_clock: object) -> None:
    scenario = by_destination("rate_limit = { per_second = 1, burst = 6 }")
    trace = await run_trace(scenario, CONFIG, seed=2)
    assert told(trace) == balancers_by_destination(scenario, family=4)
    found = neighbourhood(trace)
    assert found.retried < found.sent / 2
    assert trace.duration_s < 90


@pytest.mark.trio
async def test_the_rate_limit_holds_for_neighbours(autojump_clock: object) -> None:
    config = SessionConfig(rounds=1, failure=0.05, neighbours=32, rate_limit_pps=20)
    trace = await run_trace(lab_scenario("balanced-by-destination"), config)
    sent = len(trace.transport.sent) + neighbourhood(trace).sent
    assert trace.duration_s > (sent - 3) / 20


async def asked_after_s(scenario: Scenario) -> float:
    """How long after the beginning the first neighbour is asked."""
    began_at_s = trio.current_time()
    trace = await run_trace(scenario, CONFIG)
    first_s = min(to.times_s[0] for to in trace.transport.neighbours.values())
    return first_s - began_at_s


@pytest.mark.trio
async def test_a_stop_keeps_what_neighbours_have_shown_by_then(autojump_clock: object) -> None:
    async def stop(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(after_s + 0.02)  # the first six have been asked, and not all answered
        session.stop()

    config = SessionConfig(failure=0.05, neighbours=32)
    scenario = lab_scenario("balanced-by-destination")
    after_s = await asked_after_s(scenario)
    trace = await run_trace(scenario, config, script=stop)
    assert graph_of(trace).is_complete
    found = neighbourhood(trace)
    assert not found.is_complete
    assert found.asked >= 6
    assert trace.final.session.status.state is SessionState.FINISHED


@pytest.mark.trio
async def test_after_a_pause_neighbours_alone_are_asked_anew(autojump_clock: object) -> None:
    async def pause(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(after_s + 0.02)
        session.pause()
        await trio.sleep(10)
        session.resume()

    scenario = lab_scenario("balanced-by-destination")
    after_s = await asked_after_s(scenario)
    began_at_s = trio.current_time()
    trace = await run_trace(scenario, CONFIG, script=pause)
    assert told(trace) == balancers_by_destination(scenario, family=4)
    paused_at_s = began_at_s + after_s + 0.02
    sent = [at_s for to in trace.transport.neighbours.values() for at_s in to.times_s]
    assert min(sent) < paused_at_s
    assert not [at_s for at_s in sent if paused_at_s < at_s < paused_at_s + 10]
    # The round after the pause asks each hop once: the paths of flows are known.
    assert len(trace.transport.since(paused_at_s)) == 8


@pytest.mark.trio
async def test_a_reset_forgets_what_neighbours_showed(autojump_clock: object) -> None:
    seen: list[MultipathGraph | None] = []

    async def reset(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(5)
        seen.append(session._paths.graph)
        session.reset()
        seen.append(session._paths.graph)
        await trio.sleep(5)
        session.stop()

    config = SessionConfig(failure=0.05, neighbours=32)
    scenario = lab_scenario("balanced-by-destination")
    trace = await run_trace(scenario, config, script=reset)
    before, after = seen
    assert before is not None
    assert before.neighbourhood is not None
    assert after is None
    assert told(trace) == balancers_by_destination(scenario, family=4)


@pytest.mark.trio
async def test_neighbours_are_asked_by_the_protocol_that_the_user_changes_to(
    autojump_clock: object,
) -> None:
    async def change(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(5)
        session.set_protocol(Protocol.UDP)
        await trio.sleep(5)
        session.stop()

    config = SessionConfig(failure=0.05, neighbours=32)
    scenario = lab_scenario("balanced-by-destination")
    trace = await run_trace(scenario, config, script=change)
    assert trace.transport.neighbours_by == {None, Protocol.UDP}
    assert told(trace) == balancers_by_destination(scenario, family=4)


class Refusing(RecordingTransport):
    """Has no sockets for every other neighbour."""

    def to_neighbour(self, address: IPAddress) -> RecordingTransport:
        if int(address) % 2:
            raise CannotRun("too many open files")
        return super().to_neighbour(address)


@pytest.mark.trio
async def test_others_are_asked_instead_of_those_that_have_no_sockets(
    autojump_clock: object,
) -> None:
    scenario = lab_scenario("balanced-by-destination")
    trace = await run_trace(scenario, CONFIG, open_transport=Refusing)
    assert told(trace) == balancers_by_destination(scenario, family=4)


@pytest.mark.parametrize("count", [-1, 65])
def test_more_neighbours_than_there_are_sockets_for_are_refused(count: int) -> None:
    with pytest.raises(UsageError, match=f"--mda-neighbours {count} is out of range; give 0 to 64"):
        SessionConfig(failure=0.05, neighbours=count)
