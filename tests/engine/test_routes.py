"""A path that changes while the session runs is followed."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.probe import IPAddress, Mode, Protocol
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.trace import Trace, changes, lab_scenario, rising, run_trace, stop_at
from tests.lab.expectation import visible_path

pytestmark = pytest.mark.trio


def two_routes(before: Scenario, after: Scenario, at_s: float) -> Scenario:
    """The hops of `before`, and from `at_s` on those of `after`."""
    return Scenario(
        destination=before.destination,
        routes=(
            before.routes[0],
            type(before.routes[0])(
                at_s=at_s,
                hops=after.routes[0].hops,
                destination_rtt_s=after.routes[0].destination_rtt_s,
            ),
        ),
    )


def newest_responders(trace: Trace) -> list[IPAddress | None]:
    """Who answered the newest answered probe of each hop."""
    newest: list[IPAddress | None] = []
    for hop in trace.final.hops:
        replies = [r.outcome for r in hop.records if hasattr(r.outcome, "responder")]
        newest.append(replies[-1].responder if replies else None)  # type: ignore[union-attr]
    return newest


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("name", ["route-grows", "route-shrinks"])
async def test_a_changed_route_is_known_two_rounds_later(
    autojump_clock: MockClock, name: str, mode: Mode
) -> None:
    scenario = lab_scenario(name)
    trace = await run_trace(scenario, SessionConfig(mode=mode), script=stop_at(5.0))
    expected = visible_path(scenario, family=4, protocol=Protocol.ICMP, at_s=4.0)
    assert newest_responders(trace) == [next(iter(responders)) for responders in expected]
    assert trace.final.session.distance == len(expected)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("hops", [1, 3, 11, 13, 19, 30])
async def test_a_destination_that_moves_to_any_distance_is_followed_within_two_rounds(
    autojump_clock: MockClock, mode: Mode, hops: int
) -> None:
    scenario = two_routes(rising(12, 24), rising(hops, 30), 4.5)
    trace = await run_trace(scenario, SessionConfig(mode=mode), script=stop_at(6.9))
    assert trace.final.session.distance == trace.final.session.path_length == hops
    shown = {round(update.session.distance or 0) for update in trace.updates}
    assert shown >= {12, hops}


@pytest.mark.sampled(3)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("queries", [1, 3, 5])
async def test_a_destination_that_moved_behind_a_now_silent_hop_is_found_after_a_few_rounds(
    autojump_clock: MockClock, mode: Mode, queries: int
) -> None:
    # Nobody says any more that hop 8 is not the destination: only its silence tells.
    longer = rising(11, 33, changes(8, what="silent = true"))
    scenario = two_routes(rising(8, 24), longer, 4.5)
    config = SessionConfig(mode=mode, queries=queries)
    trace = await run_trace(scenario, config, script=stop_at(24))
    assert trace.final.session.distance == 11
    found_at = next(
        update.session.status.round for update in trace.updates if update.session.distance == 11
    )
    assert 5 <= found_at <= 12


async def test_where_the_destination_was_seen_in_the_first_burst_does_not_confuse(
    autojump_clock: MockClock,
) -> None:
    # TTL 13 to 20 met the destination in the first burst; later it is 15 hops away, the hops in
    # between being silent.
    longer = rising(15, 30, changes(13, 14, what="silent = true"))
    scenario = two_routes(rising(12, 24), longer, 8.5)
    trace = await run_trace(scenario, SessionConfig(), script=stop_at(10.9))
    assert trace.final.session.distance == 15


async def test_a_destination_that_falls_silent_keeps_its_place_and_loses(
    autojump_clock: MockClock,
) -> None:
    scenario = two_routes(rising(12, 24), rising(12, 24, changes(11, what="blackhole = true")), 4.5)
    trace = await run_trace(scenario, SessionConfig(timeout_s=1.0), script=stop_at(30.5))
    session = trace.final.session
    assert session.distance == session.path_length == 12
    assert trace.final.hops[-1].lost >= 24
    assert trace.final.hops[-1].received == 5
    assert all(hop.lost == 0 for hop in trace.final.hops[:-1])
    # One exploration of 8 hops in five rounds.
    beyond = [ttl for ttl in trace.transport.since(4.5) if ttl > 12]
    assert 3 * 8 <= len(beyond) <= 6 * 8
    assert session.sent_beyond == len(beyond) + 18


async def test_a_host_that_comes_back_after_a_refusal_is_reached_again(
    autojump_clock: MockClock,
) -> None:
    refused = rising(12, 24, changes(5, what='unreachable = "host"'))
    scenario = two_routes(refused, rising(12, 24), 4.5)
    trace = await run_trace(scenario, SessionConfig(), script=stop_at(6))
    assert trace.final.session.distance == 12
    assert trace.stop_words == "destination reached at hop 12"
    assert not any(hop.is_unreachable for hop in trace.final.hops)


async def test_a_path_that_breaks_in_the_middle_ends_at_the_refusal_soon(
    autojump_clock: MockClock,
) -> None:
    refused = rising(12, 24, changes(5, what='unreachable = "host"'))
    scenario = two_routes(rising(12, 24), refused, 4.5)
    trace = await run_trace(scenario, SessionConfig(), script=stop_at(7.5))
    assert trace.stop_words == "host unreachable, says 10.0.5.1 at hop 5"
    assert trace.final.session.path_length == 5


@pytest.mark.parametrize("mode", Mode)
async def test_a_path_whose_length_alternates_costs_no_exploration_each_time(
    autojump_clock: MockClock, mode: Mode
) -> None:
    shorter, longer = rising(12, 24), rising(13, 26)
    base = two_routes(shorter, longer, 1.9)
    scenario = Scenario(destination=base.destination, routes=base.routes, repeat_s=3.8)
    trace = await run_trace(scenario, SessionConfig(mode=mode), script=stop_at(40))
    assert len(trace.transport.since(1.5)) <= 40 * 14
