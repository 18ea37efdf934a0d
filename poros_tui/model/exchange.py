"""The internet exchange whose peering LAN an address is of, as a value."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

from poros_tui.model.fact import Fact


class Exchange(Fact, frozen=True, kw_only=True):
    """What looking up the exchange of an address has brought."""

    name: str | None = None
    """Fit for the screen; None where the address is of none."""
    city: str | None = None
    country: str | None = None
    """Two letters (ISO 3166-1)."""
    prefix: IPv4Network | IPv6Network | None = None
    """Of the peering LAN."""
    source: str = ""
    """The file that says so."""

    @property
    def words(self) -> str | None:
        """`IX DE-CIX Frankfurt`; None where there is none."""
        return f"IX {self.name}" if self.name is not None else None
