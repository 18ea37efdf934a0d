"""The wiring: transport, engine, channel and collector in one nursery, for either front end."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from time import time
from typing import TYPE_CHECKING, Final

import msgspec
import trio

from poros_tui.collector import Attention, Hear, collect
from poros_tui.config import SessionConfig
from poros_tui.engine.all_paths import NeighbourPlan
from poros_tui.engine.mtu_probing import MtuPlan, MtuProbing
from poros_tui.engine.plan import Entrant, Found, TracePlan
from poros_tui.engine.session import Session, Sharing
from poros_tui.engine.ways import OpenWay
from poros_tui.errors import PorosError
from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import (
    Message,
    PathSnapshot,
    Publish,
    SessionControls,
    SessionStatus,
    Way,
)
from poros_tui.probe.transport import ProbeTransport

if TYPE_CHECKING:  # a report of one round needs none
    from poros_tui.lookup.address_book import AddressBook
    from poros_tui.model.chronicle import Chronicle
    from poros_tui.model.events import Event

CHANNEL_SIZE: Final = 256
"""Outcomes between engine and collector; both run in one thread, so this is one burst's worth."""

CLOCK_CHECK_S: Final = 1.0
"""How often the wall clock is compared with the one that runs evenly."""
CLOCK_READING_MAX_S: Final = 0.01
"""If reading both took longer, this thread was held up in between, and so may they differ."""

LOOKUP_WAIT_S: Final = 1.0
"""How long a report waits for what others know of addresses when all else is known. A name server
that works at all answers in this time, mostly out of its cache; with one that does not, nobody
wants to wait."""

OpenBook = Callable[[], "AddressBook | None"]
"""Called inside Trio. None: nobody is asked for anything."""

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
    on_status = company.on_status
    try:
        async with trio.open_nursery() as nursery:
            if chronicle is not None:
                chronicle.begin(now_s=trio.current_time(), wall_s=wall_clock())
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
                    on_responder=company.on_responder,
                )
            )
            on_ready(session)
            async with trio.open_nursery() as beside:
                if chronicle is not None:
                    beside.start_soon(_watch_clock, chronicle, wall_clock)
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


async def _watch_clock(chronicle: Chronicle, wall_clock: Callable[[], float]) -> None:
    """Let the chronicle know what time of day it is, should somebody set the clock."""
    while True:
        await trio.sleep(CLOCK_CHECK_S)
        now_s = trio.current_time()
        wall_s = wall_clock()
        if trio.current_time() - now_s < CLOCK_READING_MAX_S:
            chronicle.see_clock(now_s=now_s, wall_s=wall_s)


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
        path = self._company.path
        path.set_path_mtu(found)
        if self._company.attention.is_there:
            self._publish(path.take_update())

    async def _end_with_session(self, scope: trio.CancelScope) -> None:
        await self._session.wait_for_stop()
        scope.cancel()


Listen = Callable[[Message, "Sequence[Event]"], bool]
"""Told of each message as it comes, and of the events that it tells of. Says whether anybody wants
to hear more: where nobody does, the trace ends with what is known."""


class FinishedTrace(msgspec.Struct, frozen=True):
    """What a one-shot run knows in the end."""

    path: PathSnapshot
    duration_s: float
    """From the first probe to the end."""
    signal_number: int | None
    """The signal that ended it early, None where none did."""


async def run_once(
    config: SessionConfig,
    open_transport: OpenTransport,
    stop_signals: Sequence[int] = (),
    mtu: MtuPlan | None = None,
    neighbours: NeighbourPlan | None = None,
    chronicle: Chronicle | None = None,
    listen: Listen | None = None,
    open_book: OpenBook = lambda: None,
) -> FinishedTrace:
    """Run all rounds and keep every probe's outcome; a signal ends it with what is known. Then,
    with `mtu`, search for the path's MTU. `chronicle` remembers over time what happens, `listen`
    is told of it as it happens. What others know of addresses, and tell at most LOOKUP_WAIT_S after
    all that, is part of what is known.

    The caller may hold `stop_signals` back (pthread_sigmask): they are let in while the trace
    runs and held back again after, so that none comes when nobody could report what is known.
    """
    stop = StopOnSignal(stop_signals)
    transport, book = open_transport(), open_book()
    async with trio.open_nursery() as nursery:
        await nursery.start(stop.run)
        if book is not None:
            nursery.start_soon(book.run)
        finished = await trace_once(
            config,
            transport,
            stop,
            mtu,
            neighbours,
            chronicle,
            listen=listen,
            book=book,
        )
        nursery.cancel_scope.cancel()
    return finished


async def trace_once(
    config: SessionConfig,
    transport: ProbeTransport,
    stop: StopOnSignal,
    mtu: MtuPlan | None = None,
    neighbours: NeighbourPlan | None = None,
    chronicle: Chronicle | None = None,
    sharing: Sharing | None = None,
    listen: Listen | None = None,
    book: AddressBook | None = None,
) -> FinishedTrace:
    """The same for one of several that `stop` ends together. Closes the transport. `book` runs
    already."""
    send, receive = trio.open_memory_channel[Message](CHANNEL_SIZE)
    session = Session(config, transport, send, neighbours=neighbours, sharing=sharing)
    path = Path(
        first_hop=config.first_hop,
        gap_limit=config.gap_limit,
        keep_records=True,
        keep_flows=config.flows > 1,
        known=book.known if book is not None else NOTHING_KNOWN,
    )
    # What is known when every hop has its outcomes is not all that is wanted of a discovery.
    is_all = config.failure is None
    complete_with = config.probes_per_hop * (config.rounds or 1) if is_all else None
    try:
        if chronicle is not None:
            chronicle.begin(now_s=trio.current_time(), wall_s=time())
        async with trio.open_nursery() as nursery:
            with stop.calling(session.stop):
                nursery.start_soon(session.run)
                snapshot = await collect(
                    receive,
                    path,
                    complete_with=complete_with,
                    chronicle=chronicle,
                    hear=_hearing(listen, stop) if listen is not None else None,
                    on_responder=book.see if book is not None else None,
                )
            now_s = trio.current_time()
            if mtu is not None and not stop.has_come:
                with trio.CancelScope() as scope, stop.calling(scope.cancel):
                    await _search_once(mtu, config, session, path)
                snapshot = path.snapshot()
            nursery.cancel_scope.cancel()
        if book is not None:
            with trio.move_on_after(LOOKUP_WAIT_S) as scope, stop.calling(scope.cancel):
                await book.wait_settled()
            snapshot = path.snapshot()
    finally:
        session.close()
    began_at_s = session.began_at_s if session.began_at_s is not None else now_s
    return FinishedTrace(snapshot, now_s - began_at_s, stop.signal_number)


def _hearing(listen: Listen, stop: StopOnSignal) -> Hear:
    """Who no longer wants to hear ends all, as a signal does."""

    def hear(message: Message, events: Sequence[Event]) -> None:
        if not stop.has_come and not listen(message, events):
            stop.end()

    return hear


class EndedTrace(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one of several targets that were traced once."""

    name: str
    plan: TracePlan | None = None
    finished: FinishedTrace | None = None
    """None where nothing was traced."""
    refusal: PorosError | None = None
    """Why not, where that is not because a signal came first."""
    began_wall_s: float = 0.0
    """Seconds since 1970 when its sockets were open."""


async def run_all(
    entrants: Sequence[Entrant],
    config: SessionConfig,
    stop_signals: Sequence[int] = (),
    listen_to: Callable[[TracePlan], Listen] | None = None,
    on_end: Callable[[EndedTrace], None] = lambda _ended: None,
    open_book: OpenBook = lambda: None,
) -> tuple[list[EndedTrace], int | None]:
    """As `run_once`, for several targets side by side under one rate limit. `listen_to` is asked
    when one begins who listens to it, `on_end` is told when it has come to something.

    Returns what came of them, in their order, and the signal that ended it early, None where none
    did. A target whose address the signal kept from being known is not among them."""
    stop = StopOnSignal(stop_signals)
    sharing, book = Sharing.under(config), open_book()
    ended: dict[tuple[int, int], EndedTrace] = {}

    def end(place: tuple[int, int], one: EndedTrace) -> None:
        ended[place] = one
        on_end(one)

    async def look_for(place: int, entrant: Entrant) -> None:
        found: Sequence[Found] = ()
        with trio.CancelScope() as scope, stop.calling(scope.cancel):
            try:
                found = await entrant.find()
            except PorosError as refusal:
                end((place, 0), EndedTrace(name=entrant.name, refusal=refusal))
        async with trio.open_nursery() as nursery:
            for address, each in enumerate(found):
                nursery.start_soon(trace, (place, address), each)

    async def trace(place: tuple[int, int], found: Found) -> None:
        try:
            plan = found.open()
        except PorosError as refusal:
            end(place, EndedTrace(name=found.name, refusal=refusal))
            return
        began_wall_s = time()
        finished = await trace_once(
            plan.config,
            plan.open_transport(),
            stop,
            plan.mtu_plan(),
            chronicle=plan.chronicle,
            sharing=sharing,
            listen=listen_to(plan) if listen_to is not None else None,
            book=book,
        )
        end(
            place,
            EndedTrace(name=found.name, plan=plan, finished=finished, began_wall_s=began_wall_s),
        )

    async with trio.open_nursery() as nursery:
        await nursery.start(stop.run)
        if book is not None:
            nursery.start_soon(book.run)
        async with trio.open_nursery() as traces:
            for place, entrant in enumerate(entrants):
                traces.start_soon(look_for, place, entrant)
        nursery.cancel_scope.cancel()
    return [ended[place] for place in sorted(ended)], stop.signal_number


async def _search_once(plan: MtuPlan, config: SessionConfig, session: Session, path: Path) -> None:
    probing = MtuProbing(
        plan,
        path.snapshot(),
        config,
        wait_for_turn=session.wait_for_turn,
        report=path.set_path_mtu,
    )
    await probing.run()


class StopOnSignal:
    """Ends what runs on a signal, and remembers which it was."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self._actions: list[Callable[[], None]] = []
        self.signal_number: int | None = None
        """The first that came, None where none has."""
        self.has_come = False
        """It is to end, for whatever reason."""

    @contextmanager
    def calling(self, action: Callable[[], None]) -> Iterator[None]:
        """A context in which a signal calls `action`; at once where one has come already."""
        self._actions.append(action)
        try:
            if self.has_come:
                action()
            yield
        finally:
            self._actions.remove(action)

    def end(self) -> None:
        """End it without a signal."""
        self.has_come = True
        for action in tuple(self._actions):
            action()

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen until cancelled."""
        if not self._numbers:
            task_status.started()
            return
        with trio.open_signal_receiver(*self._numbers) as signals:
            before = signal.pthread_sigmask(signal.SIG_UNBLOCK, self._numbers)
            try:
                task_status.started()
                async for signal_number in signals:
                    self.signal_number = self.signal_number or signal_number
                    self.end()
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
