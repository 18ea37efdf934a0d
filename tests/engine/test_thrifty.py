"""A thrifty trace: what it sends, how long it takes, and what becomes of it in trouble."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.scout import EXTENSION_HOPS, SCOUT_PATIENCE_S
from poros_tui.engine.session import Session
from poros_tui.model.probe import Mode, Protocol
from poros_tui.probe.simulation.scenario import Scenario
from tests.engine.hints import quoting, way_back_longer_by
from tests.engine.trace import (
    RecordingTransport,
    Trace,
    lab_scenario,
    rising,
    run_trace,
)

pytestmark = pytest.mark.trio

ROUND_TRIP_S = 0.024


def once(queries: int = 3, **options: int | float) -> SessionConfig:
    return SessionConfig(rounds=1, queries=queries, thrifty=True, **options)  # type: ignore[arg-type]


def burst_after_scout(trace: Trace) -> list[int]:
    """The TTLs that left together behind the scout."""
    sent = trace.transport.sent
    begun_at_s = sent[1][0]
    return [ttl for at_s, ttl in sent[1:] if at_s == begun_at_s]


async def test_twelve_hops_cost_a_probe_more_than_the_least_and_one_round_trip(
    autojump_clock: MockClock,
) -> None:
    scenario = lab_scenario("straight12")
    burst = await run_trace(scenario, SessionConfig(rounds=1, queries=3))
    thrifty = await run_trace(scenario, once())
    assert (len(burst.transport.sent), len(thrifty.transport.sent)) == (54, 37)
    assert thrifty.transport.ttls[0] == 30
    assert thrifty.duration_s == pytest.approx(burst.duration_s + ROUND_TRIP_S)


async def test_a_certain_distance_lets_all_queries_go_at_once(autojump_clock: MockClock) -> None:
    trace = await run_trace(
        lab_scenario("straight12"), once(), protocol=Protocol.UDP, open_transport=quoting(12)
    )
    up, down = list(range(1, 13)), list(range(12, 0, -1))
    assert trace.transport.ttls == [30, *up, *down, *down]
    assert trace.duration_s == pytest.approx(2 * ROUND_TRIP_S)


@pytest.mark.parametrize("longer_by", [1, 2, 3, 6])
async def test_a_way_back_that_is_longer_costs_a_probe_for_each_hop_and_no_time(
    autojump_clock: MockClock, longer_by: int
) -> None:
    trace = await run_trace(
        lab_scenario("straight12"), once(), open_transport=way_back_longer_by(longer_by)
    )
    assert len(trace.transport.sent) == 37 + longer_by
    assert trace.duration_s == pytest.approx(3 * ROUND_TRIP_S)
    assert trace.final.session.distance == 12


@pytest.mark.parametrize("shorter_by", [1, 2, 3, 4])
async def test_a_way_back_that_is_shorter_by_a_few_costs_one_more_round_trip(
    autojump_clock: MockClock, shorter_by: int
) -> None:
    trace = await run_trace(
        lab_scenario("straight12"), once(), open_transport=way_back_longer_by(-shorter_by)
    )
    assert len(trace.transport.sent) == 37 + EXTENSION_HOPS - shorter_by
    assert trace.duration_s < 4 * ROUND_TRIP_S
    assert trace.final.session.distance == 12


@pytest.mark.parametrize("told", [1, 4, 7])
async def test_a_distance_that_is_told_far_too_short_costs_no_more_probes_than_a_burst(
    autojump_clock: MockClock, told: int
) -> None:
    trace = await run_trace(
        lab_scenario("straight12"), once(), open_transport=way_back_longer_by(told - 12)
    )
    assert len(trace.transport.sent) == 54
    assert trace.duration_s < 5 * ROUND_TRIP_S
    assert trace.final.session.distance == 12


@pytest.mark.parametrize("told", [1, 5, 11, 13, 20, 30])
async def test_a_quote_that_lies_does_no_harm(autojump_clock: MockClock, told: int) -> None:
    trace = await run_trace(
        lab_scenario("straight12"), once(), protocol=Protocol.UDP, open_transport=quoting(told)
    )
    assert trace.final.session.distance == 12
    assert [hop.received for hop in trace.final.hops] == [3] * 12
    assert not trace.undecided()


async def test_a_long_path_is_known_one_round_trip_later_than_without(
    autojump_clock: MockClock,
) -> None:
    scenario = lab_scenario("rising30")
    burst = await run_trace(scenario, SessionConfig(rounds=1, queries=3))
    thrifty = await run_trace(scenario, once())
    assert thrifty.duration_s == pytest.approx(burst.duration_s + 0.120)
    assert len(thrifty.transport.sent) == 90


@pytest.mark.parametrize("max_hops", [31, 255])
async def test_the_scout_may_have_any_ttl(autojump_clock: MockClock, max_hops: int) -> None:
    trace = await run_trace(lab_scenario("straight12"), once(max_hops=max_hops))
    assert trace.transport.ttls[:13] == [max_hops, *range(1, 13)]
    assert len(trace.transport.sent) == 37


@pytest.mark.parametrize("max_hops", [12, 11, 5])
async def test_where_the_path_is_not_shorter_the_scout_is_the_probe_of_its_hop(
    autojump_clock: MockClock, max_hops: int
) -> None:
    trace = await run_trace(lab_scenario("straight12"), once(max_hops=max_hops))
    assert sorted(trace.transport.ttls) == sorted([*range(1, max_hops + 1)] * 3)
    assert trace.final.session.distance == (12 if max_hops == 12 else None)
    assert [hop.received for hop in trace.final.hops] == [3] * max_hops


async def test_a_single_hop_needs_no_scout(autojump_clock: MockClock) -> None:
    trace = await run_trace(lab_scenario("straight12"), once(first_hop=4, max_hops=4))
    assert trace.transport.ttls == [4, 4, 4]


@pytest.mark.parametrize(("first_hop", "distance"), [(7, 12), (12, 12), (14, 14)])
async def test_hops_below_the_first_are_not_asked_whatever_the_scout_says(
    autojump_clock: MockClock, first_hop: int, distance: int
) -> None:
    trace = await run_trace(lab_scenario("straight12"), once(first_hop=first_hop))
    assert trace.transport.ttls[0] == 30
    assert set(trace.transport.ttls[1:]) == set(range(first_hop, distance + 1))
    assert trace.final.session.distance == distance


@pytest.mark.parametrize("name", ["silent-destination", "blackhole", "silent-to-icmp"])
async def test_a_scout_without_an_answer_costs_its_patience_and_no_probe(
    autojump_clock: MockClock, name: str
) -> None:
    scenario = lab_scenario(name)
    burst = await run_trace(scenario, SessionConfig(rounds=1, queries=3))
    thrifty = await run_trace(scenario, once())
    assert len(thrifty.transport.sent) == len(burst.transport.sent)
    assert thrifty.duration_s == pytest.approx(burst.duration_s + SCOUT_PATIENCE_S)
    assert thrifty.stop_words == burst.stop_words


async def test_a_scout_is_not_waited_for_longer_than_the_timeout(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(lab_scenario("blackhole"), once(timeout_s=0.2))
    assert trace.transport.times_s[1] == pytest.approx(0.2)


async def test_a_silent_scout_gives_the_only_place_back(autojump_clock: MockClock) -> None:
    trace = await run_trace(lab_scenario("blackhole"), once(1, max_concurrency=1))
    assert trace.transport.times_s[1] == pytest.approx(SCOUT_PATIENCE_S)


async def test_a_scout_whose_answer_comes_late_does_not_end_the_path(
    autojump_clock: MockClock,
) -> None:
    scenario = rising(12, 1200)
    burst = await run_trace(scenario, SessionConfig(rounds=1, queries=3))
    thrifty = await run_trace(scenario, once())
    assert len(thrifty.transport.sent) == len(burst.transport.sent) == 54
    assert thrifty.duration_s <= burst.duration_s + SCOUT_PATIENCE_S
    assert thrifty.final.session.distance == 12


async def test_the_last_hop_is_waited_for_even_if_it_is_slower_than_the_scouts_patience(
    autojump_clock: MockClock,
) -> None:
    slow = Scenario.from_toml(
        '[destination]\naddress = "203.0.113.10"\nrtt_ms = 700\n'
        + "".join(f'[[hop]]\naddress = "10.0.{ttl}.1"\nrtt_ms = 1\n' for ttl in range(1, 5))
    )
    trace = await run_trace(slow, once(1, max_hops=5))
    assert trace.final.session.distance == 5
    assert trace.duration_s == pytest.approx(0.7)


def limited_destination(per_second: float) -> Scenario:
    """Twelve hops to a destination that sends so many port unreachables, one at a time. By what it
    quotes nobody can tell how far away it is: the distance is a guess."""
    return Scenario.from_toml(
        '[destination]\naddress = "203.0.113.10"\nrtt_ms = 24\n'
        f"rate_limit = {{ per_second = {per_second}, burst = 1 }}\nquoted_ttl = 0\n"
        + "".join(f'[[hop]]\naddress = "10.0.{n}.1"\nrtt_ms = {2 * n}\n' for n in range(1, 12))
    )


async def test_a_destination_that_is_silent_at_its_place_is_asked_there_again(
    autojump_clock: MockClock,
) -> None:
    # The scout got the answer of the first half second.
    trace = await run_trace(limited_destination(2), once(), protocol=Protocol.UDP)
    assert trace.final.session.distance == 12
    assert max(trace.transport.ttls[1:]) == 12


async def test_a_destination_that_answers_only_the_scout_is_looked_for_everywhere(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(limited_destination(0.001), once(), protocol=Protocol.UDP)
    # As far as anybody can know, it is where it answered.
    assert trace.final.session.distance == 30
    assert [hop.received for hop in trace.final.hops[:11]] == [3] * 11
    assert not trace.undecided()


async def test_refusals_are_found_with_fewer_probes(autojump_clock: MockClock) -> None:
    for name in ("admin-prohibited", "firewall-reject", "net-unreachable", "host-unreachable"):
        scenario = lab_scenario(name)
        burst = await run_trace(scenario, SessionConfig(rounds=1, queries=3))
        thrifty = await run_trace(scenario, once())
        assert thrifty.stop_words == burst.stop_words
        assert len(thrifty.transport.sent) < len(burst.transport.sent)


@pytest.mark.parametrize("mode", [Mode.SEQUENTIAL, Mode.ADAPTIVE])
async def test_the_other_modes_send_no_scout(autojump_clock: MockClock, mode: Mode) -> None:
    scenario = lab_scenario("straight12")
    thrifty = await run_trace(scenario, SessionConfig(mode=mode, rounds=1, thrifty=True))
    plain = await run_trace(scenario, SessionConfig(mode=mode, rounds=1))
    assert thrifty.transport.ttls == plain.transport.ttls


async def test_only_the_first_exploration_has_a_scout_and_another_after_a_reset(
    autojump_clock: MockClock,
) -> None:
    async def script(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(3.5)
        session.reset()
        await trio.sleep(1.9)
        session.stop()

    trace = await run_trace(lab_scenario("straight12"), SessionConfig(thrifty=True), script=script)
    assert trace.transport.between(0, 3.5) == [30, *[*range(1, 13)] * 4]
    assert trace.transport.between(3.5, 4.5) == [30, *range(1, 13)]
    assert trace.final.session.distance == 12


async def test_with_a_rate_limit_the_probes_saved_are_time_saved(
    autojump_clock: MockClock,
) -> None:
    scenario = lab_scenario("straight12")
    burst = await run_trace(scenario, SessionConfig(rounds=1, queries=3, rate_limit_pps=50))
    thrifty = await run_trace(scenario, once(rate_limit_pps=50))
    assert len(thrifty.transport.sent) <= 38
    assert thrifty.duration_s <= burst.duration_s + ROUND_TRIP_S


@pytest.mark.parametrize("mode", [Mode.SEQUENTIAL, Mode.ADAPTIVE])
@pytest.mark.parametrize("at_s", [0.001, 0.0241])
async def test_the_mode_may_change_while_the_scout_is_out(
    autojump_clock: MockClock, at_s: float, mode: Mode
) -> None:
    async def script(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(at_s)
        session.set_mode(mode)

    trace = await run_trace(lab_scenario("straight12"), once(1), script=script)
    assert trace.final.session.distance == 12
    assert all(hop.received for hop in trace.final.hops)


@pytest.mark.parametrize(("at_s", "scouts"), [(0.001, [30]), (0.0241, [])])
async def test_a_pause_sends_another_scout_unless_the_burst_has_left(
    autojump_clock: MockClock, at_s: float, scouts: list[int]
) -> None:
    async def script(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(at_s)
        session.pause()
        await trio.sleep(2)
        session.resume()

    trace = await run_trace(lab_scenario("straight12"), once(1), script=script)
    assert trace.transport.since(1.0) == [*scouts, *range(1, 13)]
    assert trace.final.session.distance == 12


async def test_a_scout_that_cannot_leave_holds_nobody_back(autojump_clock: MockClock) -> None:
    async def script(_session: Session, transport: RecordingTransport) -> None:
        transport.send_problem = "network is unreachable"

    trace = await run_trace(lab_scenario("straight12"), once(1), script=script)
    assert trace.stop_words == "nothing could be sent: network is unreachable"
    assert trace.duration_s == 0
