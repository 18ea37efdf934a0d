"""Which target is looked at: one screen for each that was, an overview, and the way between them.

A screen is made when it is first looked at. The engine tells every change of the one that is, and
of the others once a second what fits into one line; so what is not seen costs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from textual.app import App

from poros_tui.config import SessionConfig
from poros_tui.errors import PorosError
from poros_tui.model.clean import clean
from poros_tui.model.probe import Protocol
from poros_tui.model.session import PathSnapshot, SessionControls
from poros_tui.model.targets import TARGETS_MAX, FleetControls, TargetSnapshot
from poros_tui.model.time_unit import TimeUnit
from poros_tui.tui.bridge import EngineBridge, Mail
from poros_tui.tui.conductor import Start
from poros_tui.tui.header_lines import ReplayWords
from poros_tui.tui.keys import Key
from poros_tui.tui.palette import Palette
from poros_tui.tui.roster import Entry, Roster
from poros_tui.tui.screens.trace import TraceScreen
from poros_tui.tui.settings import Settings
from poros_tui.tui.sharing import Writers, WriteSessions
from poros_tui.tui.spans import Line
from poros_tui.tui.table_look import TableLook
from poros_tui.tui.terminal_diff import FrugalScreen, TerminalImage

if TYPE_CHECKING:
    from poros_tui.tui.screens.overview import OverviewScreen
    from poros_tui.tui.widgets.prompt import Prompt, Question

_NAME_MAX: Final = 80
_SENTENCE_MAX: Final = 300
_ALONE: Final = "there is one target; o adds another"


class _OneTarget:
    """The engine as the screen of one target knows it."""

    def __init__(self, bridge: EngineBridge, number: int) -> None:
        self._bridge = bridge
        self._number = number

    def command(self, command: Callable[[SessionControls], None]) -> None:
        """Do this to its session, in the engine's thread."""
        self._bridge.command(lambda fleet: fleet.control(self._number, command))


class Switchboard:
    """All screens but the help, and what leads from one to the other."""

    def __init__(
        self,
        app: App[None],
        snapshots: Sequence[TargetSnapshot],
        config: SessionConfig,
        start: Start,
        bridge: EngineBridge,
        image: TerminalImage,
        *,
        understand: Callable[[str], object],
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
        """`understand` raises PorosError for what can't be a target; `palette` is the one in
        use."""
        self._replay_words = replay_words
        self._app = app
        self._config = config
        self._start = start
        self._bridge = bridge
        self._image = image
        self._understand = understand
        self._palette = palette
        self._keys = keys
        self._look = look
        self._writers = writers
        self._write_sessions = write_sessions
        self._private_hops = private_hops
        self._hidden_hops = private_hops
        """As they are now: the user may show them, or hide some."""
        self._clock = clock
        self._wall_clock = wall_clock
        self.roster = Roster(snapshots, clock())
        self._screens: dict[int, TraceScreen] = {}
        self._overview: OverviewScreen | None = None
        self._shown: int | None = None
        self._awaited: _Awaited | None = None
        self._asking: Prompt | Question | None = None
        self._to_remove: int | None = None
        first = self.roster.entries[0]
        if not self.roster.are_several and first.identity is not None:
            self._shown = first.number

    # Screens

    @property
    def shown(self) -> int | None:
        """The target that is looked at; None: the overview."""
        return self._shown

    @property
    def trace(self) -> TraceScreen | None:
        """Its screen; None in the overview."""
        return self._screens.get(self._shown) if self._shown is not None else None

    @property
    def current(self) -> TraceScreen | OverviewScreen:
        """The screen that is shown, beneath the help."""
        trace = self.trace
        return trace if trace is not None else self.overview

    @property
    def screens(self) -> tuple[FrugalScreen, ...]:
        """All that were made."""
        overview = () if self._overview is None else (self._overview,)
        return (*self._screens.values(), *overview)

    @property
    def overview(self) -> OverviewScreen:
        """The screen with all targets, made when it is first asked for."""
        if self._overview is None:
            from poros_tui.tui.screens.overview import OverviewScreen

            self._overview = OverviewScreen(
                self.roster,
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

    @property
    def were_all_reached(self) -> bool:
        """Whether every destination answered at some time."""
        return all(
            entry.was_reached
            or (entry.number in self._screens and self._screens[entry.number].view.was_reached)
            for entry in self.roster.entries
        )

    def first_screen(self) -> TraceScreen | OverviewScreen:
        """What is shown before the engine has told anything."""
        unit = self._look.unit
        if unit is not TimeUnit.MS:
            self._bridge.command(lambda fleet: fleet.tell_in(unit))
        if self._shown is None:
            return self.overview
        self._look_at(self._shown)
        return self._screen_of(self.roster.entries[0])

    def _screen_of(self, entry: Entry) -> TraceScreen:
        screen = self._screens.get(entry.number)
        if screen is None:
            snapshot = entry.snapshot
            assert snapshot.identity is not None  # who has no chronicle has no screen
            assert snapshot.chronicle is not None
            screen = self._screens[entry.number] = TraceScreen(
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

    def settings(self, theme: str) -> Settings:
        """What may be changed of the target that is looked at, or of all, as it is."""
        if self.trace is not None:
            return self.trace.settings(theme)
        return self.overview.all_targets.settings(theme, self._look)

    def choose(self, wanted: Settings) -> None:
        """Change what is not as wanted: how the target that is looked at is probed, or all are;
        how the tables look for all."""
        if self.trace is not None:
            self.trace.choose(wanted)
        else:
            self.overview.all_targets.choose(wanted)
        self.show_as(wanted.look)
        if self._overview is not None:
            self._overview.tell_in(wanted.look.unit)
        self._bridge.command(lambda fleet: fleet.tell_in(wanted.look.unit))

    @property
    def look(self) -> TableLook:
        """How the tables look."""
        return self._look

    def show_as(self, look: TableLook) -> None:
        """Let all tables look like this from now on."""
        self._look = look
        for screen in self._screens.values():
            screen.show_as(look)

    def preview(self, width: int) -> list[Line]:
        """A few lines of a table of hops, that of the target under the cursor in the overview;
        none where it was never looked at."""
        number = self._shown if self._shown is not None else self.overview.table.cursor_number
        screen = self._screens.get(number) if number is not None else None
        return screen.preview(width) if screen is not None else []

    @property
    def first_protocol(self) -> Protocol:
        """What the first probes are, as far as that is known: the one that was asked for may not
        be permitted."""
        identities = (entry.snapshot.identity for entry in self.roster.entries)
        known = (identity.protocol for identity in identities if identity is not None)
        return next(known, self._start.protocol)

    def _hide_hops(self, number: int | None, hops: int) -> None:
        """What is hidden of one target, or in the overview (None), is hidden of all: they begin
        with the same hops."""
        self._hidden_hops = hops
        if self._overview is not None and number is not None:
            self._overview.hide_hops(hops)
        for other, screen in self._screens.items():
            if other != number:
                screen.hide_hops(hops)
        self._show_tabs()

    async def show(self, number: int) -> None:
        """Look at this target, if there is anything to look at."""
        entry = self.roster.get(number)
        if entry is None or number == self._shown:
            return
        if entry.identity is None:
            self.say(self._why_not(entry.snapshot))
            return
        await self._switch(self._screen_of(entry), number)

    @staticmethod
    def _why_not(snapshot: TargetSnapshot) -> str:
        """Why there is nothing to look at."""
        if not snapshot.problem:
            return f"looking for the address of {clean(snapshot.name, _NAME_MAX)}"
        return f"{snapshot.problem}; {snapshot.advice}" if snapshot.advice else snapshot.problem

    async def show_overview(self) -> None:
        """Look at all of them."""
        if self._shown is None:
            return
        if not self.roster.are_several:
            self.say(_ALONE)
            return
        await self._switch(self.overview, None)

    def _command(self, number: int, command: Callable[[SessionControls], None]) -> None:
        self._bridge.command(lambda fleet: fleet.control(number, command))

    def _ask_paths(self, answered: Callable[[Mapping[int, PathSnapshot]], None]) -> None:
        self._bridge.ask(lambda fleet: fleet.known_paths(), answered)

    async def show_next(self, step: int) -> None:
        """The next tab that can be shown, or the one before; the overview is one of them."""
        if not self.roster.are_several:
            self.say(_ALONE)
            return
        able = (entry.number for entry in self.roster.entries if entry.identity is not None)
        tabs: list[int | None] = [None, *able]
        place = tabs.index(self._shown) if self._shown in tabs else 0  # it may just have gone
        number = tabs[(place + step) % len(tabs)]
        if number is None:
            await self.show_overview()
        else:
            await self.show(number)

    async def show_place(self, place: int) -> None:
        """The target of this tab, from 1."""
        numbers = self.roster.numbers
        if not self.roster.are_several:
            self.say(_ALONE)
        elif place > len(numbers):
            self.say(f"there are {len(numbers)} targets")
        else:
            await self.show(numbers[place - 1])

    async def _switch(self, screen: TraceScreen | OverviewScreen, number: int | None) -> None:
        before = self.current
        self._shown = number
        before.rest()
        self._look_at(number)  # what there is to see comes while the screen is being made
        self._show_tabs()
        # Textual's first screen cannot be switched for another; the others lie on top of it.
        base = self._app.screen_stack[0]
        if screen is base:
            await self._app.pop_screen()
        elif self._app.screen is base:
            await self._app.push_screen(screen)
        else:
            await self._app.switch_screen(screen)
        screen.wake()

    def steer(self, command: Callable[[], None]) -> None:
        """Do something in the engine's thread that is of no target, and show at once what came of
        it."""

        def steered(_fleet: FleetControls) -> None:
            command()

        def draw(_answer: None) -> None:
            if self.trace is not None:
                self.trace.draw_head()

        self._bridge.ask(steered, draw)

    def _look_at(self, number: int | None) -> None:
        self._bridge.command(lambda fleet: fleet.look_at(number))

    def _show_tabs(self) -> None:
        if self.trace is not None:
            self.trace.tabs.show_tabs(self.roster.entries, self._shown, self._hidden_hops)

    def say(self, notice: str) -> None:
        """Tell the user something, whatever is shown."""
        self.current.say(clean(notice, _SENTENCE_MAX))

    # What comes from the engine

    def take(self, mail: Mail) -> None:
        """Show what is new."""
        for number, update in mail.paths.items():
            screen = self._screens.get(number)
            if screen is not None:
                screen.call_next(screen.show_update, update)
        for snapshot in mail.targets:
            is_new = self.roster.get(snapshot.number) is None
            if is_new:
                self._take_over_from_only()
            self.roster.take(snapshot, self._clock())
            if is_new and self._overview is not None:
                self._overview.all_targets.greet(snapshot.number)
        for number, reason in mail.dropped:
            self._drop(number, reason)
        if not (mail.targets or mail.dropped):
            return
        if self._shown is None:
            self.overview.call_next(self.overview.draw)
        else:
            self._show_tabs()
        self._app.call_next(self.follow)

    def _take_over_from_only(self) -> None:
        """What was changed of the only target is wanted of those that are added to it, too."""
        entries = self.roster.entries
        screen = self._screens.get(entries[0].number) if len(entries) == 1 else None
        begun_as = entries[0].snapshot.identity if screen is not None else None
        if screen is not None and begun_as is not None:
            settings = screen.settings(self._palette().name)
            self.overview.all_targets.take_over(settings, begun_as.protocol)

    def _drop(self, number: int, reason: str) -> None:
        entry = self.roster.drop(number)
        if self._awaited is not None and number > self._awaited.newest:
            self._awaited = None
        if reason:
            self.note(reason)
        elif entry is not None:
            self.say(f"{self._shown_name(entry)} is traced no longer")

    def _shown_name(self, entry: Entry) -> str:
        return clean(entry.shown_name(self._hidden_hops), _NAME_MAX)

    def note(self, sentence: str) -> None:
        """Tell the user something that is to be read at leisure, if there is room for it."""
        if self._shown is None:
            self.overview.note(sentence)
        else:
            self.say(sentence)

    async def follow(self) -> None:
        """Look at what there is to look at now: at what the user has added, at another target
        where the one that was looked at is gone, at the only one where there is no other."""
        if self.is_asking or self._app.screen is not self.current:
            return  # the user is busy, perhaps with the help; called again after that
        entries = self.roster.entries
        added = self._added()
        if added is not None and self._shown is None:
            self.overview.table.put_cursor(added.number)
        elif added is not None:
            await self.show(added.number)
        elif self._shown is not None and self.roster.get(self._shown) is None:
            await self._leave_dropped()
        elif self._shown is None and len(entries) == 1 and entries[0].identity is not None:
            await self.show(entries[0].number)
        for number in [each for each in self._screens if self.roster.get(each) is None]:
            screen = self._screens.pop(number)
            self._app.uninstall_screen(screen)
            await screen.remove()

    def _added(self) -> Entry | None:
        """What the user has added, once there is something to see of it, and if he has not looked
        at anything else since."""
        awaited = self._awaited
        if awaited is None:
            return None
        if awaited.shown != self._shown:
            self._awaited = None
            return None
        for entry in self.roster.entries:
            if entry.number > awaited.newest and entry.identity is not None:
                self._awaited = None
                return entry
        return None

    async def _leave_dropped(self) -> None:
        entries = self.roster.entries
        if len(entries) == 1 and entries[0].identity is not None:
            await self._switch(self._screen_of(entries[0]), entries[0].number)
        else:
            await self._switch(self.overview, None)

    # Targets come and go

    @property
    def is_asking(self) -> bool:
        """Whether the user is to type something, or to answer a question."""
        return self._asking is not None

    async def ask_for_target(self) -> None:
        """Let the user type one."""
        from poros_tui.tui.widgets.prompt import Prompt

        if self.is_asking:
            return
        if len(self.roster.entries) >= TARGETS_MAX:
            self.say(f"{TARGETS_MAX} targets are traced; remove some of them")
            return
        await self.ask(Prompt("Trace also:", self._objection, self._palette()))

    def _objection(self, typed: str) -> str:
        try:
            self._understand(typed)
        except PorosError as refusal:
            return clean(str(refusal), _SENTENCE_MAX)
        return ""

    def add(self, typed: str) -> None:
        """Trace one more. What becomes of it is told when it is known."""
        self.stop_asking()
        newest = max(self.roster.numbers, default=-1)
        self._awaited = _Awaited(newest, self._shown)
        self._bridge.command(lambda fleet: fleet.add(typed))
        self.say(f"looking for the address of {clean(typed, _NAME_MAX)}")

    async def ask_to_remove(self) -> None:
        """Ask whether the target that is looked at, or is under the cursor, is to go."""
        from poros_tui.tui.widgets.prompt import Question

        number = self._shown if self._shown is not None else self.overview.table.cursor_number
        entry = self.roster.get(number) if number is not None else None
        if self.is_asking or entry is None:
            return
        if not self.roster.are_several:
            self.say("this is the only target; q leaves")
            return
        self._to_remove = entry.number
        question = f"Trace {self._shown_name(entry)} no longer"
        await self.ask(Question(question, self._palette()))

    def remove(self, *, is_wished: bool) -> None:
        """What the answer to that question means."""
        self.stop_asking()
        number, self._to_remove = self._to_remove, None
        if is_wished and number is not None:
            self._bridge.command(lambda fleet: fleet.remove(number))

    async def ask(self, widget: Prompt | Question) -> None:
        """Let the user type something, or answer; nothing where he is at that already."""
        if self.is_asking:
            return
        self._asking = widget
        self._hide_keys(True)
        # Waited for, and focused at once: the keys that follow are an answer, and no actions.
        screen = self._app.screen
        await screen.mount(widget)
        if self._asking is widget:
            screen.set_focus(next(iter(widget.query("#prompt-input")), widget))

    def _hide_keys(self, is_hidden: bool) -> None:
        for screen in {self.current, *self._screens.values()}:
            screen.key_bar.hide_keys(is_hidden)

    def stop_asking(self) -> None:
        """Take the prompt or the question away."""
        if self._asking is not None:
            self._asking.remove()
            self._asking = None
            self._hide_keys(False)
            self._app.call_next(self.follow)


class _Awaited(msgspec.Struct, frozen=True):
    """A target that the user has added and that the engine has not told of yet."""

    newest: int
    """The highest number that there was."""
    shown: int | None
    """What was looked at."""
