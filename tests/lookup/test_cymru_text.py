from __future__ import annotations

from ipaddress import ip_address, ip_network

import dns.reversename
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.lookup.cymru_text import Origin, origin_name, origin_of, system_name, system_of
from poros_tui.model.network import NETWORK_NAME_MAX
from poros_tui.model.probe import IPAddress
from poros_tui.packets.dns import LABEL_BYTES_MAX, name_text

ADDRESS = ip_address("192.0.2.1")


def origin(*texts: str, address: str = "192.0.2.1") -> Origin | None:
    return origin_of([text.encode() for text in texts], ip_address(address))


def is_mapped(address: IPAddress) -> bool:
    """The reference takes these for IPv4."""
    return address.version == 6 and address.ipv4_mapped is not None


@given(st.ip_addresses().filter(lambda address: not is_mapped(address)))
def test_the_question_is_the_reversed_address_in_the_zone_of_its_family(
    address: IPAddress,
) -> None:
    reverse = dns.reversename.from_address(str(address)).to_text()
    suffix, zone = ("in-addr.arpa.", "origin") if address.version == 4 else ("ip6.arpa.", "origin6")
    expected = reverse.removesuffix(suffix) + f"{zone}.asn.cymru.com"
    assert name_text(origin_name(address)) == expected
    assert all(len(label) <= LABEL_BYTES_MAX for label in origin_name(address))


def test_an_address_with_a_zone_is_asked_for_without() -> None:
    assert origin_name(ip_address("2001:db8::1%eth0")) == origin_name(ip_address("2001:db8::1"))


def test_a_system_is_asked_for_by_its_number() -> None:
    assert name_text(system_name(4294967295)) == "AS4294967295.asn.cymru.com"


def test_an_origin_has_number_prefix_country_and_registry() -> None:
    assert origin("64500 | 192.0.2.0/24 | DE | ripencc | 2001-02-03") == Origin(
        asns=(64500,), prefix=ip_network("192.0.2.0/24"), country="DE", registry="ripencc"
    )


def test_several_systems_of_a_prefix_stand_in_one_record_or_in_several() -> None:
    together = origin("64501 64500 | 192.0.2.0/24 | DE | ripencc | ")
    apart = origin(
        "64501 | 192.0.2.0/24 | DE | ripencc | ", "64500 | 192.0.2.0/24 | DE | ripencc |"
    )
    assert together == apart
    assert together is not None
    assert together.asns == (64500, 64501)


def test_the_longest_prefix_is_it_in_any_order() -> None:
    texts = ("1 | 192.0.0.0/16 | | |", "2 | 192.0.2.0/24 | | |", "3 | 192.0.2.0/23 | | |")
    for order in (texts, texts[::-1]):
        found = origin(*order)
        assert found is not None
        assert (found.asns, str(found.prefix)) == ((2,), "192.0.2.0/24")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "64500",
        "NA | 192.0.2.0/24 | DE | ripencc |",
        "0 | 192.0.2.0/24 | DE | ripencc |",
        "4294967296 | 192.0.2.0/24 | DE | ripencc |",
        "64500 | 192.0.2.1/24 | DE | ripencc |",  # host bits
        "64500 | 198.51.100.0/24 | DE | ripencc |",  # another's
        "64500 | 2001:db8::/32 | DE | ripencc |",
        "64500 | \x1b[2J | DE | ripencc |",
    ],
)
def test_what_cannot_be_read_or_is_about_others_is_none(text: str) -> None:
    assert origin(text) is None


@pytest.mark.parametrize(
    "text", ["64500|192.0.2.0/24", "64500 | 192.0.2.0/24 | \x1b[31m | [red] |"]
)
def test_country_and_registry_are_what_they_can_be_or_nothing(text: str) -> None:
    found = origin(text)
    assert found is not None
    assert (found.country, found.registry) == (None, None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"64500 | DE | ripencc | 2001-02-03 | EXAMPLE-NET, DE", "EXAMPLE-NET"),
        (b"64500 | DE | ripencc | 2001-02-03 | EXAMPLE-NET, FR", "EXAMPLE-NET, FR"),
        (b"64500 | DE | ripencc | | Example | Net", "Example | Net"),
        ("64500 | DE | ripencc | | Grüße, DE".encode(), "Grüße"),
        ("64500 | DE | ripencc | | Grüße, DE".encode("latin-1"), "Grüße"),
        (b"64500 | DE | x | | \x1b]0;x\x07\x1b[2J[red]x[/red]", "]0;x[2J[red]x[/red]"),
        ("64500 | DE | x | | \u202egnp\u2066".encode(), "gnp"),
        (b"64500 | DE | x | | \xff\xfe\x00", "ÿþ"),
        (b"64500 | DE | x | | ", None),
        (b"64500 | DE | x |", None),
        (b"64501 | DE | x | | OTHER", None),
        (b"", None),
    ],
)
def test_a_name_is_made_safe_and_stands_without_its_country(text: bytes, name: str | None) -> None:
    assert system_of([text], 64500) == name


def test_a_name_of_ten_kilobytes_is_cut() -> None:
    name = system_of([b"64500 | DE | x | | " + b"A" * 10_000], 64500)
    assert name is not None
    assert len(name) == NETWORK_NAME_MAX


@given(st.lists(st.binary(max_size=300), max_size=4))
def test_garbage_is_nothing_or_something_that_can_be_shown(texts: list[bytes]) -> None:
    found = origin_of(texts, ADDRESS)
    assert found is None or ADDRESS in found.prefix
    name = system_of(texts, 64500)
    assert name is None or name.isprintable()
