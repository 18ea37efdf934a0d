"""What a user can do to a running session, also at the wrong moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import INTERVAL_MAX_S, INTERVAL_MIN_S, SessionConfig
from poros_tui.engine.session import RESTART_MIN_S, Session
from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Lost, Mode, Reply, Sent
from poros_tui.model.session import SessionState, SessionStatus
from poros_tui.model.stop import StopKind
from tests.engine.trace import (
    RecordingTransport,
    Script,
    Trace,
    changes,
    lab_scenario,
    make_session,
    rising,
    run_trace,
    stop_at,
)

pytestmark = pytest.mark.trio

Deed = Callable[[Session], None]


def at(*deeds: tuple[float, Deed]) -> Script:
    """A script that does each deed at its time."""

    async def script(session: Session, _transport: RecordingTransport) -> None:
        began_at_s = trio.current_time()
        for at_s, deed in deeds:
            await trio.sleep_until(began_at_s + at_s)
            deed(session)

    return script


def mode(mode: Mode) -> Deed:
    return lambda session: session.set_mode(mode)


def interval(interval_s: float) -> Deed:
    return lambda session: session.set_interval(interval_s)


def generations(trace: Trace) -> list[int]:
    return sorted({status.generation for status in trace.statuses})


class SettlingTransport(RecordingTransport):
    """Needs half a second after opening."""

    settle_s = 0.5


# --- pause ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", Mode)
@pytest.mark.parametrize("pause_s", [0.0, 0.01, 0.3, 1.0, 1.5])
async def test_a_paused_session_sends_nothing_and_goes_on_when_resumed(
    autojump_clock: MockClock, start: Mode, pause_s: float
) -> None:
    script = at(
        (pause_s, Session.pause), (pause_s + 20, Session.resume), (pause_s + 21.5, Session.stop)
    )
    trace = await run_trace(rising(12, 48), SessionConfig(mode=start), script=script)
    assert trace.transport.between(pause_s + 0.001, pause_s + 20) == []
    resumed = trace.transport.since(pause_s + 19.999)
    assert resumed[:2] == [1, 2]
    assert trace.transport.times_s[-len(resumed)] == pytest.approx(pause_s + 20)
    assert trace.final.session.distance == 12
    assert SessionState.PAUSED in [status.state for status in trace.statuses]


async def test_answers_under_way_are_counted_while_paused(autojump_clock: MockClock) -> None:
    script = at((0.01, Session.pause), (5, Session.stop))
    trace = await run_trace(rising(12, 480), SessionConfig(), script=script)
    assert [hop.received for hop in trace.final.hops] == [1] * 12
    assert trace.final.session.distance == 12


async def test_silence_is_counted_while_paused(autojump_clock: MockClock) -> None:
    scenario = rising(12, 48, changes(3, what="silent = true"))
    script = at((0.01, Session.pause), (5, Session.stop))
    trace = await run_trace(scenario, SessionConfig(), script=script)
    assert trace.final.hops[2].lost == 1


async def test_a_pause_before_the_first_probe_holds_it_back(autojump_clock: MockClock) -> None:
    script = at((0.1, Session.pause), (7, Session.resume), (8.5, Session.stop))
    trace = await run_trace(
        rising(3, 6), SessionConfig(), script=script, open_transport=SettlingTransport
    )
    assert trace.transport.times_s[0] == pytest.approx(7)
    assert trace.final.session.distance == 3


class InterruptedBurst(RecordingTransport):
    """Something happens when the tenth probe leaves."""

    when_the_tenth_leaves: Callable[[], None]

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        reading = await super().send(ttl, key, flow, size)
        if len(self.sent) == 10:
            self.when_the_tenth_leaves()
        return reading


@pytest.mark.parametrize("deed", [Session.pause, Session.stop, Session.reset])
async def test_a_command_in_the_middle_of_a_burst_holds_back_the_rest(
    autojump_clock: MockClock, deed: Deed
) -> None:
    async def script(session: Session, transport: RecordingTransport) -> None:
        assert isinstance(transport, InterruptedBurst)
        transport.when_the_tenth_leaves = partial(deed, session)
        await trio.sleep(0.1)
        assert len(transport.sent) == 10
        await trio.sleep(2)
        session.stop()

    trace = await run_trace(
        rising(30, 300), SessionConfig(), script=script, open_transport=InterruptedBurst
    )
    assert trace.session._means.places.borrowed_tokens == 0


async def test_pausing_twice_and_resuming_twice_is_once(autojump_clock: MockClock) -> None:
    script = at(
        (0.5, Session.pause),
        (1.5, Session.pause),
        (2.5, Session.resume),
        (2.6, Session.resume),
        (4.4, Session.stop),
    )
    trace = await run_trace(rising(3, 6), SessionConfig(), script=script)
    assert [at_s for at_s, ttl in trace.transport.sent if ttl == 1] == pytest.approx([0, 2.5, 3.5])


async def test_resuming_what_is_not_paused_changes_nothing(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(3, 6), SessionConfig(rounds=3), script=at((0.5, Session.resume)))
    assert [hop.sent for hop in trace.final.hops] == [3] * 3


async def test_pause_and_resume_in_one_moment_begin_a_round_anew(
    autojump_clock: MockClock,
) -> None:
    def blink(session: Session) -> None:
        session.pause()
        session.resume()

    trace = await run_trace(
        rising(3, 6), SessionConfig(), script=at((0.5, blink), (1.4, Session.stop))
    )
    assert [at_s for at_s, ttl in trace.transport.sent if ttl == 1] == pytest.approx([0, 0.5])


async def test_a_paused_session_can_be_stopped(autojump_clock: MockClock) -> None:
    script = at((0.5, Session.pause), (60, Session.stop))
    trace = await run_trace(rising(3, 6), SessionConfig(), script=script)
    assert trace.duration_s == pytest.approx(60)
    assert trace.final.session.status.state is SessionState.FINISHED


async def test_a_round_dropped_by_a_pause_is_no_round_of_those_asked_for(
    autojump_clock: MockClock,
) -> None:
    script = at((1.001, Session.pause), (5, Session.resume))
    trace = await run_trace(rising(3, 300), SessionConfig(rounds=3), script=script)
    assert [hop.received for hop in trace.final.hops] == [4] * 3


# --- reset ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", Mode)
@pytest.mark.parametrize("reset_s", [0.0, 0.02, 0.7, 1.01])
async def test_a_reset_begins_anew_and_counts_nothing_from_before(
    autojump_clock: MockClock, start: Mode, reset_s: float
) -> None:
    config = SessionConfig(mode=start)
    script = at((reset_s, Session.reset), (reset_s + 2.5, Session.stop))
    trace = await run_trace(rising(12, 240), config, script=script)
    assert generations(trace) == [0, 1]
    new = [probe for probe in trace.sent_probes() if probe.generation == 1]
    assert new
    session = trace.final.session
    assert session.sent == len(new)
    assert {probe.round for probe in new if probe.ttl == 1} >= {0, 1}
    assert sum(hop.received + hop.lost + hop.in_flight for hop in trace.final.hops) <= len(new)
    assert trace.final.session.distance == 12
    old_answers = [
        message
        for message in trace.messages
        if isinstance(message, Reply | Lost) and message.probe.generation == 0
    ]
    assert sum(hop.received for hop in trace.final.hops) <= len(
        [m for m in trace.messages if isinstance(m, Reply)]
    ) - len([m for m in old_answers if isinstance(m, Reply)])


async def test_after_a_reset_the_path_is_explored_all_at_once_again(
    autojump_clock: MockClock,
) -> None:
    script = at((5.5, Session.reset), (5.9, Session.stop))
    trace = await run_trace(rising(12, 48), SessionConfig(), script=script)
    assert trace.transport.between(5.5, 5.6) == list(range(1, 31))


async def test_a_reset_while_paused_forgets_but_stays_paused(autojump_clock: MockClock) -> None:
    script = at(
        (0.5, Session.pause), (1.5, Session.reset), (9, Session.resume), (9.5, Session.stop)
    )
    trace = await run_trace(rising(3, 6), SessionConfig(), script=script)
    assert trace.transport.between(0.5, 9) == []
    assert [hop.sent for hop in trace.final.hops] == [1] * 3
    assert trace.final.session.status.generation == 1


async def test_a_reset_gives_all_rounds_again(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(3, 6), SessionConfig(rounds=3), script=at((1.5, Session.reset)))
    assert [hop.sent for hop in trace.final.hops] == [3] * 3
    assert trace.duration_s == pytest.approx(1.5 + 2.006)


async def test_updates_after_a_reset_carry_the_new_generation(autojump_clock: MockClock) -> None:
    script = at((1.5, Session.reset), (3, Session.stop))
    trace = await run_trace(rising(3, 600), SessionConfig(), script=script)
    numbers = [update.generation for update in trace.updates]
    assert numbers == sorted(numbers)
    first_new = next(update for update in trace.updates if update.generation == 1)
    assert first_new.session.status.stop is None
    assert all(hop.received == 0 for hop in first_new.hops)


# --- modes ---------------------------------------------------------------------------------------


def sent_in_modes(trace: Trace) -> list[tuple[Mode, int, int]]:
    """The mode announced last, the round and the TTL of each probe sent."""
    seen, current = [], Mode.CONCURRENT
    for message in trace.messages:
        if isinstance(message, SessionStatus):
            current = message.mode
        elif isinstance(message, Sent):
            seen.append((current, message.probe.round, message.probe.ttl))
    return seen


@pytest.mark.parametrize(("start", "then"), [(a, b) for a in Mode for b in Mode if a is not b])
@pytest.mark.parametrize("at_s", [0.25, 1.3, 1.9])
async def test_a_change_of_mode_takes_effect_at_once_and_loses_nothing(
    autojump_clock: MockClock, start: Mode, then: Mode, at_s: float
) -> None:
    script = at((at_s, mode(then)), (at_s + 6, Session.stop))
    trace = await run_trace(rising(12, 240), SessionConfig(mode=start), script=script)
    assert trace.transport.times_s[trace.transport.ttls.index(1)] == 0
    began_s = next(s for s, ttl in trace.transport.sent if ttl == 1 and s >= at_s)
    assert began_s == pytest.approx(at_s)
    assert trace.statuses[-1].mode is then
    # All that was sent has its outcome, but for what the stop cut off.
    cut_off = trace.undecided()
    assert all(probe.round == trace.statuses[-1].round for probe in cut_off)
    for hop in trace.final.hops:
        assert hop.lost == 0
        assert hop.sent == hop.received + hop.in_flight
    assert trace.final.session.distance == 12


async def test_after_a_change_to_sequential_one_hop_is_asked_at_a_time(
    autojump_clock: MockClock,
) -> None:
    script = at((1.5, mode(Mode.SEQUENTIAL)), (2.5, Session.stop))
    trace = await run_trace(rising(12, 48), SessionConfig(), script=script)
    times_s = [at_s for at_s in trace.transport.times_s if at_s >= 1.5]
    expected_s = [1.5 + sum(0.004 * before for before in range(1, ttl)) for ttl in range(1, 13)]
    assert times_s == pytest.approx(expected_s)


async def test_choosing_the_mode_one_is_in_changes_nothing(autojump_clock: MockClock) -> None:
    trace = await run_trace(
        rising(3, 6), SessionConfig(rounds=2), script=at((0.5, mode(Mode.CONCURRENT)))
    )
    assert [hop.sent for hop in trace.final.hops] == [2] * 3
    assert [at_s for at_s, ttl in trace.transport.sent if ttl == 1] == pytest.approx([0, 1])


async def test_a_change_of_mode_while_paused_waits_for_the_resume(
    autojump_clock: MockClock,
) -> None:
    script = at(
        (0.5, Session.pause),
        (1.5, mode(Mode.SEQUENTIAL)),
        (4, Session.resume),
        (4.9, Session.stop),
    )
    trace = await run_trace(rising(3, 6), SessionConfig(), script=script)
    assert trace.transport.between(0.5, 4) == []
    assert trace.transport.times_s[-3:] == pytest.approx([4, 4.002, 4.006])


async def test_a_change_in_the_first_trace_keeps_what_is_known(autojump_clock: MockClock) -> None:
    script = at((0.13, mode(Mode.SEQUENTIAL)), (1.77, Session.stop))
    trace = await run_trace(rising(12, 240), SessionConfig(), script=script)
    # All 12 answers of the first burst, and those of one sequential round of 1.56 s.
    assert trace.transport.between(0.13, 1.76) == list(range(1, 13))
    assert [hop.received for hop in trace.final.hops] == [2] * 12


async def test_fifty_changes_in_a_second_leave_a_sound_session_and_no_flood(
    autojump_clock: MockClock,
) -> None:
    modes = list(Mode)
    deeds = [(0.5 + number * 0.02, mode(modes[number % 3])) for number in range(50)]
    script = at(*deeds, (4.4, Session.stop))
    trace = await run_trace(rising(12, 48), SessionConfig(), script=script)
    during = [ttl for ttl in trace.transport.between(0.5, 1.5) if ttl == 1]
    assert len(during) <= 1 / RESTART_MIN_S + 1
    assert trace.final.session.distance == 12
    assert trace.undecided() == []
    assert all(hop.lost == 0 for hop in trace.final.hops)
    assert trace.statuses[-1].mode is modes[49 % 3]
    assert trace.session._means.places.borrowed_tokens == 0


async def test_a_held_down_reset_does_not_flood_either(autojump_clock: MockClock) -> None:
    deeds = [(1 + number / 30, Session.reset) for number in range(90)]
    script = at(*deeds, (6, Session.stop))
    trace = await run_trace(rising(12, 48), SessionConfig(), script=script)
    assert len(trace.transport.between(1, 4)) <= (3 / RESTART_MIN_S + 1) * 30
    assert trace.final.session.status.generation == 90
    assert trace.final.session.distance == 12


# --- interval ------------------------------------------------------------------------------------


async def test_a_new_interval_counts_from_the_start_of_the_round_under_way(
    autojump_clock: MockClock,
) -> None:
    script = at((3, interval(5)), (14, interval(0.5)), (16.4, Session.stop))
    trace = await run_trace(rising(3, 6), SessionConfig(interval_s=10), script=script)
    starts_s = [at_s for at_s, ttl in trace.transport.sent if ttl == 1]
    assert starts_s == pytest.approx([0, 5, 10, 14, 14.5, 15, 15.5, 16])


async def test_an_interval_is_brought_within_its_bounds(autojump_clock: MockClock) -> None:
    script = at(
        (0.1, interval(0)), (0.2, interval(1e9)), (0.3, interval(float("nan"))), (1, Session.stop)
    )
    trace = await run_trace(rising(3, 6), SessionConfig(), script=script)
    said = [status.interval_s for status in trace.statuses]
    assert set(said) == {1.0, INTERVAL_MIN_S, INTERVAL_MAX_S}
    assert len(trace.transport.sent) <= 30 + 3 * 10


# --- stop ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", Mode)
async def test_what_is_in_flight_when_the_user_stops_stays_undecided(
    autojump_clock: MockClock, start: Mode
) -> None:
    trace = await run_trace(rising(12, 240), SessionConfig(mode=start), script=stop_at(2.05))
    assert trace.duration_s == pytest.approx(2.05)
    assert all(hop.lost == 0 for hop in trace.final.hops)
    assert sum(hop.in_flight for hop in trace.final.hops) == len(trace.undecided()) > 0


async def test_a_live_session_that_is_stopped_keeps_the_reason_of_its_last_trace(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(rising(12, 240), SessionConfig(), script=stop_at(2.05))
    assert trace.stop_words == "destination reached at hop 12"


async def test_a_session_stopped_in_its_first_trace_was_cancelled(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(rising(12, 240), SessionConfig(), script=stop_at(0.05))
    stop = trace.final.session.status.stop
    assert stop is not None
    assert stop.kind is StopKind.CANCELLED
    assert trace.stop_words == "stopped before the trace was complete"


async def test_a_report_that_is_stopped_early_was_cancelled(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(12, 240), SessionConfig(rounds=5), script=stop_at(2.05))
    assert trace.final.session.status.stop is not None
    assert trace.final.session.status.stop.kind is StopKind.CANCELLED
    assert trace.final.session.distance == 12


async def test_a_stop_before_the_first_probe_sends_none(autojump_clock: MockClock) -> None:
    trace = await run_trace(
        rising(3, 6), SessionConfig(), script=stop_at(0.2), open_transport=SettlingTransport
    )
    assert trace.transport.sent == []
    assert trace.duration_s <= 0.5
    assert trace.final.hops == ()
    assert trace.stop_words == "stopped before the trace was complete"


async def test_commands_before_the_start_are_heeded(autojump_clock: MockClock) -> None:
    session, transport, receive = make_session(rising(3, 6), SessionConfig())
    session.set_mode(Mode.SEQUENTIAL)
    session.set_interval(0.5)
    session.pause()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(session.run)
        await trio.sleep(1)
        assert transport.sent == []
        session.resume()
        await trio.sleep(0.9)
        session.stop()
        states = [message.state async for message in receive if isinstance(message, SessionStatus)]
    assert states[-1] is SessionState.FINISHED
    assert transport.times_s == pytest.approx([1, 1.002, 1.006, 1.5, 1.502, 1.506])


async def test_commands_after_the_end_change_nothing(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(3, 6), SessionConfig(rounds=1))
    for deed in (Session.pause, Session.resume, Session.reset, Session.stop):
        deed(trace.session)
    trace.session.set_mode(Mode.SEQUENTIAL)
    trace.session.set_interval(2)
    await trio.sleep(10)
    assert len(trace.transport.sent) == 30


DEEDS: list[Deed] = [
    Session.pause,
    Session.resume,
    Session.reset,
    mode(Mode.CONCURRENT),
    mode(Mode.SEQUENTIAL),
    mode(Mode.ADAPTIVE),
    interval(0.1),
    interval(1.0),
]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("seed", range(15))
async def test_any_commands_at_any_time_leave_a_sound_session(
    autojump_clock: MockClock, seed: int
) -> None:
    chance = random.Random(seed)
    times_s = sorted(chance.uniform(0, 6) for _ in range(60))
    deeds = [(at_s, chance.choice(DEEDS)) for at_s in times_s]
    script = at(
        *deeds, (6.5, Session.resume), (6.5, interval(5)), (40, Session.pause), (44, Session.stop)
    )
    config = SessionConfig(queries=chance.choice([1, 3]), max_concurrency=chance.choice([None, 5]))
    trace = await run_trace(lab_scenario("silent-hops"), config, script=script, seed=seed)
    assert trace.final.session.distance == 12
    assert trace.undecided() == []
    assert trace.session._means.places.borrowed_tokens == 0
    assert trace.session._round is None
    newest = trace.statuses[-1].generation
    current = [probe for probe in trace.sent_probes() if probe.generation == newest]
    assert trace.final.session.sent == len(current)
    for hop in trace.final.hops:
        assert hop.sent == hop.received + hop.lost
        assert hop.late == 0


async def test_a_mark_lasts_until_it_is_taken_away_or_all_is_forgotten(
    autojump_clock: object,
) -> None:
    async def script(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(2.5)
        session.set_baseline()
        await trio.sleep(1)
        session.set_baseline()
        await trio.sleep(1)
        session.clear_baseline()
        session.set_baseline()
        session.reset()
        await trio.sleep(1)
        session.stop()

    trace = await run_trace(rising(3, 6), SessionConfig(), script=script)
    baselines = [status.baseline for status in trace.statuses]
    assert list(dict.fromkeys(baselines)) == [None, 1, 2, 3]
    assert baselines[-1] is None
