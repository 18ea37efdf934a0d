"""What asking for one thing about an address has brought, as a value: the base of its kinds."""

from __future__ import annotations

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was asked for."""

    problem: str = ""
    """Why nothing is known, in a few words; empty where something is."""
