"""The kernel's filters on raw sockets, with real packets on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from poros_tui.probe.echo_filters import hear_only
from poros_tui.probe.errqueue import receive
from poros_tui.probe.family import FAMILIES
from poros_tui.probe.sockets import open_raw
from tests.lab.requirements import skip
from tests.packets import build

OURS, OTHER = 0xBEEF, 0xBEE0
SECRET = b"\xde\xad\xbe\xef"
LOOPBACK = {4: "127.0.0.1", 6: "::1"}


class Loopback:
    """A filtered raw socket, and another that sends it whatever is to be tried."""

    def __init__(self, version: int) -> None:
        self.family = FAMILIES[version]
        self.heard = open_raw(self.family)
        hear_only(self.heard, self.family, OURS, SECRET)
        self.sender = open_raw(self.family)

    def hears(self, message: bytes) -> bytes | None:
        """The ICMP message that passes, if one does. Loopback delivers before sendto returns."""
        self.sender.sendto(message, (LOOPBACK[self.family.version], 0))
        try:
            data = receive(self.heard, self.family).data
        except BlockingIOError:
            return None
        return data if self.family.version == 6 else data[20:]

    def close(self) -> None:
        self.heard.close()
        self.sender.close()


def loopback(version: int) -> Iterator[Loopback]:
    try:
        pair = Loopback(version)
    except PermissionError:
        skip("raw sockets are not permitted here")
    yield pair
    pair.close()


@pytest.fixture
def ipv4() -> Iterator[Loopback]:
    yield from loopback(4)


@pytest.fixture
def ipv6() -> Iterator[Loopback]:
    yield from loopback(6)


def quote4(identifier: int, options: bytes = b"") -> bytes:
    return build.ipv4(build.echo(8, identifier, 1, b"payload"), options=options)


def test_replies_and_errors_with_our_identifier_are_heard(ipv4: Loopback) -> None:
    assert ipv4.hears(build.echo(0, OURS, 1, b"payload"))
    for icmp_type in (3, 11):
        assert ipv4.hears(build.icmp(icmp_type, payload=quote4(OURS)))
        assert ipv4.hears(build.icmp(icmp_type, payload=quote4(OURS)[:28]))
        assert ipv4.hears(build.icmp(icmp_type, payload=quote4(OURS, options=bytes(16))))


def test_our_own_requests_are_not_heard_on_loopback(ipv4: Loopback) -> None:
    # Only what the kernel says to it.
    assert ipv4.hears(build.echo(8, OURS, 1, b"payload")) == build.echo(0, OURS, 1, b"payload")
    assert not ipv4.hears(build.echo(8, OTHER, 1, b"payload"))


def test_what_is_for_others_is_not_heard(ipv4: Loopback) -> None:
    assert not ipv4.hears(build.echo(0, OTHER, 1, b"payload"))
    assert not ipv4.hears(build.icmp(11, payload=quote4(OTHER)))
    assert not ipv4.hears(build.icmp(11, payload=quote4(OTHER, options=bytes(16))))
    assert not ipv4.hears(build.icmp(11, payload=build.ipv4(build.udp(1, OURS), protocol=17)))
    for icmp_type in (4, 5, 12, 13):
        assert not ipv4.hears(build.icmp(icmp_type, payload=quote4(OURS)))


def test_errors_with_our_secret_are_heard_whatever_the_identifier(
    ipv4: Loopback, ipv6: Loopback
) -> None:
    for secret, is_ours in ((SECRET, True), (SECRET[:3], False), (b"\xde\xad\xbe\xee", False)):
        echo = build.echo(8, OTHER, 1, b"??" + secret)
        assert bool(ipv4.hears(build.icmp(11, payload=build.ipv4(echo)))) is is_ours
        assert (
            bool(ipv4.hears(build.icmp(11, payload=build.ipv4(echo, options=bytes(8))))) is is_ours
        )
        echo = build.echo(128, OTHER, 1, b"??" + secret)
        assert bool(ipv6.hears(build.icmp(3, payload=build.ipv6(echo)))) is is_ours


@pytest.mark.parametrize("length", [0, 1, 19, 20, 25])
def test_what_is_too_short_to_be_judged_is_heard(ipv4: Loopback, length: int) -> None:
    assert ipv4.hears(build.icmp(11, payload=quote4(OTHER)[:length]))


def test_with_an_identifier_it_is_long_enough_to_be_judged(ipv4: Loopback) -> None:
    assert not ipv4.hears(build.icmp(11, payload=quote4(OTHER)[:26]))


def test_a_corrupt_message_is_heard_and_left_to_the_codec(ipv4: Loopback) -> None:
    assert ipv4.hears(build.echo(0, OURS, 1, b"payload")[:-1] + b"?")


def quote6(identifier: int, *extension: bytes) -> bytes:
    echo = build.echo(128, identifier, 1, b"payload")
    return build.ipv6(b"".join(extension) + echo, next_header=0 if extension else 58)


def test_ipv6_replies_and_errors_with_our_identifier_are_heard(ipv6: Loopback) -> None:
    assert ipv6.hears(build.echo(129, OURS, 1, b"payload"))
    for icmp_type in (1, 2, 3):
        assert ipv6.hears(build.icmp(icmp_type, payload=quote6(OURS)))
        assert ipv6.hears(build.icmp(icmp_type, payload=quote6(OURS)[:48]))


def test_our_own_ipv6_requests_are_not_heard_on_loopback(ipv6: Loopback) -> None:
    heard = ipv6.hears(build.echo(128, OURS, 1, b"payload"))
    assert heard is not None
    assert heard[0] == 129
    assert not ipv6.hears(build.echo(128, OTHER, 1, b"payload"))


def test_ipv6_for_others_is_not_heard(ipv6: Loopback) -> None:
    assert not ipv6.hears(build.echo(129, OTHER, 1, b"payload"))
    assert not ipv6.hears(build.icmp(3, payload=quote6(OTHER)))
    for protocol in (6, 17):
        quoted = build.ipv6(build.udp(1, OURS) + bytes(20), next_header=protocol)
        assert not ipv6.hears(build.icmp(3, payload=quoted))
    for icmp_type in (4, 127):
        assert not ipv6.hears(build.icmp(icmp_type, payload=quote6(OURS)))


def test_an_ipv6_quote_with_extension_headers_is_left_to_the_codec(ipv6: Loopback) -> None:
    assert ipv6.hears(build.icmp(3, payload=quote6(OTHER, bytes([58, 0]) + bytes(6))))


@pytest.mark.parametrize("length", [0, 1, 39, 40, 45])
def test_ipv6_too_short_to_be_judged_is_heard(ipv6: Loopback, length: int) -> None:
    assert ipv6.hears(build.icmp(3, payload=quote6(OTHER)[:length]))


def test_the_kernel_writes_icmpv6_checksums(ipv6: Loopback) -> None:
    reply = build.echo(129, OURS, 1, b"payload")
    assert ipv6.hears(reply[:2] + b"\0\0" + reply[4:])
