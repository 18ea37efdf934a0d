"""Networks that go away, routers that lie, and answers that are not."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.session import Session
from poros_tui.errors import SendError
from poros_tui.model.clock import ClockReading
from poros_tui.model.history import Gap
from poros_tui.model.probe import Lost, Mode, Protocol, SendFailed
from poros_tui.model.stop import StopKind
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.transport import Answer, Deliver, LocalFailure, TransportEvent
from tests.engine.trace import (
    RecordingTransport,
    Script,
    Trace,
    changes,
    lab_scenario,
    rising,
    run_trace,
    stop_at,
)

pytestmark = pytest.mark.trio

DOWN = "network is unreachable"


def outage(from_s: float, to_s: float, stop_s: float) -> Script:
    """The network is down for a while, then the session is stopped."""

    async def script(session: Session, transport: RecordingTransport) -> None:
        await trio.sleep(from_s)
        transport.send_problem = DOWN
        await trio.sleep(to_s - from_s)
        transport.send_problem = None
        await trio.sleep(stop_s - to_s)
        session.stop()

    return script


@pytest.mark.parametrize("mode", Mode)
async def test_an_outage_is_no_loss_and_the_session_recovers_by_itself(
    autojump_clock: MockClock, mode: Mode
) -> None:
    trace = await run_trace(rising(6, 30), SessionConfig(mode=mode), script=outage(2.5, 7.5, 11.5))
    for hop in trace.final.hops:
        assert (hop.sent, hop.received, hop.lost, hop.send_errors) == (7, 7, 0, 5)
        gaps = [sample is Gap.SEND_ERROR for sample in hop.history]
        assert gaps == [False] * 3 + [True] * 5 + [False] * 4
    assert trace.final.session.send_errors == 30
    assert trace.final.session.problem is None
    assert trace.final.session.distance == 6


async def test_while_the_network_is_down_the_session_says_so(autojump_clock: MockClock) -> None:
    trace = await run_trace(rising(6, 30), SessionConfig(), script=outage(2.5, 7.5, 11.5))
    problems = [update.session.problem for update in trace.updates]
    said = [number for number, problem in enumerate(problems) if problem == DOWN]
    assert said
    assert set(problems) == {None, DOWN}
    assert problems[said[0] : said[-1] + 1] == [DOWN] * len(said)
    rounds = {trace.updates[number].session.status.round for number in said}
    assert rounds >= {3, 4, 5, 6, 7}


async def test_probes_under_way_when_the_network_goes_down_keep_their_answers(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(rising(6, 600), SessionConfig(), script=outage(2.05, 7.5, 8.7))
    assert trace.final.hops[-1].received == 4
    assert all(hop.lost == 0 for hop in trace.final.hops)


async def test_a_session_in_which_nothing_could_be_sent_has_failed(
    autojump_clock: MockClock,
) -> None:
    async def script(_session: Session, transport: RecordingTransport) -> None:
        transport.send_problem = "operation not permitted"

    config = SessionConfig(rounds=2, queries=3)
    trace = await run_trace(rising(6, 30), config, script=script)
    stop = trace.final.session.status.stop
    assert stop is not None
    assert stop.kind is StopKind.FAILED
    assert trace.stop_words == "nothing could be sent: operation not permitted"
    session = trace.final.session
    assert (session.sent, session.decided) == (0, 0)
    assert session.send_errors > 0
    assert session.problem == "operation not permitted"
    assert all(hop.lost == hop.sent == 0 for hop in trace.final.hops)
    assert trace.duration_s == pytest.approx(1.0)


class Undelivered(RecordingTransport):
    """The kernel takes every probe while `is_cut`, and says 1 s later that its gateway is gone."""

    def __init__(
        self, network: SimulatedNetwork, *, protocol: Protocol = Protocol.ICMP, family: int = 4
    ) -> None:
        super().__init__(network, protocol=protocol, family=family)
        self.is_cut = True
        self._failing: list[tuple[float, int]] = []

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        self.send_problem = None
        reading = await super().send(ttl, key, flow, size)
        if self.is_cut:
            self._failing.append((trio.current_time() + 1.0, key))
        return reading

    async def receive(self, deliver: Deliver) -> None:
        def unless_cut(event: TransportEvent) -> None:
            if not (isinstance(event, Answer) and self.is_cut):
                deliver(event)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(super().receive, unless_cut)
            nursery.start_soon(self._fail, deliver)

    async def _fail(self, deliver: Deliver) -> None:
        while True:
            await trio.sleep(0.01)
            while self._failing and self._failing[0][0] <= trio.current_time():
                deliver(LocalFailure(self._failing.pop(0)[1], "no route to host"))


async def run_undelivered(config: SessionConfig, cured_s: float, stop_s: float) -> Trace:
    async def script(session: Session, transport: RecordingTransport) -> None:
        assert isinstance(transport, Undelivered)
        await trio.sleep(cured_s)
        transport.is_cut = False
        await trio.sleep(stop_s - cured_s)
        session.stop()

    return await run_trace(
        rising(6, 30),
        config,
        script=script,
        open_transport=Undelivered,
    )


async def test_probes_that_come_back_from_a_dead_gateway_are_send_errors_not_losses(
    autojump_clock: MockClock,
) -> None:
    trace = await run_undelivered(SessionConfig(rounds=1), cured_s=60, stop_s=60)
    assert trace.stop_words == "nothing could be sent: no route to host"
    assert trace.duration_s == pytest.approx(1.0, abs=0.05)
    session = trace.final.session
    assert (session.sent, session.decided) == (0, 0)
    assert session.send_errors == 30


async def test_the_problem_stays_named_until_an_answer_shows_that_it_is_over(
    autojump_clock: MockClock,
) -> None:
    trace = await run_undelivered(SessionConfig(), cured_s=5.2, stop_s=8.5)
    problems = [update.session.problem for update in trace.updates]
    said = [number for number, problem in enumerate(problems) if problem]
    assert problems[said[0] : said[-1] + 1] == ["no route to host"] * len(said)
    assert trace.final.session.problem is None
    assert trace.final.session.distance == 6
    assert all(hop.lost == 0 for hop in trace.final.hops)


async def test_probes_that_come_back_after_their_timeout_take_their_loss_back(
    autojump_clock: MockClock,
) -> None:
    trace = await run_undelivered(SessionConfig(timeout_s=0.5), cured_s=3.9, stop_s=3.9)
    assert any(isinstance(message, Lost) for message in trace.messages)
    failures = [message for message in trace.messages if isinstance(message, SendFailed)]
    assert failures
    assert all(failure.was_sent and failure.was_lost for failure in failures)
    for hop in trace.final.hops:
        assert hop.sent == hop.lost + hop.in_flight
        assert hop.send_errors > 0


class NoSpaceNowAndThen(RecordingTransport):
    """Every fifth send finds no buffer space."""

    tries = 0

    async def send(
        self, ttl: int, key: int, flow: int = 0, size: int | None = None
    ) -> ClockReading:
        self.tries += 1
        if self.tries % 5 == 0:
            raise SendError("no buffer space available")
        return await super().send(ttl, key, flow, size)


async def test_single_send_errors_end_neither_the_trace_nor_hide_the_path(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(
        rising(12, 24),
        SessionConfig(rounds=4),
        open_transport=NoSpaceNowAndThen,
    )
    assert trace.stop_words == "destination reached at hop 12"
    assert [bool(hop.received) for hop in trace.final.hops] == [True] * 12
    assert all(hop.lost == 0 for hop in trace.final.hops)
    assert all(hop.sent + hop.send_errors == 4 for hop in trace.final.hops)


@pytest.mark.sampled(6)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("protocol", Protocol)
async def test_hostile_packets_leave_path_and_statistics_exact(
    autojump_clock: MockClock, mode: Mode, protocol: Protocol, family: int
) -> None:
    mischief = 'mischief = ["truncated", "corrupt", "forged_quote", "forged_echo"]\nduplicates = 2'
    nasty = rising(10, 40, f"{mischief}\n" + changes(*range(1, 10), what=mischief))
    config = SessionConfig(mode=mode, rounds=2, queries=2)
    clean = await run_trace(rising(10, 40), config, protocol=protocol, family=family)
    trace = await run_trace(nasty, config, protocol=protocol, family=family)
    assert trace.addresses == clean.addresses
    assert trace.final.session.distance == 10
    for hop, expected in zip(trace.final.hops, clean.final.hops, strict=True):
        assert (hop.sent, hop.received, hop.lost, hop.late) == (4, 4, 0, 0)
        assert hop.rtt == expected.rtt
        assert hop.history == pytest.approx(expected.history)
    # Copies that come after the end of the session are not waited for.
    assert all(hop.duplicates >= 4 for hop in trace.final.hops[:-1])
    assert trace.final.session.foreign > 0
    assert trace.final.session.foreign == trace.final.session.malformed


@pytest.mark.parametrize("mode", Mode)
async def test_a_router_that_limits_its_answers_loses_some_and_hides_nobody(
    autojump_clock: MockClock, mode: Mode
) -> None:
    scenario = rising(12, 24, changes(4, what="rate_limit = { per_second = 0.5, burst = 1 }"))
    trace = await run_trace(scenario, SessionConfig(mode=mode), script=stop_at(20.5))
    assert [bool(hop.responders) for hop in trace.final.hops] == [True] * 12
    hop = trace.final.hops[3]
    assert hop.received == pytest.approx(hop.sent / 2, abs=1)
    assert all(other.lost == 0 for other in trace.final.hops if other.ttl != 4)


async def test_a_destination_that_limits_its_port_unreachables_is_still_at_its_distance(
    autojump_clock: MockClock,
) -> None:
    # traceroute's default finds such a 6-hop destination at hop 22.
    scenario = rising(6, 12, "rate_limit = { per_second = 1, burst = 6 }")
    for mode in Mode:
        config = SessionConfig(mode=mode, rounds=1, queries=3)
        trace = await run_trace(scenario, config, protocol=Protocol.UDP)
        assert trace.final.session.distance == 6
        assert len(trace.final.hops) == 6


async def test_an_answer_that_says_nothing_new_of_the_path_may_come_from_many_addresses(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(lab_scenario("balanced-by-packet"), SessionConfig(rounds=30), seed=3)
    hop = trace.final.hops[3]
    assert len(hop.responders) == 3
    assert sum(responder.answers for responder in hop.responders) == hop.received == 30
    assert [r.answers for r in hop.responders] == sorted(
        (r.answers for r in hop.responders), reverse=True
    )


class SteppedClock(RecordingTransport):
    """The wall clock jumps an hour ahead after two seconds."""

    async def receive(self, deliver: Deliver) -> None:
        def stepped(event: TransportEvent) -> None:
            if isinstance(event, Answer) and trio.current_time() > 2:
                ahead_ns = 3600 * 10**9
                event = Answer(
                    key=event.key,
                    kind=event.kind,
                    responder=event.responder,
                    icmp_type=event.icmp_type,
                    icmp_code=event.icmp_code,
                    reply_ttl=event.reply_ttl,
                    received_at_ns=event.received_at_ns + ahead_ns,
                    read_at=ClockReading(
                        event.read_at.realtime_ns + ahead_ns, event.read_at.monotonic_ns
                    ),
                )
            deliver(event)

        await super().receive(stepped)


async def test_a_step_of_the_clock_costs_round_trip_times_but_no_answers(
    autojump_clock: MockClock,
) -> None:
    trace = await run_trace(
        rising(6, 30),
        SessionConfig(rounds=4),
        open_transport=SteppedClock,
    )
    for hop in trace.final.hops:
        assert (hop.received, hop.lost, hop.late) == (4, 0, 0)
        assert hop.rtt.count == 2
        assert list(hop.history[2:]) == [Gap.UNTIMED] * 2
    assert trace.final.session.distance == 6
