"""The extensions of the lab, judged by others: they must be what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from poros_tui.model.probe import Protocol
from poros_tui.packets.extensions import (
    Extension,
    InterfaceInformation,
    MplsStack,
    UnknownObject,
)
from poros_tui.probe.simulation.answer import Message
from poros_tui.probe.simulation.node import Hop
from tests.lab.packets import PROBES
from tests.lab.replies import reply_packet
from tests.lab.requirements import require_network
from tests.lab.test_replies import answer
from tests.lab.tools import traceroute
from tests.lab.tshark import MALFORMED, read_by_tshark, require_tshark
from tests.lab.tun import lab_network, load_scenario
from tests.lab.wire import read_probe

FIELDS = (
    "icmp.ext.checksum.status",
    "icmp.mpls.label",
    "icmp.mpls.s",
    "icmp.int_info.index",
    "icmp.int_info.ipv4",
    "icmp.int_info.ipv6",
    "icmp.int_info.name",
    "icmp.int_info.mtu",
    "icmp.ext.class",
    "icmp.ext.data",
    MALFORMED,
)


def packets(family: int) -> Iterator[tuple[bytes, Hop]]:
    """The answers of every hop that carries something to an echo request and to a datagram."""
    hops = [hop for hop in load_scenario("mpls").hops if hop.manner.extensions]
    probes = [probe for data in PROBES if (probe := read_probe(data))]
    for probe, hop in product(probes, hops):
        if probe.family == family:
            carrying = replace(
                answer(family, Message.TIME_EXCEEDED, quote_bytes=hop.manner.quote_bytes),
                extensions=hop.manner.extensions,
                tells_quote_length=hop.manner.tells_quote_length,
            )
            yield reply_packet(probe, carrying, seed=""), hop


def expected_fields(extensions: tuple[Extension, ...]) -> dict[str, str]:
    """What tshark has to say of them."""
    fields = {"icmp.ext.checksum.status": "1"}
    classes = []
    for extension in extensions:
        match extension:
            case MplsStack(labels=labels):
                classes.append(1)
                fields["icmp.mpls.label"] = ",".join(str(entry.label) for entry in labels)
                fields["icmp.mpls.s"] = ",".join(str(int(entry.is_bottom)) for entry in labels)
            case InterfaceInformation(address=address):
                classes.append(2)
                told = {"index": extension.index, "name": extension.name, "mtu": extension.mtu}
                if address is not None:
                    told[f"ipv{address.version}"] = str(address)
                fields |= {
                    f"icmp.int_info.{key}": str(value) for key, value in told.items() if value
                }
            case UnknownObject():
                classes.append(extension.class_number)
                if extension.payload:
                    fields["icmp.ext.data"] = extension.payload.hex()
    fields["icmp.ext.class"] = ",".join(map(str, classes))
    return fields


@pytest.mark.parametrize("family", [4, 6])
def test_tshark_reads_the_extensions_that_the_lab_writes(family: int, tmp_path: Path) -> None:
    require_tshark()
    made = list(packets(family))
    seen = read_by_tshark([packet for packet, _ in made], FIELDS, tmp_path / "answers.pcap")
    for fields, (_, hop) in zip(seen, made, strict=True):
        if family == 6 and not hop.manner.tells_quote_length:
            assert fields == {}  # it looks for those without a length in IPv4 only
        else:
            assert fields == expected_fields(hop.manner.extensions)


@pytest.mark.network
@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("protocol", Protocol)
def test_traceroute_sees_the_labels_at_their_hops(family: int, protocol: Protocol) -> None:
    require_network()
    with lab_network("mpls") as lab:
        seen = traceroute(lab, family, protocol, ["-e", "-q", "1", "-N", "16"])
    labels = {
        ttl: [int(label) for label in re.findall(r"L=(\d+)", hop.line)]
        for ttl, hop in enumerate(seen, 1)
        if "MPLS" in hop.line
    }
    # Those of hop 9 stand behind 160 bytes; Debian's traceroute looks at 128 whatever is told.
    assert labels == {2: [24001, 16], 3: [24002], 7: [0, 1048575, 3], 8: [24008]}
