from __future__ import annotations

import socket
import struct
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poros_tui.probe.errqueue import (
    ExtendedError,
    Origin,
    Received,
    decode_received,
)
from poros_tui.probe.family import FAMILIES, IPV4, IPV6, Ancillary

STAMP = (socket.SOL_SOCKET, 37, struct.pack("6l", 3, 5, 0, 0, 0, 0))


def extended_error(offender: bytes, data: int = 0) -> bytes:
    return struct.pack("IBBBxII", 113, 2, 11, 0, 0, data) + offender


def test_an_ipv4_error_is_put_together() -> None:
    offender = struct.pack("HH", socket.AF_INET, 0) + ip_address("10.0.5.5").packed + bytes(8)
    ancillary: list[Ancillary] = [
        STAMP,
        (socket.IPPROTO_IP, socket.IP_TTL, struct.pack("i", 61)),
        (
            socket.IPPROTO_IP,
            8,
            struct.pack("i", 2)
            + ip_address("10.0.0.9").packed  # the address it would be answered from
            + ip_address("10.0.0.1").packed,
        ),
        (socket.IPPROTO_IP, 11, extended_error(offender)),
    ]
    assert decode_received(IPV4, b"quoted", ancillary, ("10.9.9.9", 33434)) == Received(
        data=b"quoted",
        address=ip_address("10.9.9.9"),
        port=33434,
        stamp_ns=3_000_000_005,
        ttl=61,
        local=ip_address("10.0.0.1"),
        error=ExtendedError(
            code=113,
            origin=Origin.ICMP,
            icmp_type=11,
            icmp_code=0,
            data=0,
            offender=ip_address("10.0.5.5"),
        ),
    )


def test_an_ipv6_error_is_put_together_and_zones_are_left_out() -> None:
    offender = struct.pack("HHI", socket.AF_INET6, 0, 0) + ip_address("fe80::5").packed + bytes(4)
    ancillary: list[Ancillary] = [
        (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT, struct.pack("i", 61)),
        (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, ip_address("fe80::1").packed + bytes(4)),
        (socket.IPPROTO_IPV6, 25, extended_error(offender)),
    ]
    told = decode_received(IPV6, b"", ancillary, ("fe80::9%eth0", 0, 0, 2))
    assert told.error is not None
    assert (told.address, told.local, told.error.offender, told.ttl, told.stamp_ns) == (
        ip_address("fe80::9"),
        ip_address("fe80::1"),
        ip_address("fe80::5"),
        61,
        None,
    )


def test_an_error_that_nobody_sent_has_no_offender() -> None:
    told = decode_received(IPV4, b"", [(0, 11, extended_error(bytes(16), data=7))], None)
    assert told.error is not None
    assert (told.error.offender, told.error.data, told.address) == (None, 7, None)


@pytest.mark.parametrize(("flags", "place"), [(0, 108), (1, 108), (0, 0)])
def test_the_kernel_tells_where_extensions_begin(flags: int, place: int) -> None:
    entry = struct.pack("IBBBxIHBx", 113, 2, 11, 0, 0, place, flags)
    told = decode_received(IPV4, b"", [(0, 11, entry)], None)
    assert told.error is not None
    assert told.error.extensions_at == place


def test_a_zero_stamp_is_no_stamp() -> None:
    none_taken = (socket.SOL_SOCKET, 37, bytes(48))
    assert decode_received(IPV4, b"", [none_taken], None).stamp_ns is None


@pytest.mark.parametrize("version", [4, 6])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 41, 255]),
            st.sampled_from([2, 8, 11, 25, 37, 49, 50, 52]),
            st.binary(max_size=60),
        )
    )
)
def test_ancillary_garbage_is_survived(version: int, ancillary: list[Ancillary]) -> None:
    decode_received(FAMILIES[version], b"", ancillary, None)
