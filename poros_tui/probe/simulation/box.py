"""What a node does to the packets that it passes on, as values."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple

import msgspec

from poros_tui.model.probe import IPAddress


class Restore(StrEnum):
    """What a NAT translates back in a probe that an error from beyond it quotes."""

    NOTHING = "nothing"
    """Also written `false`. The error itself gets home all the same."""
    ADDRESSES = "addresses"
    """Addresses, ports and identifier, and not the checksum over them: by that
    dublin-traceroute knows a NAT. Also written `true`."""
    ALL = "all"
    """The checksum too, as Linux does (measured on 6.18, masquerading, for ICMP, ICMPv6 and TCP:
    the quote is as the probe was sent)."""


class Nat(msgspec.Struct, frozen=True, kw_only=True):
    """A translator of addresses and ports (RFC 3022, RFC 5508). What answers a probe is always
    translated back; what quotes it, as `restore` says."""

    source: IPv4Address | None = None
    source6: IPv6Address | None = None
    """Without, the twin of `source`; so with the next two."""
    destination: IPv4Address | None = None
    destination6: IPv6Address | None = None
    port: bool = False
    """The source port of UDP and TCP becomes another."""
    identifier: bool = False
    """The identifier of echo requests becomes another."""
    identification: bool = False
    """IPv4's identification becomes another, which nobody translates back."""
    restore: Restore = Restore.ADDRESSES

    def new_source(self, family: int) -> IPAddress | None:
        """What the source becomes; None: it stays."""
        return self.source if family == 4 else self.source6

    def new_destination(self, family: int) -> IPAddress | None:
        """What the destination becomes; None: it stays."""
        return self.destination if family == 4 else self.destination6


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to a packet between a hop and the next. The hop's own errors do not see it."""

    nat: Nat | None = None
    ttl_set: int | None = None
    """The TTL that packets leave with, whatever they came with."""
    ttl_keep: bool = False
    """It does not take one off the TTL, and so is not seen at all; not on the way back either."""
    dscp: int | None = None
    """0 to 63, ECN stays (RFC 2474 section 3)."""
    ecn: int | None = None
    """0 to 3, DSCP stays (RFC 3168 section 5)."""
    mtu: int | None = None
    """Bytes that the link behind the hop takes. IPv4 without DF is parted into fragments; all else
    that is larger is refused (RFC 1191 section 4, RFC 8200 section 5)."""
    mtu_silent: bool = False
    """It is dropped without a word."""
    mtu_untold: bool = False
    """The refusal does not say what the link takes, as before RFC 1191. IPv4 only."""


class Passed(NamedTuple):
    """A box that a probe has passed."""

    place: int
    """Number of its hop, from 1: what it makes of ports and identifiers depends on it."""
    box: Box

    def translated(self, number: int) -> int:
        """What a NAT here makes of a port, of an identifier, or of an identification: another
        number above 1023, and another at each place."""
        return 1024 + (number + 7919 * self.place) % 64512
