from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.special_ranges import SPECIAL_RANGES, special_range

REGISTERED = {
    # IANA IPv4 Special-Purpose Address Registry, and multicast and reserved space beside it
    "0.0.0.0/8": "RFC 1122",
    "10.0.0.0/8": "RFC 1918",
    "100.64.0.0/10": "RFC 6598",
    "127.0.0.0/8": "RFC 1122",
    "169.254.0.0/16": "RFC 3927",
    "172.16.0.0/12": "RFC 1918",
    "192.0.0.0/24": "RFC 6890",
    "192.0.2.0/24": "RFC 5737",
    "192.88.99.0/24": "RFC 7526",
    "192.168.0.0/16": "RFC 1918",
    "198.18.0.0/15": "RFC 2544",
    "198.51.100.0/24": "RFC 5737",
    "203.0.113.0/24": "RFC 5737",
    "224.0.0.0/4": "RFC 5771",
    "240.0.0.0/4": "RFC 1112",
    # IANA IPv6 Special-Purpose Address Registry, and what is not global unicast
    "64:ff9b::/96": "RFC 6052",
    "64:ff9b:1::/48": "RFC 8215",
    "100::/64": "RFC 6666",
    "2001::/32": "RFC 4380",
    "2001:2::/48": "RFC 5180",
    "2001:10::/28": "RFC 4843",
    "2001:20::/28": "RFC 7343",
    "2001:db8::/32": "RFC 3849",
    "2002::/16": "RFC 3056",
    "3fff::/20": "RFC 9637",
    "5f00::/16": "RFC 9602",
    "fc00::/7": "RFC 4193",
    "fe80::/10": "RFC 4291",
    "fec0::/10": "RFC 3879",
    "ff00::/8": "RFC 4291",
}
SINGLE = ("::", "::1", "::ffff:8.8.8.8", "255.255.255.255", "4000::1", "fe80::1%eth0")
ANNOUNCED = (
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2a00::1",
    "2600::1",
    "3ffe::1",
)


@pytest.mark.parametrize(("prefix", "rfc"), REGISTERED.items())
def test_a_special_range_is_known_from_end_to_end(prefix: str, rfc: str) -> None:
    network = ip_network(prefix)
    for address in (network[0], network[-1], network[network.num_addresses // 2]):
        found = special_range(address)
        assert found is not None
        assert found.words
    assert any(rfc in one.source for one in SPECIAL_RANGES if str(one.network) == prefix)


@pytest.mark.parametrize("text", SINGLE)
def test_single_addresses_of_no_network_are_special(text: str) -> None:
    assert special_range(ip_address(text)) is not None


@pytest.mark.parametrize("text", ANNOUNCED)
def test_what_somebody_may_announce_is_not(text: str) -> None:
    assert special_range(ip_address(text)) is None


@given(st.ip_addresses(v=4))
def test_what_is_asked_for_is_global_by_the_standard_library(address: IPv4Address) -> None:
    if special_range(address) is None:
        assert address.is_global
        assert not address.is_multicast


@given(st.ip_addresses(v=6) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_the_same_of_ipv6(address: IPv6Address) -> None:
    if special_range(address) is None:
        assert address.is_global or address in ip_network("2001::/23")
        assert not address.is_multicast


@given(st.ip_addresses(v=4))
def test_no_special_address_is_asked_for_in_another_coat(address: IPv4Address) -> None:
    for text in (f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1", f"::ffff:{address}"):
        assert special_range(ip_address(text)) is not None
