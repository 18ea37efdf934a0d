from __future__ import annotations

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.lookup.hosts_file import names_of_hosts
from poros_tui.lookup.resolv_conf import SERVERS_MAX, servers_of

HOSTS = """\
# comment
127.0.0.1 localhost
0.0.0.0 ads.example
::1 localhost ip6-localhost
192.0.2.1\trouter.lan  router # ours
192.0.2.1 other.lan
2001:db8::1 router6.lan
fe80::1%eth0 link.lan
not-an-address name
192.0.2.2
 192.0.2.3   [31mred\x1b[0m
192.0.2.4 192.0.2.5
"""


def test_hosts_have_their_first_names() -> None:
    assert names_of_hosts(HOSTS) == {
        ip_address("192.0.2.1"): "router.lan",
        ip_address("2001:db8::1"): "router6.lan",
        ip_address("fe80::1%eth0"): "link.lan",
        ip_address("192.0.2.3"): "[31mred[0m",
    }


def test_servers_are_those_of_the_file_in_their_order() -> None:
    text = (
        "; comment\nnameserver 192.0.2.53\nsearch example\nnameserver ns.example\n"
        "nameserver\n#nameserver 192.0.2.9\nnameserver 2001:db8::53 # second\n"
        "nameserver fe80::1%eth0\nnameserver 192.0.2.54\n"
    )
    assert servers_of(text) == ["192.0.2.53", "2001:db8::53", "fe80::1%eth0"]
    assert len(servers_of(text)) == SERVERS_MAX
    assert servers_of("") == []


@given(st.text())
def test_whatever_stands_in_the_files_can_be_read(text: str) -> None:
    for name in names_of_hosts(text).values():
        assert name.isprintable()
    assert len(servers_of(text)) <= SERVERS_MAX
