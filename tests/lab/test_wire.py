from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from poros_tui.model.probe import Protocol
from tests.lab import wire
from tests.lab.packets import PROBES, echo_request, ipv4, udp
from tests.lab.wire import read_probe


def ones_complement_sum(data: bytes) -> int:
    """RFC 1071 section 4.1, word by word; 0xFFFF over data that holds its right checksum."""
    total = 0
    for place in range(0, len(data), 2):
        total += int.from_bytes(data[place : place + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_the_checksum_is_that_of_rfc_1071_section_3() -> None:
    assert wire.checksum(bytes.fromhex("0001f203f4f5f6f7")) == bytes.fromhex("220d")


@given(st.binary(min_size=1, max_size=200))
def test_the_checksum_agrees_with_the_sum_word_by_word(data: bytes) -> None:
    assert int.from_bytes(wire.checksum(data), "big") == 0xFFFF - ones_complement_sum(data)


@given(st.binary(max_size=120))
def test_garbage_is_no_probe_and_no_trouble(data: bytes) -> None:
    read_probe(data)
    for probe in PROBES:
        read_probe(probe[:2] + data)
        read_probe(probe[: len(data)])


def test_echo_requests_datagrams_and_syns_are_read_in_both_families() -> None:
    read = [read_probe(data) for data in PROBES]
    assert [(probe.family, probe.protocol, probe.ttl) for probe in read if probe] == [
        (4, Protocol.ICMP, 7),
        (4, Protocol.UDP, 7),
        (6, Protocol.ICMP, 7),
        (6, Protocol.UDP, 7),
        (4, Protocol.TCP, 7),
        (6, Protocol.TCP, 7),
    ]


def test_other_packets_of_a_host_are_not_probes() -> None:
    assert read_probe(ipv4(wire.ICMP4, b"\0" * 16)) is None  # an echo reply
    fragment = bytearray(ipv4(wire.UDP, udp()))
    fragment[6:8] = (185).to_bytes(2, "big")
    assert read_probe(bytes(fragment)) is None


def test_a_flow_is_told_by_ports_and_by_the_icmp_checksum_and_by_nothing_behind_them() -> None:
    def flow(data: bytes) -> int:
        probe = read_probe(data)
        assert probe
        return probe.flow

    assert flow(ipv4(wire.UDP, udp(port=40000))) != flow(ipv4(wire.UDP, udp(port=40001)))
    assert flow(ipv4(wire.UDP, udp())) == flow(ipv4(wire.UDP, udp(payload=b"else")))
    one, other = echo_request(sequence=1), echo_request(sequence=2)
    assert flow(ipv4(wire.ICMP4, one)) != flow(ipv4(wire.ICMP4, other))
    same_checksum = other[:2] + one[2:4] + other[4:]
    assert flow(ipv4(wire.ICMP4, one)) == flow(ipv4(wire.ICMP4, same_checksum))
