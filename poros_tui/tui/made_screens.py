"""The screens of the targets, and the overview: each is made when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App

from poros_tui.config import SessionConfig
from poros_tui.model.session import PathSnapshot, SessionControls
from poros_tui.tui.bridge import EngineBridge
from poros_tui.tui.conductor import Start
from poros_tui.tui.header_lines import ReplayWords
from poros_tui.tui.keys import Key
from poros_tui.tui.palette import Palette
from poros_tui.tui.roster import Entry, Roster
from poros_tui.tui.screens.trace import TraceScreen
from poros_tui.tui.sharing import Writers, WriteSessions
from poros_tui.tui.table_look import TableLook
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage

if TYPE_CHECKING:
    from poros_tui.tui.screens.overview import OverviewScreen


class _OneTarget:
    """The engine as the screen of one target knows it."""

    def __init__(self, bridge: EngineBridge, number: int) -> None:
        self._bridge = bridge
        self._number = number

    def command(self, command: Callable[[SessionControls], None]) -> None:
        """Do this to its session, in the engine's thread."""
        self._bridge.command(lambda fleet: fleet.control(self._number, command))


class MadeScreens:
    """All screens but the help that were made, and what they share: looks, and hidden hops."""

    def __init__(
        self,
        app: App[None],
        roster: Roster,
        config: SessionConfig,
        start: Start,
        bridge: EngineBridge,
        image: TerminalImage,
        *,
        palette: Callable[[], Palette],
        keys: Sequence[Key],
        look: TableLook,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        writers: Writers | None,
        write_sessions: WriteSessions,
        private_hops: int,
        replay_words: ReplayWords | None,
    ) -> None:
        """`palette` is the one in use."""
        self._app = app
        self._roster = roster
        self._config = config
        self._start = start
        self._bridge = bridge
        self._image = image
        self._palette = palette
        self._keys = keys
        self._look = look
        self._clock = clock
        self._wall_clock = wall_clock
        self._writers = writers
        self._write_sessions = write_sessions
        self._private_hops = private_hops
        self._replay_words = replay_words
        self._hidden_hops = private_hops
        self.hops_hidden: Callable[[], object] = lambda: None
        """Called when the user hides other hops than before."""
        self._traces: dict[int, TraceScreen] = {}
        self._overview: OverviewScreen | None = None

    @property
    def traces(self) -> Mapping[int, TraceScreen]:
        """Those of targets, by their numbers."""
        return self._traces

    @property
    def made_overview(self) -> OverviewScreen | None:
        """That of all; None before it is made."""
        return self._overview

    @property
    def all(self) -> tuple[FrugalScreen, ...]:
        """All that were made."""
        overview = () if self._overview is None else (self._overview,)
        return (*self._traces.values(), *overview)

    @property
    def overview(self) -> OverviewScreen:
        """The screen with all targets, made when it is first asked for."""
        if self._overview is None:
            from poros_tui.tui.screens.overview import OverviewScreen

            self._overview = OverviewScreen(
                self._roster,
                self._start,
                self._command,
                self._image,
                ask_paths=self._ask_paths,
                write_sessions=self._write_sessions,
                keys=self._keys,
                clock=self._clock,
                wall_clock=self._wall_clock,
                private_hops=self._private_hops,
                on_hidden=partial(self._hide_hops, None),
                replay_words=self._replay_words,
            )
            self._overview.hide_hops(self._hidden_hops)
            self._overview.tell_in(self._look.unit)
            self._overview.paint(self._palette())
            self._app.install_screen(self._overview, "overview")
        return self._overview

    def trace_of(self, entry: Entry) -> TraceScreen:
        """That of one target, which must have begun."""
        screen = self._traces.get(entry.number)
        if screen is None:
            snapshot = entry.snapshot
            assert snapshot.identity is not None  # who has no chronicle has no screen
            assert snapshot.chronicle is not None
            screen = self._traces[entry.number] = TraceScreen(
                snapshot.identity,
                self._config,
                _OneTarget(self._bridge, entry.number),
                self._image,
                snapshot.chronicle,
                keys=self._keys,
                look=self._look,
                clock=self._clock,
                wall_clock=self._wall_clock,
                writers=self._writers,
                private_hops=self._private_hops,
                started_at_s=self._began_at_s(entry),
                replay_words=self._replay_words,
                on_hidden=partial(self._hide_hops, entry.number),
            )
            screen.hide_hops(self._hidden_hops)
            screen.paint(self._palette())
            self._app.install_screen(screen, f"target-{entry.number}")
        return screen

    def _began_at_s(self, entry: Entry) -> float:
        """When its session began, on the screen's clock."""
        chronicle = entry.snapshot.chronicle
        if self._replay_words is None or chronicle is None or chronicle.began_at_s is None:
            return entry.named_at_s
        return chronicle.began_at_s

    def _command(self, number: int, command: Callable[[SessionControls], None]) -> None:
        self._bridge.command(lambda fleet: fleet.control(number, command))

    def _ask_paths(self, answered: Callable[[Mapping[int, PathSnapshot]], None]) -> None:
        self._bridge.ask(lambda fleet: fleet.known_paths(), answered)

    async def forget_gone(self) -> None:
        """Take away those of targets that are gone."""
        for number in [each for each in self._traces if self._roster.get(each) is None]:
            screen = self._traces.pop(number)
            self._app.uninstall_screen(screen)
            await screen.remove()

    @property
    def were_all_reached(self) -> bool:
        """Whether every destination answered at some time."""
        return all(
            entry.was_reached
            or (entry.number in self._traces and self._traces[entry.number].view.was_reached)
            for entry in self._roster.entries
        )

    @property
    def look(self) -> TableLook:
        """How the tables look."""
        return self._look

    def show_as(self, look: TableLook) -> None:
        """Let all tables look like this from now on."""
        self._look = look
        for screen in self._traces.values():
            screen.show_as(look)

    @property
    def hidden_hops(self) -> int:
        """How many are hidden now: the user may show them, or hide some."""
        return self._hidden_hops

    def _hide_hops(self, number: int | None, hops: int) -> None:
        """What is hidden of one target, or in the overview (None), is hidden of all: they begin
        with the same hops."""
        self._hidden_hops = hops
        if self._overview is not None and number is not None:
            self._overview.hide_hops(hops)
        for other, screen in self._traces.items():
            if other != number:
                screen.hide_hops(hops)
        self.hops_hidden()
