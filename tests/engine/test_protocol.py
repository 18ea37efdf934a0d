"""Another protocol in the middle of a session."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.model.probe import Mode, Protocol
from poros_tui.model.session import SessionState, Way
from tests.engine.trace import (
    FORBIDDEN,
    RecordingTransport,
    Script,
    Trace,
    lab_scenario,
    rising,
    run_trace,
)

pytestmark = pytest.mark.trio


def choose(*choices: tuple[float, Protocol], end_s: float) -> Script:
    """A script that chooses each protocol at its time, and then ends the session."""

    async def script(session: Session, _transport: RecordingTransport) -> None:
        began_at_s = trio.current_time()
        for at_s, protocol in choices:
            await trio.sleep_until(began_at_s + at_s)
            session.set_protocol(protocol)
        await trio.sleep_until(began_at_s + end_s)
        session.stop()

    return script


def ways(trace: Trace) -> list[Way | None]:
    """Each way that was announced, once."""
    return list(dict.fromkeys(status.way for status in trace.statuses))


@pytest.mark.parametrize("mode", Mode)
async def test_the_path_is_asked_anew_with_the_other_protocol(
    autojump_clock: MockClock, mode: Mode
) -> None:
    scenario = lab_scenario("silent-to-icmp")
    trace = await run_trace(
        scenario, SessionConfig(mode=mode), script=choose((20.0, Protocol.UDP), end_s=40.0)
    )
    asked_by_icmp, asked_by_udp = ways(trace)
    assert asked_by_icmp is None
    assert asked_by_udp == Way(protocol=Protocol.UDP, privilege="user", rung="simulation")
    before = [status for status in trace.statuses if status.way is None]
    assert all(status.stop is None or status.stop.ttl != trace.final.session.distance
               for status in before)  # fmt: skip
    assert trace.final.session.distance == len(scenario.hops) + 1


async def test_statistics_of_two_protocols_are_never_mixed(autojump_clock: MockClock) -> None:
    trace = await run_trace(
        rising(5, 50), SessionConfig(), script=choose((3.5, Protocol.UDP), end_s=5.2)
    )
    assert {status.generation for status in trace.statuses} == {0, 1}
    # A round at 3.5 s and one at 4.5 s.
    assert [hop.sent for hop in trace.final.hops] == [2] * 5
    assert [hop.lost for hop in trace.final.hops] == [0] * 5


async def test_an_answer_to_the_old_protocol_is_not_counted_for_the_new(
    autojump_clock: MockClock,
) -> None:
    # The round of 2 s is still in flight when its protocol goes, and the keys begin anew.
    trace = await run_trace(
        rising(4, 400), SessionConfig(), script=choose((2.01, Protocol.UDP), end_s=2.45)
    )
    final = trace.final.session
    assert (final.foreign, final.malformed) == (0, 0)
    assert [hop.received for hop in trace.final.hops[:3]] == [1, 1, 0]


@pytest.mark.parametrize("privilege", ["raw", "user"])
async def test_after_there_and_back_the_first_answers_count_for_nothing(
    autojump_clock: MockClock, privilege: str
) -> None:
    # Those of the round of 2 s come to sockets that are in use again, and are of another time.
    trace = await run_trace(
        rising(4, 400),
        SessionConfig(),
        script=choose((2.01, Protocol.UDP), (2.05, Protocol.ICMP), end_s=3.0),
        privilege=privilege,
    )
    final = trace.final.session
    assert (final.foreign, final.malformed) == (0, 0)
    assert [hop.received for hop in trace.final.hops] == [1, 1, 1, 1]
    assert sum(hop.duplicates for hop in trace.final.hops) == 0
    assert [way.protocol for way in ways(trace) if way] == [Protocol.UDP, Protocol.ICMP]


async def test_nothing_more_is_sent_by_the_old_sockets(autojump_clock: MockClock) -> None:
    trace = await run_trace(
        rising(4, 40), SessionConfig(), script=choose((2.5, Protocol.UDP), end_s=6.0)
    )
    first_s, last_s = trace.transport.times_s[0], trace.transport.times_s[-1]
    assert last_s - first_s < 2.5


async def test_a_refusal_is_told_each_time_and_changes_nothing(autojump_clock: MockClock) -> None:
    trace = await run_trace(
        rising(4, 40),
        SessionConfig(),
        script=choose((1.5, FORBIDDEN), (1.7, FORBIDDEN), end_s=3.5),
    )
    refusals = list(dict.fromkeys(s.refusal for s in trace.statuses if s.refusal is not None))
    assert [refusal.number for refusal in refusals] == [1, 2]
    assert refusals[0].reason == "TCP is not permitted to this user; use --udp"
    assert {status.generation for status in trace.statuses} == {0}
    assert trace.final.hops[0].sent == 4


async def test_a_choice_while_paused_waits_for_the_user(autojump_clock: MockClock) -> None:
    async def script(session: Session, transport: RecordingTransport) -> None:
        await trio.sleep(1.5)
        session.pause()
        session.set_protocol(Protocol.UDP)
        await trio.sleep(5)
        session.stop()

    trace = await run_trace(rising(4, 40), SessionConfig(), script=script)
    assert trace.statuses[-2].state is SessionState.PAUSED
    assert trace.final.hops == ()


async def test_a_session_that_is_over_changes_nothing(autojump_clock: MockClock) -> None:
    async def script(session: Session, _transport: RecordingTransport) -> None:
        await trio.sleep(5)
        session.set_protocol(Protocol.UDP)

    trace = await run_trace(rising(4, 40), SessionConfig(rounds=1), script=script)
    assert ways(trace) == [None]
