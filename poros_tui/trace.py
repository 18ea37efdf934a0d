"""The wiring of a live session: transport, engine, channel and collector in one nursery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import time
from typing import TYPE_CHECKING, Final

import msgspec
import trio

from poros_tui.collector import Attention, collect
from poros_tui.config import SessionConfig
from poros_tui.engine.all_paths import NeighbourPlan
from poros_tui.engine.mtu_probing import MtuPlan, MtuProbing
from poros_tui.engine.session import Session, Sharing
from poros_tui.engine.ways import OpenWay
from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.clock import to_tick
from poros_tui.model.keeping import Keeper
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import (
    Message,
    Publish,
    SessionControls,
    SessionStatus,
    Way,
)
from poros_tui.probe.transport import ProbeTransport

if TYPE_CHECKING:  # a report of one round needs none
    from poros_tui.model.chronicle import Chronicle

CHANNEL_SIZE: Final = 256
"""Outcomes between engine and collector; both run in one thread, so this is one burst's worth."""

CLOCK_CHECK_S: Final = 1.0
"""How often the wall clock is compared with the one that runs evenly."""
CLOCK_READING_MAX_S: Final = 0.01
"""If reading both took longer, this thread was held up in between, and so may they differ."""

OpenTransport = Callable[[], ProbeTransport]
"""Called inside Trio: a simulated internet keeps its time by Trio's clock."""


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """What a live session needs that is one of several."""

    sharing: Sharing
    path: Path
    """What it learns, for who wants to look at it without being told of each change."""
    attention: Attention
    """Whether anybody looks at its updates."""
    on_status: Callable[[SessionStatus], None]
    """Told of each status."""
    on_responder: Callable[[IPAddress, int], None] | None = None
    """Told of who has sent each answer, and at which hop."""
    keeper: Keeper | None = None
    """Keeps what is learned, in a file."""


async def run_live(
    config: SessionConfig,
    open_transport: OpenTransport,
    publish: Publish,
    on_ready: Callable[[SessionControls], None],
    open_way: OpenWay | None = None,
    mtu: MtuPlan | None = None,
    way: Way | None = None,
    neighbours: NeighbourPlan | None = None,
    chronicle: Chronicle | None = None,
    company: Company | None = None,
    wall_clock: Callable[[], float] = time,
) -> None:
    """Run a session for a live front end until its rounds are done or it is stopped.

    `way` is what it begins with: to raw sockets it comes back, whatever is chosen meanwhile.
    `chronicle` remembers over time what happens, `wall_clock` is the time of day in seconds since
    1970. `company` is what the session has in common with those of other targets, if there are any.

    With `mtu` the path's MTU is searched for beside the rounds, once, after the first of them: a
    path that changes later is not searched again.
    """
    company = company or Company(
        sharing=Sharing.under(config),
        path=live_path(config),
        attention=Attention(),
        on_status=lambda _status: None,
    )
    send, receive = trio.open_memory_channel[Message](CHANNEL_SIZE)
    session = Session(
        config,
        open_transport(),
        send,
        open_way=open_way,
        way=way,
        neighbours=neighbours,
        sharing=company.sharing,
    )
    on_status, keeper = company.on_status, company.keeper
    try:
        async with trio.open_nursery() as nursery:
            begin(chronicle, keeper, wall_clock)
            if mtu is not None:
                search = _LiveSearch(mtu, config, session, company, publish)
                on_status = search.note
                nursery.start_soon(search.run)
            nursery.start_soon(
                partial(
                    collect,
                    receive,
                    company.path,
                    publish,
                    chronicle=chronicle,
                    attention=company.attention,
                    on_status=on_status,
                    hear=keeper.take if keeper is not None else None,
                    on_responder=company.on_responder,
                )
            )
            on_ready(session)
            async with trio.open_nursery() as beside:
                if chronicle is not None:
                    beside.start_soon(_watch_clock, chronicle, wall_clock, keeper)
                await session.run()
                beside.cancel_scope.cancel()
    finally:
        session.close()


def live_path(config: SessionConfig, known: Mapping[IPAddress, About] = NOTHING_KNOWN) -> Path:
    """Where a live session keeps what it learns; `known` is what others know of
    addresses at any time."""
    return Path(
        first_hop=config.first_hop,
        gap_limit=config.gap_limit,
        keep_flows=config.flows > 1,
        known=known,
    )


def begin(
    chronicle: Chronicle | None, keeper: Keeper | None, wall_clock: Callable[[], float]
) -> None:
    """Let those who remember know that it begins. Call in Trio."""
    now_s, wall_s = to_tick(trio.current_time()), wall_clock()
    if chronicle is not None:
        chronicle.begin(now_s=now_s, wall_s=wall_s)
    if keeper is not None:
        keeper.begin(now_s=now_s, wall_s=wall_s)


async def _watch_clock(
    chronicle: Chronicle, wall_clock: Callable[[], float], keeper: Keeper | None
) -> None:
    """Let the chronicle know what time of day it is, should somebody set the clock."""
    while True:
        await trio.sleep(CLOCK_CHECK_S)
        now_s = trio.current_time()
        wall_s = wall_clock()
        if trio.current_time() - now_s >= CLOCK_READING_MAX_S:
            continue
        if chronicle.see_clock(now_s=now_s, wall_s=wall_s) and keeper is not None:
            keeper.see_clock(now_s=now_s, wall_s=wall_s)


class _LiveSearch:
    """The search for the path's MTU beside the rounds."""

    def __init__(
        self,
        plan: MtuPlan,
        config: SessionConfig,
        session: Session,
        company: Company,
        publish: Publish,
    ) -> None:
        self._plan = plan
        self._config = config
        self._session = session
        self._company = company
        self._publish = publish
        self._explored = trio.Event()

    def note(self, status: SessionStatus) -> None:
        """Pass a status on, and see whether the first trace is complete."""
        self._company.on_status(status)
        if status.stop is not None:
            self._explored.set()

    async def run(self) -> None:
        """Search when the path is known, until the session is stopped."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._end_with_session, nursery.cancel_scope)
            await self._explored.wait()
            probing = MtuProbing(
                self._plan,
                self._company.path.snapshot(),
                self._config,
                wait_for_turn=self._session.wait_for_turn,
                report=self._tell,
            )
            await probing.run()
            nursery.cancel_scope.cancel()

    def _tell(self, found: PathMtu) -> None:
        path, keeper = self._company.path, self._company.keeper
        path.set_path_mtu(found)
        if keeper is not None:
            keeper.learn_mtu(found, to_tick(trio.current_time()))
        if self._company.attention.is_there:
            self._publish(path.take_update())

    async def _end_with_session(self, scope: trio.CancelScope) -> None:
        await self._session.wait_for_stop()
        scope.cancel()
