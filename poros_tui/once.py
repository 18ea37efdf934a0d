"""The wiring of a trace that ends by itself, of one target or of several side by side: what reports
are made of."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import time
from typing import TYPE_CHECKING, Final

import msgspec
import trio

from poros_tui.collector import Hear, collect
from poros_tui.config import SessionConfig
from poros_tui.engine.all_paths import NeighbourPlan
from poros_tui.engine.mtu_probing import MtuPlan, MtuProbing
from poros_tui.engine.plan import Entrant, Found, TracePlan
from poros_tui.engine.session import Session, Sharing
from poros_tui.errors import PorosError
from poros_tui.model.about import NOTHING_KNOWN, About
from poros_tui.model.clock import to_tick
from poros_tui.model.keeping import Keeper
from poros_tui.model.path import Path
from poros_tui.model.path_mtu import PathMtu
from poros_tui.model.probe import IPAddress
from poros_tui.model.session import Message, PathSnapshot
from poros_tui.probe.transport import ProbeTransport
from poros_tui.trace import CHANNEL_SIZE, OpenTransport, begin

if TYPE_CHECKING:  # a report of one round needs none
    from poros_tui.lookup.address_book import AddressBook
    from poros_tui.model.chronicle import Chronicle
    from poros_tui.model.events import Event

LOOKUP_WAIT_S: Final = 1.0
"""How long a report waits for what others know of addresses when all else is known. A name server
that works at all answers in this time, mostly out of its cache; with one that does not, nobody
wants to wait."""

OpenBook = Callable[[], "AddressBook | None"]
"""Called inside Trio. None: nobody is asked for anything."""

Keep = Callable[[Path], Keeper]
"""Makes what keeps a target in a file, of the path where its hops are."""
TellOf = Callable[[IPAddress, About], None]
"""Told when more is known of an address."""

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
    keep: Keep | None = None,
    tell_of: TellOf = lambda _address, _about: None,
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
            nursery.start_soon(book.run, _telling(tell_of, book))
        finished = await trace_once(
            config,
            transport,
            stop,
            mtu,
            neighbours,
            chronicle,
            listen=listen,
            book=book,
            keep=keep,
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
    keep: Keep | None = None,
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
        keeper = keep(path) if keep is not None else None
        begin(chronicle, keeper, time)
        async with trio.open_nursery() as nursery:
            with stop.calling(session.stop):
                nursery.start_soon(session.run)
                snapshot = await collect(
                    receive,
                    path,
                    complete_with=complete_with,
                    chronicle=chronicle,
                    hear=_hearing(listen, keeper, stop),
                    on_responder=book.see if book is not None else None,
                )
            ended_at_s = trio.current_time()
            if chronicle is not None and chronicle.newest_s is not None:
                ended_at_s = chronicle.newest_s  # as it is recorded
            if mtu is not None and not stop.has_come:
                with trio.CancelScope() as scope, stop.calling(scope.cancel):
                    await _search_once(mtu, config, session, path, keeper)
                snapshot = path.snapshot()
            nursery.cancel_scope.cancel()
        if book is not None:
            with trio.move_on_after(LOOKUP_WAIT_S) as scope, stop.calling(scope.cancel):
                await book.wait_settled()
            snapshot = path.snapshot()
    finally:
        session.close()
    began_at_s = session.began_at_s if session.began_at_s is not None else ended_at_s
    return FinishedTrace(snapshot, ended_at_s - began_at_s, stop.signal_number)


def _telling(tell_of: TellOf, book: AddressBook) -> Callable[[IPAddress], None]:
    return lambda address: tell_of(address, book.known[address])


def _hearing(listen: Listen | None, keeper: Keeper | None, stop: StopOnSignal) -> Hear | None:
    """Who no longer wants to hear ends all, as a signal does."""
    if listen is None:
        return keeper.take if keeper is not None else None

    def hear(message: Message, events: Sequence[Event], now_s: float) -> None:
        if keeper is not None:
            keeper.take(message, events, now_s)
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
    keep: Callable[[TracePlan, tuple[int, int]], Keep | None] = lambda _plan, _place: None,
    tell_of: TellOf = lambda _address, _about: None,
) -> tuple[list[EndedTrace], int | None]:
    """As `run_once`, for several targets side by side under one rate limit. `listen_to` is asked
    when one begins who listens to it, `keep` who keeps it in its place among the others, `on_end`
    is told when it has come to something.

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
            keep=keep(plan, place),
        )
        end(
            place,
            EndedTrace(name=found.name, plan=plan, finished=finished, began_wall_s=began_wall_s),
        )

    async with trio.open_nursery() as nursery:
        await nursery.start(stop.run)
        if book is not None:
            nursery.start_soon(book.run, _telling(tell_of, book))
        async with trio.open_nursery() as traces:
            for place, entrant in enumerate(entrants):
                traces.start_soon(look_for, place, entrant)
        nursery.cancel_scope.cancel()
    return [ended[place] for place in sorted(ended)], stop.signal_number


async def _search_once(
    plan: MtuPlan, config: SessionConfig, session: Session, path: Path, keeper: Keeper | None
) -> None:
    def report(found: PathMtu) -> None:
        path.set_path_mtu(found)
        if keeper is not None:
            keeper.learn_mtu(found, to_tick(trio.current_time()))

    probing = MtuProbing(
        plan,
        path.snapshot(),
        config,
        wait_for_turn=session.wait_for_turn,
        report=report,
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
