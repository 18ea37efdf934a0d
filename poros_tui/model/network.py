"""The network that an address is of, as a value."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Final

from poros_tui.model.fact import Fact

ASN_MAX: Final = 0xFFFFFFFF
"""Numbers of autonomous systems have 32 bits (RFC 6793)."""
NETWORK_NAME_MAX: Final = 100
"""Characters of the name of a network; the longest that are registered have about so many."""


class Network(Fact, frozen=True, kw_only=True):
    """What asking for the network of an address has brought: who announces it in BGP."""

    asn: int | None = None
    """The number of the autonomous system, 1 to ASN_MAX; None where nobody says one."""
    other_asns: tuple[int, ...] = ()
    """Of those that announce the same prefix beside it."""
    name: str | None = None
    """Of the autonomous system, fit for the screen."""
    prefix: IPv4Network | IPv6Network | None = None
    """What is announced, or for how many addresses a file says the same."""
    country: str | None = None
    """Where the registry has it, two letters (ISO 3166-1)."""
    registry: str | None = None
    """Which registry has it, such as `ripencc`."""
    source: str = ""
    """Where all this is known from: a file, or who was asked."""

    @property
    def as_text(self) -> str | None:
        """The number as people write it: `AS64500`."""
        return as_text(self.asn) if self.asn is not None else None

    @property
    def words(self) -> str | None:
        """Number and name, as far as they are known; None where neither is."""
        return " ".join(filter(None, (self.as_text, self.name))) or None


def as_text(asn: int) -> str:
    """asplain with the letters before it (RFC 5396)."""
    return f"AS{asn}"
