"""What is needed to trace one target, as values and ways to open it. Loads nothing heavy."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from poros_tui.config import SessionConfig
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import TraceIdentity, Way
from poros_tui.probe.transport import ProbeTransport

if TYPE_CHECKING:
    from poros_tui.engine.all_paths import NeighbourPlan
    from poros_tui.engine.mtu_probing import MtuPlan
    from poros_tui.engine.ways import OpenWay
    from poros_tui.model.chronicle import Chronicle


class TracePlan(msgspec.Struct, frozen=True):
    """All that a front end needs to begin a trace. The sockets are open."""

    identity: TraceIdentity
    config: SessionConfig
    way: Way
    """With what it begins."""
    open_transport: Callable[[], ProbeTransport]
    open_way: OpenWay
    """Sockets of another protocol or for other probes, for a live session."""
    make_mtu_plan: Callable[[], MtuPlan] | None = None
    """How to search for the path's MTU, where that is wanted."""
    make_neighbour_plan: Callable[[], NeighbourPlan] | None = None
    """How to ask neighbours of the destination, where that is wanted."""
    chronicle: Chronicle | None = None
    """What remembers over time; None where nothing can change, in a report of one round."""

    def as_found(self) -> Found:
        """As what it was before its sockets were opened."""
        identity = self.identity
        return Found(
            name=identity.target,
            address=identity.destination,
            zone=identity.destination_zone,
            open=lambda: self,
        )

    def mtu_plan(self) -> MtuPlan | None:
        """The same, when the engine begins: it loads Trio."""
        return self.make_mtu_plan() if self.make_mtu_plan is not None else None

    def neighbour_plan(self) -> NeighbourPlan | None:
        """The same, when the engine begins."""
        return self.make_neighbour_plan() if self.make_neighbour_plan is not None else None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An address that is to be traced."""

    name: str
    """For the user: the name, or `name (address)` where it has several that are traced."""
    address: IPAddress
    zone: str = ""
    open: Callable[[], TracePlan]
    """Opens its sockets. Raises PorosError where that can't be."""

    @property
    def key(self) -> tuple[IPAddress, str]:
        """Two with the same are one target."""
        return self.address, self.zone


class Entrant(msgspec.Struct, frozen=True, kw_only=True):
    """What was named as a target, before anybody has asked for its addresses."""

    name: str
    """For the user."""
    find: Callable[[], Awaitable[Sequence[Found]]]
    """Asks for them, at least one. May take long; raises PorosError where there are none."""


def entrant_of(found: Found) -> Entrant:
    """One whose address is known already."""

    async def find() -> Sequence[Found]:
        return [found]

    return Entrant(name=found.name, find=find)
