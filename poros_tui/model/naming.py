"""What is known of the name of an address, as a value."""

from __future__ import annotations

from typing import Final

from poros_tui.model.fact import Fact

NAME_MAX: Final = 253
"""Characters of a name in DNS, without the dot behind it (RFC 1035 2.3.4: 255 bytes)."""


class Naming(Fact, frozen=True, kw_only=True):
    """What asking for the name of an address has brought."""

    name: str | None = None
    """Fit for the screen; None where it has none, or nobody says."""
    is_confirmed: bool | None = None
    """Whether the name has this address among its own; None where that was not asked, or nobody
    says."""

    @property
    def doubt(self) -> str:
        """What speaks against the name, in a few words; empty for nothing."""
        return "does not lead back to this address" if self.is_confirmed is False else ""
