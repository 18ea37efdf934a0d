from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

import pytest
import trio
from trio.testing import MockClock

from poros_tui.lookup.asking import Answer, NoAnswer
from poros_tui.lookup.cymru import KEPT_MAX, NAMELESS_TTL_S, Cymru
from poros_tui.lookup.reasons import NOT_ANNOUNCED, SILENT
from poros_tui.model.network import Network
from poros_tui.packets.dns import Found, Labels, Record, RecordType, name_text

pytestmark = pytest.mark.trio

NAME = "AS64500.asn.cymru.com"
NAMED = "64500 | DE | ripencc | 2001-02-03 | EXAMPLE-NET, DE"


def origin_at(address: str) -> str:
    return ".".join(reversed(address.split("."))) + ".origin.asn.cymru.com"


@dataclass
class Zones:
    """In place of a client: a text for each name, after a while."""

    texts: Mapping[str, str]
    takes_s: float = 0.1
    ttl_s: int | None = 1000
    fails: frozenset[str] = frozenset()
    asked: list[tuple[float, str]] = field(default_factory=list)

    async def ask(self, name: Labels, kind: RecordType) -> Found:
        assert kind is RecordType.TXT
        text = name_text(name)
        self.asked.append((trio.current_time(), text))
        await trio.sleep(self.takes_s)
        if text in self.fails:
            raise NoAnswer(SILENT)
        known = self.texts.get(text)
        ttl_s = self.ttl_s or 0
        records = () if known is None else (Record(name, kind, ttl_s, text=known.encode()),)
        return Found(records, self.ttl_s)

    @property
    def names(self) -> list[str]:
        return [name for _at_s, name in self.asked]


def cymru(zones: Zones) -> Cymru:
    return Cymru(zones)  # type: ignore[arg-type]


async def networks_of(asker: Cymru, *addresses: str) -> dict[str, Answer[Network] | str]:
    """Asks for all at once; of who gets no answer why."""
    answers: dict[str, Answer[Network] | str] = {}

    async def ask(address: str) -> None:
        try:
            answers[address] = await asker.ask(ip_address(address))
        except NoAnswer as failure:
            answers[address] = str(failure)

    async with trio.open_nursery() as nursery:
        for address in addresses:
            nursery.start_soon(ask, address)
    return answers


async def test_a_network_takes_two_questions(autojump_clock: MockClock) -> None:
    zones = Zones(
        {origin_at("192.0.2.1"): "64500 64501 | 192.0.2.0/24 | FR | ripencc |", NAME: NAMED}
    )
    answers = await networks_of(cymru(zones), "192.0.2.1")
    network = Network(
        asn=64500,
        other_asns=(64501,),
        name="EXAMPLE-NET",
        prefix=ip_network("192.0.2.0/24"),
        country="FR",
        registry="ripencc",
        source="Team Cymru",
    )
    assert answers == {"192.0.2.1": Answer(network, pytest.approx(1000, abs=0.2))}
    assert zones.asked == [
        (0, origin_at("192.0.2.1")),
        (pytest.approx(0.1), NAME),
    ]


async def test_neighbours_wait_for_one_question_and_a_network_is_named_once(
    autojump_clock: MockClock,
) -> None:
    text = "64500 | 192.0.0.0/16 | DE | ripencc |"
    # Which of several that are seen at once is asked for first is left to chance.
    addresses = ("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.3.1")
    zones = Zones({**dict.fromkeys(map(origin_at, addresses), text), NAME: NAMED})
    asker = cymru(zones)
    answers = await networks_of(asker, *addresses)
    assert {one.fact.asn for one in answers.values() if isinstance(one, Answer)} == {64500}
    assert len(answers) == 4
    assert len(zones.names) == 3
    assert zones.names.count(NAME) == 1
    later = await networks_of(asker, "192.0.77.7")  # of a prefix that is known
    assert isinstance(later["192.0.77.7"], Answer)
    assert later["192.0.77.7"].fact.asn == 64500
    assert len(zones.names) == 3


async def test_what_is_over_is_asked_for_again(autojump_clock: MockClock) -> None:
    zones = Zones(
        {origin_at("192.0.2.1"): "64500 | 192.0.2.0/24 | | |", NAME: NAMED}, takes_s=0, ttl_s=100
    )
    asker = cymru(zones)
    for _ in range(3):
        answers = await networks_of(asker, "192.0.2.1")
        await trio.sleep(60)
    assert answers["192.0.2.1"] == Answer(
        Network(
            asn=64500,
            name="EXAMPLE-NET",
            prefix=ip_network("192.0.2.0/24"),
            source="Team Cymru",
        ),
        100,
    )
    assert [at_s for at_s, name in zones.asked if name == NAME] == [0, 120]


async def test_whom_nobody_announces_is_asked_for_once_for_all_neighbours(
    autojump_clock: MockClock,
) -> None:
    zones = Zones({})
    answers = await networks_of(cymru(zones), "192.0.2.1", "192.0.2.2")
    for answer in answers.values():
        assert isinstance(answer, Answer)
        assert answer.fact.problem == NOT_ANNOUNCED
        assert answer.fact.words is None
    assert len(zones.names) == 1


async def test_a_network_without_a_name_is_told_without_and_asked_again_soon(
    autojump_clock: MockClock,
) -> None:
    for fails in (frozenset({NAME}), frozenset[str]()):
        zones = Zones({origin_at("192.0.2.1"): "64500 | 192.0.2.0/24 | | |"}, fails=fails)
        (answer,) = (await networks_of(cymru(zones), "192.0.2.1")).values()
        assert isinstance(answer, Answer)
        assert (answer.fact.asn, answer.fact.name) == (64500, None)
        assert answer.ttl_s == NAMELESS_TTL_S


async def test_who_gets_no_answer_says_why_and_lets_the_next_ask(autojump_clock: MockClock) -> None:
    addresses = ("192.0.2.1", "192.0.2.2")
    zones = Zones({}, takes_s=6, fails=frozenset(map(origin_at, addresses)))
    answers = await networks_of(cymru(zones), *addresses)
    assert answers == dict.fromkeys(addresses, SILENT)
    assert [at_s for at_s, _name in zones.asked] == [0, 6]


async def test_an_ipv6_address_is_asked_for_by_its_nibbles(autojump_clock: MockClock) -> None:
    def name_of(text: str) -> str:
        return ".".join(ip_address(text).exploded.replace(":", "")[::-1]) + ".origin6.asn.cymru.com"

    addresses = ("2a02:db8::1", "2a02:db8::2")
    text = "64500 | 2a02:db8::/32 | DE | ripencc |"
    zones = Zones({**dict.fromkeys(map(name_of, addresses), text), NAME: NAMED})
    answers = await networks_of(cymru(zones), *addresses)
    assert [one.fact.asn for one in answers.values() if isinstance(one, Answer)] == [64500, 64500]
    first, second = zones.names
    assert first in map(name_of, addresses)
    assert second == NAME


async def test_never_more_is_kept_than_there_is_room_for(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEPT_MAX >= 1000
    monkeypatch.setattr("poros_tui.lookup.cymru.KEPT_MAX", 2)
    addresses = [f"192.0.{number}.1" for number in range(4)]
    texts = {origin_at(one): f"64500 | {one.removesuffix('1')}0/24 | | |" for one in addresses}
    zones = Zones({**texts, NAME: NAMED})
    asker = cymru(zones)
    for address in (*addresses, addresses[3], addresses[0]):
        await networks_of(asker, address)
    assert [name for name in zones.names if name != NAME] == [
        *map(origin_at, addresses),
        origin_at(addresses[0]),
    ]


async def test_who_is_cancelled_leaves_the_question_to_others(autojump_clock: MockClock) -> None:
    zones = Zones({origin_at("192.0.2.2"): "64500 | 192.0.2.0/24 | | |", NAME: NAMED}, takes_s=5)
    asker = cymru(zones)
    with trio.move_on_after(1):
        await asker.ask(ip_address("192.0.2.1"))
    answers = await networks_of(asker, "192.0.2.2")
    assert isinstance(answers["192.0.2.2"], Answer)
