"""What must get through a firewall, as values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

_PROBES: Final = (("new", "echo-request"),)
_ANSWERS: Final = (
    ("established", "echo-reply"),
    ("related", "destination-unreachable"),
    ("related", "time-exceeded"),
)
"""How the kernel tracks them (ct state), and where they are ICMP their types. Over loopback all but
the last pass both hooks."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that must get through."""

    protocol: str
    """`icmp` (ICMPv6 over IPv6), `udp` or `tcp`."""
    version: int
    """4 or 6."""
    hook: str
    """`input` where they come in, `output` where they leave."""
    is_loopback: bool = False
    peer: str = ""
    """The address they go to, or where they are answers come from; empty: any."""
    peer_port: int | None = None
    """The port there; None: any."""
    interface: str = ""
    """They leave through it, or come in; empty where that is not known."""

    @property
    def name(self) -> str:
        """Of the protocol, as nft has it."""
        return "ipv6-icmp" if (self.protocol, self.version) == ("icmp", 6) else self.protocol

    def packets(self, *, is_tracked: bool = True) -> Iterator[Packet]:
        """Of each kind that must get through one."""
        kinds = _PROBES if self.hook == "output" else _ANSWERS
        if self.is_loopback:
            kinds = _PROBES + _ANSWERS[:-1]
        for state, icmp_type in kinds:
            if self.protocol == "icmp":
                yield Packet(self, state, icmp_type, is_tracked)
            elif state != "related":
                yield Packet(self, state, "", is_tracked)


class Packet(msgspec.Struct, frozen=True):
    """One of them."""

    traffic: Traffic
    state: str
    """`new` where it is ours, else that of an answer."""
    icmp_type: str = ""
    is_tracked: bool = True
    """The kernel knows its state; not so where it has only just come in."""

    @property
    def is_ours(self) -> bool:
        """It goes to the peer; otherwise it comes from there."""
        return self.state == "new"
