"""Finds all paths: first those of flows to the destination, then where its neighbours leave them.

Each neighbour has a transport and a ledger of its own, so that an answer is checked against what
was sent to that address, and nothing else.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import msgspec
import trio

from poros_tui.config import SessionConfig
from poros_tui.engine.exploration import Exploration, Lane, Pace
from poros_tui.engine.ledger import Ledger
from poros_tui.engine.mda import Discovery, FlowProbe
from poros_tui.engine.mda_graph import graph_of, with_neighbourhood
from poros_tui.engine.neighbour_search import NeighbourProbe, NeighbourSearch
from poros_tui.engine.patience import RoundTripMemory
from poros_tui.engine.random_keys import open_ledger
from poros_tui.engine.round import Means
from poros_tui.errors import PorosError, SendError
from poros_tui.model.extent import PathExtent
from poros_tui.model.multipath import MultipathGraph
from poros_tui.model.probe import IPAddress, ProbeOutcome, Protocol
from poros_tui.model.stray import Stray
from poros_tui.probe.transport import ProbeTransport, TransportEvent


class NeighbourPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What asking neighbours of the destination needs beside the paths to itself."""

    destination: IPAddress
    addresses: tuple[IPAddress, ...]
    """Its neighbours, the first to be asked first. Those met on the way are left out."""
    open: Callable[[Protocol | None, IPAddress], ProbeTransport]
    """A transport to one of them, by the protocol the user has changed to (None: as at the start);
    the same for the same. Called inside Trio; raises PorosError where there is none."""
    close: Callable[[], None]
    """Close all that were opened. May be called twice."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a session has at the moment of a discovery."""

    means: Means
    memory: RoundTripMemory
    extent: PathExtent
    round_number: int
    """Of the newest round."""
    protocol: Protocol | None
    """That the user has changed to; None: as at the start."""


class AllPaths:
    """The discovery of a session. It can be cancelled, and run again for what is missing."""

    def __init__(
        self,
        config: SessionConfig,
        plan: NeighbourPlan | None,
        randomness: random.Random,
        announce: Callable[[], None],
    ) -> None:
        """`announce` is called when something is known that was not, or begins, or ends."""
        self._config = config
        self._plan = plan if config.neighbours else None
        self._randomness = randomness
        self._announce = announce
        self._exploration: Exploration[FlowProbe] | Exploration[NeighbourProbe] | None = None
        self._paces: dict[int, Pace] = {}
        self._scope = trio.CancelScope()
        self._keeps_parts = False
        self.graph: MultipathGraph | None = None
        """What is known; None before all paths of flows are."""

    @property
    def is_wanted(self) -> bool:
        """Whether there is more to find."""
        if self._config.failure is None:
            return False
        if self.graph is None:
            return True
        return self._plan is not None and self.graph.neighbourhood is None

    @property
    def is_under_way(self) -> bool:
        """Whether something is being looked for right now."""
        return self._exploration is not None

    def forget(self) -> None:
        """The path may be another from now on."""
        self.graph = None

    def cancel(self, *, keeps_parts: bool) -> None:
        """End it now. What is known of a step that is not complete is kept, or thrown away."""
        self._keeps_parts = keeps_parts
        self._scope.cancel()

    def take(self, outcome: ProbeOutcome) -> None:
        """What became of one of its probes to the destination."""
        if self._exploration is not None:
            self._exploration.take(outcome)

    async def run(self, setting: Setting) -> None:
        """Find what is missing."""
        self._keeps_parts = False
        with trio.CancelScope() as self._scope:
            if self.graph is None:
                await self._discover(setting)
            if self.graph is not None and self.is_wanted and self._plan is not None:
                await self._ask_neighbours(self._plan, self.graph, setting)
        self._exploration = None
        self._announce()

    async def _discover(self, setting: Setting) -> None:
        config, extent = self._config, setting.extent
        # Where the trace's own flow comes to nothing, others may go on.
        distance = extent.end or extent.last_answer
        if distance is None or config.failure is None:
            return
        discovery = Discovery(
            failure=config.failure,
            first_ttl=config.first_hop,
            last_ttl=config.max_hops,
            distance=distance,
            gap_limit=config.gap_limit,
        )
        exploration = self._exploration = Exploration(
            setting.means, discovery, setting.memory, round_number=setting.round_number
        )
        self._paces = exploration.paces
        self._announce()
        try:
            await exploration.run()
        finally:
            if self._is_to_be_kept(exploration.is_complete):
                self.graph = graph_of(
                    discovery,
                    sent=exploration.sent,
                    retried=exploration.retried,
                    send_errors=exploration.send_errors,
                    reached_at=exploration.reached_at,
                    is_complete=exploration.is_complete,
                )

    async def _ask_neighbours(
        self, plan: NeighbourPlan, graph: MultipathGraph, setting: Setting
    ) -> None:
        on_the_way = {node.address for node in graph.nodes}
        neighbours = [one for one in plan.addresses if one not in on_the_way]
        search = NeighbourSearch(graph, plan.destination, neighbours[: self._config.neighbours])
        lanes = _Lanes(self._config, plan, neighbours, setting, self._randomness, self.take)
        exploration = self._exploration = Exploration(
            setting.means,
            search,
            setting.memory,
            round_number=setting.round_number,
            lane_of=lanes.of,
            paces=self._paces,
        )
        self._announce()
        try:
            async with trio.open_nursery() as lanes.nursery:
                await exploration.run()
                lanes.nursery.cancel_scope.cancel()
        finally:
            if self._is_to_be_kept(exploration.is_complete):
                found = search.neighbourhood(
                    sent=exploration.sent,
                    retried=exploration.retried,
                    send_errors=exploration.send_errors,
                    is_complete=exploration.is_complete,
                )
                self.graph = with_neighbourhood(graph, found)

    def _is_to_be_kept(self, is_complete: bool) -> bool:
        return self._keeps_parts or (is_complete and not self._scope.cancel_called)


class _Lanes:
    """The transports of the neighbours that are asked, and their ledgers."""

    nursery: trio.Nursery
    """Where they are listened to."""

    def __init__(
        self,
        config: SessionConfig,
        plan: NeighbourPlan,
        neighbours: Sequence[IPAddress],
        setting: Setting,
        randomness: random.Random,
        take: Callable[[ProbeOutcome], None],
    ) -> None:
        self._config = config
        self._plan = plan
        self._neighbours = neighbours
        self._setting = setting
        self._randomness = randomness
        self._take_outcome = take
        self._lanes: dict[int, Lane] = {}

    def of(self, probe: NeighbourProbe) -> Lane:
        """That of a neighbour.

        Raises:
            SendError: it cannot be had.
        """
        lane = self._lanes.get(probe.neighbour)
        if lane is None:
            lane = self._lanes[probe.neighbour] = self._open(self._neighbours[probe.neighbour])
        lane.ledger.expire(now_s=trio.current_time())
        return lane

    def _open(self, address: IPAddress) -> Lane:
        try:
            transport = self._plan.open(self._setting.protocol, address)
        except PorosError as refusal:
            raise SendError(refusal.sentence) from refusal
        ledger = open_ledger(self._config, transport, self._randomness)
        self.nursery.start_soon(transport.receive, lambda event: self._take(event, ledger))
        return Lane(transport, ledger)

    def _take(self, event: TransportEvent, ledger: Ledger) -> None:
        outcome = ledger.take(event, now_s=trio.current_time())
        if isinstance(outcome, Stray):
            self._setting.means.outbox.put(outcome)
        elif outcome is not None:
            self._take_outcome(outcome)
