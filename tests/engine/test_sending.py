"""What is sent, in which order, how much of it, and never more than that."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.rush import RUSH_AFTER_S
from poros_tui.engine.session import Session
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Mode
from poros_tui.probe.transport import Deliver
from tests.engine.trace import (
    RecordingTransport,
    changes,
    lab_scenario,
    rising,
    run_trace,
    stop_at,
)

pytestmark = pytest.mark.trio

PROFILES_MS = [1, 5, 12, 24, 32, 60, 100, 240, 600]
"""Round trips to the last of 12 hops, all rising evenly: a campus to a satellite."""
RUSHING_MS = [36, 48]
"""Hops at 4, 8 and 12 ms, say: three or four within the time that decides on the rush."""


async def test_the_first_burst_asks_every_ttl_once_in_ascending_order(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(rising(30, 300), SessionConfig(rounds=1, queries=3))
    assert trace.transport.ttls[:30] == list(range(1, 31))
    assert trace.transport.times_s[:30] == [0.0] * 30


@pytest.mark.parametrize("mode", [Mode.CONCURRENT, Mode.ADAPTIVE])
async def test_every_ttl_is_asked_once_before_any_is_asked_twice(
    autojump_clock: MockClock, mode: Mode
) -> None:
    trace = await run_trace(rising(12, 100), SessionConfig(mode=mode, rounds=1, queries=3))
    is_further = [probe.query > 0 for probe in trace.sent_probes()]
    assert is_further == sorted(is_further)
    for query in range(3):
        ttls = [probe.ttl for probe in trace.sent_probes() if probe.query == query]
        assert ttls == sorted(ttls)


async def test_sequential_asks_a_hop_as_often_as_wanted_before_the_next_one_at_a_time(
    autojump_clock: MockClock,
) -> None:
    config = SessionConfig(mode=Mode.SEQUENTIAL, rounds=1, queries=3)
    trace = await run_trace(rising(12, 100), config)
    assert trace.transport.ttls == [ttl for ttl in range(1, 13) for _ in range(3)]
    assert trace.transport.most_unanswered == 1


@pytest.mark.parametrize("last_rtt_ms", PROFILES_MS)
async def test_twelve_hops_with_three_queries_cost_at_most_54_probes_concurrently(
    autojump_clock: MockClock, last_rtt_ms: float
) -> None:
    trace = await run_trace(rising(12, last_rtt_ms), SessionConfig(rounds=1, queries=3))
    assert Counter(trace.transport.ttls) == {ttl: 3 if ttl <= 12 else 1 for ttl in range(1, 31)}
    assert len(trace.transport.sent) == 54


@pytest.mark.parametrize("last_rtt_ms", RUSHING_MS)
async def test_the_rush_is_the_one_exception_and_costs_further_queries_beyond_the_destination(
    autojump_clock: MockClock, last_rtt_ms: float
) -> None:
    # Three or four hops within the first 14.5 ms promise a long path: a 30-hop path of 120 ms
    # begins like this 12-hop path of 48 ms, and would take two round trips without the rush.
    trace = await run_trace(rising(12, last_rtt_ms), SessionConfig(rounds=1, queries=3))
    assert len(trace.transport.sent) == 90
    assert max(trace.transport.times_s) == pytest.approx(RUSH_AFTER_S)
    assert trace.duration_s == pytest.approx(RUSH_AFTER_S + last_rtt_ms / 1000)


async def test_a_trace_with_one_query_never_sends_more_than_its_first_burst(
    autojump_clock: MockClock,
) -> None:
    for last_rtt_ms in (*PROFILES_MS, *RUSHING_MS):
        trace = await run_trace(rising(12, last_rtt_ms), SessionConfig(rounds=1))
        assert len(trace.transport.sent) == 30


@pytest.mark.parametrize("last_rtt_ms", [*PROFILES_MS, *RUSHING_MS])
@pytest.mark.parametrize(
    "more", ["", changes(5, what="silent = true"), changes(11, what="loss = 0.5")]
)
async def test_twelve_hops_with_three_queries_cost_at_most_40_probes_adaptively(
    autojump_clock: MockClock, last_rtt_ms: float, more: str
) -> None:
    config = SessionConfig(mode=Mode.ADAPTIVE, rounds=1, queries=3)
    trace = await run_trace(rising(12, last_rtt_ms, more), config)
    assert trace.final.session.distance == 12
    assert len(trace.transport.sent) <= 40


@pytest.mark.parametrize("hops", range(1, 31))
async def test_adaptive_overshoots_the_destination_by_less_than_its_last_window(
    autojump_clock: MockClock, hops: int
) -> None:
    config = SessionConfig(mode=Mode.ADAPTIVE, rounds=1)
    trace = await run_trace(rising(hops, 60), config)
    beyond = max(trace.transport.ttls) - hops
    window, reached = 1, 1
    while reached < hops:
        window *= 2
        reached += window
    assert beyond <= min(reached, 30) - hops
    assert beyond < window
    assert beyond <= config.gap_limit


async def test_sequential_sends_nothing_beyond_the_destination(autojump_clock: MockClock) -> None:
    for mode_queries in (1, 3):
        config = SessionConfig(mode=Mode.SEQUENTIAL, rounds=3, queries=mode_queries)
        trace = await run_trace(rising(12, 24), config)
        assert max(trace.transport.ttls) == 12


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("queries", [1, 3])
async def test_nothing_is_sent_beyond_the_destination_once_its_distance_is_known(
    autojump_clock: MockClock, mode: Mode, queries: int
) -> None:
    config = SessionConfig(mode=mode, rounds=4, queries=queries, max_concurrency=7)
    trace = await run_trace(lab_scenario("jitter"), config)
    known_at_s = (
        next(at_s for at_s, ttl in trace.transport.sent if ttl >= 12) + 0.024
    )  # no answer of the destination is faster
    assert max(trace.transport.since(known_at_s + 0.021)) == 12
    assert trace.final.session.sent_beyond == len([t for t in trace.transport.ttls if t > 12])


@pytest.mark.parametrize("limit", [1, 4])
@pytest.mark.parametrize("mode", [Mode.CONCURRENT, Mode.ADAPTIVE])
async def test_no_more_than_the_limit_wait_for_an_answer_at_once(
    autojump_clock: MockClock, mode: Mode, limit: int
) -> None:
    # Not beyond hop 12: the view waits for no answer from there once the destination is known.
    config = SessionConfig(mode=mode, rounds=3, queries=3, max_concurrency=limit, max_hops=12)
    trace = await run_trace(rising(12, 48), config)
    assert trace.transport.most_unanswered == limit
    assert trace.final.session.distance == 12
    ttls = [probe.ttl for probe in trace.sent_probes() if probe.round == probe.query == 0]
    assert ttls == sorted(ttls)


async def test_with_one_place_nothing_is_sent_beyond_the_destination(
    autojump_clock: MockClock,
) -> None:
    config = SessionConfig(rounds=1, queries=3, max_concurrency=1)
    trace = await run_trace(rising(12, 48), config)
    assert max(trace.transport.ttls) == 12


async def test_a_silent_hop_gives_its_place_back_when_the_view_has_decided(
    autojump_clock: MockClock,
) -> None:
    # Were places held for the timeout of 3 s, 8 silent hops would take 24 s with one place.
    scenario = rising(12, 48, changes(2, 5, 6, 7, 11, what="silent = true"))
    trace = await run_trace(scenario, SessionConfig(rounds=1, max_concurrency=1))
    assert trace.duration_s == pytest.approx(5 * 1.0 + 0.22, abs=0.2)


@pytest.mark.parametrize(("rate_pps", "burst"), [(5, 1), (50, 5), (200, 20)])
async def test_the_rate_limit_holds_over_the_whole_session(
    autojump_clock: MockClock, rate_pps: float, burst: int
) -> None:
    config = SessionConfig(rate_limit_pps=rate_pps, queries=2)
    trace = await run_trace(rising(12, 48), config, script=stop_at(20))
    times_s = trace.transport.times_s
    assert len(times_s) > 12
    for width in (1, 2, 5, 20, 60):
        for first, last in zip(times_s, times_s[width:], strict=False):
            assert width + 1 <= burst + rate_pps * (last - first) + 1e-6


async def test_an_unlimited_session_after_a_pause_may_not_save_up_tokens(
    autojump_clock: MockClock,
) -> None:
    async def script(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(2)
        session.pause()
        await trio.sleep(60)
        session.resume()
        await trio.sleep(1)
        session.stop()

    trace = await run_trace(rising(12, 48), SessionConfig(rate_limit_pps=20), script=script)
    after = [at_s for at_s in trace.transport.times_s if at_s >= 62]
    assert len([at_s for at_s in after if at_s < 62.01]) == 2
    assert len(after) <= 2 + 20


async def test_probes_leave_in_the_order_of_their_numbers_whatever_the_mode(
    autojump_clock: MockClock,
) -> None:
    for mode in Mode:
        config = SessionConfig(mode=mode, rounds=3, queries=2)
        trace = await run_trace(lab_scenario("jitter"), config)
        numbers = [probe.number for probe in trace.sent_probes()]
        assert numbers == list(range(len(numbers)))
        assert [probe.ttl for probe in trace.sent_probes()] == trace.transport.ttls


async def test_a_gap_limit_of_zero_asks_all_hops(autojump_clock: MockClock) -> None:
    config = SessionConfig(rounds=1, gap_limit=0, mode=Mode.SEQUENTIAL)
    trace = await run_trace(lab_scenario("blackhole"), config)
    assert max(trace.transport.ttls) == 30
    assert trace.stop_words == "destination not reached within 30 hops (--max-hops)"


@pytest.mark.parametrize("mode", [Mode.SEQUENTIAL, Mode.ADAPTIVE])
async def test_no_hop_beyond_the_gap_is_asked_unless_in_the_first_burst(
    autojump_clock: MockClock, mode: Mode
) -> None:
    config = SessionConfig(mode=mode, rounds=2, gap_limit=3)
    trace = await run_trace(lab_scenario("blackhole"), config)
    assert max(trace.transport.ttls) == 12
    assert trace.stop_words == "3 silent hops after hop 9 (--gap-limit)"


async def test_later_rounds_ask_the_gap_but_nothing_beyond_it(autojump_clock: MockClock) -> None:
    trace = await run_trace(lab_scenario("blackhole"), SessionConfig(), script=stop_at(4.5))
    assert trace.transport.between(0, 0.01) == list(range(1, 31))
    for start_s in range(1, 5):
        assert trace.transport.between(start_s, start_s + 0.5) == list(range(1, 18))


async def test_a_limit_of_hops_ends_the_trace_there(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(30, 120), SessionConfig(rounds=1, max_hops=10))
    assert max(trace.transport.ttls) == 10
    assert trace.stop_words == "destination not reached within 10 hops (--max-hops)"
    assert len(trace.final.hops) == 10


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("name", "end", "words"),
    [
        ("host-unreachable", 5, "host unreachable, says 10.0.5.1 at hop 5"),
        ("net-unreachable", 5, "network unreachable, says 10.0.5.1 at hop 5"),
        (
            "admin-prohibited",
            5,
            "administratively prohibited, says 10.0.5.1 at hop 5",
        ),
        ("dead-neighbour", 12, "host unreachable, says 10.0.11.1 at hop 11"),
    ],
)
async def test_after_a_refusal_no_round_sends_anything_beyond_it(
    autojump_clock: MockClock, name: str, end: int, words: str, mode: Mode
) -> None:
    trace = await run_trace(lab_scenario(name), SessionConfig(mode=mode), script=stop_at(5.5))
    assert max(trace.transport.since(0.1 if mode is Mode.CONCURRENT else 0.5)) == end
    assert trace.final.session.path_length == end
    assert [hop.ttl for hop in trace.final.hops if hop.is_unreachable] == [end]
    assert trace.stop_words == words


class Congested(RecordingTransport):
    """The kernel has no room for the probe to TTL 20 until half a second has passed."""

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        if ttl == 20:
            await trio.sleep_until(0.5)
        return await super().send(ttl, key, flow, size)


async def test_a_probe_whose_sending_took_longer_than_its_round_holds_no_place(
    autojump_clock: MockClock,
) -> None:
    async def script(session: Session, transport: RecordingTransport) -> None:
        await trio.sleep(0.4)
        assert session._means.places.borrowed_tokens == 1
        await trio.sleep(0.2)
        assert transport.times_s[-1] == pytest.approx(0.5)
        assert session._means.places.borrowed_tokens == 0
        assert session._round is None

    config = SessionConfig(rounds=2)
    trace = await run_trace(rising(12, 48), config, script=script, open_transport=Congested)
    assert trace.final.session.distance == 12
    assert trace.undecided() == []


class Heard(RecordingTransport):
    """Remembers after how many probes it was asked by others than its receiver what had come."""

    receiver: trio.lowlevel.Task | None = None
    heard_after: list[int]

    async def receive(self, deliver: Deliver) -> None:
        self.receiver, self.heard_after = trio.lowlevel.current_task(), []
        await super().receive(deliver)

    def hear(self) -> None:
        if trio.lowlevel.current_task() is not self.receiver:
            self.heard_after.append(len(self.sent))
        super().hear()


@pytest.mark.parametrize(("rate_limit_pps", "bursts"), [(0, [30]), (100, list(range(1, 31)))])
async def test_the_send_stamps_of_a_burst_are_taken_when_its_last_probe_has_left(
    autojump_clock: MockClock, rate_limit_pps: float, bursts: list[int]
) -> None:
    config = SessionConfig(rounds=1, rate_limit_pps=rate_limit_pps)
    trace = await run_trace(rising(30, 2000), config, open_transport=Heard)
    assert isinstance(trace.transport, Heard)
    assert trace.transport.heard_after[: len(bursts)] == bursts
