"""How long a trace takes, in virtual time: waiting only, no computing."""

from __future__ import annotations

import pytest
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.model.probe import Mode
from poros_tui.model.stop import StopKind
from tests.engine.trace import changes, lab_scenario, rising, run_trace

pytestmark = pytest.mark.trio


async def duration_s(mode: Mode, hops: int, last_rtt_ms: float, *, queries: int = 1) -> float:
    config = SessionConfig(mode=mode, rounds=1, queries=queries)
    trace = await run_trace(rising(hops, last_rtt_ms), config)
    assert trace.final.session.distance == hops
    return trace.duration_s


async def test_thirty_hops_and_one_query_are_known_after_the_slowest_round_trip(
    autojump_clock: MockClock,
) -> None:
    assert await duration_s(Mode.CONCURRENT, 30, 120) == pytest.approx(0.120)


async def test_thirty_hops_and_three_queries_are_known_within_one_and_a_quarter_round_trips(
    autojump_clock: MockClock,
) -> None:
    assert await duration_s(Mode.CONCURRENT, 30, 120, queries=3) <= 1.25 * 0.120


@pytest.mark.parametrize(
    ("hops", "last_rtt_ms"), [(12, 24), (15, 150), (20, 80), (30, 60), (30, 300)]
)
async def test_no_path_takes_more_than_two_round_trips_and_a_little(
    autojump_clock: MockClock, hops: int, last_rtt_ms: float
) -> None:
    taken_s = await duration_s(Mode.CONCURRENT, hops, last_rtt_ms, queries=3)
    assert taken_s <= 2 * last_rtt_ms / 1000 + 0.001


@pytest.mark.parametrize("queries", [1, 3])
@pytest.mark.parametrize(("hops", "last_rtt_ms"), [(15, 150), (30, 120)])
async def test_concurrent_is_at_least_five_times_faster_than_sequential(
    autojump_clock: MockClock, hops: int, last_rtt_ms: float, queries: int
) -> None:
    concurrent_s = await duration_s(Mode.CONCURRENT, hops, last_rtt_ms, queries=queries)
    sequential_s = await duration_s(Mode.SEQUENTIAL, hops, last_rtt_ms, queries=queries)
    assert sequential_s >= 5 * concurrent_s


async def test_sequential_takes_the_sum_of_all_round_trips(autojump_clock: MockClock) -> None:
    sum_s = sum(0.004 * ttl for ttl in range(1, 31))
    assert await duration_s(Mode.SEQUENTIAL, 30, 120) == pytest.approx(sum_s)


async def test_adaptive_lies_between_the_two(autojump_clock: MockClock) -> None:
    times_s = [await duration_s(mode, 30, 120) for mode in (Mode.CONCURRENT, Mode.ADAPTIVE)]
    assert times_s[0] < times_s[1] < 5 * 0.120


async def test_sequential_is_not_slowed_by_more_places(autojump_clock: MockClock) -> None:
    config = SessionConfig(mode=Mode.SEQUENTIAL, rounds=1, max_concurrency=1)
    trace = await run_trace(rising(12, 48), config)
    assert trace.duration_s == pytest.approx(sum(0.004 * ttl for ttl in range(1, 13)))
    assert trace.transport.most_unanswered == 1


@pytest.mark.parametrize("queries", [1, 3])
@pytest.mark.parametrize("mode", [Mode.CONCURRENT, Mode.ADAPTIVE])
@pytest.mark.parametrize("name", ["blackhole", "silent-gap", "silent-hops", "silent-destination"])
async def test_silence_keeps_nobody_waiting_for_five_seconds(
    autojump_clock: MockClock, name: str, mode: Mode, queries: int
) -> None:
    config = SessionConfig(mode=mode, rounds=1, queries=queries)
    trace = await run_trace(lab_scenario(name), config)
    limit_s = 5.0 if mode is Mode.CONCURRENT else 15.0
    assert trace.duration_s < limit_s


@pytest.mark.parametrize("queries", [1, 3])
async def test_silent_hops_before_the_destination_cost_ten_of_its_round_trips_not_a_timeout(
    autojump_clock: MockClock, queries: int
) -> None:
    scenario = rising(12, 48, changes(2, 5, 6, 7, 11, what="silent = true"))
    config = SessionConfig(mode=Mode.CONCURRENT, rounds=1, queries=queries)
    trace = await run_trace(scenario, config)
    assert trace.duration_s <= 0.6
    lost = [hop.lost for hop in trace.final.hops]
    assert lost == [queries if ttl in (2, 5, 6, 7, 11) else 0 for ttl in range(1, 13)]


async def test_a_black_hole_ends_the_trace_after_a_second_and_says_so(
    autojump_clock: MockClock,
) -> None:
    config = SessionConfig(mode=Mode.CONCURRENT, rounds=1)
    trace = await run_trace(lab_scenario("blackhole"), config)
    assert trace.duration_s == pytest.approx(1.0, abs=0.1)
    stop = trace.final.session.status.stop
    assert stop is not None
    assert stop.kind is StopKind.GAP_LIMIT
    assert trace.stop_words == "8 silent hops after hop 9 (--gap-limit)"


async def test_a_network_that_says_nothing_is_given_the_whole_timeout(
    autojump_clock: MockClock,
) -> None:
    scenario = rising(12, 48, "icmp = false\n" + changes(*range(1, 12), what="silent = true"))
    trace = await run_trace(scenario, SessionConfig(rounds=1, timeout_s=2.0))
    assert trace.duration_s == pytest.approx(2.0)
    assert trace.stop_words == "nothing answered: 8 silent hops in a row (--gap-limit)"


async def test_a_silent_query_after_an_answered_one_is_decided_by_that_answers_time(
    autojump_clock: MockClock,
) -> None:
    # Hop 4 answers once; its second and third query are sent when the destination is known, while
    # the view still waits long for others. Theirs is 0.2 s.
    scenario = rising(
        12,
        24,
        changes(4, what="rate_limit = { per_second = 0.001, burst = 1 }")
        + changes(11, what="silent = true"),
    )
    trace = await run_trace(scenario, SessionConfig(rounds=1, queries=3))
    assert trace.duration_s <= 2 * 0.024 + 0.55
