"""How far probes of one kind came, as values."""

from __future__ import annotations

from typing import Final

import msgspec

from poros_tui.model.probe import Protocol
from poros_tui.model.session import PathSnapshot
from poros_tui.model.stop import StopKind, StopReason

WAYS: Final[tuple[tuple[str, Protocol, int | None], ...]] = (
    ("ICMP", Protocol.ICMP, None),
    ("UDP", Protocol.UDP, None),
    ("TCP port 80", Protocol.TCP, 80),
    ("TCP port 443", Protocol.TCP, 443),
)
OPTIONS: Final = {
    "ICMP": "--icmp",
    "UDP": "--udp",
    "TCP port 80": "--tcp",
    "TCP port 443": "--tcp --port 443",
}


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """How far probes of one kind came."""

    name: str
    """One of WAYS."""
    distance: int | None
    """TTL of the destination; None where it did not answer."""
    answering: tuple[int, ...]
    """TTLs of the routers that answered."""
    stop: StopReason | None = None
    """Why the trace ended there."""
    problem: str = ""
    """Why no probe left; empty where one did."""

    @classmethod
    def of(cls, name: str, path: PathSnapshot) -> Reached:
        """From what a trace knows at its end."""
        distance = path.session.distance
        return cls(
            name=name,
            distance=distance,
            answering=tuple(hop.ttl for hop in path.hops if hop.received and hop.ttl != distance),
            stop=path.session.status.stop,
            problem=path.session.problem or "",
        )

    @property
    def refusal(self) -> StopReason | None:
        """Who has said that the destination cannot be reached; None where nobody has."""
        is_refused = self.stop is not None and self.stop.kind is StopKind.UNREACHABLE
        return self.stop if is_refused and self.distance is None else None

    @property
    def is_too_far(self) -> bool:
        """Routers went on answering up to the last TTL that was tried."""
        return self.stop is not None and self.stop.kind is StopKind.MAX_HOPS
