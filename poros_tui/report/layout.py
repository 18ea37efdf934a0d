"""What a user may choose of a report, whatever its format. Pure."""

from __future__ import annotations

import msgspec


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How a report is to look."""

    columns: tuple[str, ...] | None = None
    """Names of `columns.COLUMNS` from left to right, hop and responder among them; None: those
    that are usual for the format."""
    are_several: bool = False
    """Several targets were asked for, however many of them there are to tell of."""
    private_hops: int = 0
    """So many hops from here are told of without addresses, names, networks and places."""
