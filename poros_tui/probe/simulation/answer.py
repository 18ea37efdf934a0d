"""What comes back for a probe in a simulated internet, as values."""

from __future__ import annotations

from enum import Enum

import msgspec

from poros_tui.model.probe import IPAddress
from poros_tui.packets.extensions import Extension
from poros_tui.probe.simulation.box import Passed
from poros_tui.probe.simulation.node import Mischief


class Message(Enum):
    """The packets that come back."""

    TIME_EXCEEDED = "time exceeded"
    ECHO_REPLY = "echo reply"
    PORT_UNREACHABLE = "port unreachable"
    """From the destination itself."""
    UNREACHABLE = "unreachable"
    """From a router; the code says why."""
    PACKET_TOO_BIG = "packet too big"
    """From a router; IPv4 calls it fragmentation needed."""
    SYN_ACK = "SYN-ACK"
    """From an open TCP port (RFC 9293 section 3.10.7.2)."""
    RST = "RST-ACK"
    """From a closed one (section 3.10.7.1)."""
    UDP_ECHO = "echoed datagram"
    """A datagram with the probe's own payload (RFC 862)."""
    UDP_FIXED = "datagram"
    """A datagram that is always the same."""
    UDP_DNS = "DNS response"
    """A DNS header that says FORMERR, with the identifier that the probe seems to have: its
    payload's first two bytes (RFC 1035 section 4.1.1)."""

    @property
    def is_error(self) -> bool:
        """Whether it is an ICMP error, which quotes the probe."""
        return self in _ERRORS


_ERRORS = frozenset(
    {
        Message.TIME_EXCEEDED,
        Message.PORT_UNREACHABLE,
        Message.UNREACHABLE,
        Message.PACKET_TOO_BIG,
    }
)


class SimulatedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One packet that comes back for a probe."""

    delay_s: float
    """From the moment the probe was sent."""
    responder: IPAddress
    message: Message
    icmp_code: int
    """Of the probe's family: RFC 792 or RFC 4443; 0 where the message is not ICMP."""
    reply_ttl: int
    """1 to 255, as it arrives."""
    quoted_ttl: int
    """Of the probe as an error quotes it: 1 where it has expired, more where it had more left."""
    passed: tuple[Passed, ...] = ()
    """What has changed the probe on its way there, in order."""
    fragment_bytes: int | None = None
    """The probe has been parted, and this is what its first fragment has, IP header included;
    None: it is whole."""
    mtu: int | None = None
    """Of a packet that is too big: what the link takes, 0 where that is not told."""
    quote_bytes: int | None
    """Bytes quoted of the probe, IP header included; None: as many as fit."""
    mischief: Mischief
    """NONE: an honest answer. Copies of it are honest too, and follow it."""
    extensions: tuple[Extension, ...] = ()
    """Behind the quote of an error message; other messages have none."""
    tells_quote_length: bool = True
    """Whether the message says where they begin."""
