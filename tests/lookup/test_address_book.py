from __future__ import annotations

from ipaddress import ip_address

import pytest
import trio
from trio.testing import MockClock

from poros_tui.lookup.address_book import AddressBook
from poros_tui.lookup.asking import Answer, Ask, NoAnswer
from poros_tui.lookup.inquiry import Inquiry
from poros_tui.model.about import About
from poros_tui.model.naming import Naming
from poros_tui.model.network import Network
from poros_tui.model.probe import IPAddress
from tests.lookup.asked import Asked

pytestmark = pytest.mark.trio

ADDRESS = ip_address("192.0.2.1")
NETWORK = Network(asn=64500, name="EXAMPLE-NET")


def network_after(takes_s: float) -> Inquiry[Network]:
    async def ask(address: IPAddress) -> Answer[Network]:
        await trio.sleep(takes_s)
        return Answer(NETWORK, None)

    async def open_ask() -> Ask[Network]:
        return ask

    return Inquiry(Network, open_ask)


@pytest.mark.parametrize("problem", ["", "no name server answers"])
async def test_a_slow_name_holds_up_no_network_and_each_is_told_when_it_comes(
    problem: str, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    naming = Inquiry(Naming, Asked(takes_s=6, problem=problem).open)
    book, told = AddressBook(naming=naming, network=network_after(0.1)), list[object]()
    nursery.start_soon(
        book.run, lambda one: told.append((trio.current_time(), one, book.known[one]))
    )
    book.see(ADDRESS, 1)
    await book.wait_settled()
    named = Naming(problem=problem) if problem else Naming(name="host-192.0.2.1.example")
    assert told == [
        (pytest.approx(0.1), ADDRESS, About(network=NETWORK)),
        (pytest.approx(6), ADDRESS, About(naming=named, network=NETWORK)),
    ]
    nursery.cancel_scope.cancel()


async def test_a_network_that_cannot_be_had_takes_no_name_away(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    async def ask(address: IPAddress) -> Answer[Network]:
        raise NoAnswer("nobody says")

    async def open_ask() -> Ask[Network]:
        return ask

    book = AddressBook(naming=Inquiry(Naming, Asked().open), network=Inquiry(Network, open_ask))
    nursery.start_soon(book.run)
    book.see(ADDRESS, 1)
    await book.wait_settled()
    assert book.known[ADDRESS] == About(
        naming=Naming(name="host-192.0.2.1.example"), network=Network(problem="nobody says")
    )
    nursery.cancel_scope.cancel()


async def test_never_more_are_kept_than_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    monkeypatch.setattr("poros_tui.lookup.address_book.SIZE", 2)
    book = AddressBook(naming=Inquiry(Naming, Asked().open))
    nursery.start_soon(book.run)
    for number in range(1, 4):
        book.see(ip_address(f"192.0.2.{number}"), number)
        await book.wait_settled()
    assert [str(one) for one in book.known] == ["192.0.2.2", "192.0.2.3"]
    nursery.cancel_scope.cancel()


async def test_who_answers_at_a_hidden_hop_is_not_asked_for_when_it_answers_farther_out(
    autojump_clock: MockClock, nursery: trio.Nursery
) -> None:
    other = ip_address("192.0.2.200")
    book = AddressBook(network=network_after(0.1), hidden_hops=2)
    nursery.start_soon(book.run)
    book.see(ADDRESS, 2)
    book.see(ADDRESS, 3)
    book.see(other, 3)
    await book.wait_settled()
    assert book.known == {other: About(network=NETWORK)}
    nursery.cancel_scope.cancel()
