from __future__ import annotations

import os
import random
from ipaddress import ip_address
from pathlib import Path

import pytest
import trio

from poros_tui.lookup.maxmind_file import NotADatabase
from poros_tui.lookup.place_file import PlaceFile, places_of_file
from poros_tui.model.place import Place
from tests.lookup.made_mmdb import BERLIN, NEW_YORK, write_mmdb
from tests.lookup.test_place_record import HOSTILE


@pytest.fixture
def cities(tmp_path: Path) -> Path:
    return write_mmdb(
        tmp_path / "GeoLite2-City.mmdb",
        {
            "8.8.8.0/24": NEW_YORK,
            "9.9.0.0/16": BERLIN,
            "2620:fe::/48": BERLIN,
            "10.0.0.0/8": BERLIN,
        },
    )


@pytest.mark.parametrize(
    ("address", "city"),
    [("8.8.8.8", "New York"), ("9.9.9.9", "Berlin"), ("2620:fe::fe", "Berlin")],
)
def test_an_address_is_where_the_file_says(cities: Path, address: str, city: str) -> None:
    place = PlaceFile(cities).place(ip_address(address))
    assert (place.city, place.source, place.problem) == (city, "GeoLite2-City.mmdb", "")


def test_what_the_file_does_not_know_is_said(cities: Path) -> None:
    assert PlaceFile(cities).place(ip_address("1.1.1.1")) == Place(
        problem="not in GeoLite2-City.mmdb"
    )


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",  # RFC 1918
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # RFC 6598
        "169.254.1.1",  # RFC 3927
        "127.0.0.1",  # RFC 1122
        "192.0.2.1",  # RFC 5737
        "198.51.100.1",
        "203.0.113.1",
        "198.18.0.1",  # RFC 2544
        "240.0.0.1",  # RFC 1112
        "fe80::1",  # RFC 4291
        "fd00::1",  # RFC 4193
        "2001:db8::1",  # RFC 3849
        "::1",
    ],
)
def test_ranges_that_are_not_public_have_no_place_whatever_the_file_says(
    cities: Path, address: str
) -> None:
    place = PlaceFile(cities).place(ip_address(address))
    assert place == Place(problem="not a public address")


def test_a_file_of_ipv4_alone_knows_no_ipv6(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "four.mmdb", {"8.8.8.0/24": BERLIN}, ip_version=4)
    file = PlaceFile(path)
    assert file.place(ip_address("8.8.8.8")).city == "Berlin"
    assert file.place(ip_address("2620:fe::fe")).problem == "not in four.mmdb"


@pytest.mark.parametrize("text", [one for one in HOSTILE if "\udcff" not in one])
def test_hostile_names_in_a_file_are_cleaned(tmp_path: Path, text: str) -> None:
    record = {"city": {"names": {"en": text}}, "country": {"names": {"en": text}}}
    path = write_mmdb(tmp_path / "hostile.mmdb", {"8.8.8.0/24": record})
    place = PlaceFile(path).place(ip_address("8.8.8.8"))
    assert place.city is not None
    assert place.city.isprintable()
    assert len(place.words) < 130


def test_a_name_in_another_charset_is_damage_that_is_told(tmp_path: Path) -> None:
    path = write_mmdb(tmp_path / "latin.mmdb", {"8.8.8.0/24": {"city": "Koeln"}})
    path.write_bytes(path.read_bytes().replace(b"Koeln", b"K\xf6ln\xff"))
    with pytest.raises(NotADatabase, match="it is damaged"):
        PlaceFile(path).place(ip_address("8.8.8.8"))


def test_a_file_has_places_or_not(cities: Path, tmp_path: Path) -> None:
    record = {"autonomous_system_number": 64500, "autonomous_system_organization": "Example"}
    networks = write_mmdb(tmp_path / "asn.mmdb", {"8.8.8.0/24": record}, kind="GeoLite2-ASN")
    assert PlaceFile(cities).has_places()
    assert not PlaceFile(networks).has_places()


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 5000, b"\xab\xcd\xefMaxMind.com"])
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "no.mmdb"
    path.write_bytes(content)
    with pytest.raises(NotADatabase, match="it is no MaxMind database, or is damaged"):
        PlaceFile(path)


def test_a_file_that_is_not_there_or_no_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(NotADatabase, match="No such file or directory"):
        PlaceFile(tmp_path / "none.mmdb")
    with pytest.raises(NotADatabase, match="it is no file"):
        PlaceFile(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotADatabase, match="it is no file"):
        PlaceFile(tmp_path / "pipe")


def test_whatever_is_broken_in_a_file_it_is_told_as_damage(cities: Path, tmp_path: Path) -> None:
    whole, path, chance = cities.read_bytes(), tmp_path / "broken.mmdb", random.Random(5)
    outcomes: set[str] = set()
    for _ in range(400):
        broken = bytearray(whole[: chance.choice((len(whole), chance.randrange(len(whole))))])
        for _change in range(chance.randrange(1, 40) if broken else 0):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        path.write_bytes(broken)
        try:
            file = PlaceFile(path)
            file.has_places()
            for address in ("8.8.8.8", "9.9.9.9", "2620:fe::fe", "1.1.1.1"):
                outcomes.add("place" if not file.place(ip_address(address)).problem else "none")
        except NotADatabase as error:
            outcomes.add(str(error))
    expected = {"place", "none", "it is damaged", "it is no MaxMind database, or is damaged"}
    assert expected <= outcomes


@pytest.mark.trio
async def test_places_are_asked_for_beside_the_engine(cities: Path) -> None:
    places = places_of_file(cities, start_after_s=0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(places.run)
        for address in ("9.9.9.9", "10.0.0.1", "1.1.1.1"):
            places.see(ip_address(address))
        await places.wait_settled()
        nursery.cancel_scope.cancel()
    assert {
        str(address): place.words or place.problem for address, place in places.known.items()
    } == {
        "9.9.9.9": "Berlin, Germany",
        "10.0.0.1": "not a public address",
        "1.1.1.1": "not in GeoLite2-City.mmdb",
    }


@pytest.mark.trio
async def test_a_file_that_cannot_be_read_is_told_with_each_address(tmp_path: Path) -> None:
    told: list[str] = []
    places = places_of_file(tmp_path / "none.mmdb", start_after_s=0, complain=told.append)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(places.run)
        places.see(ip_address("9.9.9.9"))
        await places.wait_settled()
        nursery.cancel_scope.cancel()
    (place,) = places.known.values()
    assert place.problem == "none.mmdb: No such file or directory"
    assert told == [place.problem]


@pytest.mark.trio
async def test_a_file_that_is_damaged_somewhere_is_told_there(tmp_path: Path) -> None:
    path = write_mmdb(
        tmp_path / "a.mmdb",
        {"8.8.8.0/24": NEW_YORK, "9.9.0.0/16": 7},  # type: ignore[dict-item]
    )
    told: list[str] = []
    places = places_of_file(path, complain=told.append)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(places.run)
        for address in ("9.9.9.9", "8.8.8.8"):
            places.see(ip_address(address))
        await places.wait_settled()
        nursery.cancel_scope.cancel()
    assert places.known[ip_address("8.8.8.8")].city == "New York"
    assert places.known[ip_address("9.9.9.9")].problem == "a.mmdb: it is damaged"
    assert told == ["a.mmdb: it is damaged"]
