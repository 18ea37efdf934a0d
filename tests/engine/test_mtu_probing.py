"""The MTU search beside a trace, in virtual time on the simulated internet."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.engine.mtu_probing import MtuPlan
from poros_tui.model.path_mtu import MtuMethod, PathMtu
from poros_tui.model.probe import Protocol
from poros_tui.model.session import PathUpdate, SessionControls
from poros_tui.once import FinishedTrace, run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from poros_tui.probe.simulation.scenario import Scenario
from poros_tui.probe.simulation.transport import SimulatedTransport
from poros_tui.trace import run_live
from tests.engine.trace import RecordingTransport, changes, lab_scenario, rising

pytestmark = pytest.mark.trio
ONCE = SessionConfig(queries=3, rounds=1)


class Whole(RecordingTransport):
    """Probes that nobody may part, of any size."""

    def __init__(
        self, network: SimulatedNetwork, *, protocol: Protocol = Protocol.ICMP, family: int = 4
    ) -> None:
        SimulatedTransport.__init__(
            self, network, protocol=protocol, family=family, dont_fragment=True
        )
        self.sent: list[tuple[float, int]] = []
        self.unanswered: set[int] = set()
        self.most_unanswered = 0
        self.is_closed = False

    def close(self) -> None:
        super().close()
        self.is_closed = True


class Lab:
    """A network with the two transports of a trace that searches."""

    def __init__(
        self, scenario: Scenario, *, seed: int = 0, protocol: Protocol = Protocol.ICMP,
        family: int = 4,
    ) -> None:  # fmt: skip
        self.network = SimulatedNetwork(scenario, seed=seed)
        self.protocol = protocol
        self.family = family
        self.whole: list[Whole] = []

    def open_transport(self) -> SimulatedTransport:
        return SimulatedTransport(self.network, protocol=self.protocol, family=self.family)

    def open_whole(self) -> Whole:
        self.whole.append(Whole(self.network, protocol=self.protocol, family=self.family))
        return self.whole[-1]

    def plan(self) -> MtuPlan:
        return MtuPlan(
            open_transport=self.open_whole,
            protocol=self.protocol,
            version=self.family,
            small=60 if self.family == 4 else 80,
            link_mtu=self.network.scenario.mtu or 1500,
        )

    async def once(self, config: SessionConfig = ONCE) -> FinishedTrace:
        return await run_once(config, self.open_transport, mtu=self.plan())


def found_in(done: FinishedTrace) -> PathMtu:
    found = done.path.session.path_mtu
    assert found is not None
    return found


@pytest.mark.sampled(10)
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize(
    "scenario", ["mtu-step", "mtu-step-silent", "mtu-two-steps", "mtu-untold", "straight12"]
)
async def test_the_mtu_of_the_lab_is_found_by_each_protocol(
    scenario: str, protocol: Protocol, family: int, autojump_clock: MockClock
) -> None:
    lab = Lab(lab_scenario(scenario), protocol=protocol, family=family)
    found = found_in(await lab.once())
    assert (found.mtu, found.is_exact, found.is_over) == (true_mtu(lab, family), True, True)
    assert found.probes == sum(len(transport.sent) for transport in lab.whole)
    assert all(transport.is_closed for transport in lab.whole)


def true_mtu(lab: Lab, family: int) -> int:
    """Of the links that the scenario says."""
    links = [hop.box.mtu for hop in lab.network.scenario.route_at(0).hops if hop.box.mtu]
    return min(links, default=1500)


async def test_the_search_is_in_no_statistic(autojump_clock: MockClock) -> None:
    scenario = lab_scenario("mtu-step-silent")
    plain = await run_once(ONCE, Lab(scenario).open_transport)
    searched = await Lab(scenario).once()
    assert searched.path.hops == plain.path.hops
    assert searched.path.session.sent == plain.path.session.sent
    assert searched.duration_s == pytest.approx(plain.duration_s)


async def test_a_silent_destination_is_searched_as_far_as_the_last_hop_that_answers(
    autojump_clock: MockClock,
) -> None:
    found = found_in(await Lab(lab_scenario("silent-destination")).once())
    assert (found.mtu, found.is_exact, found.is_to_destination) == (1500, True, False)
    assert found.words().startswith("Path MTU as far as hop ")


async def test_where_nobody_answers_nothing_is_sent(autojump_clock: MockClock) -> None:
    lab = Lab(lab_scenario("blackhole"))
    plan = lab.plan()
    done = await run_once(
        SessionConfig(queries=1, rounds=1, first_hop=20, max_hops=22), lab.open_transport, mtu=plan
    )
    found = found_in(done)
    assert found.words() == "Path MTU not found: nobody on the path answers"
    assert (found.probes, lab.whole) == (0, [])


async def test_no_more_is_sent_than_the_rate_allows(autojump_clock: MockClock) -> None:
    lab = Lab(lab_scenario("mtu-step-silent"))
    await lab.once(SessionConfig(queries=1, rounds=1, rate_limit_pps=0.5))
    times_s = lab.whole[0].times_s
    assert min(b - a for a, b in pairwise(times_s)) > 1.99


async def test_routers_are_asked_once_a_second_at_most(autojump_clock: MockClock) -> None:
    lab = Lab(lab_scenario("mtu-step-silent"), protocol=Protocol.UDP)
    await lab.once()
    last_s: dict[int, float] = {}
    for at_s, ttl in lab.whole[0].sent:
        assert at_s - last_s.get(ttl, -2.0) > 1.0
        last_s[ttl] = at_s


class Screen:
    """What a live front end sees."""

    def __init__(self) -> None:
        self.updates: list[PathUpdate] = []
        self.controls: SessionControls | None = None

    def ready(self, controls: SessionControls) -> None:
        self.controls = controls

    @property
    def found(self) -> PathMtu | None:
        return self.updates[-1].session.path_mtu if self.updates else None


async def run_screen(lab: Lab, config: SessionConfig, screen: Screen) -> None:
    await run_live(config, lab.open_transport, screen.updates.append, screen.ready, mtu=lab.plan())


async def test_a_live_session_searches_once_after_its_first_round(
    autojump_clock: MockClock,
) -> None:
    lab, screen = Lab(lab_scenario("mtu-step-silent")), Screen()
    await run_screen(lab, SessionConfig(rounds=60), screen)
    assert len(lab.whole) == 1
    assert screen.found is not None
    assert (screen.found.mtu, screen.found.is_over) == (true_mtu(lab, 4), True)
    assert lab.whole[0].times_s[0] < 3.0  # beside the rounds, not after them


async def test_the_search_goes_on_when_the_rounds_are_done(autojump_clock: MockClock) -> None:
    lab, screen = Lab(lab_scenario("mtu-step-silent")), Screen()
    await run_screen(lab, SessionConfig(rounds=1), screen)
    assert screen.found is not None
    assert screen.found.is_exact


@pytest.mark.parametrize("rounds", [None, 1])
async def test_leaving_ends_the_search_at_once_and_keeps_what_is_known(
    rounds: int | None, autojump_clock: MockClock
) -> None:
    lab, screen = Lab(lab_scenario("mtu-step-silent")), Screen()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_screen, lab, SessionConfig(rounds=rounds), screen)
        await trio.sleep(8)
        assert screen.controls is not None
        screen.controls.stop()
        await trio.testing.wait_all_tasks_blocked()
        assert trio.current_time() == 8
    assert screen.found is not None
    assert (screen.found.is_exact, screen.found.is_over) == (False, True)
    assert screen.found.mtu is not None
    assert all(transport.is_closed for transport in lab.whole)


async def test_a_paused_session_sends_nothing_for_it(autojump_clock: MockClock) -> None:
    lab, screen = Lab(lab_scenario("mtu-step-silent")), Screen()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(run_screen, lab, SessionConfig(), screen)
        await trio.sleep(5)
        assert screen.controls is not None
        screen.controls.pause()
        await trio.sleep(30)
        assert lab.whole[0].since(5.0) == []
        screen.controls.resume()
        await trio.sleep(120)
        screen.controls.stop()
    assert screen.found is not None
    assert screen.found.is_exact


async def test_loss_on_the_way_changes_nothing(autojump_clock: MockClock) -> None:
    wrong = []
    for seed in range(10):
        scenario = lab_scenario("loss30")
        done = await Lab(scenario, seed=seed).once()
        found = found_in(done)
        if (found.mtu, found.method) != (1500, MtuMethod.INTERFACE):
            wrong.append((seed, found.words()))
    assert wrong == []


@pytest.mark.parametrize("silence", ["mtu_silent = true", ""])
async def test_neither_loss_nor_strict_routers_are_taken_for_a_limit(
    silence: str, autojump_clock: MockClock
) -> None:
    """A tenth lost on the second link, and an answer every two seconds from each router."""
    limited = "rate_limit = { per_second = 0.5, burst = 1 }"
    routers = changes(1, 3, 5, 6, 7, what=limited)
    routers += changes(2, what=f"{limited}\nlink_loss = 0.1")
    routers += changes(4, what=f"{limited}\nmtu = 1400\n{silence}")
    for seed in range(3):
        for protocol in Protocol:
            lab = Lab(rising(8, 16, routers), seed=seed, protocol=protocol)
            found = found_in(await lab.once())
            assert (found.mtu, found.hop, found.is_exact) == (1400, 4, True)
