"""What raw UDP rungs believe of a quote: as it was sent, rewritten by a NAT, or by a forger."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.clock import ClockReading
from poros_tui.model.probe import Multipath
from poros_tui.model.quote import RewrittenField
from poros_tui.model.stray import Stray, StrayReason
from poros_tui.packets.ipv4 import PROTOCOL_UDP
from poros_tui.packets.udp import checksummed, unfinished_checksum
from poros_tui.probe.error_filters import DESTINATION_PORT_AT, Mark, Ports, hear_errors
from poros_tui.probe.errqueue import Received, receive
from poros_tui.probe.family import FAMILIES, Destination
from poros_tui.probe.sockets import open_raw
from poros_tui.probe.transport import Answer, TransportEvent
from poros_tui.probe.udp import TOO_SHORT
from poros_tui.probe.udp_errors import RawUdpProbes, UdpErrors
from poros_tui.probe.udp_ports import RECENT, UdpPorts
from poros_tui.probe.udp_session import FIRST_PORT, KEY_SPACE
from tests.lab.requirements import skip
from tests.packets import build
from tests.probe.udp_probes import udp_session

OURS, TARGET, NAT = "10.0.0.1", "10.9.9.9", "100.64.0.9"
READ_AT = ClockReading(2_000, 1_000)
KEY, FLOW_PORT, OWN_PORT, OTHER_PORT = 5, 45000, 46000, 47000
UDP_BYTES = 8
MARK = b"\xde\xad\xbe\xef"


class Probing:
    """A session with a socket for all probes, and what it hears."""

    def __init__(self, multipath: Multipath = Multipath.PARIS, *, has_word: bool = True) -> None:
        self.session = udp_session(TARGET, multipath=multipath, has_word=has_word)
        self.ports = UdpPorts()
        self.errors = UdpErrors(self.session, self.ports)

    def send(self, key: int = KEY, port: int = FLOW_PORT, only_key: int | None = None) -> bytes:
        """The datagram as it leaves."""
        self.ports.opened(port, only_key)
        dialect = RawUdpProbes(self.session, only_key, source_port=port, ports=self.ports)
        return datagram(dialect.packet(key), port, self.session.port_of(key))

    def hear(
        self, udp: bytes, *, source: str = OURS, target: str = TARGET
    ) -> TransportEvent | None:
        """Time exceeded that quotes this datagram between these addresses."""
        quote = build.ipv4(udp, source=source, destination=target, protocol=PROTOCOL_UDP)
        packet = build.ipv4(build.icmp(11, 0, payload=quote), source="10.0.5.5", destination=OURS)
        received = Received(
            data=packet, address=None, port=0, stamp_ns=1_500, ttl=None, local=None, error=None
        )
        return self.errors.read(received, READ_AT)


def datagram(
    payload: bytes, port: int, to_port: int = FIRST_PORT, source: str = OURS, target: str = TARGET
) -> bytes:
    addresses = ip_address(source), ip_address(target)
    return checksummed(port, to_port, payload, *addresses).encode()


def translated(udp: bytes, port: int = FLOW_PORT, source: str = NAT) -> bytes:
    """As a NAT makes it, checksum and all."""
    return datagram(udp[UDP_BYTES:], port, int.from_bytes(udp[2:4], "big"), source)


def rewritten(event: TransportEvent | None) -> set[RewrittenField]:
    assert isinstance(event, Answer)
    assert event.key == KEY
    assert event.quote is not None
    return {rewrite.field for rewrite in event.quote.rewrites}


@given(st.binary(max_size=65), st.integers(1, 65535), st.integers(1, 65535))
def test_the_checksum_is_the_sum_of_all_words(payload: bytes, port: int, to_port: int) -> None:
    """RFC 768, word by word; over the datagram with its own checksum the sum is 0xFFFF."""
    for source, target in ((OURS, TARGET), ("fd00::1", "fd00:9::9")):
        whole = datagram(payload, port, to_port, source, target)
        assert whole[6:8] != b"\0\0"
        summed = ip_address(source).packed + ip_address(target).packed + whole
        summed += bytes(len(whole) % 2) + struct.pack("!HH", PROTOCOL_UDP, len(whole))
        total = sum(struct.unpack(f"!{len(summed) // 2}H", summed))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        assert total == 0xFFFF


def test_a_checksum_of_0_which_means_none_is_sent_as_65535() -> None:
    without = datagram(b"\0\0", FLOW_PORT)
    payload = without[6:8]  # what is missing to the sum is its complement
    assert datagram(payload, FLOW_PORT)[6:8] == b"\xff\xff"


@pytest.mark.parametrize("length", [8, 9, 10, 16, 20, None])
def test_what_was_sent_is_believed_however_little_is_quoted(length: int | None) -> None:
    probing = Probing()
    event = probing.hear(probing.send()[:length])
    assert rewritten(event) == set()
    assert isinstance(event, Answer)
    assert event.quote is not None
    assert event.quote.length == 20 + (UDP_BYTES + 32 if length is None else length)


@given(key=st.integers(0, KEY_SPACE - 1), other=st.integers(0, KEY_SPACE - 1))
def test_the_header_alone_tells_each_probe_by_its_checksum(key: int, other: int) -> None:
    probing = Probing()
    sent = {each: probing.send(each) for each in (other, key)}
    for each, udp in sent.items():
        event = probing.hear(udp[:UDP_BYTES])
        assert isinstance(event, Answer)
        assert event.key == each


def test_zeros_that_pad_a_short_quote_are_none_of_it() -> None:
    probing = Probing()
    event = probing.hear(probing.send()[:UDP_BYTES].ljust(108, b"\0"))
    assert rewritten(event) == set()
    assert isinstance(event, Answer)
    assert event.quote is not None
    assert event.quote.length == 28


def test_a_checksum_tells_only_probes_that_left_lately() -> None:
    probing = Probing()
    first = probing.send()
    for key in range(KEY + 1, KEY + RECENT):
        probing.send(key)
    assert isinstance(probing.hear(first[:UDP_BYTES]), Answer)
    probing.send(KEY + RECENT)
    assert probing.hear(first[:UDP_BYTES]) is TOO_SHORT
    assert isinstance(probing.hear(first), Answer)


@pytest.mark.parametrize("length", [UDP_BYTES, None])
def test_a_nat_that_changes_the_address_is_believed_and_told(length: int | None) -> None:
    probing = Probing()
    event = probing.hear(translated(probing.send())[:length], source=NAT)
    assert rewritten(event) == {RewrittenField.SOURCE_ADDRESS, RewrittenField.CHECKSUM}


def test_a_nat_that_changes_the_port_too_is_believed_where_payload_is_quoted() -> None:
    probing = Probing()
    udp = translated(probing.send(), OTHER_PORT)
    assert rewritten(probing.hear(udp, source=NAT)) == {
        RewrittenField.SOURCE_ADDRESS,
        RewrittenField.SOURCE_PORT,
        RewrittenField.CHECKSUM,
    }
    assert probing.hear(udp[:UDP_BYTES], source=NAT) is None


def test_a_nat_that_translates_back_all_but_the_checksum_is_told_by_that() -> None:
    probing = Probing()
    sent = probing.send()
    restored = sent[:6] + translated(sent)[6:8] + sent[UDP_BYTES:]
    assert rewritten(probing.hear(restored)) == {RewrittenField.CHECKSUM}
    # Alone, that checksum is another word's: nothing is told, and the probe is sent again.
    assert probing.hear(restored[:UDP_BYTES]) is TOO_SHORT
    again = probing.send(port=OWN_PORT, only_key=KEY)
    restored = again[:6] + translated(again, OWN_PORT)[6:8]
    assert rewritten(probing.hear(restored)) == {RewrittenField.CHECKSUM}


@pytest.mark.parametrize("source", [OURS, NAT])
def test_a_checksum_that_the_network_card_was_to_finish_tells_nothing(source: str) -> None:
    probing = Probing()
    sent = probing.send()
    left = unfinished_checksum(ip_address(source), ip_address(TARGET), len(sent))
    udp = sent[:6] + left.to_bytes(2, "big") + sent[UDP_BYTES:]
    addresses = {RewrittenField.SOURCE_ADDRESS} if source == NAT else set()
    assert rewritten(probing.hear(udp, source=source)) == addresses


def test_a_port_of_its_own_tells_the_probe_and_its_checksum_need_not() -> None:
    probing = Probing(has_word=False)
    sent = probing.send(port=OWN_PORT, only_key=KEY)
    assert rewritten(probing.hear(sent[:UDP_BYTES])) == set()
    assert rewritten(probing.hear(sent[:6] + b"\x12\x34")) == {RewrittenField.CHECKSUM}


def test_a_destination_port_of_its_own_tells_the_probe() -> None:
    probing = Probing(Multipath.CLASSIC)
    sent = probing.send()
    assert rewritten(probing.hear(sent[:UDP_BYTES])) == set()
    assert rewritten(probing.hear(translated(sent)[:UDP_BYTES], source=NAT)) == {
        RewrittenField.SOURCE_ADDRESS,
        RewrittenField.CHECKSUM,
    }


def test_what_comes_for_the_first_packet_of_a_probe_that_was_sent_again_is_dropped() -> None:
    probing = Probing()
    first = probing.send()
    again = probing.send(port=OWN_PORT, only_key=KEY)
    assert probing.hear(first) is None
    assert rewritten(probing.hear(again)) == set()
    # Behind a NAT that hides the port nobody knows which it was.
    event = probing.hear(translated(again, OTHER_PORT), source=NAT)
    assert isinstance(event, Answer)
    assert event.is_ambiguous
    assert not probing.ports.is_ours(OTHER_PORT)


def test_what_proves_nothing_is_foreign_for_its_reason() -> None:
    probing = Probing()
    sent = probing.send()
    forged = sent[:UDP_BYTES] + b"?" * 32
    assert probing.hear(forged) == Stray(StrayReason.QUOTES_PAYLOAD)
    elsewhere = datagram(b"?" * 32, FLOW_PORT, target="10.9.9.8")
    assert probing.hear(elsewhere, target="10.9.9.8") == Stray(StrayReason.QUOTES_DESTINATION)
    assert probing.hear(sent[:2] + b"\0\x35" + forged[4:]) == Stray(StrayReason.QUOTES_DESTINATION)
    assert probing.hear(sent[:7]) == Stray(StrayReason.CUT_SHORT)
    own = Probing(has_word=False)
    udp = own.send(port=OWN_PORT, only_key=KEY)
    # The address is another, and nothing else has changed with it.
    assert own.hear(udp[:UDP_BYTES], source=NAT) == Stray(StrayReason.QUOTES_CHECKSUM)


@pytest.mark.parametrize("multipath", [Multipath.PARIS, Multipath.CLASSIC])
def test_an_error_about_another_programs_datagram_is_none_of_ours(multipath: Multipath) -> None:
    probing = Probing(multipath)
    probing.send()
    for length in (UDP_BYTES, None):
        assert probing.hear(datagram(b"?" * 32, OTHER_PORT)[:length]) is None


class Loopback:
    """A filtered raw socket, and another that sends it whatever is to be tried."""

    def __init__(self, version: int) -> None:
        self.family = FAMILIES[version]
        self.at = {4: "127.0.0.1", 6: "::1"}[version]
        ports = Ports(protocol=PROTOCOL_UDP, at=DESTINATION_PORT_AT, first=FIRST_PORT, count=4)
        self.heard = open_raw(self.family)
        target = Destination(ip_address({4: TARGET, 6: "fd00:9::9"}[version]))
        hear_errors(self.heard, target, ports, Mark(UDP_BYTES + 2, MARK))
        self.sender = open_raw(self.family)

    def hears(self, quoted: bytes, icmp_type: int = 3) -> bool:
        """Whether an error that quotes this packet passes: loopback delivers before sendto
        returns."""
        self.sender.sendto(build.icmp(icmp_type, payload=quoted), (self.at, 0))
        try:
            receive(self.heard, self.family)
        except BlockingIOError:
            return False
        return True

    def quote(
        self, to_port: int, target: str, protocol: int = PROTOCOL_UDP, payload: bytes = b""
    ) -> bytes:
        """An IP header and as little of what it carries as must be quoted, or more."""
        udp = build.udp(OTHER_PORT, to_port, payload)
        if self.family.version == 6:
            return build.ipv6(udp, source="fd00::1", destination=target, next_header=protocol)
        return build.ipv4(udp, source=OURS, destination=target, protocol=protocol)

    def close(self) -> None:
        self.heard.close()
        self.sender.close()


@pytest.fixture(params=[4, 6])
def loopback(request: pytest.FixtureRequest) -> Iterator[Loopback]:
    try:
        pair = Loopback(request.param)
    except PermissionError:
        skip("raw sockets are not permitted here")
    yield pair
    pair.close()


def test_the_kernel_lets_in_what_quotes_udp_to_the_destination_or_to_our_ports(
    loopback: Loopback,
) -> None:
    version = loopback.family.version
    target, elsewhere = {4: (TARGET, "10.9.9.8"), 6: ("fd00:9::9", "fd00:9::8")}[version]
    assert loopback.hears(loopback.quote(53, target))
    for port in (FIRST_PORT, FIRST_PORT + 3):
        assert loopback.hears(loopback.quote(port, elsewhere))
    for port in (53, FIRST_PORT - 1, FIRST_PORT + 6):
        assert not loopback.hears(loopback.quote(port, elsewhere))
    for protocol in (6, {4: 1, 6: 58}[version]):
        assert not loopback.hears(loopback.quote(FIRST_PORT, target, protocol))
    assert not loopback.hears(loopback.quote(FIRST_PORT, target), icmp_type={4: 5, 6: 4}[version])
    for length in (0, 1, 19):
        assert loopback.hears(loopback.quote(FIRST_PORT, target)[:length])


def test_the_kernel_lets_in_what_quotes_our_payload_though_address_and_port_were_changed(
    loopback: Loopback,
) -> None:
    elsewhere = {4: "10.9.9.8", 6: "fd00:9::8"}[loopback.family.version]
    assert loopback.hears(loopback.quote(53, elsewhere, payload=b"\0\5" + MARK))
    for payload in (b"\0\5" + MARK[:3], b"\0\5" + MARK[::-1], MARK + b"\0\5"):
        assert not loopback.hears(loopback.quote(53, elsewhere, payload=payload))


@pytest.mark.parametrize("multipath", Multipath)
@pytest.mark.parametrize("has_word", [True, False])
def test_all_payloads_of_a_session_have_its_mark(multipath: Multipath, has_word: bool) -> None:
    session = udp_session(TARGET, multipath=multipath, has_word=has_word)
    assert session.mark is not None
    at, word = session.mark
    for key in (0, 1, 255, 256, session.key_space - 1):
        assert session.payload(key)[at : at + 4] == word


def test_a_probe_whose_destination_and_port_a_nat_changed_is_told_by_its_payload() -> None:
    probing = Probing()
    udp = probing.send()
    inner = datagram(udp[UDP_BYTES:], FLOW_PORT, 53, target="10.9.9.8")
    assert rewritten(probing.hear(inner, target="10.9.9.8")) >= {
        RewrittenField.DESTINATION_ADDRESS,
        RewrittenField.DESTINATION_PORT,
    }
