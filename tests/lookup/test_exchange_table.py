from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.lookup.address_book import AddressBook
from poros_tui.lookup.exchange_table import (
    NAME_MAX,
    ExchangeTable,
    decode_exchanges,
)
from poros_tui.lookup.exchanges import NO_EXCHANGE, file_exchanges
from poros_tui.model.exchange import Exchange

EXPORT: dict[str, Any] = {
    "ixpfx": [
        {"id": 1, "prefix": "80.81.192.0/21", "protocol": "IPv4", "ixlan_id": 260, "status": "ok"},
        {"id": 2, "prefix": "2001:7f8::/64", "protocol": "IPv6", "ixlan_id": 260},
        {"id": 3, "prefix": "80.249.208.0/21", "ixlan_id": 18},
        {"id": 4, "prefix": "195.69.144.0/22", "ixlan_id": 18, "status": "deleted"},
    ],
    "ixlan": [{"id": 260, "ix_id": 31, "name": ""}],
    "ix": [
        {"id": 31, "name": "DE-CIX Frankfurt", "city": "Frankfurt", "country": "DE", "media": "x"},
        {"id": 18, "name": "AMS-IX", "city": "", "country": "Netherlands"},
    ],
}


def table(export: object = EXPORT) -> ExchangeTable:
    return ExchangeTable(decode_exchanges(json.dumps(export).encode()), "ix.json")


def found(address: str, export: object = EXPORT) -> Exchange | None:
    return table(export).find(ip_address(address))


def test_an_address_of_a_peering_lan_is_of_its_exchange_in_both_families() -> None:
    exchange = Exchange(
        name="DE-CIX Frankfurt",
        city="Frankfurt",
        country="DE",
        prefix=ip_network("80.81.192.0/21"),
        source="ix.json",
    )
    assert found("80.81.192.0") == found("80.81.199.255") == exchange
    assert exchange.words == "IX DE-CIX Frankfurt"
    six = found("2001:7f8::1:2")
    assert six is not None
    assert (six.name, six.prefix) == ("DE-CIX Frankfurt", ip_network("2001:7f8::/64"))
    assert found("80.81.200.0") is None
    assert found("2001:7f8:0:1::1") is None


def test_a_lan_that_is_not_in_the_file_has_the_number_of_its_exchange() -> None:
    exchange = found("80.249.208.1")
    assert exchange is not None
    assert (exchange.name, exchange.city, exchange.country) == ("AMS-IX", None, None)
    assert found("195.69.144.1") is None  # deleted
    assert (table().prefix_count, table().exchange_count) == (3, 2)


def test_a_dump_with_answers_of_the_api_is_read_too() -> None:
    dump = {kind: {"data": rows, "meta": {}} for kind, rows in EXPORT.items()} | {"org": {}}
    assert found("80.81.192.1", dump) == found("80.81.192.1")


def test_the_longest_prefix_counts() -> None:
    more = [*EXPORT["ixpfx"], {"prefix": "80.81.192.0/24", "ixlan_id": 18}]
    exchange = found("80.81.192.9", EXPORT | {"ixpfx": more})
    assert exchange is not None
    assert exchange.name == "AMS-IX"


@pytest.mark.parametrize(
    "row",
    [
        {"prefix": "0.0.0.0/0", "ixlan_id": 18},
        {"prefix": "9.0.0.0/15", "ixlan_id": 18},
        {"prefix": "::/0", "ixlan_id": 18},
        {"prefix": "9.9.9.9/24", "ixlan_id": 18},
        {"prefix": "\x1b[2J", "ixlan_id": 18},
        {"prefix": "9.9.9.0/24", "ixlan_id": 999},
        {"prefix": "9.9.9.0/24", "ixlan_id": 31},
    ],
)
def test_rows_that_cannot_be_are_left_out(row: dict[str, object]) -> None:
    nameless = [{"id": 31, "name": "\u202e"}, EXPORT["ix"][1]]
    export = EXPORT | {"ixpfx": [row, EXPORT["ixpfx"][2]], "ix": nameless, "ixlan": []}
    assert found("9.9.9.9", export) is None
    assert table(export).prefix_count == 1


def test_names_are_made_safe() -> None:
    hostile = "\x1b[31m[red]\u202eevil\n" + "x" * 10_000
    rows = [{"id": 31, "name": hostile, "city": hostile, "country": "\x1b["}]
    exchange = found("80.81.192.1", EXPORT | {"ix": rows})
    assert exchange is not None
    assert exchange.name is not None
    assert exchange.city is not None
    assert exchange.name.startswith("[31m[red]evil xxx")
    assert len(exchange.name) == NAME_MAX
    assert exchange.city.isprintable()
    assert exchange.country is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text",
        b"[]",
        b"{}",
        b'{"data": []}',
        b'{"ixpfx": [], "ix": []}',
        b'{"ixpfx": [{"prefix": 1, "ixlan_id": 1}], "ix": [{"id": 1, "name": "x"}]}',
        b'{"ixpfx": [{"prefix": "1.0.0.0/24"}], "ix": [{"id": 1, "name": "x"}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_export_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValueError, match="it ") as refused:
        decode_exchanges(content)
    assert str(refused.value).isprintable()


@given(st.lists(st.tuples(st.ip_addresses(), st.integers(0, 128)), max_size=30), st.ip_addresses())
def test_what_is_found_is_what_a_look_at_every_prefix_finds(
    rows: list[tuple[Any, int]],
    address: Any,  # noqa: ANN401
) -> None:
    prefixes = [
        ip_network((one.packed, min(length, one.max_prefixlen)), strict=False)
        for one, length in rows
    ]
    export = EXPORT | {
        "ixpfx": [
            EXPORT["ixpfx"][2],
            *({"prefix": str(one), "ixlan_id": 18} for one in prefixes),
        ]
    }
    least = {4: 16, 6: 32}
    known = [*prefixes, ip_network("80.249.208.0/21")]
    own = [one for one in known if address in one and one.prefixlen >= least[one.version]]
    exchange = found(str(address), export)
    longest = max(own, key=lambda one: one.prefixlen, default=None)
    assert (exchange and exchange.prefix) == longest


@pytest.mark.trio
async def test_all_who_answer_are_looked_up_and_nobody_is_asked() -> None:
    file = decode_exchanges(json.dumps(EXPORT).encode())
    book = AddressBook(exchange=file_exchanges(file, Path("/ix.json"), start_after_s=0))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(book.run)
        for ttl, text in enumerate(("10.0.0.1", "80.81.192.1"), 1):
            book.see(ip_address(text), ttl)
        await book.wait_settled()
        nursery.cancel_scope.cancel()
    exchanges = {str(one): about.exchange for one, about in book.known.items()}
    assert exchanges["10.0.0.1"] == NO_EXCHANGE
    at_exchange = exchanges["80.81.192.1"]
    assert at_exchange is not None
    assert (at_exchange.words, at_exchange.source) == ("IX DE-CIX Frankfurt", "/ix.json")
