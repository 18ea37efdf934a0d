"""The network that an address is of, as a value."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from poros_tui.model.fact import Fact


class Network(Fact, frozen=True, kw_only=True):
    """What asking for the network of an address has brought: who announces it in BGP."""

    asn: int | None = None
    """The number of the autonomous system, 0 to 4294967295 (RFC 6793); None where there is none, or
    nobody says."""
    name: str | None = None
    """Of the autonomous system, fit for the screen."""
    prefix: IPv4Network | IPv6Network | None = None
    """What is announced, as far as it was told."""
    country: str | None = None
    """Where the registry has it, two letters (ISO 3166-1)."""
    registry: str | None = None
    """Which registry has it, such as `ripencc`."""
    source: str = ""
    """Where all this is known from, in a few words."""
