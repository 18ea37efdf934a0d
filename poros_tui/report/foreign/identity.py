"""What a trace that another program wrote says of itself."""

from __future__ import annotations

import msgspec

from poros_tui.model.probe import IPAddress, Multipath, Protocol


class ForeignIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """What was traced and how, in the place of a `TraceIdentity`; None is what is not told."""

    program: str
    """That measured, such as `mtr`."""
    version: str | None = None
    target: str
    """What its user typed, cleaned for display."""
    destination: IPAddress | None
    destination_zone: str = ""
    protocol: Protocol | None = None
    source: IPAddress | None = None
    size: int | None = None
    """Bytes of a probe with its IP header."""
    dscp: int | None = None
    """0 to 63."""
    port: int | None = None
    source_port: int | None = None
    multipath: Multipath | None = None
    has_totals_only: bool = False
    """Nothing is told of single probes."""
    is_simulation: bool = False
