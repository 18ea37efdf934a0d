"""IPv6 flow labels on the wire: one for each flow, and always the same."""

from __future__ import annotations

import errno
import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address
from struct import Struct

import pytest

from poros_tui.packets.ipv6 import IPv6Packet
from poros_tui.packets.tcp import PROTOCOL_TCP, TcpSegment
from poros_tui.probe.family import Destination
from poros_tui.probe.flow_labels import FlowLabels
from tests.lab import namespace
from tests.lab.chain import RIGHT, ChainLab
from tests.probe.listening import listening
from tests.probe.rungs import Rung, open_inside

IPV6_FLOWLABEL_MGR = 32
LEASE = Struct("=16sIBBHHHI")
EXCLUSIVE = 1
EVERY_PROTOCOL = 3
"""Only who hears all hears what is sent."""


@contextmanager
def wire(lab: ChainLab) -> Iterator[socket.socket]:
    """What leaves the prober."""
    kind = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
    with namespace.entered(lab.namespace):
        sock = socket.socket(socket.AF_PACKET, kind, socket.htons(EVERY_PROTOCOL))
        sock.bind((RIGHT, EVERY_PROTOCOL))
    with sock:
        yield sock


def labels_by_port(sock: socket.socket, destination: object) -> dict[int, list[int]]:
    """Of the SYNs that were sent there, by source port."""
    labels = defaultdict(list)
    while True:
        try:
            data = sock.recv(65535)
        except BlockingIOError:
            return labels
        if data[0] >> 4 != 6:
            continue
        packet = IPv6Packet.decode(data)
        if packet.destination == destination and packet.protocol == PROTOCOL_TCP:
            labels[TcpSegment.decode(packet.payload).source_port].append(packet.flow_label)


@pytest.mark.network
@pytest.mark.trio
async def test_every_flow_of_raw_tcp_has_a_label_of_its_own(chain: ChainLab) -> None:
    flows, rounds, target = 40, 3, chain.target(6)
    with wire(chain) as sock:
        chosen = open_inside(chain.namespace, Rung.RAW_TCP, target)
        async with listening(chosen.transport) as ear:
            keys = range(flows * rounds)
            for key in keys:
                await chosen.transport.send(2, key, key % flows)
            await ear.until_answered(keys)
        labels = labels_by_port(sock, target)
    assert [len(each) for each in labels.values()] == [rounds] * flows
    assert all(len(set(each)) == 1 for each in labels.values())
    assert len({each[0] for each in labels.values()}) == flows
    # And the quotes are held against them.
    quotes = [answer.quote for answer in ear.answers]
    assert all(quote is not None and not quote.rewrites for quote in quotes)


@pytest.mark.network
@pytest.mark.trio
async def test_every_connection_has_a_label_of_the_kernels(chain: ChainLab) -> None:
    with wire(chain) as sock:
        chosen = open_inside(chain.namespace, Rung.TCP_CONNECT, chain.target(6))
        async with listening(chosen.transport) as ear:
            for key in range(8):
                await ear.send(2, key)
            await ear.until_answered(range(8))
        labels = labels_by_port(sock, chain.target(6))
    assert len(labels) == 8
    assert len({label for each in labels.values() for label in each}) == 8


class WithoutLeases(socket.socket):
    """A socket that has had all it may hold."""

    def setsockopt(self, *arguments: object) -> None:  # type: ignore[override]
        if arguments[1] == IPV6_FLOWLABEL_MGR:
            raise OSError(errno.ENOBUFS, "no more")


@pytest.mark.network
def test_flows_beyond_the_leases_have_labels_unless_somebody_has_one_alone(chain: ChainLab) -> None:
    destination = Destination(chain.target(6))
    with namespace.entered(chain.namespace), WithoutLeases(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        labels = FlowLabels(s, destination)
        several = [labels.label(flow) for flow in range(9)]
        assert len(set(several)) == 9
        assert all(1 <= label < 2**20 for label in several)
        assert [labels.label(flow) for flow in range(9)] == several
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
            lease = LEASE.pack(
                IPv6Address("fd00::99").packed, socket.htonl(77), 0, EXCLUSIVE, 1, 6, 6, 0
            )
            other.setsockopt(socket.IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, lease)
            assert FlowLabels(s, destination).label(1) == 0
