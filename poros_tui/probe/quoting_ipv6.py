"""BPF steps over ICMPv6 errors, as far as the quoted header is any probe's."""

from __future__ import annotations

import socket
from collections.abc import Iterable

from poros_tui.probe.bpf import (
    AND,
    IF_AT_LEAST,
    IF_EQUAL,
    LOAD_BYTE,
    LOAD_HALF,
    LOAD_LENGTH,
    Step,
)


def quoting_ipv6(
    protocol: int, *, others: Iterable[int], least_bytes: int, behind_fragment_header: list[Step]
) -> list[Step]:
    """What follows these steps judges an error whose quote has a header of `protocol` right behind
    that of IPv6, and at least `least_bytes` of it: it begins at byte 48 of the packet, which
    begins with its ICMPv6 header.

    Quotes of `others` are dropped. Quoted extension headers are left to the codec, but for that
    of a fragment (RFC 8200 section 4.5): routers answer each of a large probe, and only the first
    has what tells it. `behind_fragment_header` judges that, at byte 56, and must come to an end.
    """
    unwanted: list[Step] = []
    for other in others:
        unwanted += [(IF_EQUAL, other, "drop", f"not {other}"), f"not {other}"]
    return [
        (LOAD_LENGTH, 0),
        (IF_AT_LEAST, 48 + least_bytes, "quotes a header", "pass"),
        "quotes a header",
        (LOAD_BYTE, 8 + 6),
        (IF_EQUAL, protocol, "quotes ours", "quotes another"),
        "quotes another",
        *unwanted,
        (IF_EQUAL, socket.IPPROTO_FRAGMENT, "quotes a fragment", "pass"),
        "quotes a fragment",
        (LOAD_LENGTH, 0),
        (IF_AT_LEAST, 56 + least_bytes, "can be judged", "pass"),
        "can be judged",
        (LOAD_HALF, 48 + 2),
        (AND, 0xFFF8),
        (IF_EQUAL, 0, "quotes the first", "drop"),
        "quotes the first",
        (LOAD_BYTE, 48),
        (IF_EQUAL, protocol, "quotes ours first", "drop"),
        "quotes ours first",
        *behind_fragment_header,
        "quotes ours",
    ]
