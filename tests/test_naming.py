"""Names beside the engine, in virtual time: they come when they come, and hold up nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable
from ipaddress import ip_address

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import SessionConfig
from poros_tui.lookup.address_book import AddressBook
from poros_tui.lookup.asking import Answer, Ask
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.lookup.simulated import simulated_names
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import PathSnapshot
from poros_tui.once import LOOKUP_WAIT_S, FinishedTrace, run_once
from poros_tui.probe.simulation.network import SimulatedNetwork
from tests.engine.trace import RecordingTransport, rising
from tests.fleet import Host, Watcher, Yard
from tests.lookup.asked import Asked

pytestmark = pytest.mark.trio

ROUND = SessionConfig(rounds=1)
NEVER_S = 1e9


def book_of(asked: Asked) -> AddressBook:
    return AddressBook(naming=Inquiry(Naming, asked.open))


def names_of(path: PathSnapshot) -> list[str | None]:
    return [hop.responder.name if hop.responder else None for hop in path.hops]


class Once:
    """A one-shot run of 12 hops to 24 ms."""

    def __init__(self) -> None:
        self.transport = RecordingTransport(SimulatedNetwork(rising(12, 24), seed=1))
        self.took_s = 0.0

    async def run(
        self, open_book: Callable[[], AddressBook | None], stop_signals: tuple[int, ...] = ()
    ) -> FinishedTrace:
        began_s = trio.current_time()
        finished = await run_once(ROUND, lambda: self.transport, stop_signals, open_book=open_book)
        self.took_s = trio.current_time() - began_s
        return finished


async def test_a_report_has_names_and_is_no_later_than_they_are(
    autojump_clock: MockClock,
) -> None:
    without, named = Once(), Once()
    bare = await without.run(lambda: None)
    finished = await named.run(lambda: book_of(Asked(takes_s=0.2)))
    assert names_of(bare.path) == [None] * 12
    assert all(name and name.startswith("host-") for name in names_of(finished.path))
    assert named.transport.sent == [
        (at_s + without.took_s, ttl) for at_s, ttl in without.transport.sent
    ]
    assert finished.duration_s == pytest.approx(bare.duration_s)
    # The last hop answered when the trace was over, and was asked for then.
    assert named.took_s == pytest.approx(without.took_s + 0.2, abs=0.001)


async def test_a_report_waits_so_long_for_names_that_do_not_come_and_no_longer(
    autojump_clock: MockClock,
) -> None:
    without, nameless = Once(), Once()
    bare = await without.run(lambda: None)
    finished = await nameless.run(lambda: book_of(Asked(takes_s=NEVER_S)))
    assert nameless.took_s == pytest.approx(without.took_s + LOOKUP_WAIT_S)
    assert nameless.transport.sent == [
        (at_s + without.took_s, ttl) for at_s, ttl in without.transport.sent
    ]
    assert finished.duration_s == pytest.approx(bare.duration_s)
    assert names_of(finished.path) == [None] * 12


async def test_a_signal_ends_the_wait_for_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("poros_tui.once.LOOKUP_WAIT_S", NEVER_S)

    class Interrupting(Asked):
        async def ask(self, address: IPAddress) -> Answer[Naming]:
            if len(self.times) == 11:  # the destination's: all else is known
                signal.raise_signal(signal.SIGTERM)
            return await super().ask(address)

    with trio.fail_after(30):
        finished = await Once().run(
            lambda: book_of(Interrupting(takes_s=NEVER_S)), (signal.SIGTERM,)
        )
    assert finished.signal_number == signal.SIGTERM
    assert len(finished.path.hops) == 12


async def sent_with(book: AddressBook | None, until_s: float) -> list[tuple[float, int]]:
    host = Host("a")
    yard = Yard(host, config=SessionConfig(), book=book)
    began_s = trio.current_time()
    async with yard.running() as fleet:
        fleet.look_at(0)
        await trio.sleep(until_s)
    return [(pytest.approx(at_s - began_s), ttl) for at_s, ttl in host.sent]


@pytest.mark.parametrize("takes_s", [0.0, 0.3, NEVER_S])
async def test_probes_of_a_live_session_leave_when_they_would_without_names(
    takes_s: float, autojump_clock: MockClock
) -> None:
    without = await sent_with(None, 20)
    assert await sent_with(book_of(Asked(takes_s=takes_s)), 20) == without


@pytest.mark.parametrize("takes_s", [0.0, 0.3, NEVER_S])
async def test_the_same_where_networks_are_asked_for(
    takes_s: float, autojump_clock: MockClock
) -> None:
    async def ask(address: IPAddress) -> Answer[Network]:
        await trio.sleep(takes_s)
        return Answer(Network(asn=64500), None)

    async def open_ask() -> Ask[Network]:
        return ask

    without = await sent_with(None, 20)
    book = AddressBook(
        naming=Inquiry(Naming, Asked(takes_s=NEVER_S).open), network=Inquiry(Network, open_ask)
    )
    assert await sent_with(book, 20) == without
    named = [about.network for about in book.known.values()]
    assert len(named) == (12 if takes_s < NEVER_S else 0)


def told(front: Watcher, number: int = 0) -> list[tuple[float, int, str]]:
    """When which hop was told with which name, each first time."""
    seen: dict[tuple[int, str], float] = {}
    for at_s, target, update in front.paths:
        for hop in update.hops:
            name = hop.responder.name if hop.responder is not None else None
            if target == number and name is not None:
                seen.setdefault((hop.ttl, name), at_s)
    return [(at_s, *what) for what, at_s in seen.items()]


async def test_a_name_is_told_when_it_comes_also_where_the_session_is_over(
    autojump_clock: MockClock,
) -> None:
    yard = Yard(Host("a"), config=ROUND, book=book_of(Asked(takes_s=9)))
    async with yard.running() as fleet:
        fleet.look_at(0)
        await trio.sleep(8)
        assert told(yard.front) == []
        await trio.sleep(2)
    assert len(told(yard.front)) == 12
    assert all(9 <= at_s < 9.1 for at_s, *_ in told(yard.front))


async def test_several_targets_ask_once_for_whom_they_share(autojump_clock: MockClock) -> None:
    asked = Asked()
    yard = Yard(Host("a"), Host("b"), config=ROUND, book=book_of(asked))
    async with yard.running() as fleet:
        fleet.look_at(0)
        await trio.sleep(5)
        fleet.look_at(1)
        await trio.sleep(1)
        known = fleet.known_paths()
    addresses = [address for _, address in asked.times]
    assert len(addresses) == len(set(addresses))
    assert names_of(known[0])[:11] == names_of(known[1])[:11]
    assert None not in names_of(known[0])
    assert [ttl for _, ttl, _ in told(yard.front, 1)] == list(range(1, 13))


async def test_a_reset_keeps_the_names(autojump_clock: MockClock) -> None:
    asked = Asked()
    yard = Yard(Host("a"), book=book_of(asked))
    async with yard.running() as fleet:
        fleet.look_at(0)
        await trio.sleep(3)
        count = len(asked.times)
        fleet.control(0, lambda controls: controls.reset())
        await trio.sleep(3)
        assert None not in names_of(fleet.known_paths()[0])
        assert len(asked.times) == count


async def test_quitting_does_not_wait_for_names(autojump_clock: MockClock) -> None:
    yard = Yard(Host("a"), book=book_of(Asked(takes_s=NEVER_S)))
    async with yard.running():
        await trio.sleep(3)
    assert trio.current_time() == pytest.approx(3)


async def test_simulated_hosts_are_called_as_their_scenario_says(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    known, stranger = ip_address("10.0.1.1"), ip_address("10.0.2.1")
    names = simulated_names({known: "gateway.example."})
    nursery.start_soon(names.run)
    names.see(known)
    names.see(stranger)
    await names.wait_settled()
    assert names.known[known].name == "gateway.example"
    assert names.known[stranger].problem == "no PTR record"
    nursery.cancel_scope.cancel()
