from __future__ import annotations

from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poros_tui.lookup.asking import NoAnswer
from poros_tui.lookup.asn_file import AsnFile
from poros_tui.lookup.maxmind_file import NotADatabase
from poros_tui.model.network import ASN_MAX, NETWORK_NAME_MAX, Network
from tests.lookup.made_mmdb import BERLIN
from tests.lookup.mmdb import Value, written

GEOLITE: dict[str, Value] = {
    "autonomous_system_number": 64500,
    "autonomous_system_organization": "Example Net",
}


def network_of(folder: Path, record: Value, address: str = "192.0.2.1") -> Network | None:
    path = written(folder / "asn.mmdb", {"192.0.2.0/24": record})
    return AsnFile(path).network(ip_address(address))


@pytest.mark.parametrize(
    ("record", "asn", "name", "country"),
    [
        (GEOLITE, 64500, "Example Net", None),
        (
            {"asn": "AS64500", "name": "Example Net", "domain": "x.example"},
            64500,
            "Example Net",
            None,
        ),
        (
            {
                "asn": "AS64500",
                "as_name": "Example Net",
                "country_code": "DE",
                "country": "Germany",
            },
            64500,
            "Example Net",
            "DE",
        ),
        ({"as_number": 64500, "as_organization": "Example Net"}, 64500, "Example Net", None),
        ({"asn": 64500}, 64500, None, None),
        ({"name": "Example Net"}, None, "Example Net", None),
        ({"asn": "AS4294967295", "name": ""}, ASN_MAX, None, None),
    ],
)
def test_the_fields_of_those_who_make_such_files_are_known(
    record: Value, asn: int | None, name: str | None, country: str | None, tmp_path: Path
) -> None:
    assert network_of(tmp_path, record) == Network(
        asn=asn,
        name=name,
        prefix=ip_network("192.0.2.0/24"),
        country=country,
        source=str(tmp_path / "asn.mmdb"),
    )


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"asn": "AS0"},
        {"asn": "AS4294967296"},
        {"asn": "AS64500x"},
        {"asn": ["AS64500"]},
        {"asn": True},
        {"name": "\u202e\x1b"},
    ],
)
def test_a_record_that_says_nothing_is_none(record: Value, tmp_path: Path) -> None:
    assert network_of(tmp_path, record) is None


@pytest.mark.parametrize("record", ["AS64500", 64500, ["AS64500"]])
def test_a_record_that_is_no_map_is_damage(record: Value, tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match=r"asn\.mmdb: it is damaged"):
        network_of(tmp_path, record)


@pytest.mark.parametrize(
    ("record", "has_networks"),
    [(GEOLITE, True), ({"name": "Example Net"}, True), (BERLIN, False), ({}, False), (7, False)],
)
def test_whether_a_file_has_networks_is_told(
    record: Value, has_networks: bool, tmp_path: Path
) -> None:
    rows: dict[str, Value] = {"192.0.2.0/24": {}, "198.51.100.0/24": record}
    assert AsnFile(written(tmp_path / "asn.mmdb", rows)).has_networks() is has_networks


def test_names_from_a_file_are_made_safe(tmp_path: Path) -> None:
    hostile = "\x1b[31m[red]\u202eevil\n" + "x" * 10_000
    network = network_of(tmp_path, {"asn": 64500, "name": hostile, "country_code": "\x1b["})
    assert network is not None
    assert network.name is not None
    assert network.name.isprintable()
    assert network.name.startswith("[31m[red]evil xxx")
    assert len(network.name) == NETWORK_NAME_MAX
    assert network.country is None


def test_the_longest_prefix_counts_in_both_families(tmp_path: Path) -> None:
    rows: dict[str, Value] = {
        "192.0.0.0/16": {"asn": 1},
        "192.0.2.0/24": {"asn": 2},
        "2001:db8::/32": {"asn": 3},
        "2001:db8:1::/48": {"asn": 4},
    }
    file = AsnFile(written(tmp_path / "asn.mmdb", rows))

    def asn(text: str) -> object:
        network = file.network(ip_address(text))
        return network and (network.asn, str(network.prefix))

    assert asn("192.0.2.255") == (2, "192.0.2.0/24")
    assert asn("192.0.3.1")[0] == 1  # type: ignore[index]
    assert asn("2001:db8:1::1") == (4, "2001:db8:1::/48")
    assert asn("2001:db8:2::1")[0] == 3  # type: ignore[index]
    assert asn("198.51.100.1") is None
    assert asn("fe80::1%eth0") is None


def test_a_file_of_ipv4_knows_no_ipv6(tmp_path: Path) -> None:
    file = AsnFile(written(tmp_path / "asn.mmdb", {"192.0.2.0/24": {"asn": 1}}, ip_version=4))
    assert file.network(ip_address("192.0.2.1")) is not None
    assert file.network(ip_address("2001:db8::1")) is None


@pytest.mark.parametrize("content", [b"", b"text", b"\xab\xcd\xefMaxMind.com", b"\0" * 100_000])
def test_what_is_no_database_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "asn.mmdb"
    path.write_bytes(content)
    with pytest.raises(NotADatabase, match="it is no MaxMind database, or is damaged"):
        AsnFile(path)


def test_what_is_not_there_or_a_directory_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(NotADatabase, match="No such file or directory"):
        AsnFile(tmp_path / "missing.mmdb")
    with pytest.raises(NotADatabase):
        AsnFile(tmp_path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_says_nothing_or_something_that_is_safe(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    rows: dict[str, Value] = {"192.0.2.0/24": GEOLITE, "2001:db8::/32": GEOLITE}
    path = written(folder / "asn.mmdb", rows)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.unlink()  # not over the file that may be mapped
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        network = AsnFile(path).network(ip_address("192.0.2.1"))
    except (NotADatabase, NoAnswer):
        return
    if network is not None:
        assert network.words is not None
        assert network.words.isprintable()
