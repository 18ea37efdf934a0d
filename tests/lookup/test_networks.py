from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from poros_tui.config import NetworkConfig
from poros_tui.lookup.address_book import AddressBook
from poros_tui.lookup.asking import Answer, NoAnswer
from poros_tui.lookup.asn_file import AsnFile
from poros_tui.lookup.networks import NOT_IN_FILE, Networks, is_of_a_network, system_networks
from poros_tui.lookup.reasons import NO_SERVER
from poros_tui.model.network import Network
from poros_tui.model.probe import IPAddress
from tests.lookup.mmdb import written

pytestmark = pytest.mark.trio

IN_FILE, ELSEWHERE = ip_address("8.0.0.1"), ip_address("9.0.0.1")


class FakeCymru:
    def __init__(self) -> None:
        self.asked: list[IPAddress] = []

    async def ask(self, address: IPAddress) -> Answer[Network]:
        self.asked.append(address)
        return Answer(Network(asn=2), 60)


async def test_the_file_is_asked_first_and_others_for_what_it_does_not_know(tmp_path: Path) -> None:
    file = AsnFile(written(tmp_path / "asn.mmdb", {"8.0.0.0/8": {"asn": 1}}))
    cymru = FakeCymru()
    networks = Networks(file, cymru, "")  # type: ignore[arg-type]
    assert (await networks.ask(IN_FILE)).fact.asn == 1
    assert (await networks.ask(ELSEWHERE)).fact.asn == 2
    assert cymru.asked == [ELSEWHERE]
    alone = Networks(file, None, NOT_IN_FILE)
    assert (await alone.ask(ELSEWHERE)).fact == Network(problem=NOT_IN_FILE)


async def test_where_the_file_is_damaged_that_is_told_and_others_are_asked(tmp_path: Path) -> None:
    file = AsnFile(written(tmp_path / "asn.mmdb", {"8.0.0.0/8": 7}))
    told: list[str] = []
    alone = Networks(file, None, NOT_IN_FILE, told.append)
    with pytest.raises(NoAnswer, match=r"^asn\.mmdb: it is damaged$"):
        await alone.ask(IN_FILE)
    both = Networks(file, FakeCymru(), "", told.append)  # type: ignore[arg-type]
    assert (await both.ask(IN_FILE)).fact.asn == 2
    assert told == ["asn.mmdb: it is damaged"] * 2


async def seen(config: NetworkConfig, *addresses: str, hidden_hops: int = 0) -> AddressBook:
    book = AddressBook(
        network=system_networks(config, None, start_after_s=0), hidden_hops=hidden_hops
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(book.run)
        for ttl, address in enumerate(addresses, 1):
            book.see(ip_address(address), ttl)
        await book.wait_settled()
        nursery.cancel_scope.cancel()
    return book


async def test_a_usual_file_is_opened_when_the_first_address_is_seen(tmp_path: Path) -> None:
    path = written(tmp_path / "asn.mmdb", {"8.0.0.0/8": {"asn": 1}})
    book = await seen(NetworkConfig(file=path), "8.0.0.1", "192.168.1.1")
    assert {str(one): about.network.asn for one, about in book.known.items() if about.network} == {
        "8.0.0.1": 1
    }


async def test_a_usual_file_that_is_damaged_is_told_at_the_hop(tmp_path: Path) -> None:
    path = tmp_path / "asn.mmdb"
    path.write_bytes(b"text")
    network = (await seen(NetworkConfig(file=path), "8.0.0.1")).known[IN_FILE].network
    assert network is not None
    assert network.problem == f"{path}: it is no MaxMind database, or is damaged"


async def test_without_a_name_server_that_is_told_at_the_hop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("poros_tui.lookup.reverse_dns.system_servers", list)
    book = await seen(NetworkConfig(asks_cymru=True), "8.0.0.1")
    assert book.known[IN_FILE].network == Network(problem=NO_SERVER)


async def test_hidden_hops_and_private_addresses_are_not_asked_for(
    autojump_clock: MockClock, tmp_path: Path
) -> None:
    path = written(tmp_path / "asn.mmdb", {"0.0.0.0/0": {"asn": 1}})
    addresses = ("8.0.0.1", "8.0.1.1", "8.0.2.1", "10.0.0.1", "100.64.0.1", "fe80::1", "8.0.3.1")
    book = await seen(NetworkConfig(file=path), *addresses, hidden_hops=2)
    assert {str(one) for one in book.known} == {"8.0.2.1", "8.0.3.1"}
    assert not is_of_a_network(ip_address("10.0.0.1"))
