"""What the kernel keeps from the raw socket that hears TCP, which would otherwise hear all of the
host's (see `filters`; for ICMP `error_filters`)."""

from __future__ import annotations

import socket
from typing import Final

from poros_tui.probe.bpf import (
    IF_EQUAL,
    LOAD_HALF,
    LOAD_HALF_AT_X,
    LOAD_WORD,
    LOAD_X_HEADER_LENGTH,
    Step,
    attach,
)
from poros_tui.probe.error_filters import if_among
from poros_tui.probe.family import Destination
from poros_tui.probe.source_ports import FLOWS, SourcePorts

_NETWORK_HEADER: Final = 0xFFF00000
"""SKF_NET_OFF: offsets from here are those of the IP header, wherever the data begins."""
_SOURCE: Final = {4: (12, 1), 6: (8, 4)}
"""Where the source address is in the IP header, and of how many words."""


def hear_segments(
    sock: socket.socket, destination: Destination, port: int, ports: SourcePorts
) -> None:
    """Of a raw TCP socket: what comes from the destination's `port` to one of ours."""
    family = destination.family
    offset, words = _SOURCE[family.version]
    packed = destination.address.packed
    steps: list[Step] = []
    for number in range(words):
        value = int.from_bytes(packed[number * 4 :][:4], "big")
        follow = f"word {number} agrees"
        steps += [
            (LOAD_WORD, _NETWORK_HEADER + offset + number * 4),
            (IF_EQUAL, value, follow, "drop"),
            follow,
        ]
    if family.version == 4:
        steps += [(LOAD_X_HEADER_LENGTH, 0), (LOAD_HALF_AT_X, 0)]
    else:
        steps += [(LOAD_HALF, 0)]
    steps += [
        (IF_EQUAL, port, "from the port", "drop"),
        "from the port",
        (LOAD_HALF_AT_X, 2) if family.version == 4 else (LOAD_HALF, 2),
        *if_among(ports.first, FLOWS),
    ]
    attach(sock, steps)
