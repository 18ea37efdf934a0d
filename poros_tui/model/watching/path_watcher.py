"""All that finds events in what comes of the probes, behind one watcher."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from poros_tui.model.events import Event
from poros_tui.model.path_history import PathHistory
from poros_tui.model.session import Message, SessionState, SessionStatus
from poros_tui.model.stray import Stray
from poros_tui.model.watching.delay import DelayWatch
from poros_tui.model.watching.losses import LossWatch
from poros_tui.model.watching.network import NetworkWatch
from poros_tui.model.watching.reach import ReachWatch
from poros_tui.model.watching.rounds import Round, RoundBook
from poros_tui.model.watching.routes import Routes


class PathWatcher:
    """Looks at every round when it is complete. A reset begins all anew: what was known of the
    probes before says nothing of those of another protocol."""

    def __init__(self, history: PathHistory) -> None:
        """`history` gets the paths."""
        self._history = history
        self._generation = 0
        self._status: SessionStatus | None = None
        self._begin()

    def _begin(self) -> None:
        self._book = RoundBook()
        self._history.follow(self._book)
        self._routes = Routes()
        self._delay = DelayWatch()
        self._losses = LossWatch()
        self._reach = ReachWatch()
        self._network = NetworkWatch()

    def take(self, message: Message, now_s: float) -> Iterable[Event]:
        """What `message` shows to have happened, mostly a while ago."""
        if isinstance(message, SessionStatus):
            self._hear(message, now_s)
            if not self._book.has_finished:
                return ()
        elif (
            isinstance(message, Stray)
            or message.probe.generation != self._generation
            or not self._book.take(message, now_s)
        ):
            return ()
        return [event for one in self._book.take_finished() for event in self._see(one, now_s)]

    def _hear(self, status: SessionStatus, now_s: float) -> None:
        before, self._status = self._status, status
        if status.generation > self._generation:
            self._generation = status.generation
            self._begin()
            is_other = before is not None and status.way is not None and status.way != before.way
            protocol = status.way.protocol.upper() if status.way is not None else ""
            self._history.restart(
                now_s, f"probing with {protocol}" if is_other else "statistics forgotten"
            )
        if status.state is SessionState.PAUSED:
            self._reach.pause()
        self._book.hear(status)

    def _see(self, round_: Round, now_s: float) -> Iterator[Event]:
        history, routes, kept = self._history, self._routes, self._book.kept
        history.add(round_)
        for told in routes.see(round_):
            history.change(told.sight, told.words)
            history.show(routes.hops)
            yield told.event(now_s)
        history.show(routes.hops)
        end, farthest = routes.end, max(routes.hops, default=0)
        for told in chain(
            self._losses.see(round_, kept, end, farthest),
            self._delay.see(round_, kept, end, farthest),
            self._reach.see(round_),
            self._network.see(round_),
        ):
            yield told.event(now_s)
        round_.forget_answers()
