"""When rounds begin and end, and what a long session remembers."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.model.history import Gap
from poros_tui.model.probe import Mode
from poros_tui.model.session import SessionState
from poros_tui.model.stop import StopKind
from tests.engine.trace import (
    RecordingTransport,
    Trace,
    changes,
    lab_scenario,
    rising,
    run_trace,
    stop_at,
)

pytestmark = pytest.mark.trio


def starts_s(trace: Trace) -> list[float]:
    """When the first hop was asked."""
    return [at_s for at_s, ttl in trace.transport.sent if ttl == 1]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("interval_s", [0.3, 1.0, 10.0])
async def test_rounds_begin_exactly_one_interval_apart(
    autojump_clock: MockClock, mode: Mode, interval_s: float
) -> None:
    config = SessionConfig(mode=mode, interval_s=interval_s, rounds=5)
    trace = await run_trace(rising(5, 20), config)
    assert starts_s(trace) == pytest.approx([interval_s * number for number in range(5)])


async def test_rounds_of_an_interval_shorter_than_patience_overlap(
    autojump_clock: MockClock,
) -> None:
    # The view waits 1 s for what lies behind hop 3; rounds of 0.2 s do not.
    scenario = rising(6, 30, "icmp = false\n" + changes(4, 5, what="silent = true"))
    config = SessionConfig(interval_s=0.2)
    trace = await run_trace(scenario, config, script=stop_at(4.1))
    later_s = [at_s for at_s in starts_s(trace) if at_s > 0]
    assert later_s == pytest.approx([1.0 + 0.2 * number for number in range(16)])


async def test_the_first_round_is_not_cut_short_by_the_interval(autojump_clock: MockClock) -> None:
    config = SessionConfig(interval_s=0.5)
    trace = await run_trace(lab_scenario("blackhole"), config, script=stop_at(3))
    assert starts_s(trace)[1] == pytest.approx(1.0, abs=0.1)


async def test_a_round_slower_than_the_interval_is_followed_at_once(
    autojump_clock: MockClock,
) -> None:
    config = SessionConfig(mode=Mode.SEQUENTIAL, interval_s=0.1, rounds=3)
    trace = await run_trace(rising(12, 48), config)
    round_s = sum(0.004 * ttl for ttl in range(1, 13))
    assert starts_s(trace) == pytest.approx([0, round_s, 2 * round_s])
    assert trace.transport.most_unanswered == 1


async def test_a_session_of_so_many_rounds_ends_after_them(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(5, 20), SessionConfig(rounds=4, queries=2))
    assert [hop.sent for hop in trace.final.hops] == [8] * 5
    assert [hop.received for hop in trace.final.hops] == [8] * 5
    assert {probe.round for probe in trace.sent_probes()} == {0, 1, 2, 3}
    assert trace.duration_s == pytest.approx(3.02)
    assert trace.final.session.status.state is SessionState.FINISHED
    assert trace.stop_words == "destination reached at hop 5"


async def test_the_round_under_way_and_the_state_are_announced(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(5, 20), SessionConfig(rounds=3))
    assert trace.statuses[0].state is SessionState.STARTING
    assert [s.round for s in trace.statuses if s.state is SessionState.RUNNING] == [
        0, 0, 1, 1, 2, 2,
    ]  # fmt: skip
    assert trace.statuses[-1].state is SessionState.FINISHED
    assert [s.stop.kind for s in trace.statuses if s.stop] == [StopKind.REACHED] * 6


async def test_in_steady_state_each_hop_is_asked_once_a_round_and_none_beyond(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(rising(30, 120), SessionConfig(max_hops=40), script=stop_at(9.5))
    for start_s in range(1, 10):
        assert trace.transport.between(start_s, start_s + 1) == list(range(1, 31))


async def test_a_one_shot_trace_counts_what_it_gave_up_as_lost_after_the_time_it_waited(
    autojump_clock: MockClock,
) -> None:
    scenario = rising(12, 48, changes(5, what="silent = true"))
    trace = await run_trace(scenario, SessionConfig(rounds=1, queries=2))
    hop = trace.final.hops[4]
    assert (hop.sent, hop.lost, hop.in_flight) == (2, 2, 0)
    waited_s = [record.outcome.waited_s for record in hop.records if record.outcome]  # type: ignore[union-attr]
    assert all(0.2 <= each_s <= 0.6 for each_s in waited_s)
    assert trace.undecided() == []


async def test_an_answer_after_the_timeout_is_credited(autojump_clock: MockClock) -> None:
    scenario = rising(12, 48, changes(5, what="rtt_ms = 1300"))
    config = SessionConfig(timeout_s=1.0)
    trace = await run_trace(scenario, config, script=stop_at(10.5))
    hop = trace.final.hops[4]
    assert hop.late == hop.received == 10
    assert hop.lost == 0
    assert hop.in_flight == 1
    assert hop.rtt.mean_s == pytest.approx(1.3)
    assert hop.history[:10] == pytest.approx((1.3,) * 10)


async def test_a_late_destination_still_ends_the_path(autojump_clock: MockClock) -> None:
    scenario = rising(5, 10, "rtt_ms = 1500")
    trace = await run_trace(scenario, SessionConfig(timeout_s=1.0), script=stop_at(6))
    assert trace.final.session.distance == 5
    assert trace.final.hops[-1].late > 0


async def test_losses_are_gaps_in_the_history_in_their_place(autojump_clock: MockClock) -> None:
    scenario = rising(3, 6, changes(2, what="rate_limit = { per_second = 0.5, burst = 1 }"))
    trace = await run_trace(scenario, SessionConfig(timeout_s=0.5), script=stop_at(5.9))
    samples = trace.final.hops[1].history
    assert [sample is Gap.LOST for sample in samples] == [False, True] * 3


async def test_a_long_session_stays_bounded(autojump_clock: MockClock) -> None:
    scenario = rising(8, 32, changes(3, what="silent = true"))
    most_tasks = 0

    async def watch(session: Session, _transport: RecordingTransport) -> None:
        nonlocal most_tasks
        for _ in range(300):
            await trio.sleep(0.97)
            most_tasks = max(most_tasks, trio.lowlevel.current_statistics().tasks_living)
        session.stop()

    trace = await run_trace(scenario, SessionConfig(), script=watch)
    assert trace.final.hops[0].sent == 292
    assert len(trace.final.hops[0].history) == 240
    assert len(trace.session._ledger._flights) <= 8 * 34
    assert trace.session._round is None
    assert trace.session._means.places.borrowed_tokens == 0
    assert most_tasks < 40


async def test_a_live_session_of_thirty_hops_needs_fewer_than_a_hundred_tasks(
    autojump_clock: MockClock,
) -> None:
    before = trio.lowlevel.current_statistics().tasks_living
    counts: list[int] = []

    async def watch(session: Session, transport: RecordingTransport) -> None:
        for _ in range(500):
            await trio.sleep(0.01)
            counts.append(trio.lowlevel.current_statistics().tasks_living - before)
        session.stop()

    await run_trace(rising(30, 120), SessionConfig(), script=watch)
    assert 30 <= max(counts) < 60


async def test_the_first_trace_of_an_unreachable_network_does_not_count_as_exploration(
    autojump_clock: MockClock,
) -> None:
    async def script(session: Session, transport: RecordingTransport) -> None:
        transport.send_problem = "network is unreachable"
        await trio.sleep(2.5)
        transport.send_problem = None
        await trio.sleep(0.9)
        session.stop()

    trace = await run_trace(rising(30, 120), SessionConfig(), script=script)
    # All at once again: in steps of the gap limit it would take four round trips.
    assert trace.transport.times_s == [3.0] * 30
    assert trace.final.session.distance == 30
